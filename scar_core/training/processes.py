"""Runs of several processes: ``torchrun --nproc-per-node N -m scar_core train ...``."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import distributed as dist

from scar_core.nn.distributed import world


def first() -> bool:
    """Whether this is the process that writes and speaks, or the only one."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(device: str) -> Iterator[None]:
    """Join the other processes that ``torchrun`` started; does nothing where there are none.

    Args:
        device: Of the training. Each process of one machine takes a CUDA device of its own.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        yield
        return
    cuda = torch.device(device).type == "cuda"
    if cuda:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("nccl" if cuda else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def wait_for_all() -> None:
    """Go on when every process has come this far."""
    if world() > 1:
        dist.barrier()
