"""Training data and settings that are small enough for a step to take milliseconds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scar_core.datasets import Example
from scar_core.datasets.ptbxl import Report
from scar_core.findings import findings_of
from scar_core.record import ECGRecord
from scar_core.settings import to_mapping
from scar_core.training.config import TrainConfig, config_from
from scar_core.training.data import Mixture
from scar_core.training.language import Language
from scar_core.training.sources import Source, StoredSource
from tests.made import made_record
from tests.methods.tiny import CONTRACT, MODEL

_SAID = (("SR", "NORM"), ("AFIB", "CRBBB"), ("SBRAD", "IMI"), ("PVC",))
_ASSESSED = findings_of(code for codes in _SAID for code in codes)


@dataclass(frozen=True)
class MadeExample(Example):
    """An example whose record is drawn when it is read; its name is the seed."""

    def read(self) -> ECGRecord:
        return made_record(int(self.name), seconds=4.0, rate_hz=50.0)


def made_examples(n: int = 8, split: str = "train") -> list[MadeExample]:
    """Examples with four kinds of findings in turn; every other one has a report."""
    return [
        MadeExample(
            name=str(number),
            path=Path("nowhere"),
            patient=f"p{number // 2}",
            split=split,
            positive=findings_of(_SAID[number % 4]),
            negative=_ASSESSED - findings_of(_SAID[number % 4]),
            report="stored report of a made-up patient" if number % 2 else "",
        )
        for number in range(n)
    ]


TOLD = (
    Report(
        "Sinusrhythmus, kein Linksschenkelblock. Edit: NORM 100",
        findings_of(("SR", "NORM")), frozenset({"CLBBB", "AFIB"}), "p0", "1",
    ),
    Report("atrial fibrillation", findings_of(("AFIB",)), frozenset({"SR", "NORM"}), "p1", "2"),
)  # fmt: skip


def made_mixture(n: int = 8) -> Mixture:
    """One stored source, and texts without records."""
    sources: dict[str, Source] = {"made": StoredSource(made_examples(n), CONTRACT)}
    return Mixture(sources, {"made": 1.0}, language=Language(TOLD))


def tiny_config(**changes: Any) -> TrainConfig:
    """Settings of a run that takes milliseconds a step."""
    return config_from(
        {
            "data": "made",
            "steps": 8,
            "batch": 6,
            "warmup": 2,
            "save_every": 3,
            "masker_every": 2,
            "simulated_records": 16,
            "language_texts": 3,
            "contract": to_mapping(CONTRACT),
            "model": MODEL,
            **changes,
        }
    )
