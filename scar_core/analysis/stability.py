"""How the answer moves when as much is missing, but elsewhere: resampled masks of one budget."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scar_core.analysis.masks import Grid, Kind, answers_under, patches_of_budget, random_masks
from scar_core.evaluation.views import present_patches
from scar_core.evaluation.zero_shot import Predictor
from scar_core.record import ECGRecord

RESAMPLED = 32


@dataclass(frozen=True)
class Spread:
    """How one finding moves.

    Attributes:
        name: The finding.
        full: Its probability with nothing hidden.
        mean: Mean over the masks.
        deviation: Standard deviation over the masks.
        least: Smallest value.
        most: Largest value.
    """

    name: str
    full: float
    mean: float
    deviation: float
    least: float
    most: float


@dataclass(frozen=True)
class Stability:
    """How an answer moves under masks of one budget.

    Attributes:
        budget: Share of the present patches that each mask hides.
        patches: The same in patches of 0.2 s on one lead.
        masks: Number of masks.
        kind: How they were drawn.
        seed: Of the draw.
        top_finding: Most probable finding with nothing hidden.
        agreeing: Share of the masks under which it stays the most probable one.
        findings: Each finding, in the order of the prompts.
    """

    budget: float
    patches: int
    masks: int
    kind: str
    seed: int
    top_finding: str
    agreeing: float
    findings: tuple[Spread, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def stability(
    predictor: Predictor,
    record: ECGRecord,
    budget: float,
    prompts: Mapping[str, str] | None = None,
    *,
    n: int = RESAMPLED,
    kind: Kind = "spans",
    seed: int = 0,
) -> Stability:
    """Answer a record under resampled masks of the same budget.

    Args:
        predictor: Who answers; any method.
        record: Any record.
        budget: Share of the present patches to hide.
        prompts: Name to text of the classes; None: the default findings.
        n: Number of masks.
        kind: Of the masks; see ``masks.random_masks``.
        seed: Of the draw.

    Raises:
        ConfigError: The budget hides nothing or all.
    """
    present = present_patches(record)
    count = patches_of_budget(present, budget)
    masks = random_masks(present, count, n, np.random.default_rng(seed), kind)
    shown = np.zeros((1, *present.shape), np.bool_)
    answers = answers_under(predictor, record, np.concatenate((shown, masks)), prompts, Grid())
    full, moved = answers[0], answers[1:]
    names = list(predictor.default_prompts if prompts is None else prompts)
    return Stability(
        budget,
        count,
        n,
        kind,
        seed,
        names[int(full.argmax())],
        float((moved.argmax(axis=1) == full.argmax()).mean()),
        tuple(
            Spread(
                name,
                float(full[c]),
                float(moved[:, c].mean()),
                float(moved[:, c].std()),
                float(moved[:, c].min()),
                float(moved[:, c].max()),
            )
            for c, name in enumerate(names)
        ),
    )
