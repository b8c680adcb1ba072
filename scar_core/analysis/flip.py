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
from numpy.typing import NDArray

from scar_core.analysis.leadwise import Floats, LeadwiseRecord, top
from scar_core.analysis.masks import as_lists, patches_of_budget
from scar_core.analysis.search import Goal, Node, Versions, answer, extended, guess_shown, start
from scar_core.analysis.subsets import SubsetAnswers, from_encoding
from scar_core.evaluation.zero_shot import Predictor
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

MARGINS = (0.003, 0.01, 0.03)
"""By how much in probability a search overshoots, until a forward pass confirms it."""
ROUNDS = 24
"""Rounds in which every patch is tried."""
SINGLE = 24
"""Up to so many patches a mask grows by one at a time."""
REFUSED = 2
"""Patches that may be refused before an order is given up."""
PARTS = (1, 2, 4, 12, 1000)
"""All of the patches that may be shown again are tried at once, half of them, and so on to one."""
FIRST = 4
"""Patches of each lead that are tried first."""
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


def _exact(record: LeadwiseRecord, node: Node, wish: _Wish, tried: NDArray[np.intp]) -> Floats:
    """What showing each of the hidden patches ``tried`` again, one at a time, scores."""
    lead, patch = (axis[tried] for axis in np.nonzero(node.hidden))
    hidden = node.hidden[lead]
    hidden[np.arange(len(patch)), patch] = False
    versions = Versions(np.zeros(len(lead), dtype=np.intp), lead, hidden)
    return wish.goal(answer(record, [node], versions)[1])


def _spare(
    record: LeadwiseRecord, node: Node, wish: _Wish, margin: float
) -> tuple[NDArray[np.intp], int]:
    """Hidden patches that can be shown again one at a time, best first; empty only if none can.

    The most promising ones of each lead are tried first: versions of different leads are encoded
    side by side, those of one lead one after the other.
    """
    lead = np.nonzero(node.hidden)[0]
    order = np.argsort(-guess_shown(record, node, wish.goal))
    rank = np.zeros(len(order), dtype=np.intp)  # place of each patch among those of its lead
    for one in np.unique(lead):
        mine = order[lead[order] == one]
        rank[mine] = np.arange(len(mine))
    answered = 0
    for some in (np.flatnonzero(rank < FIRST), np.flatnonzero(rank >= FIRST)):
        if len(some):
            scores = _exact(record, node, wish, some)
            answered += len(some)
            if scores.max() > margin:
                return some[np.argsort(-scores)[: int((scores > margin).sum())]], answered
    return np.zeros(0, dtype=np.intp), answered


def _shown(
    record: LeadwiseRecord, node: Node, wish: _Wish, order: NDArray[np.intp], margin: float
) -> tuple[Node, int]:
    """Show hidden patches again, in an order, as many at once as the wish allows.

    Args:
        record: The record.
        node: A mask that grants the wish.
        wish: What is to stay changed.
        order: Hidden patches of the mask by number, the most dispensable first.
        margin: By how much it is to stay changed.

    Returns:
        A mask with fewer patches, or the same one; and how many masks were answered.
    """
    lead, patch = (axis[order] for axis in np.nonzero(node.hidden))
    answered = refused = 0
    while len(lead) and refused < REFUSED and node.patches > 1:
        most = min(len(lead), node.patches - 1)
        sizes = sorted({max(1, most // part) for part in PARTS})
        masks = np.repeat(node.hidden[None], len(sizes), axis=0)
        for mask, size in zip(masks, sizes, strict=True):
            mask[lead[:size], patch[:size]] = False
        answered += len(sizes)
        granted = np.flatnonzero(wish.goal(record.answers(masks)) > margin)
        done = sizes[granted[-1]] if len(granted) else 1
        if len(granted):
            node = start(record, wish.goal, masks[granted[-1]])
        refused += len(granted) == 0
        lead, patch = lead[done:], patch[done:]
    return node, answered


def _pruned(
    record: LeadwiseRecord, node: Node, wish: _Wish, margin: float
) -> tuple[Node, bool, int]:
    """Show patches again as long as the wish stays granted; whether none can be shown any more.

    Guesses decide first which ones; then every single patch is tried.
    """
    order = np.argsort(-guess_shown(record, node, wish.goal))
    node, answered = _shown(record, node, wish, order, margin)
    for _ in range(ROUNDS):
        if node.patches == 1:
            return node, True, answered
        spare, tried = _spare(record, node, wish, margin)
        if len(spare) == 0:
            return node, True, answered + tried
        node, more = _shown(record, node, wish, spare, margin)
        answered += tried + more
    return node, False, answered


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
        node, minimal, tried = _pruned(record, node, wish, margin)
        found, answered = (node, minimal), answered + tried
    if leads:
        lost = np.isin(record.leads, leads)[:, None] & record.present
        limit = most if found is None else CLOSE * found[0].patches
        if lost.sum() <= limit:
            whole = start(record, wish.goal, lost)
            if whole.score > margin:
                cut, minimal, tried = _pruned(record, whole, wish, margin)
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
