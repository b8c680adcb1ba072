"""Make a mask smaller: show hidden patches again as long as what was found stays true (ours)."""

import numpy as np
from numpy.typing import NDArray

from scar_core.analysis.leadwise import Floats, LeadwiseRecord
from scar_core.analysis.search import Goal, Node, Versions, answer, guess_shown, start

ROUNDS = 24
"""Rounds in which every patch is tried."""
REFUSED = 6
"""Patches that may be refused before an order is given up."""
PARTS = (1, 2, 4, 12, 1000)
"""All of the patches that may be shown again are tried at once, half of them, and so on to one."""
FIRST = 4
"""Patches of each lead that are tried first."""


def _exact(record: LeadwiseRecord, node: Node, goal: Goal, tried: NDArray[np.intp]) -> Floats:
    """What showing each of the hidden patches ``tried`` again, one at a time, scores."""
    lead, patch = (axis[tried] for axis in np.nonzero(node.hidden))
    hidden = node.hidden[lead]
    hidden[np.arange(len(patch)), patch] = False
    versions = Versions(np.zeros(len(lead), dtype=np.intp), lead, hidden)
    return goal(answer(record, [node], versions)[1])


def _spare(
    record: LeadwiseRecord, node: Node, goal: Goal, margin: float
) -> tuple[NDArray[np.intp], int]:
    """Hidden patches that can be shown again one at a time, best first; empty only if none can.

    The most promising ones of each lead are tried first: versions of different leads are encoded
    side by side, those of one lead one after the other.
    """
    lead = np.nonzero(node.hidden)[0]
    order = np.argsort(-guess_shown(record, node, goal))
    rank = np.zeros(len(order), dtype=np.intp)  # place of each patch among those of its lead
    for one in np.unique(lead):
        mine = order[lead[order] == one]
        rank[mine] = np.arange(len(mine))
    answered = 0
    for some in (np.flatnonzero(rank < FIRST), np.flatnonzero(rank >= FIRST)):
        if len(some):
            scores = _exact(record, node, goal, some)
            answered += len(some)
            if scores.max() > margin:
                return some[np.argsort(-scores)[: int((scores > margin).sum())]], answered
    return np.zeros(0, dtype=np.intp), answered


def _shown(
    record: LeadwiseRecord, node: Node, goal: Goal, order: NDArray[np.intp], margin: float
) -> tuple[Node, int]:
    """Show hidden patches again, in an order, as many at once as the goal allows.

    Args:
        record: The record.
        node: A mask whose score is above the margin.
        goal: What has to stay above the margin.
        order: Hidden patches of the mask by number, the most dispensable first.
        margin: What the score has to stay above.

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
        granted = np.flatnonzero(goal(record.answers(masks)) > margin)
        done = sizes[granted[-1]] if len(granted) else 1
        if len(granted):
            node = start(record, goal, masks[granted[-1]])
        refused += len(granted) == 0
        lead, patch = lead[done:], patch[done:]
    return node, answered


def pruned(record: LeadwiseRecord, node: Node, goal: Goal, margin: float) -> tuple[Node, bool, int]:
    """Show patches of a mask again as long as the goal stays above the margin.

    Guesses decide first which ones; then every single patch is tried.

    Args:
        record: The record.
        node: A mask whose score is above the margin.
        goal: What is searched for.
        margin: What the score has to stay above.

    Returns:
        The smaller mask; whether no single patch of it can be shown again; and how many masks
        were answered.
    """
    order = np.argsort(-guess_shown(record, node, goal))
    node, answered = _shown(record, node, goal, order, margin)
    for _ in range(ROUNDS):
        if node.patches == 1:
            return node, True, answered
        spare, tried = _spare(record, node, goal, margin)
        if len(spare) == 0:
            return node, True, answered + tried
        node, more = _shown(record, node, goal, spare, margin)
        answered += tried + more
    return node, False, answered
