"""Ranking figures by comparing every pair, and a bootstrap that draws patients one by one."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def auroc(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """How often a positive scores above a negative; ties count half."""
    wins, pairs = 0.0, 0
    for s, positive in zip(scores, truth, strict=True):
        for t, other in zip(scores, truth, strict=True):
            if positive and not other:
                pairs += 1
                wins += 1.0 if s > t else 0.5 if s == t else 0.0
    return wins / pairs if pairs else math.nan


def macro(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Mean over the labels that have both classes."""
    found = [auroc(scores[:, c].tolist(), truth[:, c].tolist()) for c in range(truth.shape[1])]
    valid = [value for value in found if not math.isnan(value)]
    return sum(valid) / len(valid) if valid else math.nan


def bootstrap(
    scores: NDArray[np.float64],
    truth: NDArray[np.bool_],
    patients: Sequence[str],
    draws: NDArray[np.int64],
) -> list[float]:
    """Macro AUROC of each resample; ``draws`` (resample, patient) says how often each is taken."""
    names = sorted(set(patients))
    values = []
    for counts in draws:
        rows = [
            row
            for name, count in zip(names, counts, strict=True)
            for _ in range(count)
            for row, patient in enumerate(patients)
            if patient == name
        ]
        values.append(macro(scores[rows], truth[rows]))
    return values
