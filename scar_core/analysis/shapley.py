"""Exact Shapley values and interactions of leads, from the answers of all subsets (ours).

A lead's value is what it adds to the answer, averaged over all orders in which the leads could
have arrived. The values of one finding add up to the full record's answer minus the neutral one
(see ``subsets``). On scale ``logit`` they are in log odds of the calibrated probability, on scale
``probability`` in probability itself; a lead of which nothing is present has exactly 0.
"""

from dataclasses import dataclass
from math import factorial
from typing import Any, Literal

import numpy as np

from scar_core.analysis.leadwise import Floats
from scar_core.analysis.subsets import SubsetAnswers
from scar_core.errors import ConfigError

Scale = Literal["probability", "logit"]


@dataclass(frozen=True, eq=False)
class LeadShapley:
    """What each lead, and each pair of leads, contributes to each finding.

    Attributes:
        leads: Players (L).
        names: Findings (C).
        scale: ``probability`` or ``logit``.
        neutral: (C,), the answer where nothing is visible.
        full: (C,), the answer of the full record.
        values: (L, C); each column adds up to ``full - neutral``.
        interactions: (L, L, C), symmetric, 0 on the diagonal: above 0 where two leads say more
            together than apart, below 0 where one replaces the other.
    """

    leads: tuple[str, ...]
    names: tuple[str, ...]
    scale: Scale
    neutral: Floats
    full: Floats
    values: Floats
    interactions: Floats

    def of(self, finding: str) -> dict[str, float]:
        """Value of each lead for one finding.

        Raises:
            ConfigError: The finding was not asked about.
        """
        if finding not in self.names:
            raise ConfigError(
                f"there is no finding {finding!r}; choose one of: {', '.join(self.names)}"
            )
        column = self.values[:, self.names.index(finding)]
        return dict(zip(self.leads, column.tolist(), strict=True))

    def to_json(self) -> dict[str, Any]:
        """As JSON types, by finding."""
        return {
            "scale": self.scale,
            "empty": "similarity 0: the neutral probability of each finding",
            "leads": list(self.leads),
            "findings": {
                name: {
                    "neutral": float(self.neutral[c]),
                    "full": float(self.full[c]),
                    "values": self.values[:, c].tolist(),
                    "interactions": self.interactions[:, :, c].tolist(),
                }
                for c, name in enumerate(self.names)
            },
        }


def shapley_values(game: Floats) -> Floats:
    """Shapley values of a game.

    Args:
        game: (2**L, C), what each coalition is worth; bit i of the index is player i.

    Returns:
        (L, C).
    """
    players = len(game).bit_length() - 1
    index = np.arange(len(game))
    size = np.bitwise_count(index)
    share = np.array([
        factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)
    ])  # fmt: skip
    values = []
    for player in range(players):
        without = index[index >> player & 1 == 0]
        gain = game[without | 1 << player] - game[without]
        values.append(share[size[without]] @ gain)
    return np.stack(values)


def interaction_indices(game: Floats) -> Floats:
    """Pairwise Shapley interaction indices of a game.

    Source: Grabisch and Roubens (1999): the mean, over the orders of the others and the pair taken
    as one, of ``v(S∪{i,j}) − v(S∪{i}) − v(S∪{j}) + v(S)``.

    Args:
        game: (2**L, C), as for ``shapley_values``.

    Returns:
        (L, L, C), 0 on the diagonal.
    """
    players = len(game).bit_length() - 1
    index = np.arange(len(game))
    size = np.bitwise_count(index)
    share = np.array([
        factorial(s) * factorial(players - s - 2) / factorial(players - 1)
        for s in range(players - 1)
    ])  # fmt: skip
    found = np.zeros((players, players, game.shape[1]))
    for i in range(players):
        for j in range(i):
            one, other = 1 << i, 1 << j
            rest = index[index & (one | other) == 0]
            both = game[rest | one | other] - game[rest | one] - game[rest | other] + game[rest]
            found[i, j] = found[j, i] = share[size[rest]] @ both
    return found


def lead_shapley(answers: SubsetAnswers, scale: Scale = "probability") -> LeadShapley:
    """Exact Shapley values and interactions of the leads for every finding.

    Args:
        answers: Of all subsets.
        scale: What the values are in.
    """
    p = answers.probability.clip(1e-12, 1 - 1e-12)
    game = answers.probability if scale == "probability" else np.log(p) - np.log1p(-p)
    return LeadShapley(
        answers.leads,
        answers.names,
        scale,
        game[0],
        game[-1],
        shapley_values(game),
        interaction_indices(game),
    )
