"""Calibration of one task, so that cosines of different methods can be compared as probabilities.

``p = σ(a·s + b_k)`` with one a for the task and one b for each label, fitted on validation records
with nothing hidden. It serves tables; what pages show is calibrated for each prompt
(``calibration``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.evaluation.calibration import descend, fit_platt, sigmoid

Floats = NDArray[np.float64]

BINS = 10
_SLOPE, _OFFSET = 1e-3, 0.05  # precisions: rare labels are drawn towards the pooled offset


@dataclass(frozen=True)
class TaskCalibration:
    """From similarity to probability.

    Attributes:
        slope: a, at least 0: a larger similarity is never less probable.
        offsets: b of each label.
        data: What it was fitted on.
    """

    slope: float
    offsets: Floats
    data: str

    def probability(self, similarity: Floats) -> Floats:
        """Calibrate (..., label)."""
        return sigmoid(self.slope * similarity + self.offsets)

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {"slope": self.slope, "offsets": self.offsets.tolist(), "data": self.data}


def calibrate_task(similarity: Floats, truth: Floats, data: str) -> TaskCalibration:
    """Fit one slope, and an offset for each label, by Newton steps on the penalised likelihood.

    Args:
        similarity: (record, label).
        truth: (record, label): 1, 0, or NaN where unknown.
        data: Words for what the records are.
    """
    known = np.isfinite(truth)
    if not known.any():
        return TaskCalibration(0.0, np.zeros(truth.shape[1]), data)
    target = np.where(known, truth, 0.0)
    pooled, centre = fit_platt(similarity[known], truth[known])
    offsets = np.full(truth.shape[1], centre)
    slope, offsets = _newton(similarity, target, known, (pooled, offsets), centre)
    if slope <= 0:
        slope, offsets = _newton(np.zeros_like(similarity), target, known, (0.0, offsets), centre)
    return TaskCalibration(slope, offsets, data)


def _newton(
    similarity: Floats,
    target: Floats,
    known: NDArray[np.bool_],
    start: tuple[float, Floats],
    centre: float,
) -> tuple[float, Floats]:
    pull = np.concatenate([[0.0], np.full(len(start[1]), centre)])
    precision = np.concatenate([[_SLOPE], np.full(len(start[1]), _OFFSET)])

    def cost(at: Floats) -> float:
        logit = at[0] * similarity + at[1:]
        fit = np.where(known, np.logaddexp(0.0, logit) - target * logit, 0.0)
        return float(fit.sum() + 0.5 * (precision * (at - pull) ** 2).sum())

    def derivatives(at: Floats) -> tuple[Floats, Floats]:
        probability = sigmoid(at[0] * similarity + at[1:])
        error = np.where(known, probability - target, 0.0)
        spread = np.where(known, probability * (1 - probability), 0.0)
        gradient = np.concatenate([[(error * similarity).sum()], error.sum(0)])
        gradient += precision * (at - pull)
        curvature = np.diag(np.concatenate([[(spread * similarity**2).sum()], spread.sum(0)]))
        curvature[0, 1:] = curvature[1:, 0] = (spread * similarity).sum(0)
        return gradient, curvature + np.diag(precision)

    weights = descend(cost, derivatives, np.concatenate([[start[0]], start[1]]))
    return float(weights[0]), weights[1:]


def reliability(probability: Floats, truth: Floats, bins: int = BINS) -> list[dict[str, float]]:
    """The calibration curve: what was said and what was true, by bins of equal width.

    Args:
        probability: Any shape, in [0, 1].
        truth: Same shape, 0 or 1.
        bins: Number of bins; empty ones are left out.

    Returns:
        For each bin ``low``, ``high``, mean ``said``, share ``true`` and ``count``; the expected
        calibration error is the mean of ``|said − true|`` weighted by count.
    """
    said, true = probability.ravel(), truth.ravel()
    index = np.minimum((said * bins).astype(int), bins - 1)
    return [
        {
            "low": k / bins,
            "high": (k + 1) / bins,
            "said": float(said[index == k].mean()),
            "true": float(true[index == k].mean()),
            "count": int((index == k).sum()),
        }
        for k in range(bins)
        if (index == k).any()
    ]
