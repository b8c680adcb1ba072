"""One shard: a few hundred to a few thousand records that are written together, or not at all."""

import hashlib
import json
import mmap
import zlib
from collections.abc import Callable, Sequence
from io import BufferedWriter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import DatasetError
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from scar_core.store.files import force, read_json, sha256_of, write_json
from scar_core.store.layout import (
    ENTRY,
    FILES,
    INDEX,
    RECEIPT,
    SIGNAL,
    STEP,
    TABLE,
    TEXT,
    Entry,
    lead_bits,
    plain,
    quantise,
    steps_of,
)
from scar_core.store.table import Shape

_WILLNEED: int | None = getattr(mmap, "MADV_WILLNEED", None)
_DONTNEED: int | None = getattr(mmap, "MADV_DONTNEED", None)


class ShardWriter:
    """Writes the records of a shard one after another into a folder; memory does not grow.

    Args:
        folder: A folder that is renamed when all is done; made here.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._signal: BufferedWriter = (folder / SIGNAL).open("wb")
        self._text: BufferedWriter = (folder / TEXT).open("wb")
        self._digest = hashlib.sha256()
        self._entries: list[Entry] = []
        self.shapes: list[Shape] = []

    def add(self, record: ECGRecord) -> None:
        """Append one record; its leads are brought into the order of ``LEADS``."""
        ordered = record.in_order(tuple(lead for lead in LEADS if lead in record.lead_names))
        step = STEP[record.unit]
        values, doublings = quantise(ordered.signal, ordered.present, step)
        rows = np.array([LEADS.index(lead) for lead in ordered.lead_names])
        said = {
            "name": record.name,
            "metadata": plain(record.metadata),
            "notes": [*record.notes, *_widened(ordered, doublings, step)],
        }
        data = values.astype("<i2", copy=False).tobytes()
        line = json.dumps(said, ensure_ascii=False).encode() + b"\n"
        spread = np.zeros(len(LEADS), np.uint8)
        spread[rows] = doublings
        self._entries.append(
            Entry(
                self._signal.tell() // 2,
                self._text.tell(),
                record.sampling_rate_hz,
                record.n_samples,
                len(line),
                zlib.crc32(data),
                lead_bits(rows),
                int(record.unit == "sd"),
                int(not ordered.present.all()),
                spread.tobytes(),
            )
        )
        self.shapes.append(
            (ordered.lead_names, record.sampling_rate_hz, record.n_samples, record.unit)
        )
        self._digest.update(data)
        self._signal.write(data)
        self._text.write(line)

    def finish(
        self, write_table: Callable[[Path, Sequence[Shape]], None], about: dict[str, Any]
    ) -> None:
        """Write the index, the table and the receipt, and force all of it to disk.

        Args:
            write_table: Writes the table, given its path and ``shapes``.
            about: What else the receipt says: the rows that came in, and which of them failed.
        """
        self.close()
        np.save(self.folder / INDEX, np.array(self._entries, ENTRY))
        write_table(self.folder / TABLE, self.shapes)
        files = {}
        for name in FILES:
            path = self.folder / name
            force(path)
            digest = self._digest.hexdigest() if name == SIGNAL else sha256_of(path)
            files[name] = {"bytes": path.stat().st_size, "sha256": digest}
        rates = sorted({rate for _, rate, _, _ in self.shapes})
        lengths = [samples for _, _, samples, _ in self.shapes]
        facts = {
            "records": len(lengths),
            "rates_hz": rates,
            "samples": [min(lengths), max(lengths)] if lengths else [],
            "units": sorted({unit for _, _, _, unit in self.shapes}),
            "files": files,
        }
        write_json(self.folder / RECEIPT, about | facts)

    def close(self) -> None:
        """Close the files that grow."""
        self._signal.close()
        self._text.close()


def _widened(record: ECGRecord, doublings: NDArray[np.uint8], step: float) -> list[str]:
    wide = steps_of(doublings, step)[:, 0]
    said = ", ".join(
        f"{lead} {width:.3g} {record.unit}"
        for lead, width, more in zip(record.lead_names, wide, doublings, strict=True)
        if more
    )
    return [f"Packed in wider steps because of its range: {said}."] if said else []


def read_receipt(folder: Path) -> dict[str, Any]:
    """Read a shard's receipt and compare the lengths of its files with it.

    Raises:
        DatasetError: The shard is missing, or a file of it is missing, truncated or too long.
    """
    receipt = read_json(folder / RECEIPT)
    for name, stated in receipt["files"].items():
        path = folder / name
        holds = path.stat().st_size if path.is_file() else None
        if holds != stated["bytes"]:
            found = "is missing" if holds is None else f"has {holds:,} bytes"
            raise DatasetError(
                f"{path} {found}, but {stated['bytes']:,} bytes were packed; run the same "
                "`data pack` again: it packs the damaged shard anew"
            )
    return receipt


class Shard:
    """A finished shard, mapped into memory: pages are read when they are touched.

    Args:
        folder: The shard's folder.

    Raises:
        DatasetError: A file is missing or has not the length that was packed.
    """

    def __init__(self, folder: Path) -> None:
        read_receipt(folder)
        self.folder = folder
        self.index: memoryview = np.load(folder / INDEX, mmap_mode="r").view(np.uint8).data
        self._map = _mapped(folder / SIGNAL)
        self._text = _mapped(folder / TEXT)
        self._values = np.frombuffer(self._map, "<i2") if self._map else np.zeros(0, np.int16)

    def __len__(self) -> int:
        return len(self.index) // ENTRY.itemsize

    def entry(self, row: int) -> Entry:
        """Say where a record lies."""
        return Entry.at(self.index, row)

    def values(self, entry: Entry) -> NDArray[np.int16]:
        """Return a record's steps (lead, sample)."""
        stop = entry.offset + entry.leads.bit_count() * entry.samples
        return self._values[entry.offset : stop].reshape(-1, entry.samples)

    def want(self, entry: Entry) -> None:
        """Ask the system to fetch a record's pages, all at once and without waiting for them.

        From a cold disk this is four times as fast as to wait for one page fault after another,
        and eight times if a batch asks for all of its records first.
        """
        if self._map is not None and _WILLNEED is not None:
            start = 2 * entry.offset
            stop = start + 2 * entry.leads.bit_count() * entry.samples
            page = start - start % mmap.PAGESIZE
            self._map.madvise(_WILLNEED, page, stop - page)

    def said(self, entry: Entry) -> dict[str, Any]:
        """Return name, metadata and notes of a record."""
        start = entry.text
        line = self._text[start : start + entry.text_bytes] if self._text else b""
        try:
            return dict(json.loads(line))
        except ValueError as error:
            raise DatasetError(
                f"{self.folder / TEXT} is damaged at byte {start}; see `data verify-pack`"
            ) from error

    def forget(self) -> None:
        """Give the pages that were touched back; the system keeps them cached while it can."""
        for held in (self._map, self._text):
            if held is not None and _DONTNEED is not None:
                held.madvise(_DONTNEED)


def _mapped(path: Path) -> mmap.mmap | None:
    with path.open("rb") as stream:  # an empty file cannot be mapped
        empty = path.stat().st_size == 0
        return None if empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def problems_of(folder: Path) -> Sequence[str]:
    """Compare everything in a shard with its checksums.

    Returns:
        A sentence for each file that is not what was packed; a damaged signal names its records.
    """
    try:
        receipt = read_receipt(folder)
    except DatasetError as error:
        return [str(error)]
    found = []
    for name, stated in receipt["files"].items():
        if sha256_of(folder / name) == stated["sha256"]:
            continue
        which = _damaged(folder) if name == SIGNAL else ""
        found.append(
            f"{folder / name} is not what was packed{which}; delete {folder} and run the same "
            "`data pack` again"
        )
    return found


def _damaged(folder: Path) -> str:
    """Say which records of a shard do not fit their checksums."""
    try:
        shard = Shard(folder)
        names = [
            str(shard.said(entry)["name"])
            for entry in map(shard.entry, range(len(shard)))
            if zlib.crc32(shard.values(entry).tobytes()) != entry.crc32
        ]
    except (DatasetError, ValueError, KeyError, OSError):
        return ""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f" (records {', '.join(names[:5])}{more})" if names else ""
