"""Figures of a task: AUROC, AUPRC and F1 of each label and of all, with intervals by patient."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import DatasetError
from scar_core.evaluation.statistics import (
    interval,
    weighted_auroc,
    weighted_average_precision,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MIN_POSITIVES = 5
"""Labels with fewer positives do not count in macro figures, unless it is asked for."""


@dataclass(frozen=True)
class LabelFigures:
    """One label; figures are means over the masks of a view.

    Attributes:
        auroc: Area under the ROC curve.
        auroc_interval: 95 % interval by patient; None if too few resamples have both classes.
        auprc: Average precision; its chance level is the share of positives.
        auprc_interval: Likewise.
        f1: F1 at the threshold that was best on validation; None without a threshold.
        threshold: That probability.
        positives: Positive records.
    """

    auroc: float
    auroc_interval: tuple[float, float] | None
    auprc: float
    auprc_interval: tuple[float, float] | None
    f1: float | None
    threshold: float | None
    positives: int


@dataclass(frozen=True)
class TaskFigures:
    """All labels of a task.

    Attributes:
        macro_auroc: Mean over the labels that count.
        interval: 95 % interval of it, patients resampled.
        macro_auprc: Likewise.
        auprc_interval: Likewise.
        macro_f1: Mean over the labels that count and have a threshold; None if none has.
        per_label: The labels that count.
        greyed: Labels with too few positives to count, where they can be ranked at all.
        left_out: Names of all labels that do not count.
        records: Number of records.
        samples: (resample,) macro AUROC of each resample, for paired comparisons.
    """

    macro_auroc: float
    interval: tuple[float, float] | None
    macro_auprc: float
    auprc_interval: tuple[float, float] | None
    macro_f1: float | None
    per_label: dict[str, LabelFigures]
    greyed: dict[str, LabelFigures]
    left_out: tuple[str, ...]
    records: int
    samples: Floats = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """As JSON types, without the samples."""
        content = {name: value for name, value in vars(self).items() if name != "samples"}
        for group in ("per_label", "greyed"):
            content[group] = {label: dict(vars(one)) for label, one in content[group].items()}
        return content


def best_thresholds(probability: Floats, truth: Floats) -> list[float | None]:
    """The threshold of each label that gives the largest F1; None without a positive.

    Args:
        probability: (record, label), of validation records.
        truth: (record, label): 1, 0, or NaN where unknown.
    """
    return [
        _best_threshold(probability[known, column], truth[known, column])
        for column, known in enumerate(np.isfinite(truth).T)
    ]


def _best_threshold(probability: Floats, truth: Floats) -> float | None:
    if not (truth > 0).any():
        return None
    tried = np.unique(probability)
    said = probability[None, :] >= tried[:, None]
    hits = (said & (truth > 0)).sum(1)
    return float(tried[np.argmax(2 * hits / (said.sum(1) + truth.sum()))])


def _f1(probability: Floats, truth: Bools, threshold: float) -> float:
    said = probability >= threshold
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


def task_figures(
    scores: Floats,
    probability: Floats,
    truth: Bools,
    labels: Sequence[str],
    weights: Floats,
    *,
    thresholds: Sequence[float | None],
    min_positives: int = MIN_POSITIVES,
) -> TaskFigures:
    """Compute all figures of a task under one view.

    Args:
        scores: (record, mask, label), what records are ranked by; NaN for a label that the method
            cannot answer.
        probability: Same shape, calibrated.
        truth: (record, label).
        labels: Names of the labels.
        weights: (resample, record), from ``patient_weights``.
        thresholds: Of each label, from validation.
        min_positives: Labels with fewer do not count.

    Raises:
        DatasetError: No label counts.
    """
    rows = np.vstack([np.ones(len(truth)), weights])  # the first row is the figure itself
    per_label, greyed, aurocs, auprcs = {}, {}, [], []
    for column, label in enumerate(labels):
        positive, ranked = truth[:, column], scores[:, :, column]
        if not positive.any() or positive.all() or np.isnan(ranked).any():
            continue
        area = _over_masks(weighted_auroc, ranked, positive, rows)
        precision = _over_masks(weighted_average_precision, ranked, positive, rows)
        limit = thresholds[column]
        found = LabelFigures(
            float(area[0]),
            interval(area[1:]),
            float(precision[0]),
            interval(precision[1:]),
            None if limit is None else _mean_f1(probability[:, :, column], positive, limit),
            limit,
            int(positive.sum()),
        )
        if found.positives >= min_positives:
            per_label[label] = found
            aurocs.append(area)
            auprcs.append(precision)
        else:
            greyed[label] = found
    if not per_label:
        raise DatasetError(
            f"none of {len(labels)} labels has {min_positives} positives and a negative among "
            f"{len(truth)} records; use more records, or ask for fewer with --min-positives"
        )
    f1 = [one.f1 for one in per_label.values() if one.f1 is not None]
    areas, precisions = _mean(aurocs), _mean(auprcs)
    return TaskFigures(
        macro_auroc=float(areas[0]),
        interval=interval(areas[1:]),
        macro_auprc=float(precisions[0]),
        auprc_interval=interval(precisions[1:]),
        macro_f1=float(np.mean(f1)) if f1 else None,
        per_label=per_label,
        greyed=greyed,
        left_out=tuple(label for label in labels if label not in per_label),
        records=len(truth),
        samples=areas[1:],
    )


def _over_masks(
    figure: Callable[[Floats, Bools, Floats], Floats],
    scores: Floats,
    positive: Bools,
    weights: Floats,
) -> Floats:
    """Mean over masks of a label's figure; (row,) for scores (record, mask)."""
    return np.asarray(np.mean([figure(one, positive, weights) for one in scores.T], axis=0))


def _mean(samples: list[Floats]) -> Floats:
    """Macro mean of each resample over the labels that have both classes in it."""
    stacked = np.stack(samples)
    known = np.isfinite(stacked)
    counts = known.sum(0)
    sums = np.where(known, stacked, 0.0).sum(0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _mean_f1(probability: Floats, positive: Bools, threshold: float) -> float:
    draws = range(probability.shape[1])
    return float(np.mean([_f1(probability[:, k], positive, threshold) for k in draws]))
