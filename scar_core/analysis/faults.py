"""What the answer becomes when an electrode falls off or a lead is lost, with and without recovery.

An electrode takes every lead that uses it; RA, LA and LL take V1–V6 too (``leads``). Where two limb
leads remain, the others can be computed from them, which is the second answer of a fault.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import ELECTRODES, leads_of_electrode, recoverable_limb_leads
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord


@dataclass(frozen=True)
class Answer:
    """An answer beside that of the full record.

    Attributes:
        probability: Of each finding asked about.
        top_finding: The most probable one; empty where nothing is visible.
        change: Largest distance from the full record's probabilities.
        moved: The finding that moves so far.
    """

    probability: tuple[float, ...]
    top_finding: str
    change: float
    moved: str


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: ``electrode`` or ``lead``.
        name: Which one.
        lost: Leads of the record that it takes.
        recoverable: Lost limb leads that the remaining ones determine.
        without: The answer from what remains; None where nothing does.
        recovered: The answer with the recoverable leads computed; None where there are none.
    """

    kind: Literal["electrode", "lead"]
    name: str
    lost: tuple[str, ...]
    recoverable: tuple[str, ...]
    without: Answer | None
    recovered: Answer | None


@dataclass(frozen=True)
class Faults:
    """All faults of one record.

    Attributes:
        names: The findings that were asked about.
        full: The answer with nothing lost.
        faults: Every electrode, then every limb lead.
        notes: Sentences on what could not be done.
    """

    names: tuple[str, ...]
    full: Answer
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def _answer(prediction: Prediction, full: Prediction) -> Answer | None:
    if prediction.visible_share == 0:
        return None
    moves = [
        (abs(score.probability - whole.probability), score.name)
        for score, whole in zip(prediction.classes, full.classes, strict=True)
    ]
    change, moved = max(moves)
    best = max(prediction.classes, key=lambda score: score.probability)
    values = tuple(score.probability for score in prediction.classes)
    return Answer(values, best.name, change, moved)


def electrode_faults(
    predictor: Predictor, record: ECGRecord, prompts: Mapping[str, str] | None = None
) -> Faults:
    """Answer for every electrode off and every limb lead lost, with and without recovery.

    Args:
        predictor: Who answers; any method.
        record: Any record; recovery needs one in millivolt.
        prompts: Name to text of the classes; None: the default findings.
    """
    measured = [
        name for name, row in zip(record.lead_names, record.present, strict=True) if row.any()
    ]
    chosen: list[tuple[Literal["electrode", "lead"], str, tuple[str, ...]]] = [
        ("electrode", name, leads_of_electrode(name)) for name in ELECTRODES
    ]
    limb = [lead for lead in measured if not lead.startswith("V")]
    chosen += [("lead", lead, (lead,)) for lead in limb]
    whole = predictor.predict([(record, Scenario())], prompts)[0]
    faults = []
    for kind, name, takes in chosen:
        lost = tuple(lead for lead in measured if lead in takes)
        left = [lead for lead in measured if lead not in takes]
        back = tuple(lead for lead in recoverable_limb_leads(left) if lead in lost)
        back = back if record.unit == "mV" else ()
        scenarios = [Scenario(leads=lost, recover=recover) for recover in (False, True)]
        answers = predictor.predict([(record, one) for one in scenarios[: 1 + bool(back)]], prompts)
        faults.append(
            Fault(
                kind,
                name,
                lost,
                back,
                _answer(answers[0], whole),
                _answer(answers[1], whole) if back else None,
            )
        )
    notes = whole.notes
    if record.unit != "mV":
        notes = (*notes, "The record is not in millivolt, so no lead can be computed from others.")
    full = _answer(whole, whole)
    if full is None:
        full = Answer(tuple(score.probability for score in whole.classes), "", 0.0, "")
    return Faults(tuple(score.name for score in whole.classes), full, tuple(faults), notes)
