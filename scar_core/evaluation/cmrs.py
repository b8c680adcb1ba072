"""CMRS, the Counterfactual Missingness Resolution Score, and what it is made of.

The paper gives the sum (§4.4), ``Σ S·I·R / Σ S·I`` over records and masks, and not its terms; the
terms are ours:

* S, severity: the share of the present patches that a mask hides;
* I, impact: how far hiding moves the reference model, ``d(F(x), F(x^m))``;
* R, agreement: how much of the reference's full-view answer a method keeps under the mask,
  ``clip(1 − d(q, p0) / d(prior, p0), 0, 1)``, where the prior is the reference's mean answer on
  validation records: 1 is the full-view answer, 0 is no better than knowing nothing.

``d`` is the mean over classes of the base-2 Jensen–Shannon divergence of two Bernoullis. Items are
pairs of a record and a mask; their order does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError, ScarError

Floats = NDArray[np.float64]
Variant = Literal["skill", "js", "rank"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

FLOOR = 1e-6
"""Least ``d(prior, p0)`` that agreement is measured against."""
BANDS = (0.0, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Limits of the severity bands."""


class UndefinedScoreError(ScarError):
    """A score that the items do not define, with the reason."""


def d_by_class(p: Floats, q: Floats) -> Floats:
    """Base-2 Jensen–Shannon divergence of Bernoullis, element by element, in [0, 1].

    Args:
        p: Probabilities of any shape.
        q: Same shape, or one that broadcasts.
    """
    p, q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    return np.asarray(np.clip(_half(p, q) + _half(1 - p, 1 - q), 0.0, 1.0))


def _half(p: Floats, q: Floats) -> Floats:
    """One outcome's part, from the relative difference so that small ones are not lost."""
    from scipy.special import xlog1py

    middle = (p + q) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(middle > 0, (p - q) / (p + q), 0.0)
    parts = xlog1py(1 + relative, relative) + xlog1py(1 - relative, -relative)
    return np.asarray(middle * parts / (2 * np.log(2)))


def d(p: Floats, q: Floats) -> Floats:
    """Mean of ``d_by_class`` over the last axis: (..., class) to (...,)."""
    return np.asarray(d_by_class(p, q).mean(-1))


@dataclass(frozen=True)
class Terms:
    """The terms of every item; arrays of shape (item,).

    Attributes:
        severity: S, share of the present patches that is hidden.
        impact: I, how far the reference moves.
        agreement: R of the evaluated method, in [0, 1].
        floored: True where the reference's answer is so near its prior that the floor was used.
    """

    severity: Floats
    impact: Floats
    agreement: Floats
    floored: NDArray[np.bool_]

    @property
    def weight(self) -> Floats:
        """What an item counts: S·I."""
        return self.severity * self.impact


def agreement(
    q: Floats, p0: Floats, prior: Floats, variant: Variant = "skill"
) -> tuple[Floats, NDArray[np.bool_]]:
    """How much of the reference's full-view answer a method keeps, R.

    Args:
        q: (item, class), the method's probabilities under the mask.
        p0: (item, class), the reference's on the full view.
        prior: (class,), the reference's mean on validation records.
        variant: ``skill`` as in the module's docstring; ``js``: ``1 − d(q, p0)``; ``rank``:
            Spearman's correlation over classes, from [−1, 1] to [0, 1], 0.5 where all are equal.

    Returns:
        (item,) in [0, 1], and (item,) True where ``d(prior, p0)`` is below the floor.

    Raises:
        ConfigError: Unknown variant.
        UndefinedScoreError: ``rank`` of fewer than two classes.
    """
    reach = d(np.broadcast_to(prior, p0.shape), p0)
    floored = reach < FLOOR
    if variant == "skill":
        kept = 1 - d(q, p0) / np.maximum(reach, FLOOR)
    elif variant == "js":
        kept = 1 - d(q, p0)
    elif variant == "rank":
        kept = (1 + _spearman(q, p0)) / 2
    else:
        raise ConfigError(f"there is no variant {variant!r}; choose from: {', '.join(VARIANTS)}")
    return np.clip(kept, 0.0, 1.0), floored


