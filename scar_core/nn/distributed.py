"""What a loss needs of the other processes of a run; with one process, nothing.

A run of several processes computes the loss of the records of all of them. Each process gathers the
embeddings, with their gradients, and computes the same loss; the training divides it by the number
of processes and sums the gradients.
"""

from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist


def world() -> int:
    """Processes of this run."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Number of this process; 0 is the one that writes files."""
    return dist.get_rank() if world() > 1 else 0


def _all(rows: Tensor) -> Tensor:
    parts = [torch.empty_like(rows) for _ in range(world())]
    dist.all_gather(parts, rows)
    return torch.cat(parts)


class _Gather(torch.autograd.Function):
    """All rows forward; backward the sum of what every process wants of ours."""

    @staticmethod
    def forward(_context: Any, rows: Tensor) -> Tensor:  # noqa: ANN401 - torch's own type is hidden
        return _all(rows.contiguous())

    @staticmethod
    def backward(_context: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        gradient = gradients[0].contiguous().clone()
        dist.all_reduce(gradient)
        own = len(gradient) // world()
        return gradient[rank() * own : (rank() + 1) * own]


def gather(rows: Tensor) -> Tensor:
    """Rows of all processes, in their order, with gradients.

    Args:
        rows: (b, ...), of the same shape in every process.

    Returns:
        (b · processes, ...); ``rows`` itself if there is one process.
    """
    if world() == 1:
        return rows
    if rows.dtype == torch.bool:
        return _all(rows.to(torch.uint8)).bool()
    gathered: Tensor = _Gather.apply(rows)  # type: ignore[no-untyped-call]
    return gathered


def mean_of_all(total: Tensor, count: Tensor) -> Tensor:
    """A mean over what all processes have.

    Args:
        total: Sum over what this process has; scalar.
        count: How many that are; scalar, no gradient.

    Returns:
        This process's part of the mean, times the number of processes: averaged over processes it
        is the mean, in value and gradient. 0 where there is nothing.
    """
    if world() == 1:
        return total / count.clamp_min(1)
    everywhere = count.to(total.dtype).clone()
    dist.all_reduce(everywhere)
    return total * world() / everywhere.clamp_min(1)


def sum_gradients(parameters: list[torch.nn.Parameter]) -> None:
    """Sum the gradients of all processes, in place; one message for all of them."""
    if world() == 1:
        return
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    parts = torch.split(flat, [gradient.numel() for gradient in gradients])
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.grad = part.view_as(parameter).clone()
