"""Rows of the tables: one method under one view, as JSON types, with what they are compared by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.evaluation.cmrs import (
    VARIANTS,
    Terms,
    UndefinedScoreError,
    by_band,
    by_label,
    by_lead,
    by_partition,
    cmrs,
    decompose,
)
from scar_core.evaluation.figures import task_figures
from scar_core.evaluation.statistics import holm, interval, paired
from scar_core.evaluation.study import Study
from scar_core.evaluation.subjects import Subject
from scar_core.evaluation.task_calibration import reliability
from scar_core.evaluation.views import severity_by_lead
from scar_core.leads import LEADS
from scar_core.methods import method

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """A row and the bootstrap samples of its figures.

    Attributes:
        content: JSON types.
        samples: By figure (``macro_auroc``, ``cmrs``), (resample,).
    """

    content: dict[str, Any]
    samples: dict[str, Floats] = field(default_factory=dict)


def identity(subject: Subject, dataset: str) -> dict[str, Any]:
    """Who answers: the columns that every table has."""
    return {
        "method": subject.name,
        "title": method(subject.checkpoint.method).title,
        "kind": method(subject.checkpoint.method).kind,
        "checkpoint": subject.checkpoint.digest,
        "source": subject.source(dataset),
        "contamination": subject.contamination(dataset),
    }


def expected_error(bins: Sequence[dict[str, float]]) -> float:
    """Expected calibration error of ``reliability``'s bins."""
    total = sum(one["count"] for one in bins)
    return sum(one["count"] * abs(one["said"] - one["true"]) for one in bins) / total


def view_row(study: Study, subject: Subject, view: str) -> Row:
    """AUROC, AUPRC, F1 and calibration of a method under a view.

    Raises:
        DatasetError: No label has enough positives.
    """
    answered = study.answered(subject, view)
    found = task_figures(
        answered.scores,
        answered.probability,
        study.truth,
        study.test.labels,
        study.weights,
        thresholds=study.thresholds(subject),
        min_positives=study.options.min_positives,
    )
    truth = np.broadcast_to(study.truth[:, None], answered.probability.shape)
    known = np.isfinite(answered.probability)
    bins = reliability(answered.probability[known], truth[known].astype(np.float64))
    content = identity(subject, study.test.dataset) | {
        "view": view,
        "masks": answered.scores.shape[1],
        "hidden_share": float(study.severity(view).mean()),
        **found.to_json(),
        "ece": expected_error(bins),
        "reliability": bins,
    }
    return Row(content, {"macro_auroc": found.samples})


def with_cmrs(
    row: Row, study: Study, subject: Subject, references: Sequence[Subject], *, by_record: bool
) -> Row:
    """Add a view's CMRS to its row; ``score`` is None, with a ``reason``, if nothing is hidden."""
    try:
        content, samples = cmrs_of(
            study, subject, (row.content["view"],), references, by_record=by_record
        )
    except UndefinedScoreError as error:
        if row.content["hidden_share"] > 0:
            raise
        return Row(row.content | {"cmrs": {"score": None, "reason": str(error)}}, row.samples)
    return Row(row.content | {"cmrs": content}, row.samples | {"cmrs": samples})


def cmrs_of(
    study: Study,
    subject: Subject,
    views: Sequence[str],
    references: Sequence[Subject],
    *,
    by_record: bool,
) -> tuple[dict[str, Any], Floats]:
    """CMRS of a method over the masks of one view or several, taken apart.

    Args:
        study: The task.
        subject: The method.
        views: Whose masks count; together they are one sum.
        references: F first, then those that its choice is tested with.
        by_record: Also take it apart by record.

    Returns:
        JSON types, and (resample,) scores.

    Raises:
        UndefinedScoreError: Nothing was hidden that moves the reference.
    """
    items = _joined([study.terms(subject, view) for view in views])
    score, samples = cmrs(items), _resampled(study, views, items)
    known = [study.test.labels[k] for k in study.known_labels()]
    content = {
        "score": score,
        "interval": interval(samples),
        "variant": study.options.variant,
        "reference": references[0].name,
        "reference_checkpoint": references[0].checkpoint.digest,
        "labels": known,
        "unknown_to_reference": [label for label in study.test.labels if label not in known],
        "items": len(items.weight),
        "floored": int(items.floored.sum()),
        "mean_severity": float(items.severity.mean()),
        "mean_impact": float(items.impact.mean()),
        "mean_agreement": float(items.agreement.mean()),
        "variants": _variants(study, subject, views, len(known)),
        "sensitivity": [_sensitivity(study, subject, views, other) for other in references[1:]],
        "decomposition": _decomposition(study, views, items, known, by_record=by_record),
    }
    return content, samples


