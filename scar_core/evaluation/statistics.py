"""Uncertainty: bootstrap by patient, paired comparisons, and what many comparisons cost.

A resample of patients is a weight for each record, and every figure is computed from weights, so
that two methods can be compared on the same resamples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RESAMPLES = 1000


def patient_weights(patients: Sequence[str], resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Draw patients with replacement; all records of a patient come together.

    Args:
        patients: Patient of each record.
        resamples: How often.
        seed: Of the draw.

    Returns:
        (resample, record): how often each record counts.
    """
    names, patient = np.unique(np.asarray(patients), return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return np.asarray(drawn[:, patient], np.float64)


def weighted_auroc(scores: Floats, truth: Bools, weights: Floats) -> Floats:
    """AUROC for each row of weights; ties count half.

    Args:
        scores: (record,).
        truth: (record,).
        weights: (row, record), at least 0.

    Returns:
        (row,); NaN where a class has no weight.
    """
    positive, negative, ends = _sorted_sums(scores, truth, weights)
    up = np.diff(positive[:, ends], prepend=0.0)  # positives at each distinct score
    below = negative[:, ends]
    half = np.diff(below, prepend=0.0) / 2
    pairs = positive[:, -1] * negative[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        area = 1 - (up * (below - half)).sum(1) / pairs  # scores fall, so these are the losses
        return np.asarray(np.where(pairs > 0, area, np.nan))


def weighted_average_precision(scores: Floats, truth: Bools, weights: Floats) -> Floats:
    """Average precision (AUPRC) for each row of weights; (row,), NaN without positives."""
    positive, negative, ends = _sorted_sums(scores, truth, weights)
    hits, all_ = positive[:, ends], positive[:, ends] + negative[:, ends]
    total = positive[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(all_ > 0, hits / all_, 0.0)
        area = (np.diff(hits, prepend=0.0) * precision).sum(1) / total
        return np.asarray(np.where(total > 0, area, np.nan))


def _sorted_sums(
    scores: Floats, truth: Bools, weights: Floats
) -> tuple[Floats, Floats, NDArray[np.int_]]:
    """Sums of both classes' weights from the largest score down; last place of each score."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, sorted_truth = scores[order], truth[order]
    ends = np.flatnonzero(np.append(np.diff(sorted_scores) != 0, True))
    sorted_weights = weights[:, order]
    positive = np.cumsum(sorted_weights * sorted_truth, axis=1)
    return positive, np.cumsum(sorted_weights * ~sorted_truth, axis=1), ends


def interval(samples: Floats) -> tuple[float, float] | None:
    """95 % percentile interval of bootstrap samples; None if fewer than half of them count."""
    known = samples[np.isfinite(samples)]
    if 2 * len(known) < len(samples) or not len(known):
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True)
class Difference:
    """What one method has more than another, on the same resamples of patients.

    Attributes:
        mean: Difference of the figures themselves.
        interval: 95 % bootstrap interval.
        p: Two-sided bootstrap p-value, at least 2 / (resamples + 1).
    """

    mean: float
    interval: tuple[float, float] | None
    p: float


def paired(mean: float, first: Floats, second: Floats) -> Difference:
    """Compare two methods.

    Args:
        mean: Figure of the first minus figure of the second.
        first: (resample,) of the first.
        second: (resample,) of the second, on the same resamples.
    """
    samples = first - second
    samples = samples[np.isfinite(samples)]
    tail = min((samples <= 0).sum(), (samples >= 0).sum())
    p = float(min(1.0, 2 * (tail + 1) / (len(samples) + 1)))
    return Difference(mean, interval(samples) if len(samples) else None, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the given order: each holds for all comparisons together."""
    count = len(p_values)
    adjusted = [0.0] * count
    largest = 0.0
    for place, index in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, min(1.0, (count - place) * p_values[int(index)]))
        adjusted[int(index)] = largest
    return adjusted
