"""The records that a job works on: of a dataset, of a folder, or simulated by seed."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from scar_core.datasets import Example, dataset
from scar_core.errors import ConfigError, RecordError
from scar_core.jobs.base import Work
from scar_core.jobs.kinds._checks import between, check_dataset, confined, known
from scar_core.record import ECGRecord
from scar_core.training.mixture import SIMULATED

MOST = 20_000
SPLITS = ("train", "val", "test")
SHARD = 128
"""Records of a step."""
MOST_SEED = 999_999
INDEX = "INDEX.csv"
FOLDER = "folder@"


@dataclass(frozen=True)
class Chosen:
    """Which records.

    Attributes:
        dataset: ``simulated`` draws them; a dataset; or ``folder@DIRECTORY``, with or without an
            ``INDEX.csv``.
        split: Split of a dataset.
        records: At most so many, evenly spread; of simulated ones exactly so many.
        seed: Of simulated records.
    """

    dataset: str
    split: str
    records: int
    seed: int

    @property
    def source(self) -> str:
        """Name of where each record is from; with the seed if it was drawn."""
        return f"{SIMULATED}:{self.seed}" if self.dataset == SIMULATED else self.dataset

    @property
    def title(self) -> str:
        """For people."""
        if self.dataset == SIMULATED:
            return f"Simulated records, seed {self.seed}"
        if _is_bare(self.dataset):
            return f"Folder {Path(self.dataset.removeprefix(FOLDER)).name}"
        return f"{dataset(self.dataset).title}, {self.split} split"

    def check(self) -> None:
        """Refuse what cannot be used, before anything is queued.

        Raises:
            ConfigError: Too many or no records, or data that is not here.
        """
        between("records", self.records, 1, MOST)
        between("seed", self.seed, 0, MOST_SEED)
        known("split", self.split, SPLITS)
        if self.dataset == SIMULATED:
            return
        if _is_bare(self.dataset):
            folder = self.dataset.removeprefix(FOLDER)
            if not confined(folder).is_dir():
                raise ConfigError(f"there is no folder {folder}; name one with records")
            return
        check_dataset(self.dataset, self.split)

    def count(self) -> int:
        """How many records there are.

        Raises:
            ConfigError: None.
        """
        found = self.records if self.dataset == SIMULATED else len(_listed(self))
        if not found:
            raise ConfigError(f"{self.title} holds no record that can be read; choose other data")
        return found


def _is_bare(name: str) -> bool:
    """True for a folder of files that nobody made an index of."""
    folder = name.removeprefix(FOLDER)
    return name.startswith(FOLDER) and not (confined(folder) / INDEX).is_file()


@lru_cache(maxsize=2)
def _listed(chosen: Chosen) -> tuple[Example, ...]:
    if _is_bare(chosen.dataset):
        found = _files(confined(chosen.dataset.removeprefix(FOLDER)))
    else:
        found = dataset(chosen.dataset).examples(None, chosen.split)
    if len(found) <= chosen.records:
        return tuple(found)
    at = np.linspace(0, len(found) - 1, chosen.records).round().astype(int)
    return tuple(found[k] for k in at)


def _files(folder: Path) -> list[Example]:
    """Every file below a folder whose suffix is that of a format; one of several of a record."""
    from scar_core.formats import formats

    suffixes = {suffix for form in formats() for suffix in form.suffixes}
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix.lower() in suffixes and not path.name.startswith(".")
    )
    headed = {path.with_suffix("") for path in paths if path.suffix.lower() == ".hea"}
    names = [path.relative_to(folder).as_posix() for path in paths]
    return [
        Example(name, path, name, "test", frozenset())
        for name, path in zip(names, paths, strict=True)
        if path.suffix.lower() == ".hea" or path.with_suffix("") not in headed
    ]


def examples_from(chosen: Chosen, first: int, work: Work, shard: int) -> list[Example]:
    """Return the examples of a shard, each with its record already read.

    A record that cannot be read is told to the log and left out.

    Args:
        chosen: Which records.
        first: Number of the shard's first one.
        work: Of the step.
        shard: Records in it, at most.
    """
    if chosen.dataset == SIMULATED:
        return _simulated(chosen, first, shard)
    kept = []
    for example in _listed(chosen)[first : first + shard]:
        try:
            kept.append(_with(example, example.read()))
        except RecordError as error:
            work.log(f"left out: {error}")
    return kept


def _with(example: Example, record: ECGRecord) -> Example:
    return replace(example, opener=lambda: record)


def _simulated(chosen: Chosen, first: int, shard: int) -> list[Example]:
    """Draw records as ``map_records`` draws them, which finds them again by seed and name."""
    from scar_core.analysis.map_records import CHUNK, draw_records, record_name

    stop = min(first + shard, chosen.records)
    chunks = range(first // CHUNK, -(-stop // CHUNK))
    drawn = [known for chunk in chunks for known in draw_records(chosen.seed, chunk)]
    skipped = first - first % CHUNK
    examples = []
    for number in range(first, stop):
        known, name = drawn[number - skipped], record_name(number)
        example = Example(
            name, Path(name), name, "test", known.positive, known.negative, report=known.report
        )
        examples.append(_with(example, known.record))
    return examples
