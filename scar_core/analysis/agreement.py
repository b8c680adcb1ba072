"""Whether accounts of an answer agree with each other, and with what hiding does."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.analysis.attribution import CELLS, Attribution, Case, cell_masks
from scar_core.leads import LEADS

Floats = NDArray[np.float64]

STEPS = 10
"""Steps in which curves delete or insert all cells."""


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's correlation, ties sharing their mean rank; 0 where one of them is constant."""
    ranks = [_ranks(np.ravel(values)) for values in (one, other)]
    centred = [values - values.mean() for values in ranks]
    norm = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum() / norm) if norm > 0 else 0.0


def _ranks(values: Floats) -> Floats:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean = last - (counts - 1) / 2
    return np.asarray(mean[which], dtype=np.float64)


@dataclass(frozen=True)
class Curve:
    """Probability of a finding while cells are deleted or inserted, the weightiest first.

    Attributes:
        shares: Share of the cells that are deleted or inserted, from 0 to 1.
        probability: At each of them.
        area: Under the curve: of a good account small for deletion, large for insertion.
    """

    shares: tuple[float, ...]
    probability: tuple[float, ...]
    area: float


@dataclass(frozen=True)
class Agreement:
    """How accounts of one case compare.

    Attributes:
        leads: Rank correlation of each pair over leads, as ``"selector / gradient-input"``.
        cells: The same over cells, for accounts that have them.
        deletion: Curve of each account of cells, and of a ``random`` order.
        insertion: The same.
    """

    leads: dict[str, float]
    cells: dict[str, float]
    deletion: dict[str, Curve]
    insertion: dict[str, Curve]

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def curves(case: Case, order: NDArray[np.intp]) -> tuple[Curve, Curve]:
    """Delete, and insert, cells in an order.

    Args:
        case: Record, finding and method.
        order: (120,), cells from the first to the last.
    """
    counts = [round(step * len(order) / STEPS) for step in range(STEPS + 1)]
    hidden = np.zeros((2, len(counts), len(order)), dtype=np.bool_)
    for row, count in enumerate(counts):
        hidden[0, row, order[:count]] = True
        hidden[1, row, order[count:]] = True
    masks = cell_masks(hidden.reshape(-1, len(LEADS), CELLS))
    probability = case.probability(masks).reshape(2, -1)
    shares = np.array(counts) / len(order)
    found = [
        Curve(tuple(shares.tolist()), tuple(row.tolist()), float(np.trapezoid(row, shares)))
        for row in probability
    ]
    return found[0], found[1]


def agreement(case: Case, accounts: Sequence[Attribution], *, seed: int = 0) -> Agreement:
    """Compare accounts of one case.

    Args:
        case: Record, finding and method.
        accounts: Of that case.
        seed: Of the random order that stands beside them.
    """
    rng = np.random.default_rng(seed)
    orders = {"random": rng.permutation(len(LEADS) * CELLS)}
    orders |= {
        one.account: np.argsort(-one.cells.ravel(), kind="stable")
        for one in accounts
        if one.cells is not None
    }
    drawn = {name: curves(case, order) for name, order in orders.items()}
    pairs = list(combinations(accounts, 2))
    return Agreement(
        {f"{a.account} / {b.account}": rank_correlation(a.leads, b.leads) for a, b in pairs},
        {
            f"{a.account} / {b.account}": rank_correlation(a.cells, b.cells)
            for a, b in pairs
            if a.cells is not None and b.cells is not None
        },
        {name: pair[0] for name, pair in drawn.items()},
        {name: pair[1] for name, pair in drawn.items()},
    )
