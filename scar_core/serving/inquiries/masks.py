"""Which masks an evaluation drew for one record, so that a reader can look at them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario, Span
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

if TYPE_CHECKING:
    from scar_core.evaluation.zero_shot import Predictor

Bools = NDArray[np.bool_]
MOST = 64
"""Masks of one view."""


@dataclass(frozen=True)
class Options:
    """Which evaluation, and which record of it.

    Attributes:
        dataset: Name of the dataset.
        task: Task that was evaluated.
        example: Name of the record.
        split: Split that it is in.
        views: Whose masks are asked for.
        seed: Of the evaluation.
        masks: Masks of a record in a view that draws them.
        candidates: Candidates of each hard mask.
        reference: Reference model, which hard masks are chosen by and impact is measured with.
        labels: Labels that it knows, as the result names them.
    """

    dataset: str = ""
    task: str = ""
    example: str = ""
    split: str = "test"
    views: tuple[str, ...] = ("random",)
    seed: int = 0
    masks: int = 4
    candidates: int = 16
    reference: str = "xresnet"
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.dataset and self.task and self.example and self.labels):
            raise ConfigError("masks need dataset, task, example and labels; name all four")
        if not (1 <= self.masks <= MOST and 2 <= self.candidates <= MOST):
            raise ConfigError(
                f"{self.masks} masks of {self.candidates} candidates were asked for; use 1 to "
                f"{MOST} masks and 2 to {MOST} candidates"
            )


def scenario_of(mask: Bools) -> Scenario:
    """Write a mask of the evaluation grid as a scenario.

    Args:
        mask: Bool (12, 50), True = hidden; rows are ``LEADS``, columns 0.2 s.
    """
    from scar_core.evaluation.views import GRID_S

    spans = []
    for lead, row in zip(LEADS, mask, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(int)))
        if not row.all():
            spans += [
                Span(lead, float(a) * GRID_S, float(b) * GRID_S)
                for a, b in edges.reshape(-1, 2).tolist()
            ]
    whole = tuple(lead for lead, row in zip(LEADS, mask, strict=True) if row.all())
    return Scenario(leads=whole, spans=tuple(spans))


def answer(
    model: "Predictor", record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Draw the masks again, and say how far each moves the reference model.

    Returns:
        ``masks``: one for each view and number, the heaviest (severity times impact) first, with
        ``severity``, ``impact`` and the ``scenario``.

    Raises:
        DatasetError: The dataset or the record is not there.
        ConfigError: An unknown view, or labels that the reference does not know.
    """
    del model, record, scenario
    from scar_core.datasets import dataset
    from scar_core.errors import DatasetError
    from scar_core.evaluation.answers import read_all
    from scar_core.evaluation.subjects import load_subject
    from scar_core.evaluation.views import severity

    spec = dataset(options.dataset)
    examples = spec.examples(None, options.split)
    found = next((one for one in examples if one.name == options.example), None)
    if found is None:
        raise DatasetError(
            f"{spec.title} has no record {options.example!r} in its {options.split} split; choose "
            "another record"
        )
    reference = load_subject(options.reference)
    prepared = read_all([found], [reference.contract])
    present = prepared.present[0]
    moved = _Moved(reference, prepared, _columns(reference, options))
    rows: list[dict[str, Any]] = []
    for view in dict.fromkeys(options.views):
        masks, impact = _drawn(view, present, options, moved)
        for k, (mask, i, s) in enumerate(zip(masks, impact, severity(masks, present), strict=True)):
            hides = scenario_of(mask)
            rows.append(
                {"view": view, "number": k, "severity": float(s), "impact": float(i),
                 "scenario": hides.to_json(), "query": hides.to_query()}
            )  # fmt: skip
    rows.sort(key=lambda row: -row["severity"] * row["impact"])
    return {"record": options.example, "reference": options.reference, "masks": rows}


def _columns(reference: Any, options: Options) -> list[int]:  # noqa: ANN401 - a Subject
    from scar_core.evaluation.tasks import labelled_set, reference_columns

    task = labelled_set(options.dataset, options.task, options.split)
    columns = dict(zip(task.labels, reference_columns(reference.labels, task), strict=True))
    unknown = [label for label in options.labels if columns.get(label) is None]
    if unknown:
        raise ConfigError(
            f"the reference model {options.reference} does not know {', '.join(unknown)}; ask "
            "with the labels that the result names"
        )
    return [column for label in options.labels if (column := columns[label]) is not None]


@dataclass(frozen=True)
class _Moved:
    """How far masks move the reference model on one record."""

    reference: Any
    prepared: Any
    columns: list[int]

    def __call__(self, masks: Bools) -> NDArray[np.float64]:
        """Impact of masks (n, 12, 50); (n,)."""
        from scar_core.evaluation.answers import answer as ask
        from scar_core.evaluation.calibration import sigmoid
        from scar_core.evaluation.cmrs import d
        from scar_core.evaluation.parts import Parts

        nothing = np.zeros((1, *masks.shape[1:]), np.bool_)
        both = np.concatenate([nothing, masks])
        raw = ask(self.reference, self.prepared, both[None], Parts())
        said = sigmoid(raw[0, :, self.columns].T.astype(np.float64))
        return np.asarray(d(said[:1], said[1:]))


def _drawn(
    view: str, present: Bools, options: Options, moved: _Moved
) -> tuple[Bools, NDArray[np.float64]]:
    from scar_core.evaluation.views import draw_masks, hard_candidates

    n, seed, name = options.masks, options.seed, options.example
    if view != "hard":
        masks = draw_masks(view, present, n, seed=seed, name=name)
        return masks, moved(masks)
    groups = hard_candidates(present, n, seed=seed, name=name, candidates=options.candidates)
    impact = moved(groups.reshape(-1, *groups.shape[2:])).reshape(n, -1)
    worst = impact.argmax(-1)
    return groups[np.arange(n), worst], impact[np.arange(n), worst]


INQUIRY = Inquiry("The masks of an evaluation", Options, answer, needs_record=False)
