"""How importance moves while more and more of a record is hidden: nested masks of one order.

Every step hides what the last one hid and more, so steps differ by what was added alone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry
from scar_core.serving.inquiries.redistribution import asked_finding

if TYPE_CHECKING:
    from scar_core.analysis.importance import Weights
    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.prediction import Prediction

ORDERS = ("weightiest", "random", "leads")
MOST_STEPS = 40
DECIMALS = 6


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        order: ``weightiest`` patches first, patches at ``random``, or whole ``leads``, the
            weightiest first.
        seed: Of ``random``.
        steps: Steps from nothing to the most.
        most: Share of the patches that the last step hides.
        how: ``selector`` or ``gradient-input``; empty: the selector where the method has one.
        finding: Whose gradient, and whose probability is followed; empty: the most probable one.
        prompt: Text of the finding, if it is none of the default ones.
    """

    order: str = "weightiest"
    seed: int = 0
    steps: int = 16
    most: float = 0.8
    how: str = ""
    finding: str = ""
    prompt: str = ""

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise ConfigError(f"there is no order {self.order!r}; choose {', '.join(ORDERS)}")
        if not 1 <= self.steps <= MOST_STEPS:
            raise ConfigError(f"{self.steps} steps were asked for; choose 1 to {MOST_STEPS}")
        if not 0 < self.most < 1:
            raise ConfigError(
                f"the last step would hide {self.most:g} of the record; give a share between 0 and "
                "1, so that something stays to be read"
            )


def answer(
    predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Hide a record step by step; what the scenario hides is hidden from the start.

    Returns:
        ``leads``, ``patch_s``, ``order`` as ``[lead, patch]`` by number in the order of hiding, and
        ``frames``: ``count`` patches of the order that are hidden, their ``share``, what was
        ``removed``, how much is ``compensated`` (elsewhere than scaling up puts it),
        ``probability`` of the finding, ``top`` finding with its probability, and ``weights``
        by lead and patch, to 6 decimals.

    Raises:
        ConfigError: No record, an unknown finding, or nothing is there to be hidden.
    """
    from scar_core.analysis.importance import chosen_how, importances, shown, weighed
    from scar_core.analysis.masks import Grid

    if record is None:
        raise ConfigError("no record was sent; choose one")
    defaults = predictor.default_prompts
    prompts = {**defaults, options.finding: options.prompt} if options.prompt else None
    whole = shown(record.window(predictor.checkpoint.contract.seconds), scenario)
    full = predictor.predict([(whole, Scenario())], prompts)[0]
    how, finding = chosen_how(full, options.how), asked_finding(full, options.finding)
    (start,) = weighed(predictor, whole, [Scenario()], [full], how, finding, prompts)
    order = hiding_order(start, options.order, options.seed)
    counts = [
        round(step * options.most * len(order) / options.steps) for step in range(options.steps + 1)
    ]
    if counts[-1] in (0, len(order)):
        raise ConfigError(f"only {len(order)} patches are read; too few to hide step by step")
    masks = np.zeros((len(counts), start.values.size), dtype=np.bool_)
    for mask, count in zip(masks, counts, strict=True):
        mask[order[:count]] = True
    grid = Grid(start.leads, start.patch_s)
    shaped = masks.reshape(-1, *start.values.shape)
    scenarios = [grid.scenario(mask, start.visible) for mask in shaped]
    weights, answers = importances(predictor, whole, scenarios, how, finding, prompts)
    patches = start.values.shape[1]
    return {
        "leads": list(start.leads),
        "patch_s": start.patch_s,
        "how": how,
        "finding": finding,
        "read": start.visible.tolist(),
        "order": [[int(k) // patches, int(k) % patches] for k in order],
        "frames": [
            {
                "count": count,
                "share": count / len(order),
                "removed": float(start.values[mask].sum()),
                "compensated": _elsewhere(start, now),
                "probability": _probability(one, finding),
                "top": _top(one),
                "weights": np.round(now.values, DECIMALS).tolist(),
            }
            for count, mask, now, one in zip(counts, shaped, weights, answers, strict=True)
        ],
        "method": full.method,
        "checkpoint": full.checkpoint,
    }


def hiding_order(start: "Weights", order: str, seed: int) -> NDArray[np.intp]:
    """Visible patches by number, ``lead · patches + patch``, in the order in which they go."""
    read = np.flatnonzero(start.visible)
    if order == "random":
        return np.random.default_rng(seed).permutation(read)
    weight = start.values.ravel()[read]
    if order == "weightiest":
        return read[np.argsort(-weight, kind="stable")]
    lead = read // start.values.shape[1]
    of_lead = start.values.sum(axis=1)
    rank = np.argsort(np.argsort(-of_lead, kind="stable"))
    return read[np.lexsort((read, rank[lead]))]


def _elsewhere(start: "Weights", now: "Weights") -> float:
    from scar_core.analysis.redistribution import elsewhere

    return elsewhere(start.values.ravel(), now.values.ravel(), now.visible.ravel())


def _probability(prediction: "Prediction", finding: str) -> float:
    return next(s.probability for s in prediction.classes if s.name == finding)


def _top(prediction: "Prediction") -> list[Any]:
    best = max(prediction.classes, key=lambda score: score.probability)
    return [best.name, best.probability]


INQUIRY = Inquiry("Importance while more is hidden", Options, answer)
