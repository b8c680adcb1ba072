"""Cost of a method (Table 6): parameters, operations, and time for one record."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, cast

import torch
from torch import nn

from scar_core.evaluation.subjects import Subject
from scar_core.methods.base import Model
from scar_core.methods.contract import Input

BATCHES = (1, 64)
"""Batch sizes at which a record is timed."""
_PARTS = ("text", "adversary")
"""Modules that play no part when a record is encoded: their parameters are counted apart."""


def cost(subject: Subject, repeats: int = 10) -> dict[str, Any]:
    """Measure a model on this machine, with torch's present number of threads.

    Args:
        subject: The model.
        repeats: Timed passes of which the median counts; before them come two that do not.

    Returns:
        ``parameters`` in all, ``parameters_by_part``, ``gflop`` of encoding one record, and
        ``ms_per_record`` by batch size.
    """
    contract = subject.contract
    module = cast(nn.Module, subject.checkpoint.model)
    shape = (len(contract.leads), contract.n_samples)
    generator = torch.Generator().manual_seed(0)
    one = torch.randn(1, *shape, generator=generator)
    by_part = {
        name: sum(weight.numel() for weight in part.parameters())
        for name, part in module.named_children()
    }
    own = sum(weight.numel() for weight in module.parameters(recurse=False))
    if own:
        by_part["scales"] = own
    times = {}
    for size in BATCHES:
        signal = one.expand(size, *shape).contiguous()
        visible = torch.ones_like(signal, dtype=torch.bool)
        count = repeats if size == 1 else max(3, repeats // 3)
        times[str(size)] = median_ms(partial(subject.raw, Input(signal, visible)), count) / size
    return {
        "parameters": sum(by_part.values()),
        "parameters_by_part": by_part,
        "parameters_to_encode": sum(n for name, n in by_part.items() if name not in _PARTS),
        "gflop": gflop(subject.checkpoint.model, one),
        "ms_per_record": times,
        "threads": torch.get_num_threads(),
    }


def gflop(model: Model, signal: torch.Tensor) -> float:
    """Thousand millions of operations that encoding signal, float (B, L, T), takes."""
    from torch.utils.flop_counter import FlopCounterMode

    # Not in inference mode, in which the counter cannot follow weights that are computed (MELP's).
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.encode(signal, torch.ones_like(signal, dtype=torch.bool))
    return float(counter.get_total_flops() / 1e9)


def median_ms(action: Callable[[], object], repeats: int) -> float:
    """Median time of an action that was warmed up, in milliseconds."""
    for _ in range(2):
        action()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - began))
    return median(times)
