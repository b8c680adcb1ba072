"""What every dataset offers: labelled records with a role, and what may be said of them."""

import csv
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scar_core.errors import DatasetError
from scar_core.findings import findings_of
from scar_core.formats import open_record
from scar_core.record import ECGRecord

SPLITS = ("train", "val", "test")

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
"""PTB-XL's diagnostic superclasses; its own labels decide on them, not our implications."""


@dataclass(frozen=True)
class Example:
    """One labelled record, read when it is asked for.

    Attributes:
        name: Unique within its dataset.
        path: File that ``open_record`` reads.
        patient: Patient, unique within the dataset; the record's name where nobody knows.
        split: ``train``, ``val`` or ``test``.
        positive: Codes of findings that are true, closed under implication.
        negative: Codes of findings that are known to be absent; the rest is unknown.
        labels: The dataset's own labels by task.
        report: The stored report, or an empty text.
    """

    name: str
    path: Path
    patient: str
    split: str
    positive: frozenset[str]
    negative: frozenset[str] = frozenset()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    report: str = ""

    def read(self) -> ECGRecord:
        """Read the record.

        Raises:
            RecordError: The file cannot be used.
        """
        return open_record(self.path)


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset: what it is, what it may be used for, and how its examples are listed.

    Attributes:
        name: As in ``--data``; the same as the module's file.
        title: Full name.
        licence: Licence of the data.
        citation: Who is to be named wherever a record or a figure of it is shown.
        folder: Folder below the data root.
        splits: The splits that it has; ``train`` is missing where training is not allowed.
        tasks: Label sets by name, each with its labels in order.
        list_examples: Folder of the dataset to all of its examples.
    """

    name: str
    title: str
    licence: str
    citation: str
    folder: str
    splits: tuple[str, ...]
    tasks: Mapping[str, tuple[str, ...]]
    list_examples: Callable[[Path], list[Example]]

    def examples(self, root: Path | None, split: str) -> list[Example]:
        """List the examples of one split.

        Args:
            root: Folder that holds the dataset's folder, or is it; None: ``data_root()``.
            split: ``train``, ``val`` or ``test``.

        Raises:
            DatasetError: The dataset is not there, or has no such split: test-only data never
                becomes training data.
        """
        if split not in self.splits:
            raise DatasetError(
                f"{self.title} has no {split} split here, only {', '.join(self.splits)}; "
                "choose another dataset for that"
            )
        base = root or data_root()
        folder = base / self.folder if (base / self.folder).is_dir() else base
        return [item for item in self.list_examples(folder) if item.split == split]


def data_root() -> Path:
    """Return the folder with the datasets: ``SCAR_DATA``, else ``../shared/ecg`` or ``data``."""
    named = os.environ.get("SCAR_DATA")
    if named:
        return Path(named).expanduser()
    beside = Path(__file__).resolve().parents[3] / "shared" / "ecg"
    return beside if beside.is_dir() else Path("data")


def read_rows(path: Path, what: str) -> list[dict[str, str]]:
    """Read a CSV table.

    Raises:
        DatasetError: The file is missing.
    """
    if not path.is_file():
        raise DatasetError(
            f"{what} is not in {path.parent}: {path.name} is missing; set SCAR_DATA or --root to "
            "the folder that holds the datasets"
        )
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def truth_of(
    positive: Iterable[str], assessed: Collection[str], supers: Iterable[str] | None = None
) -> tuple[frozenset[str], frozenset[str]]:
    """Turn stated findings into what is true and what is known to be absent.

    Args:
        positive: Codes that the labels state.
        assessed: Codes that the labellers would have stated, had they been there.
        supers: The superclasses that were labelled, where the dataset labels them itself.

    Returns:
        Positive codes, closed under implication except that the dataset's own superclasses win;
        and negative codes, the assessed ones that are not positive.
    """
    true = set(findings_of(positive))
    if supers is not None:
        true = (true - set(SUPERCLASSES)) | set(supers)
    false = {code for code in assessed if code not in true}
    return frozenset(true), frozenset(false)
