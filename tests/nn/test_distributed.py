"""With one process there is nobody to ask; ``tests/training/test_processes.py`` has two."""

import torch

from scar_core.nn.distributed import gather, mean_of_all, rank, sum_gradients, world


def test_alone_everything_stays_as_it_is() -> None:
    rows = torch.randn(3, 2, requires_grad=True)
    assert world() == 1 and rank() == 0
    assert gather(rows) is rows
    weight = torch.nn.Parameter(torch.ones(2))
    sum_gradients([weight])
    assert weight.grad is None


def test_a_mean_over_nothing_is_zero() -> None:
    total, count = torch.tensor(6.0), torch.tensor(4)
    assert mean_of_all(total, count).item() == 1.5
    assert mean_of_all(torch.tensor(0.0), torch.tensor(0)).item() == 0.0
