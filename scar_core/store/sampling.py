"""Who reads what: the records of each process of a distributed training."""

import numpy as np
from numpy.typing import NDArray


def shard_indices(n: int, rank: int, world: int, seed: int, *, epoch: int = 0) -> NDArray[np.int64]:
    """Return the records that one process reads in an epoch, shuffled.

    Together the processes read every record. Each reads equally many, because a process that
    runs out earlier would leave the others waiting for its gradients; for that, fewer than
    ``world`` records are read twice.

    Args:
        n: Records in the store.
        rank: This process, from 0.
        world: Number of processes.
        seed: The same for all processes.
        epoch: Each epoch has an order of its own.

    Returns:
        int64 (ceil(n / world),).

    Raises:
        ValueError: No records, or a rank outside the world.
    """
    if n < 1 or not 0 <= rank < world:
        msg = f"{n} records for rank {rank} of {world}: give records, and 0 <= rank < world"
        raise ValueError(msg)
    order = np.random.default_rng([seed, epoch]).permutation(n)
    each = -(-n // world)
    return np.resize(order, each * world)[rank::world]
