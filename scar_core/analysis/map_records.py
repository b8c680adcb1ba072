"""The records behind a map's points: found in their dataset, or drawn anew from their seed."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from scar_core.datasets import Example, dataset
from scar_core.datasets.base import data_root, truth_of
from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS
from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from scar_core.simulate import SimulatedBatch, Stretch, simulate

_SEEDED = re.compile(r"simulated:(\d{1,6})")
_NAME = re.compile(r"r(\d{5})")
_WRITTEN = re.compile(r"sim\d{4,6}_(\d{5})")
_FOLDER = "folder@"
_APART = 100_000
"""Seeds of populations are so far apart that no chunk belongs to two of them."""
_KEPT = 400
CHUNK = 16
"""Records of a population that are drawn together: alone, each would cost eight times as much."""
RATE_HZ = 250.0
SHARD = 128
"""Records that ``simulate.write`` draws together."""


@dataclass(frozen=True, eq=False)
class Known:
    """A record and what is known about it.

    Attributes:
        record: The record.
        positive: Codes of findings that are true, closed under implication.
        negative: Codes of findings that are known to be absent.
        report: Its report, or an empty text.
        evidence: Where findings show, as ``(lead, start_s, stop_s)``; simulated records only.
    """

    record: ECGRecord
    positive: frozenset[str]
    negative: frozenset[str]
    report: str = ""
    evidence: Mapping[str, tuple[Stretch, ...]] = field(default_factory=dict)


def population(seed: int) -> str:
    """Name of the simulated population of a seed, a dataset whose records need no files."""
    return f"simulated:{seed}"


def record_name(number: int) -> str:
    """Name of record ``number`` of a simulated population."""
    return f"r{number:05d}"


def draw_records(seed: int, chunk: int) -> list[Known]:
    """Draw the records of a simulated population that are drawn together.

    Args:
        seed: Of the population.
        chunk: Records ``chunk * CHUNK`` to ``(chunk + 1) * CHUNK - 1``; each chunk has a random
            state of its own, so that a record is there in a moment.
    """
    generator = torch.Generator().manual_seed(seed * _APART + chunk)
    batch = simulate(CHUNK, generator=generator, rate_hz=RATE_HZ)
    return _known(batch, [record_name(chunk * CHUNK + row) for row in range(CHUNK)])


def _known(batch: SimulatedBatch, names: Sequence[str]) -> list[Known]:
    found = []
    for row, signal in enumerate(batch.signal.numpy().astype(np.float32)):
        positive, negative = truth_of(batch.findings[row], FINDINGS)
        connected = np.ptp(signal, axis=1, keepdims=True) > 0
        record = ECGRecord(
            signal,
            LEADS,
            batch.rate_hz,
            np.repeat(connected, signal.shape[1], axis=1),
            name=f"Simulated ECG {names[row]}",
        )
        evidence = {code: tuple(where) for code, where in batch.evidence[row].items()}
        found.append(Known(record, positive, negative, batch.reports[row], evidence))
    return found


class Records:
    """Finds records by dataset and name, and remembers those it found last.

    Args:
        root: Folder of the datasets; None: ``datasets.base.data_root``.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._kept: OrderedDict[tuple[str, str, Path], Known] = OrderedDict()
        self._states: dict[int, dict[int, torch.Tensor]] = {}

    def find(self, name: str, record: str, population_size: int = 0) -> Known:
        """Return a record.

        Args:
            name: Dataset, or ``simulated:SEED``.
            record: Its name there: ``r00012`` of the populations here, ``sim0077_00012`` of those
                that ``simulate.write`` draws.
            population_size: How many records were drawn in all; the latter depend on it.

        Raises:
            DatasetError: Dataset or record is not there.
            RecordError: Its file cannot be used.
        """
        key = (name, record, self._root or data_root())
        if key not in self._kept:
            self._kept[key] = self._read(name, record, population_size)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _read(self, name: str, record: str, size: int) -> Known:
        seeded = _SEEDED.fullmatch(name)
        if seeded and (numbered := _NAME.fullmatch(record)):
            chunk, row = divmod(int(numbered[1]), CHUNK)
            drawn = draw_records(int(seeded[1]), chunk)
            self._keep(name, chunk * CHUNK, record_name, drawn)
            return drawn[row]
        if seeded and (numbered := _WRITTEN.fullmatch(record)):
            return self._as_written(name, int(seeded[1]), int(numbered[1]), size)
        bare = Path(name.removeprefix(_FOLDER)).expanduser()
        if name.startswith(_FOLDER) and not (bare / "INDEX.csv").is_file():
            return Known(open_record(_inside(bare, record)), frozenset(), frozenset())
        example = _index(name, self._root or data_root()).get(record)
        if example is None:
            raise DatasetError(
                f"{name} has no record {record[:60]!r}; the map may have been made from other files"
            )
        return Known(example.read(), example.positive, example.negative, example.report)

    def _keep(
        self, name: str, first: int, called: Callable[[int], str], drawn: Sequence[Known]
    ) -> None:
        root = self._root or data_root()
        for row, known in enumerate(drawn):
            self._kept[name, called(first + row), root] = known

    def _as_written(self, name: str, seed: int, number: int, size: int) -> Known:
        """Draw as ``simulate.write`` does: one generator runs through all shards."""
        first = number - number % SHARD
        states = self._states.setdefault(seed, {0: torch.Generator().manual_seed(seed).get_state()})
        generator = torch.Generator()
        start = max(at for at in states if at <= first)
        generator.set_state(states[start])
        for at in range(start, first + 1, SHARD):
            batch = simulate(min(SHARD, max(size, number + 1) - at), generator=generator)
            if len(batch.findings) == SHARD:
                states[at + SHARD] = generator.get_state()
        drawn = _known(batch, [f"sim{seed:04d}_{first + k:05d}" for k in range(SHARD)])
        self._keep(name, first, lambda k: f"sim{seed:04d}_{k:05d}", drawn)
        return drawn[number - first]


def _inside(folder: Path, record: str) -> Path:
    """Path of a record; nothing outside its folder."""
    path = (folder / record).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise DatasetError(f"{folder} has no record {record[:60]!r}; it may have been moved")
    return path


@lru_cache(maxsize=4)
def _index(name: str, root: Path) -> dict[str, Example]:
    spec = dataset(name)
    return {one.name: one for split in spec.splits for one in spec.examples(root, split)}
