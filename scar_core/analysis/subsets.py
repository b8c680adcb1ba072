"""Every lead subset of a record answered from one encoding, and what follows from that (ours).

Subset ``k`` of ``2**L`` holds lead ``i`` where bit ``i`` of ``k`` is set, leads in the order of the
contract. Subset 0 is empty and has no answer of its own: where nothing is visible, the record is
taken to be unrelated to every prompt (similarity 0), which the calibration turns into each
finding's neutral probability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.analysis.leadwise import (
    Floats,
    LeadwiseRecord,
    Question,
    top,
    why_not_leadwise,
)
from scar_core.analysis.masks import patches_read
from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import canonical_lead
from scar_core.methods.contract import fit
from scar_core.missing import Scenario
from scar_core.record import ECGRecord


@dataclass(frozen=True)
class Combination:
    """One lead subset and its answer.

    Attributes:
        leads: The visible leads.
        probability: Of each finding asked about.
        top_finding: The most probable one.
        change: Largest distance from the full record's probabilities, over the findings looked at.
    """

    leads: tuple[str, ...]
    probability: tuple[float, ...]
    top_finding: str
    change: float


@dataclass(frozen=True, eq=False)
class SubsetAnswers:
    """The answers of all lead subsets of one record.

    Attributes:
        leads: Leads of the bits (L).
        usable: Leads of which anything is present.
        names: Findings of the columns (C).
        similarity: (2**L, C), cosines.
        probability: (2**L, C), calibrated.
        brute_force: True if every subset was encoded anew.
    """

    leads: tuple[str, ...]
    usable: tuple[str, ...]
    names: tuple[str, ...]
    similarity: Floats
    probability: Floats
    brute_force: bool = False

    def bits(self, leads: Sequence[str]) -> int:
        """Index of a subset.

        Raises:
            ConfigError: No lead, or one that the method does not read.
        """
        known = [canonical_lead(name) for name in leads]
        if not known or any(lead not in self.leads for lead in known):
            raise ConfigError(
                f"{', '.join(leads) or 'nothing'} is no set of leads; choose some of: "
                f"{', '.join(self.leads)}"
            )
        return sum(1 << self.leads.index(lead) for lead in {lead for lead in known if lead})

    def column(self, finding: str) -> int:
        """Column of a finding.

        Raises:
            ConfigError: It was not asked about.
        """
        for column, name in enumerate(self.names):
            if name.lower() == finding.strip().lower():
                return column
        raise ConfigError(
            f"there is no finding {finding!r}; choose one of: {', '.join(self.names)}"
        )

    def change(self, finding: str | None = None) -> Floats:
        """Distance of every subset's answer from the full one, (2**L,); over all, or one finding.

        The distance is the largest absolute difference of the probabilities.
        """
        difference = np.abs(self.probability - self.probability[-1])
        chosen = difference if finding is None else difference[:, [self.column(finding)]]
        return np.asarray(chosen.max(axis=1))

    def combination(self, index: int, change: Floats) -> Combination:
        """Describe one subset, with its entry of ``change()``."""
        row = self.probability[index]
        return Combination(
            tuple(lead for bit, lead in enumerate(self.leads) if index >> bit & 1),
            tuple(row.tolist()),
            top(self.names, row),
            float(change[index]),
        )

    def proper(self) -> NDArray[np.bool_]:
        """True for subsets of usable leads only, and not empty: absent leads add nothing."""
        allowed = self.bits(self.usable)
        index = np.arange(len(self.probability))
        return np.asarray((index & ~allowed == 0) & (index > 0))

    def by_size(self, finding: str | None = None) -> dict[int, tuple[Combination, Combination]]:
        """Best and worst subset of each size: nearest to, and farthest from, the full answer."""
        size, change = np.bitwise_count(np.arange(len(self.probability))), self.change(finding)
        found = {}
        for count in range(1, len(self.usable) + 1):
            index = np.flatnonzero(self.proper() & (size == count))
            best, worst = index[np.argmin(change[index])], index[np.argmax(change[index])]
            found[count] = (self.combination(best, change), self.combination(worst, change))
        return found

    def sufficient(
        self, tolerance: float = 0.1, finding: str | None = None
    ) -> tuple[Combination, ...]:
        """Smallest subsets that are as good as the full record, the nearest first.

        Args:
            tolerance: ε, the largest change of a probability that is let pass.
            finding: The finding that has to stay; None: every one, and the top finding too.

        Returns:
            All subsets of the smallest sufficient size; the full record is always sufficient.
        """
        change = self.change(finding)
        good = self.proper() & (change <= tolerance)
        if finding is None:
            good &= self.probability.argmax(axis=1) == self.probability[-1].argmax()
        size = np.bitwise_count(np.arange(len(good)))
        index = np.flatnonzero(good & (size == size[good].min()))
        return tuple(self.combination(k, change) for k in index[np.argsort(change[index])])

    def to_json(self, tolerance: float = 0.1, finding: str | None = None) -> dict[str, Any]:
        """Sizes, sufficient subsets and the full answer as JSON types."""
        return {
            "leads": list(self.leads),
            "usable": list(self.usable),
            "findings": list(self.names),
            "subsets": len(self.probability) - 1,
            "exact": True,
            "brute_force": self.brute_force,
            "full": self.probability[-1].tolist(),
            "neutral": self.probability[0].tolist(),
            "by_size": {
                str(size): {"best": vars(best), "worst": vars(worst)}
                for size, (best, worst) in self.by_size(finding).items()
            },
            "tolerance": tolerance,
            "finding": finding,
            "sufficient": [vars(one) for one in self.sufficient(tolerance, finding)],
        }


def membership(n_leads: int) -> NDArray[np.bool_]:
    """Bool (2**L, L), True where a lead belongs to the subset of that index."""
    return np.asarray(np.arange(2**n_leads)[:, None] >> np.arange(n_leads) & 1, dtype=np.bool_)


def from_encoding(record: LeadwiseRecord) -> SubsetAnswers:
    """Answer all subsets from the full view's tokens; exact, and no lead is encoded again."""
    similarity = record.similarity(record.full.sums().at(None), membership(len(record.leads)))
    usable = tuple(
        lead for lead, there in zip(record.leads, record.present, strict=True) if there.any()
    )
    question = record.question
    return SubsetAnswers(
        record.leads, usable, question.names, similarity, question.probability(similarity)
    )


