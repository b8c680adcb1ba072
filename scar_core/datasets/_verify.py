"""Verifying a dataset on disk: every file there, whole and readable, and the counts."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scar_core.datasets._journal import Journal, sha256_of
from scar_core.datasets._sums import NAME as SUMS
from scar_core.datasets._sums import parse_sums
from scar_core.datasets.base import STORE, SUBSET, DatasetSpec, Example
from scar_core.errors import DatasetError, RecordError

MAX_TOLD = 20
_READ = "read"  # the journal's word for a record that was read
_DAMAGED = "may be damaged"  # in a record's notes: its header's checksum does not fit

Progress = Callable[[int, int], None]
"""Is told files that were looked at, and files in all."""


@dataclass
class Found:
    """What was found.

    Attributes:
        folder: Where.
        listed: Files of which ``SHA256SUMS.txt`` gives a checksum.
        records: Files that hold examples.
        examples: Examples in each split.
        missing: Files that are not there.
        damaged: Files whose checksum does not fit, theirs or their header's.
        unreadable: Records that cannot be read, and why.
        again: Files that were known from an earlier call and not read again.
        subset: Whether the folder is to hold only some of the records.
        seconds: How long it took.
    """

    folder: Path
    listed: int = 0
    records: int = 0
    examples: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    again: int = 0
    subset: bool = False
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.damaged or self.unreadable)

    def to_json(self) -> dict[str, Any]:
        """As JSON; of long lists only the beginning."""
        told = {
            name: {"n": len(files), "such as": files[:MAX_TOLD]}
            for name in ("missing", "damaged", "unreadable")
            if (files := getattr(self, name)) is not None
        }
        return {
            "folder": str(self.folder),
            "sound": self.sound,
            "subset": self.subset,
            "files with a checksum": self.listed,
            "record files": self.records,
            "examples": self.examples,
            **told,
            "known from before": self.again,
            "seconds": round(self.seconds, 2),
        }


def verify(spec: DatasetSpec, root: Path | None, progress: Progress | None = None) -> Found:
    """Look at every file of a dataset; a second call reads only what changed since the first.

    Args:
        spec: The dataset.
        root: Folder of the datasets; None: ``data_root()``.
        progress: Is told how far it is.

    Raises:
        DatasetError: The dataset is not there, is packed, or its tables cannot be used.
    """
    began = time.monotonic()
    folder = spec.locate(root)
    if (folder / STORE).is_file():
        raise DatasetError(
            f"{folder} holds {spec.title} packed; use `python -m scar_core data verify-pack "
            f"{folder}`"
        )
    found = Found(folder, subset=(folder / SUBSET).is_file())
    journal = Journal(folder)
    sums = _sums(folder)
    found.listed = len(sums)
    examples = spec.list_examples(folder)
    if found.subset:
        examples = [example for example in examples if example.path.exists()]
    found.examples = {
        split: sum(example.split == split for example in examples) for split in spec.splits
    }
    files = {example.path: example for example in examples}
    found.records = len(files)
    total = len(sums) + len(files)
    for done, _ in enumerate(_each(found, journal, sums, files), 1):
        if progress is not None:
            progress(done, total)
    found.seconds = time.monotonic() - began
    return found


def _each(
    found: Found, journal: Journal, sums: dict[str, str], files: dict[Path, Example]
) -> Iterator[None]:
    for name, sha in sums.items():
        _check_file(found, journal, name, sha)
        yield
    wrong = {*found.missing, *found.damaged}
    for path, example in files.items():
        name = path.relative_to(found.folder).as_posix()
        if name not in wrong:
            _check_record(found, journal, name, example)
        yield


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    if not path.is_file():
        return {}
    sums = parse_sums(path.read_text(encoding="utf-8", errors="replace"), str(path))
    return {name: sha for name, sha in sums.items() if name != SUMS}


def _check_file(found: Found, journal: Journal, name: str, sha: str) -> None:
    path = found.folder / name
    if not path.is_file():
        found.missing.append(name)
    elif journal.knows(name, sha):
        found.again += 1
    else:
        try:
            fits = sha256_of(path) == sha
        except OSError as error:
            found.unreadable.append(f"{name}: {error.strerror or error}")
            return
        if fits:
            journal.note(name, sha)
        else:
            found.damaged.append(name)


def _check_record(found: Found, journal: Journal, name: str, example: Example) -> None:
    # A header's journal entry says nothing of its signal file: without checksums, read it again.
    remember = found.listed > 0
    if not example.path.exists():
        found.missing.append(name)
    elif remember and journal.knows(name, _READ):
        found.again += 1
    else:
        try:
            notes = example.read().notes
        except RecordError as error:
            found.unreadable.append(f"{name}: {error}")
            return
        if any(_DAMAGED in note for note in notes):
            found.damaged.append(name)
        elif remember:
            journal.note(name, _READ)
