"""What every dataset offers: labelled records with a role, and what may be said of them."""

import os
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scar_core.datasets._splits import held_out
from scar_core.errors import DatasetError
from scar_core.findings import findings_of
from scar_core.formats import open_record
from scar_core.record import ECGRecord

SPLITS = ("train", "val", "test")

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
"""PTB-XL's diagnostic superclasses; its own labels decide on them, not our implications."""

STORE = "MANIFEST.json"
"""The file by which a packed store is known."""

SUBSET = "SUBSET.json"
"""Written into a folder that holds some of a dataset's records because somebody wanted it so."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled record, or a window of one, read when it is asked for.

    Attributes:
        name: Unique within its dataset.
        path: File that ``open_record`` reads; of a window, the file that it is cut from.
        patient: Patient, unique within the dataset; the record's name where nobody knows.
        split: ``train``, ``val`` or ``test``.
        positive: Codes of findings that are true, closed under implication.
        negative: Codes of findings that are known to be absent; the rest is unknown.
        labels: The dataset's own labels by task.
        report: The stored report, or an empty text.
        opener: Reads the example where ``open_record(path)`` would not do; can be pickled.
        origin: ``DATASET/RECORD`` under which the recording was first published, where other
            datasets hold it too: equal origins are one recording. Empty where none does.
    """

    name: str
    path: Path
    patient: str
    split: str
    positive: frozenset[str]
    negative: frozenset[str] = frozenset()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    report: str = ""
    opener: Callable[[], ECGRecord] | None = field(default=None, compare=False)
    origin: str = ""

    def read(self) -> ECGRecord:
        """Read the record.

        Raises:
            RecordError: The file cannot be used.
        """
        return self.opener() if self.opener is not None else open_record(self.path)


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset: what it is, what it may be used for, and how its examples are listed.

    Attributes:
        name: As in ``--data``; the module's file, or that and ``-VARIANT``.
        title: Full name.
        licence: Licence of the data.
        citation: Who is to be named wherever a record or a figure of it is shown.
        folder: Folder below the data root, and the one that a download makes.
        splits: The splits that it has; ``train`` is missing where training is not allowed.
        tasks: Label sets by name, each with its labels in order.
        list_examples: Folder of the dataset to all of its examples, of all splits.
        size: Records, patients and bytes as published, in words.
        get: How to get it: a command to run.
        url: Page that describes it.
        how_split: Who is in which split, in words.
        index: Files (or patterns), of which one in a folder tells that the dataset lies there.
        also: Other folders below the data root in which people have it.
        files: Address below which a PhysioNet-shaped server has its files; empty if none does.
        part: Folder below ``files`` that is this dataset; empty: all of it.
        labelled: Tasks of which the protocol counts only records that have any of their labels.
    """

    name: str
    title: str
    licence: str
    citation: str
    folder: str
    splits: tuple[str, ...]
    tasks: Mapping[str, tuple[str, ...]]
    list_examples: Callable[[Path], list[Example]]
    size: str
    get: str
    url: str
    how_split: str
    index: tuple[str, ...] = ("INDEX.csv",)
    also: tuple[str, ...] = ()
    files: str = ""
    part: str = ""
    labelled: frozenset[str] = frozenset()

    def locate(self, root: Path | None) -> Path:
        """Return the folder with the dataset's files or its packed store.

        Args:
            root: Folder that holds the dataset's folder, or is it; None: ``data_root()``.

        Raises:
            DatasetError: It is not there; says how to get it.
        """
        base = root or data_root()
        places = [base / name for name in (self.folder, *self.also, self.name)]
        for folder in (*places, base):
            if (folder / STORE).is_file() or _has_any(folder, self.index):
                return folder
        names = dict.fromkeys((self.folder, *self.also, self.name))
        raise DatasetError(
            f"{self.title} is not in {base} (looked for {' or '.join(self.index)} there and in "
            f"{', '.join(names)}); to get it: {self.how(root)}; or set SCAR_DATA or --root to the "
            "folder that holds it"
        )

    def how(self, root: Path | None) -> str:
        """Return how to get it into this folder: ``get``, with ``--root`` where it is needed."""
        if root is None or not self.files:
            return self.get
        return f"{self.get} --root {shlex.quote(str(root))}"

    def examples(self, root: Path | None, split: str, task: str | None = None) -> list[Example]:
        """List the examples of one split.

        Patients of the recordings that are only tested on (``assets/splits/held_out.txt``) are
        left out of training and validation, whatever the dataset's own split says.

        Args:
            root: Folder that holds the dataset's folder, or is it; None: ``data_root()``.
            split: ``train``, ``val`` or ``test``.
            task: Only the records that the task's protocol counts; None: all of the split.

        Raises:
            DatasetError: The dataset is not there or incomplete, or has no such split or task:
                test-only data never becomes training data.
        """
        if split not in self.splits:
            raise DatasetError(
                f"{self.title} has no {split} split here, only {', '.join(self.splits)}; "
                "choose another dataset for that"
            )
        if task is not None and task not in self.tasks:
            raise DatasetError(
                f"{self.title} has no task {task!r}; choose one of: {', '.join(self.tasks)}"
            )
        folder = self.locate(root)
        packed = (folder / STORE).is_file()
        everything = self.everything(folder)
        chosen = [example for example in everything if example.split == split]
        if split != "test":
            tested = held_out()
            patients = {e.patient for e in everything if e.origin in tested}
            chosen = [example for example in chosen if example.patient not in patients]
        if task in self.labelled:
            chosen = [example for example in chosen if example.labels[task]]
        return chosen if packed else self._there(chosen, folder, self.how(root))

    def everything(self, folder: Path) -> list[Example]:
        """List the examples of all splits, whether their files are there or not.

        Args:
            folder: Of ``locate``.
        """
        packed = (folder / STORE).is_file()
        return _packed(self, folder) if packed else self.list_examples(folder)

    def _there(self, chosen: list[Example], folder: Path, how: str) -> list[Example]:
        """Keep the examples whose files are there; refuse a folder that lacks some by accident."""
        there = {path for path in {example.path for example in chosen} if path.exists()}
        found = [example for example in chosen if example.path in there]
        missing = next((example for example in chosen if example.path not in there), None)
        if missing is None or (found and (folder / SUBSET).is_file()):
            return found
        raise DatasetError(
            f"{self.title} in {folder} is incomplete: the files of {len(chosen) - len(found)} of "
            f"{len(chosen)} {missing.split} examples are missing, such as {missing.path.name}; to "
            f"get the rest: {how}"
        )


def same_recordings(one: Iterable[Example], other: Iterable[Example]) -> frozenset[str]:
    """Return the origins of the recordings that are in both, from whatever datasets they are."""
    return frozenset({e.origin for e in one if e.origin} & {e.origin for e in other})


def data_root() -> Path:
    """Return the folder with the datasets: ``SCAR_DATA``, else ``../shared/ecg`` or ``data``."""
    named = os.environ.get("SCAR_DATA")
    if named:
        return Path(named).expanduser()
    beside = Path(__file__).resolve().parents[3] / "shared" / "ecg"
    return beside if beside.is_dir() else Path("data")


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
        assessed = {*assessed, *SUPERCLASSES}
    false = {code for code in assessed if code not in true}
    return frozenset(true), frozenset(false)


def _has_any(folder: Path, patterns: Iterable[str]) -> bool:
    return folder.is_dir() and any(
        next(folder.glob(pattern), None) is not None for pattern in patterns
    )


def _packed(spec: DatasetSpec, folder: Path) -> list[Example]:
    from scar_core.datasets.pack import packed_examples

    return packed_examples(spec, folder)