def _joined(terms: Sequence[Terms]) -> Terms:
    return Terms(*(np.concatenate(columns) for columns in zip(*map(_columns, terms), strict=True)))


def _columns(one: Terms) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    return one.severity, one.impact, one.agreement, one.floored


def _resampled(study: Study, views: Sequence[str], items: Terms) -> Floats:
    """CMRS of each resample of patients; NaN where nothing in it has weight."""
    count = len(study.test.examples)
    owner = np.concatenate([np.repeat(np.arange(count), _masks(study, view)) for view in views])
    total = np.bincount(owner, items.weight, count)
    kept = np.bincount(owner, items.weight * items.agreement, count)
    weight = study.weights @ total
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(weight > 0, 100 * (study.weights @ kept) / weight, np.nan))


def _masks(study: Study, view: str) -> int:
    return int(study.masks(view).shape[1])


def _variants(
    study: Study, subject: Subject, views: Sequence[str], labels: int
) -> dict[str, float | None]:
    """The score with each kind of agreement; None for an order of fewer than two labels."""
    return {
        variant: None
        if variant == "rank" and labels < 2
        else cmrs(_joined([study.terms(subject, view, variant) for view in views]))
        for variant in VARIANTS
    }


def _sensitivity(
    study: Study, subject: Subject, views: Sequence[str], other: Subject
) -> dict[str, Any]:
    """The score under another reference, on the same masks."""
    items = _joined([study.terms(subject, view, reference=other) for view in views])
    return {
        "reference": other.name,
        "reference_checkpoint": other.checkpoint.digest,
        "score": cmrs(items),
        "interval": interval(_resampled(study, views, items)),
    }


def _decomposition(
    study: Study, views: Sequence[str], items: Terms, labels: Sequence[str], *, by_record: bool
) -> dict[str, Any]:
    present = study.records.present[:, None]
    leads = [severity_by_lead(study.masks(view), present).reshape(-1, 12) for view in views]
    said = [study.oracle(view) for view in views]
    moved = np.concatenate([one.masked.reshape(-1, len(labels)) for one in said])
    still = [np.broadcast_to(one.full[:, None], one.masked.shape) for one in said]
    full = np.concatenate([one.reshape(-1, len(labels)) for one in still])
    types = [view for view in views for _ in range(len(study.masks(view)) * _masks(study, view))]
    parts = {
        "type": by_partition(items, types),
        "lead": (by_lead(items, np.concatenate(leads)), list(LEADS)),
        "severity": by_band(items),
        "label": (by_label(items, full, moved), list(labels)),
    }
    if by_record:
        names = [
            name for view in views for name in study.test.names for _ in range(_masks(study, view))
        ]
        parts["record"] = by_partition(items, names)
    return {
        kind: [vars(group) for group in decompose(part, items.agreement, names)]
        for kind, (part, names) in parts.items()
    }


def compare(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Compare the first method with every other, under the same view, on the same resamples.

    Returns:
        One entry for each pair and figure; ``p_holm`` holds for all of them together.
    """
    pairs = [
        (figure, first, second)
        for k, first in enumerate(rows)
        for second in rows[k + 1 :]
        for figure in first.samples
        if first.content["method"] == rows[0].content["method"]
        and second.content["method"] != first.content["method"]
        and second.content.get("view") == first.content.get("view")
        and figure in second.samples
    ]
    found = [
        paired(
            _figure(first, figure) - _figure(second, figure),
            first.samples[figure],
            second.samples[figure],
        )
        for figure, first, second in pairs
    ]
    adjusted = holm([one.p for one in found])
    return [
        {
            "figure": figure,
            "view": first.content.get("view"),
            "first": first.content["method"],
            "second": second.content["method"],
            "difference": one.mean,
            "interval": one.interval,
            "p": one.p,
            "p_holm": corrected,
        }
        for (figure, first, second), one, corrected in zip(pairs, found, adjusted, strict=True)
    ]


def _figure(row: Row, figure: str) -> float:
    value = row.content["cmrs"]["score"] if figure == "cmrs" else row.content[figure]
    return float(value)
