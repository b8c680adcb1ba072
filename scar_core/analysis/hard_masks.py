"""The worst mask of a budget: by greedy or beam search over patches, beside random ones (ours)."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch

from scar_core.analysis.leadwise import Floats, LeadwiseRecord, top
from scar_core.analysis.masks import Mask, answers_under, as_lists, patches_of_budget
from scar_core.analysis.search import Goal, Node, extended, start
from scar_core.errors import ConfigError
from scar_core.evaluation.cmrs import d
from scar_core.evaluation.zero_shot import Predictor
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

How = Literal["greedy", "beam"]

MOVES = 24
"""Steps in which a search hides its budget."""
POOL = 80
"""Versions of each lead that random masks are put together from."""


@dataclass(frozen=True)
class RandomMasks:
    """How bad random masks of the same budget are.

    Attributes:
        count: How many were answered.
        mean: Mean of the objective.
        worst: Its largest value.
        share_worse: Share of them that is worse than the mask that was searched for.
        seconds: Time that answering them took.
    """

    count: int
    mean: float
    worst: float
    share_worse: float
    seconds: float


@dataclass(frozen=True)
class HardMask:
    """The worst mask that a search found.

    Attributes:
        how: ``greedy`` or ``beam``.
        objective: ``impact`` (mean Jensen–Shannon divergence, base 2, over findings) or
            ``drop of NAME`` (in probability).
        budget: Share of the present patches that may be hidden.
        patches: Patches that are hidden.
        hidden: Hidden patches by lead.
        scenario: The same as a scenario.
        value: Of the objective.
        checked: Of the objective, by an ordinary forward pass under that scenario.
        before: Most probable finding of the full record, and its probability.
        after: Most probable finding under the mask, and its probability.
        candidates: Masks that the search answered.
        seconds: Time that the search took.
        random: Random masks of the same budget.
    """

    how: str
    objective: str
    budget: float
    patches: int
    hidden: Mapping[str, list[int]]
    scenario: Scenario
    value: float
    checked: float
    before: tuple[str, float]
    after: tuple[str, float]
    candidates: int
    seconds: float
    random: RandomMasks

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "scenario": self.scenario.to_json()}


def goal_of(record: LeadwiseRecord, finding: str | None) -> tuple[Goal, str]:
    """Objective of a search and its name: impact on the whole answer, or drop of one finding."""
    full = record.probability(record.full.sums().at(None))
    if finding is None:
        return lambda probability: d(full, probability), "impact"
    column = record.question.index(finding)
    return (
        lambda probability: np.asarray(full[0, column] - probability[:, column]),
        f"drop of {record.question.names[column]}",
    )


def worst_mask(
    record: LeadwiseRecord, count: int, goal: Goal, *, how: How = "greedy", width: int = 4
) -> tuple[Node, int]:
    """Search the mask that scores most among those that hide ``count`` patches.

    Args:
        record: The record.
        count: Present patches to hide, fewer than there are.
        goal: What is to be large.
        how: ``greedy`` follows the best mask of each step; ``beam`` the best ``width``, and
            returns the greedy mask where that is worse for the reader after all.
        width: Of the beam.

    Returns:
        The mask, and how many were answered.
    """
    if how == "beam":
        found = [_followed(record, count, goal, keep) for keep in (1, width)]
        return max(found, key=lambda one: one[0].score)[0], sum(tried for _, tried in found)
    return _followed(record, count, goal, 1)


def _followed(record: LeadwiseRecord, count: int, goal: Goal, keep: int) -> tuple[Node, int]:
    """Hide ``count`` patches step by step, following the best ``keep`` masks."""
    nodes, answered = [start(record, goal)], 0
    step = -(-count // MOVES)
    while nodes[0].patches < count:
        step = min(step, count - nodes[0].patches)
        found, tried = extended(record, nodes, goal, step, keep)
        answered += tried
        if found:
            nodes = found
        else:  # no lead has that many patches left
            step = max(1, step // 2)
    return nodes[0], answered


def random_answers(
    record: LeadwiseRecord, count: int, n: int, rng: np.random.Generator, pool: int = POOL
) -> tuple[Mask, Floats]:
    """Answer random masks of one budget from few encodings.

    Each lead is encoded in ``pool`` random versions, every patch hidden with the budget's share,
    and masks are random combinations of versions that hide ``count`` patches in all. So each mask
    is one of that budget with equal probability; they are not independent of each other, because
    they share versions.

    Args:
        record: The record.
        count: Patches that each mask hides.
        n: Number of masks.
        rng: Where the randomness comes from.
        pool: Versions of each lead.

    Returns:
        Masks, bool (n, L, N), and probabilities (n, C).
    """
    leads, patches = record.present.shape
    share = count / record.present.sum()
    versions = (rng.random((leads, pool, patches)) < share) & record.present[:, None]
    hidden = versions.sum(axis=2)
    chosen = np.zeros((0, leads), dtype=np.intp)
    for _ in range(400):
        drawn = rng.integers(0, pool, (8192, leads))
        fits = hidden[np.arange(leads), drawn].sum(axis=1) == count
        chosen = np.concatenate((chosen, drawn[fits]))[:n]
        if len(chosen) == n:
            break
    else:
        raise ConfigError(
            f"only {len(chosen)} of {n} random masks of {count} patches could be put together; "
            "ask for a larger budget"
        )
    sums = record.encode(
        np.repeat(np.arange(leads), pool), versions.reshape(-1, patches)
    ).sums()  # fmt: skip
    index = torch.from_numpy(chosen + np.arange(leads) * pool)
    return versions[np.arange(leads), chosen], record.probability(sums.at(index))


def hard_mask(
    predictor: Predictor,
    record: LeadwiseRecord,
    source: ECGRecord,
    budget: float,
    *,
    how: How = "greedy",
    finding: str | None = None,
    seed: int = 0,
) -> HardMask:
    """Find the worst mask of a budget, and compare it with 1,000 random ones.

    Args:
        predictor: Who answers.
        record: ``source``, encoded lead by lead.
        source: The record.
        budget: Share of the present patches to hide.
        how: ``greedy``, or ``beam`` of width 4, which takes about four times as long.
        finding: Look for the largest drop of this finding; None: the largest impact on the answer.
        seed: Of the random masks.

    Raises:
        ConfigError: The budget hides nothing or all, or the finding is not asked about.
    """
    count = patches_of_budget(record.present, budget)
    goal, objective = goal_of(record, finding)
    began = time.perf_counter()
    node, answered = worst_mask(record, count, goal, how=how)
    searched = time.perf_counter()
    _, others = random_answers(record, count, 1000, np.random.default_rng(seed))
    scores = goal(others)
    question = record.question
    prompts = dict(zip(question.names, question.texts, strict=True))
    checked = answers_under(predictor, source, node.hidden[None], prompts, record.grid)
    full = start(record, goal).probability
    return HardMask(
        how=how,
        objective=objective,
        budget=budget,
        patches=node.patches,
        hidden=as_lists(node.hidden, record.leads),
        scenario=record.grid.scenario(node.hidden, record.present),
        value=node.score,
        checked=float(goal(checked)[0]),
        before=(top(question.names, full), float(full.max())),
        after=(top(question.names, node.probability), float(node.probability.max())),
        candidates=answered,
        seconds=searched - began,
        random=RandomMasks(
            len(scores),
            float(scores.mean()),
            float(scores.max()),
            float((scores >= node.score).mean()),
            time.perf_counter() - searched,
        ),
    )
