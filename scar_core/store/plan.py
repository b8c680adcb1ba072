"""Stores that are not packed yet: what they will take, and one in shape alone."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scar_core.errors import DatasetError
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from scar_core.store.files import sha256_of, write_json
from scar_core.store.layout import (
    ENTRY,
    FILES,
    INDEX,
    MANIFEST,
    RECEIPT,
    SHARDS,
    SIGNAL,
    TABLE,
    TEXT,
    lead_bits,
)
from scar_core.store.manifest import add_part, shard_name
from scar_core.store.packing import PackSettings, Row
from scar_core.store.reader import Store, is_store
from scar_core.store.table import write_table

WORDS_BYTES = 700
"""What metadata, labels and report of a record take, as JSON lines and in the table; measured on
PTB-XL with reports."""


@dataclass(frozen=True)
class StorePlan:
    """What packing so many records takes.

    Attributes:
        records: Number of records.
        seconds: Length of each.
        rate_hz: Samples per second.
        packed_per_s: Records that one process packs in a second, measured.
        read_per_s: Records that one process reads at random in a second, measured.
        workers: Processes.
    """

    records: int
    seconds: float
    rate_hz: float
    packed_per_s: float
    read_per_s: float
    workers: int

    @property
    def signal_bytes(self) -> int:
        """All leads of all records, two bytes a sample."""
        return self.records * len(LEADS) * round(self.seconds * self.rate_hz) * 2

    @property
    def total_bytes(self) -> int:
        """Signals, index, metadata and tables."""
        return self.signal_bytes + self.records * (ENTRY.itemsize + WORDS_BYTES)

    @property
    def shards(self) -> int:
        """Number of shards."""
        return -(-self.records // PackSettings().per_shard(self.records))

    def lines(self) -> dict[str, str]:
        """The plan in words, as a table prints it."""
        packing_s = self.records / (self.packed_per_s * self.workers)
        return {
            "records": f"{self.records:,} of {self.seconds:g} s at {self.rate_hz:g} Hz, 12 leads",
            "bytes": f"{self.total_bytes / 1e9:.1f} GB, {self.signal_bytes / 1e9:.1f} of them "
            "signals",
            "shards": f"{self.shards} of {self.total_bytes / self.shards / 1e9:.2f} GB",
            "packing": f"{packing_s / 60:.0f} min by {self.workers} processes",
            "lost by a kill": f"{PackSettings().per_shard(self.records) / self.packed_per_s:.0f} s "
            "of each process's work at most",
            "one pass at random": f"{self.records / (self.read_per_s * self.workers) / 60:.1f} min "
            f"by {self.workers} processes from memory, {self.total_bytes / 6e10:.1f} min from a "
            "disk of 1 GB/s",
        }


def write_hollow(folder: Path, records: int, *, seconds: float = 10, rate_hz: float = 500) -> Store:
    """Write a store in shape alone: everything is there, but the signals are holes of zeros.

    A file system with sparse files gives a store of any size in a moment, so that opening,
    indexing and reading at random can be tried before anything is packed. ``verify`` says that
    it is none.

    Args:
        folder: An empty folder, or none.
        records: Number of records, all alike.
        seconds: Length of each.
        rate_hz: Samples per second.

    Raises:
        DatasetError: The folder holds a store.
    """
    if is_store(folder):
        raise DatasetError(f"{folder} holds a store; a hollow one needs a folder of its own")
    each = PackSettings().per_shard(records)
    starts = range(0, records, each)
    samples = round(seconds * rate_hz)
    for number, start in enumerate(starts):
        home = folder / SHARDS / shard_name(number)
        home.mkdir(parents=True)
        count = min(each, records - start)
        first = folder / SHARDS / shard_name(0)
        if number and count == each:
            for name in (INDEX, TEXT, TABLE):
                shutil.copyfile(first / name, home / name)
        else:
            _write_words(home, count, samples, rate_hz)
        with (home / SIGNAL).open("wb") as stream:
            stream.truncate(count * len(LEADS) * samples * 2)
        _write_receipt(home, count, samples, rate_hz)
    part = {"first": 0, "shards": len(starts), "rows": records, "sha256": "hollow"}
    add_part(folder, part, {"title": f"hollow; see {MANIFEST}"})
    return Store.open(folder)


def _write_words(home: Path, count: int, samples: int, rate_hz: float) -> None:
    """Write the index, texts and table of records that are alike."""
    names = [f"r{number:06d}" for number in range(count)]
    lines = [json.dumps({"name": name, "metadata": {}, "notes": []}) + "\n" for name in names]
    entries = np.zeros(count, ENTRY)
    entries["offset"] = np.arange(count) * len(LEADS) * samples
    entries["text_bytes"] = [len(line) for line in lines]
    entries["text"][1:] = np.cumsum(entries["text_bytes"])[:-1]
    entries["rate_hz"], entries["samples"] = rate_hz, samples
    entries["leads"] = lead_bits(np.arange(len(LEADS)))
    np.save(home / INDEX, entries)
    (home / TEXT).write_text("".join(lines), encoding="utf-8")
    rows = [Row(name, _nothing, patient=name, split="train") for name in names]
    write_table(rows, home / TABLE, [(LEADS, rate_hz, samples, "mV")] * count)


def _nothing() -> ECGRecord:
    raise DatasetError("a hollow store has nothing to read")


def _write_receipt(home: Path, count: int, samples: int, rate_hz: float) -> None:
    facts = {
        "records": count,
        "rates_hz": [rate_hz],
        "samples": [samples, samples],
        "units": ["mV"],
        "failed": [],
        "rows": count,
        "rows_sha256": "hollow",
        "files": {
            name: {
                "bytes": (home / name).stat().st_size,
                "sha256": "hollow" if name == SIGNAL else sha256_of(home / name),
            }
            for name in FILES
        },
    }
    write_json(home / RECEIPT, facts)