def _spearman(a: Floats, b: Floats) -> Floats:
    from scipy.stats import rankdata

    if a.shape[-1] < 2:
        raise UndefinedScoreError(
            f"the rank variant orders classes, but there is {a.shape[-1]}; use skill or js"
        )
    x, y = (rankdata(values, axis=-1) for values in (a, b))
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    scale = np.sqrt((x**2).sum(-1) * (y**2).sum(-1))
    return np.asarray(np.where(scale > 0, (x * y).sum(-1) / np.where(scale > 0, scale, 1), 0.0))


def terms(
    q: Floats,
    p0: Floats,
    pm: Floats,
    prior: Floats,
    severity: Floats,
    variant: Variant = "skill",
) -> Terms:
    """Compute S, I and R of every item.

    Args:
        q: (item, class), the method's calibrated probabilities under the mask.
        p0: (item, class), the reference's on the full view.
        pm: (item, class), the reference's under the mask.
        prior: (class,), the reference's mean on validation records, full view.
        severity: (item,).
        variant: See ``agreement``.
    """
    kept, floored = agreement(q, p0, prior, variant)
    return Terms(np.asarray(severity, np.float64), d(p0, pm), kept, floored)


def cmrs(items: Terms) -> float:
    """Score in [0, 100].

    Raises:
        UndefinedScoreError: No item has weight: nothing was hidden, or nothing that mattered.
    """
    weight = items.weight
    total = float(weight.sum())
    if not total > 0:
        raise UndefinedScoreError(
            f"CMRS is not defined on these {len(weight)} items: no mask hides anything that moves "
            "the reference model; use a view that hides more, or more records"
        )
    return float(100 * (weight * items.agreement).sum() / total)


@dataclass(frozen=True)
class Group:
    """A part of the score.

    Attributes:
        name: Of the group.
        share: Its part of the total weight; the shares of all groups sum to 1.
        score: CMRS within the group; None where it has no weight. ``Σ share·score`` is the whole.
        items: Number of items with weight in it.
    """

    name: str
    share: float
    score: float | None
    items: int


def decompose(parts: Floats, kept: Floats, names: Sequence[str]) -> list[Group]:
    """Take the score apart.

    Args:
        parts: (item, group), each item's weight S·I divided among the groups.
        kept: (item,), agreement R.
        names: Of the groups.

    Returns:
        One entry for each group, in their order.

    Raises:
        UndefinedScoreError: There is no weight at all.
    """
    sums = parts.sum(0)
    total = float(sums.sum())
    if not total > 0:
        raise UndefinedScoreError(
            "there is nothing to take apart: no mask moves the reference model"
        )
    scores = parts.T @ kept
    return [
        Group(
            name,
            float(sums[k] / total),
            float(100 * scores[k] / sums[k]) if sums[k] > 0 else None,
            int((parts[:, k] > 0).sum()),
        )
        for k, name in enumerate(names)
    ]


def by_partition(items: Terms, labels: Sequence[str]) -> tuple[Floats, list[str]]:
    """Parts for ``decompose`` where each item belongs to one group: its view, or its record."""
    names, index = np.unique(np.asarray(labels), return_inverse=True)
    parts = np.zeros((len(index), len(names)))
    parts[np.arange(len(index)), index] = items.weight
    return parts, [str(name) for name in names]


def by_band(items: Terms) -> tuple[Floats, list[str]]:
    """Parts by severity band; a band includes its upper limit."""
    names = [f"{100 * low:g}–{100 * high:g} %" for low, high in pairwise(BANDS)]
    band = np.clip(np.searchsorted(BANDS, items.severity, side="left") - 1, 0, len(names) - 1)
    return np.eye(len(names))[band] * items.weight[:, None], names


def by_lead(items: Terms, severity_by_lead: Floats) -> Floats:
    """Parts by hidden lead: (item, lead) severities that sum to S, times I."""
    return np.asarray(severity_by_lead * items.impact[:, None])


def by_label(items: Terms, p0: Floats, pm: Floats) -> Floats:
    """Parts by label: S times the label's part of the impact, which is a mean over labels."""
    return np.asarray(items.severity[:, None] * d_by_class(p0, pm) / p0.shape[-1])
