"""Figures of a multi-label ranking, with bootstrap intervals by patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scar_core.evaluation.statistics import patient_weights, weighted_auroc

Floats = NDArray[np.float64]


def auroc(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties counting half.

    Args:
        scores: (record,), larger means more likely.
        truth: (record,).

    Returns:
        In [0, 1]; NaN if one of the classes is empty.
    """
    from scipy.stats import rankdata

    positives = int(truth.sum())
    negatives = len(truth) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    rank_sum = float(rankdata(scores)[truth].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


@dataclass(frozen=True)
class Ranking:
    """Macro AUROC of a task on a set of records.

    Attributes:
        macro_auroc: Mean over the valid labels.
        interval: 95 % bootstrap interval of it, patients resampled.
        per_label: AUROC of each valid label.
        positives: Number of positive records of each valid label.
        left_out: Labels with too few positives or negatives.
        records: Number of records.
    """

    macro_auroc: float
    interval: tuple[float, float]
    per_label: dict[str, float]
    positives: dict[str, int]
    left_out: tuple[str, ...]
    records: int


def rank(
    scores: Floats,
    truth: NDArray[np.bool_],
    labels: Sequence[str],
    patients: Sequence[str],
    *,
    min_positives: int = 1,
    resamples: int = 1000,
    seed: int = 0,
) -> Ranking:
    """Compute macro AUROC with a bootstrap interval by patient.

    Args:
        scores: (record, label).
        truth: (record, label).
        labels: Names of the columns.
        patients: Patient of each record; all records of a patient are drawn together.
        min_positives: Labels with fewer positives (or without negatives) are left out.
        resamples: Bootstrap samples.
        seed: Of the bootstrap.

    Raises:
        ValueError: No label is valid.
    """
    counts = truth.sum(0)
    valid = [i for i, n in enumerate(counts) if n >= max(1, min_positives) and n < len(truth)]
    if not valid:
        raise ValueError(
            f"none of {len(labels)} labels has {min_positives} positives and a negative among "
            f"{len(truth)} records; use more records or fewer required positives"
        )
    per_label = {labels[i]: auroc(scores[:, i], truth[:, i]) for i in valid}
    samples = _bootstrap(scores[:, valid], truth[:, valid], patients, resamples, seed)
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return Ranking(
        macro_auroc=float(np.mean(list(per_label.values()))),
        interval=(float(low), float(high)),
        per_label=per_label,
        positives={labels[i]: int(counts[i]) for i in valid},
        left_out=tuple(label for i, label in enumerate(labels) if i not in valid),
        records=len(truth),
    )


def _bootstrap(
    scores: Floats,
    truth: NDArray[np.bool_],
    patients: Sequence[str],
    resamples: int,
    seed: int,
) -> Floats:
    """Macro AUROC of each resample (resample,); labels that lose a class in it are left out."""
    weights = patient_weights(patients, resamples, seed)
    columns = [weighted_auroc(scores[:, k], truth[:, k], weights) for k in range(truth.shape[1])]
    return np.asarray(np.nanmean(np.stack(columns), axis=0))