def by_brute_force(
    predictor: Predictor,
    record: ECGRecord,
    prompts: Mapping[str, str] | None = None,
    batch: int = 16,
    only: NDArray[np.intp] | None = None,
) -> SubsetAnswers:
    """Answer subsets by one forward pass each, for any method; minutes for most.

    Args:
        predictor: Who answers.
        record: Any record.
        prompts: Name to text of the classes; None: the default findings.
        batch: Subsets that are encoded at once.
        only: Indices of the subsets that are wanted; the others stay neutral. None: all.
    """
    question = Question.of(predictor, prompts)
    contract = predictor.checkpoint.contract
    fitted = fit(record, contract)
    there = patches_read(fitted, contract).any(axis=1)
    inside = membership(len(contract.leads))
    similarity = np.zeros((len(inside), len(question.names)))
    wanted = np.arange(len(inside)) if only is None else only
    wanted = wanted[inside[wanted][:, there].any(axis=1)]
    borders = [*range(0, len(wanted), batch), len(wanted)]
    for start, stop in pairwise(borders):
        some = wanted[start:stop]
        hidden = [
            tuple(lead for lead, seen in zip(contract.leads, inside[k], strict=True) if not seen)
            for k in some
        ]
        similarity[some] = predictor.similarities(
            [(fitted, Scenario(leads=leads)) for leads in hidden], list(question.texts)
        )
    usable = tuple(contract.leads[row] for row in np.flatnonzero(there))
    probability = question.probability(similarity)
    return SubsetAnswers(
        contract.leads, usable, question.names, similarity, probability, brute_force=True
    )


def all_subsets(
    predictor: Predictor,
    record: ECGRecord,
    prompts: Mapping[str, str] | None = None,
    *,
    brute_force: bool = False,
) -> SubsetAnswers:
    """Answer all lead subsets of a record.

    Args:
        predictor: Who answers.
        record: Any record.
        prompts: Name to text of the classes; None: the default findings.
        brute_force: Encode every subset anew where one encoding does not answer them all.

    Raises:
        ConfigError: One encoding does not answer them, and brute force was not asked for.
    """
    reason = why_not_leadwise(predictor)
    if not reason:
        return from_encoding(LeadwiseRecord(predictor, record, prompts))
    if brute_force:
        return by_brute_force(predictor, record, prompts)
    raise ConfigError(
        f"{reason}, so one encoding does not answer all lead subsets; ask for brute force "
        f"({2 ** len(predictor.checkpoint.contract.leads) - 1} forward passes), or use a SCAR "
        "checkpoint with mixer none or lead"
    )
