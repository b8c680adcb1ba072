"""Steps of every search for masks: hide a little more of one lead, or show some of it again (ours).

A step encodes only the lead that it changes. Which patches of a lead are worth trying is guessed
from the selector's sums, as if a hidden patch left its neighbours' tokens alone; what is chosen
among them is always a true answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.analysis.leadwise import Floats, LeadwiseRecord, Rows, Sums
from scar_core.analysis.masks import Mask

OLDEST = 6
"""Steps after which everything is guessed anew."""

Goal = Callable[[Floats], Floats]
"""Probabilities (K, C) to how much they are what a search is after, (K,)."""


@dataclass(frozen=True, eq=False)
class Node:
    """One mask and its answer.

    Attributes:
        hidden: Bool (L, N).
        rows: The version of each lead under this mask.
        probability: (C,).
        score: What the goal says of it.
        guesses: (L, N), what hiding each further patch is thought to score; NaN where unknown.
            Guesses of leads that did not change are kept for ``OLDEST`` steps: they only rank
            the patches of one lead among each other.
        age: Steps since all of them were guessed.
    """

    hidden: Mask
    rows: Rows
    probability: Floats
    score: float
    guesses: Floats
    age: int = 0

    @property
    def patches(self) -> int:
        """Number of hidden patches."""
        return int(self.hidden.sum())


@dataclass(frozen=True)
class Versions:
    """Changed leads: in version k, lead ``lead[k]`` of ``node[k]`` is hidden as ``hidden[k]``."""

    node: NDArray[np.intp]
    lead: NDArray[np.intp]
    hidden: Mask


def start(record: LeadwiseRecord, goal: Goal, hidden: Mask | None = None) -> Node:
    """Return the node of a mask, bool (L, N); None: nothing is hidden."""
    rows, mask = record.full, np.zeros_like(record.present)
    if hidden is not None:
        mask = hidden & record.present
        rows = record.encode(np.arange(len(record.leads)), mask)
    probability = record.probability(rows.sums().at(None))
    unknown = np.full(mask.shape, np.nan)
    return Node(mask, rows, probability[0], float(goal(probability)[0]), unknown)


def guess(record: LeadwiseRecord, node: Node, goal: Goal) -> Floats:
    """Guess what hiding each further patch would score, (L, N); −inf where it cannot be hidden."""
    visible = record.present & ~node.hidden
    scores = np.where(visible, node.guesses, -np.inf)
    lead, patch = np.nonzero(np.isnan(scores))
    scores[lead, patch] = goal(_guessed(record, node, node.rows, (lead, patch), -1.0))
    return scores


def guess_shown(record: LeadwiseRecord, node: Node, goal: Goal) -> Floats:
    """Guess what showing each hidden patch again would score, (k,), in the mask's own order."""
    lead, patch = np.nonzero(node.hidden)
    return goal(_guessed(record, node, record.full, (lead, patch), 1.0))


def _guessed(
    record: LeadwiseRecord,
    node: Node,
    source: Rows,
    at: tuple[NDArray[np.intp], NDArray[np.intp]],
    sign: float,
) -> Floats:
    """Probabilities (k, C) after one patch of ``source`` was added to its lead, or taken away."""
    lead, patch = at
    if not len(lead):
        return np.zeros((0, len(record.question.names)))
    sums = node.rows.sums()
    own = sums.at(torch.from_numpy(lead))  # (k, H)
    patch_weight = sign * source.weight[lead, patch]
    weight = own.weight + patch_weight
    # Taken away, the last patch of a lead leaves rounding behind, which must not be taken for it.
    weight = weight.masked_fill(weight < 1e-9 * own.weight, 0.0)
    change = (patch_weight / weight.clamp_min(1e-300)).masked_fill(weight == 0, 0.0)
    apart = source.value[lead, patch].unsqueeze(1) - own.value  # (k, H, D)
    changed = Sums(weight, own.value + change.float().unsqueeze(-1) * apart)
    every = Sums(*(part.expand(len(lead), *part.shape) for part in sums))
    return record.probability(every.replaced(lead, changed))


