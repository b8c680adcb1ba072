"""How far one gets with a few leads, read off the answers of all subsets (ours)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scar_core.analysis.subsets import Combination, SubsetAnswers
from scar_core.errors import ConfigError


@dataclass(frozen=True)
class Reach:
    """How far one gets with a few leads.

    Attributes:
        combination: The subset and its answer.
        keeps_top: Whether the most probable finding stays.
        lost: The finding that moves most, from which probability, to which.
        rank: Place among the subsets of the same size, 1 = nearest to the full answer.
        of: Number of those subsets.
        add: The one further lead that brings the answer nearest to the full one, and the change
            that then remains; None if every usable lead is in.
    """

    combination: Combination
    keeps_top: bool
    lost: tuple[str, float, float]
    rank: int
    of: int
    add: tuple[str, float] | None

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {**vars(self), "combination": vars(self.combination)}


def how_far(answers: SubsetAnswers, leads: Sequence[str], finding: str | None = None) -> Reach:
    """Answer "how far can I go with these leads?".

    Args:
        answers: Of all subsets.
        leads: The leads that there are.
        finding: Judge by this finding alone; None: by all.

    Raises:
        ConfigError: Unknown leads, or none of them has anything present.
    """
    index = answers.bits(leads) & answers.bits(answers.usable)
    if not index:
        raise ConfigError(
            f"nothing is present on {', '.join(leads)}; name leads that were measured"
        )
    change = answers.change(finding)
    size = np.bitwise_count(np.arange(len(change)))
    same = np.flatnonzero((size == size[index]) & answers.proper())
    full, here = answers.probability[-1], answers.probability[index]
    moved = int(np.abs(here - full).argmax()) if finding is None else answers.column(finding)
    further = {
        lead: float(change[index | answers.bits([lead])])
        for lead in answers.usable
        if not index & answers.bits([lead])
    }
    add = min(further.items(), key=lambda item: item[1]) if further else None
    return Reach(
        answers.combination(index, change),
        bool(here.argmax() == full.argmax()),
        (answers.names[moved], float(full[moved]), float(here[moved])),
        int((change[same] < change[index]).sum()) + 1,
        len(same),
        add,
    )
