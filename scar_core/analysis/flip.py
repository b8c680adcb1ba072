"""The smallest mask that changes the diagnosis, checked by an ordinary forward pass (ours).

The search grows a mask until the answer changes, and then shows patches again as long as it stays
changed; it starts over from the fewest whole leads that change it, which the lead subsets know
exactly. What it finds is small and no patch of it can be spared, but no search of this kind proves
that no other mask is smaller.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scar_core.analysis.leadwise import Floats, LeadwiseRecord, top
from scar_core.analysis.masks import as_lists, patches_of_budget
from scar_core.analysis.pruning import pruned
from scar_core.analysis.search import Goal, Node, extended, start
from scar_core.analysis.subsets import SubsetAnswers, from_encoding
from scar_core.evaluation.zero_shot import Predictor
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

MARGINS = (0.003, 0.01, 0.03)
"""By how much in probability a search overshoots, until a forward pass confirms it."""
SINGLE = 24
"""Up to so many patches a mask grows by one at a time."""
CLOSE = 2
"""Whole leads are cut down only if they are at most so many times what was found otherwise."""


@dataclass(frozen=True)
class Flip:
    """The smallest mask found that changes an answer.

    Attributes:
        found: Whether one was found within the budget and confirmed.
        wanted: What was to change, in words.
        budget: Largest share of the present patches that was allowed to be hidden.
        patches: Hidden patches; 0 if none was found.
        share: The same as a share of the present patches.
        seconds_hidden: The same in seconds of single leads.
        minimal: True if showing any one of the patches again undoes the change.
        hidden: Hidden patches by lead.
        scenario: The same as a scenario; None if none was found.
        before: Most probable finding of the full record, and its probability.
        after: The same under the mask, by the forward pass.
        finding: Probability of the finding that was to change, before and after.
        leads: Fewest whole leads whose loss changes the answer, exactly; empty if no loss does.
        candidates: Masks that were answered, besides the lead subsets.
    """

    found: bool
    wanted: str
    budget: float
    patches: int
    share: float
    seconds_hidden: float
    minimal: bool
    hidden: Mapping[str, list[int]]
    scenario: Scenario | None
    before: tuple[str, float]
    after: tuple[str, float]
    finding: tuple[float, float]
    leads: tuple[str, ...]
    candidates: int

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        scenario = self.scenario.to_json() if self.scenario else None
        return {**asdict(self), "scenario": scenario}


@dataclass(frozen=True)
class _Wish:
    """What is to change: ``goal`` is above 0 where it has."""

    goal: Goal
    words: str
    column: int


def _wish(record: LeadwiseRecord, full: Floats, finding: str | None, threshold: float) -> _Wish:
    names = record.question.names
    if finding is None:
        first = int(full.argmax())

        def overtaken(probability: Floats) -> Floats:
            others = np.delete(probability, first, axis=1)
            best = others.max(axis=1, initial=0.0)
            return np.asarray(best - probability[:, first])

        return _Wish(overtaken, f"{names[first]} is no longer the most probable finding", first)
    column = record.question.index(finding)
    sign = 1.0 if full[column] >= threshold else -1.0
    way = "falls below" if sign > 0 else "reaches"
    return _Wish(
        lambda probability: np.asarray(sign * (threshold - probability[:, column])),
        f"{names[column]} {way} {threshold:g}",
        column,
    )


def _fewest_leads(record: LeadwiseRecord, subsets: SubsetAnswers, wish: _Wish) -> tuple[str, ...]:
    """Fewest leads whose loss grants the wish, the one that grants it best; empty if none does."""
    usable = subsets.bits(subsets.usable)
    index = np.arange(len(subsets.probability))
    granted = (wish.goal(subsets.probability) > 0) & (index & ~usable == 0) & (index > 0)
    if not granted.any():
        return ()
    lost = np.bitwise_count(usable & ~index)
    fewest = np.flatnonzero(granted & (lost == lost[granted].min()))
    best = int(fewest[np.argmax(wish.goal(subsets.probability[fewest]))])
    return tuple(
        lead
        for bit, lead in enumerate(record.leads)
        if usable >> bit & 1 and not best >> bit & 1
    )  # fmt: skip


def _grown(
    record: LeadwiseRecord, wish: _Wish, most: int, margin: float
) -> tuple[Node | None, int]:
    """Hide ever more until the wish is granted."""
    nodes, answered = [start(record, wish.goal)], 0
    while nodes[0].score <= margin:
        hidden = nodes[0].patches
        step = min(1 if hidden < SINGLE else hidden // 4, most - hidden)
        found: list[Node] = []
        while step and not found:
            found, tried = extended(record, nodes, wish.goal, step, 1)
            answered += tried
            step //= 2
        if not found:
            return None, answered
        nodes = found
    return nodes[0], answered


def smallest_flip(
    predictor: Predictor,
    record: LeadwiseRecord,
    source: ECGRecord,
    *,
    finding: str | None = None,
    threshold: float = 0.5,
    budget: float = 0.5,
) -> Flip:
    """Search the smallest mask that changes the answer.

    Args:
        predictor: Who answers, and confirms.
        record: ``source``, encoded lead by lead.
        source: The record as it was stored.
        finding: This finding is to cross ``threshold``; None: another finding is to become the
            most probable one.
        threshold: In probability.
        budget: Largest share of the present patches to hide.

    Raises:
        ConfigError: The budget hides nothing or all, or the finding is not asked about.
    """
    most = patches_of_budget(record.present, budget)
    full = start(record, lambda probability: probability[:, 0]).probability
    wish = _wish(record, full, finding, threshold)
    subsets = from_encoding(record)
    leads = _fewest_leads(record, subsets, wish)
    before = (top(record.question.names, full), float(full.max()))
    answered = 0
    for margin in MARGINS:
        found, tried = _smallest(record, wish, most, margin, leads)
        answered += tried
        if found is None:
            break
        node, minimal = found
        scenario = record.grid.scenario(node.hidden, record.present)
        probability = _confirmed(predictor, record, source, scenario)
        if wish.goal(probability[None])[0] > 0:
            return Flip(
                True, wish.words, budget, node.patches, node.patches / int(record.present.sum()),
                round(node.patches * record.grid.patch_s, 4), minimal,
                as_lists(node.hidden, record.leads), scenario, before,
                (top(record.question.names, probability), float(probability.max())),
                (float(full[wish.column]), float(probability[wish.column])), leads, answered,
            )  # fmt: skip
    value = float(full[wish.column])
    return Flip(
        False, wish.words, budget, 0, 0.0, 0.0, False, {}, None, before, before, (value, value),
        leads, answered,
    )  # fmt: skip


def _smallest(
    record: LeadwiseRecord, wish: _Wish, most: int, margin: float, leads: tuple[str, ...]
) -> tuple[tuple[Node, bool] | None, int]:
    """Smaller of the masks that were grown, and cut out of the fewest leads."""
    node, answered = _grown(record, wish, most, margin)
    found: tuple[Node, bool] | None = None
    if node is not None:
        node, minimal, tried = pruned(record, node, wish.goal, margin)
        found, answered = (node, minimal), answered + tried
    if leads:
        lost = np.isin(record.leads, leads)[:, None] & record.present
        limit = most if found is None else CLOSE * found[0].patches
        if lost.sum() <= limit:
            whole = start(record, wish.goal, lost)
            if whole.score > margin:
                cut, minimal, tried = pruned(record, whole, wish.goal, margin)
                answered += tried
                if found is None or cut.patches < found[0].patches:
                    found = (cut, minimal)
    return found, answered


def _confirmed(
    predictor: Predictor, record: LeadwiseRecord, source: ECGRecord, scenario: Scenario
) -> Floats:
    """Probabilities (C,) of the stored record under a scenario, by the public way."""
    prompts = dict(zip(record.question.names, record.question.texts, strict=True))
    answered = predictor.predict([(source, scenario)], prompts)[0]
    return np.array([score.probability for score in answered.classes])
