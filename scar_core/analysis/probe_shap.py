"""What a linear probe on embeddings rests on: exact SHAP values of a logistic regression.

For a linear model with independent features, the SHAP value of feature *j* is
``w_j · (x_j − mean_j)``, and the values add up to the score minus the mean score (Lundberg and Lee,
NeurIPS 2017). The axes of an embedding mean nothing by themselves, so the probe looks along the
directions in which the map's records differ most (principal components), each named by the findings
that stand at its two ends.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.evaluation.statistics import weighted_auroc

Floats = NDArray[np.float64]

FOLDS = 5
FEWEST = 5
"""Fewer records with (or without) the finding do not make a probe."""
MOST = 5000
"""Of more known records, so many are drawn by seed."""
STRENGTH = 0.1
"""C of the logistic regression on standardised directions."""
_ENDS = 0.2
"""Share of the records that count as one end of a direction."""


@dataclass(frozen=True, eq=False)
class LinearShap:
    """A probe of one finding.

    Attributes:
        records: How many it was fitted on, and ``positives`` of them have the finding.
        positives: See there.
        auroc: Of records left out of the fit (five folds).
        base: Mean score (logit) of the records.
        values: Float64 (n, direction): SHAP values of every record of the map, in logits.
        scores: Float64 (n,), logits; ``base + values.sum(1)``.
        weights: Float64 (direction,), per standard deviation.
        variance: Float64 (direction,), share of the embeddings' variance along each.
    """

    records: int
    positives: int
    auroc: float
    base: float
    values: Floats
    scores: Floats
    weights: Floats
    variance: Floats


@dataclass(frozen=True)
class Direction:
    """One direction of the embeddings, in words.

    Attributes:
        number: From 1, by variance.
        variance: Share of the embeddings' variance.
        low: Findings that are commonest at its lower end, codes.
        high: At its upper end.
    """

    number: int
    variance: float
    low: tuple[str, ...]
    high: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def directions(embedding: NDArray[Any]) -> tuple[Floats, Floats]:
    """Turn embeddings onto the directions in which they differ most.

    Args:
        embedding: (n, E).

    Returns:
        Centred coordinates (n, d), d at most E and n, and each direction's share of the variance.
        The sign is such that the largest coordinate is positive.
    """
    values = np.asarray(embedding, np.float64)
    left, size, _ = np.linalg.svd(values - values.mean(0), full_matrices=False)
    kept = size > 1e-6 * max(float(size.max(initial=0.0)), 1e-12)
    turned = left[:, kept] * size[kept]
    far = np.abs(turned).argmax(0)
    turned = turned * np.sign(turned[far, np.arange(turned.shape[1])])
    share = size[kept] ** 2 / max(float((size**2).sum()), 1e-12)
    return turned, share


def fit_shap(
    coordinates: Floats, variance: Floats, truth: NDArray[np.int8], seed: int = 0
) -> LinearShap:
    """Fit a probe of one finding and explain it for every record.

    Args:
        coordinates: (n, direction), from ``directions``.
        variance: (direction,), likewise.
        truth: (n,): 1 true, 0 absent, −1 unknown.
        seed: Of folds, and of the draw where there are more than ``MOST`` known records.

    Raises:
        ConfigError: Fewer than ``FEWEST`` records with or without the finding.
    """
    known = np.flatnonzero(truth >= 0)
    rng = np.random.default_rng(seed)
    if len(known) > MOST:
        known = np.sort(rng.choice(known, MOST, replace=False))
    wanted = truth[known] == 1
    counts = int(wanted.sum()), int((~wanted).sum())
    if min(counts) < FEWEST:
        raise ConfigError(
            f"{counts[0]} records of the map have this finding and {counts[1]} are known not to; a "
            f"probe needs {FEWEST} of each: choose a commoner finding or a larger map"
        )
    scale = coordinates.std(0) + 1e-12
    standard = coordinates / scale
    fold = np.empty(len(known), np.int_)
    for kind in (True, False):  # each fold has its share of both
        rows = rng.permutation(np.flatnonzero(wanted == kind))
        fold[rows] = np.arange(len(rows)) % FOLDS
    held = np.zeros(len(known))
    for k in range(FOLDS):
        weight, bias = _fit(standard[known[fold != k]], wanted[fold != k])
        held[fold == k] = standard[known[fold == k]] @ weight + bias
    weight, bias = _fit(standard[known], wanted)
    mean = standard[known].mean(0)
    values = (standard - mean) * weight
    base = float(mean @ weight + bias)
    auroc = float(weighted_auroc(held, wanted, np.ones((1, len(known))))[0])
    return LinearShap(
        len(known), counts[0], auroc, base, values, base + values.sum(1), weight, variance
    )


def _fit(values: Floats, wanted: NDArray[np.bool_]) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=STRENGTH, max_iter=1000).fit(values, wanted)
    return np.asarray(fitted.coef_[0], np.float64), float(fitted.intercept_[0])


def name_directions(
    coordinates: Floats,
    variance: Floats,
    truth: NDArray[np.int8],
    codes: Sequence[str],
    chosen: Sequence[int],
    most: int = 2,
) -> list[Direction]:
    """Name directions by the findings whose share differs most between their ends.

    Args:
        coordinates: (n, direction).
        variance: (direction,).
        truth: (n, finding): 1 true, 0 absent, −1 unknown.
        codes: Of the findings.
        chosen: Which directions, from 0.
        most: Findings named at each end, at most.
    """
    n = len(coordinates)
    end = max(1, round(_ENDS * n))
    named = []
    for k in chosen:
        order = np.argsort(coordinates[:, k], kind="stable")
        low, high = (_shares(truth[rows]) for rows in (order[:end], order[-end:]))
        gap = high - low
        up, down = np.argsort(-gap, kind="stable"), np.argsort(gap, kind="stable")
        named.append(
            Direction(
                int(k) + 1,
                float(variance[k]),
                tuple(codes[c] for c in down[:most] if gap[c] < -0.1),
                tuple(codes[c] for c in up[:most] if gap[c] > 0.1),
            )
        )
    return named


def _shares(truth: NDArray[np.int8]) -> Floats:
    known = truth >= 0
    return np.asarray((truth == 1).sum(0) / np.maximum(1, known.sum(0)), np.float64)