def moves(scores: Floats, hidden: Mask, step: int) -> list[tuple[int, Mask]]:
    """Propose up to two ways a lead to hide ``step`` further patches.

    Args:
        scores: (L, N), of hiding single patches; −inf where it cannot be done.
        hidden: Bool (L, N), what is hidden already.
        step: Patches to hide.

    Returns:
        Leads, and the bool (N,) that each proposal hides in all: the ``step`` best patches, and
        the next best one (for single patches) or the best run of neighbours.
    """
    proposals = []
    for lead, row in enumerate(scores):
        can = np.isfinite(row)
        if can.sum() < step:
            continue
        order = np.argsort(-row)
        picks = [order[:step]]
        if step == 1 and can.sum() > 1:
            picks.append(order[1:2])
        elif step > 1:
            runs = np.lib.stride_tricks.sliding_window_view(row, step).sum(axis=1)
            first = int(np.argmax(runs))
            if np.isfinite(runs[first]):
                picks.append(np.arange(first, first + step))
        for pick in picks:
            version = hidden[lead].copy()
            version[pick] = True
            proposals.append((lead, version))
    return proposals


def answer(
    record: LeadwiseRecord, nodes: Sequence[Node], versions: Versions
) -> tuple[Rows, Floats]:
    """Encode changed leads and answer the masks that they make; exact.

    Returns:
        The rows of the versions, and probabilities (K, C).
    """
    rows = record.encode(versions.lead, versions.hidden)
    own = [node.rows.sums() for node in nodes]
    origin = torch.from_numpy(versions.node)
    every = Sums(*(torch.stack(parts)[origin] for parts in zip(*own, strict=True)))
    return rows, record.probability(every.replaced(versions.lead, rows.sums()))


def extended(
    record: LeadwiseRecord, nodes: Sequence[Node], goal: Goal, step: int, width: int
) -> tuple[list[Node], int]:
    """Hide ``step`` further patches in every promising way, and keep the best masks.

    Args:
        record: The record.
        nodes: Masks to go on from.
        goal: What is searched for.
        step: Patches to hide; must fit into some lead.
        width: Masks to keep.

    Returns:
        The best masks, best first, and the number of masks that were answered; none if nothing
        can be hidden any more.
    """
    nodes = [replace(node, guesses=guess(record, node, goal)) for node in nodes]
    proposed = [
        (number, lead, version)
        for number, node in enumerate(nodes)
        for lead, version in moves(node.guesses, node.hidden, step)
    ]
    if not proposed:
        return [], 0
    versions = Versions(
        np.array([number for number, _, _ in proposed]),
        np.array([lead for _, lead, _ in proposed]),
        np.stack([version for _, _, version in proposed]),
    )
    rows, probability = answer(record, nodes, versions)
    scores = goal(probability)
    best: list[Node] = []
    seen: set[bytes] = set()
    for k in np.argsort(-scores):
        node = _changed(nodes, versions, rows, int(k), probability[k], float(scores[k]))
        if node.hidden.tobytes() not in seen and (record.present & ~node.hidden).any():
            seen.add(node.hidden.tobytes())
            best.append(node)
        if len(best) == width:
            break
    return best, len(proposed)


def _changed(
    nodes: Sequence[Node],
    versions: Versions,
    rows: Rows,
    k: int,
    probability: Floats,
    score: float,
) -> Node:
    origin, lead = nodes[versions.node[k]], versions.lead[k]
    hidden = origin.hidden.copy()
    hidden[lead] = versions.hidden[k]
    weight, value = origin.rows.weight.clone(), origin.rows.value.clone()
    weight[lead], value[lead] = rows.weight[k], rows.value[k]
    guesses, age = origin.guesses.copy(), origin.age + 1
    guesses[slice(None) if age == OLDEST else lead] = np.nan
    return Node(hidden, Rows(weight, value), probability, score, guesses, age % OLDEST)
