"""Reading a store: any record at random, from as many processes as there are."""

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import DatasetError
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from scar_core.store.files import read_manifest, sha256_of
from scar_core.store.layout import (
    ABSENT,
    MANIFEST,
    PLAN,
    RECEIPT,
    SHARDS,
    TABLE,
    Entry,
    as_tuples,
    lead_rows,
    restore,
)
from scar_core.store.shard import Shard, problems_of, read_receipt
from scar_core.store.table import read_tables

if TYPE_CHECKING:
    import pyarrow as pa

RESIDENT_BYTES = 512_000_000
"""Touched pages are given back after so many bytes: a process that reads a large store on and on
stays small, and the system's cache keeps the pages for everybody. Mapping them anew takes about
as long as copying them (12 µs for 120 kB), so small stores stay mapped."""
OPEN_SHARDS = 256
"""Shards held open at once by a process; each takes three of the system's file handles."""


@dataclass(frozen=True)
class Failure:
    """A record that was to be packed and could not be read."""

    name: str
    reason: str


class Store:
    """A packed store, read-only. Opening reads the manifest; shards are mapped when first used.

    A store may be used after a fork and by several threads, and is sent to other processes as
    the name of its folder. What it holds does not change: a store that grew is opened again.

    Attributes:
        folder: Where it lies.
        manifest: What MANIFEST.json says.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._names = [str(shard["name"]) for shard in manifest["shards"]]
        counts = [int(shard["records"]) for shard in manifest["shards"]]
        self._starts = list(accumulate(counts, initial=0))
        self._bytes = sum(int(shard["bytes"]) for shard in manifest["shards"])
        self._open: dict[int, Shard] = {}
        self._touched = 0

    @classmethod
    def open(cls, folder: Path | str) -> "Store":
        """Open a finished store.

        Raises:
            DatasetError: There is none, its packing is unfinished, or its manifest is damaged.
        """
        folder = Path(folder).expanduser().resolve()
        if not is_store(folder):
            if (folder / PLAN).is_file():
                raise DatasetError(
                    f"{folder} was not packed to its end; run its `data pack` again to go on"
                )
            raise DatasetError(f"{folder} is no packed store: {MANIFEST} is missing")
        return cls(folder, read_manifest(folder))

    def __reduce__(self) -> tuple[Callable[[Path], "Store"], tuple[Path]]:
        return Store.open, (self.folder,)

    def __len__(self) -> int:
        return self._starts[-1]

    def read(self, number: int) -> ECGRecord:
        """Return a record as it was packed, to within half a step (see ``layout.STEP``).

        Leads come in the order of ``LEADS``; samples that are not present are 0.

        Raises:
            DatasetError: There is no such record, or its shard is missing or truncated.
        """
        shard, entry = self._wanted([number])[0]
        rows, values = lead_rows(entry.leads), shard.values(entry)
        unit: Literal["mV", "sd"] = "sd" if entry.sd else "mV"
        signal = np.empty(values.shape, np.float32)
        restore(values, entry.steps(rows), signal)
        present = np.ones(values.shape, np.bool_)
        if entry.gaps:
            np.not_equal(values, ABSENT, out=present)
            signal[~present] = 0
        said = shard.said(entry)
        return ECGRecord(
            signal,
            tuple(LEADS[row] for row in rows),
            entry.rate_hz,
            present,
            str(said["name"]),
            unit,
            as_tuples(said["metadata"]),
            tuple(said["notes"]),
        )

    def batch(
        self,
        numbers: Iterable[int],
        *,
        seconds: float | None = None,
        out: tuple[NDArray[np.float32], NDArray[np.bool_]] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return records as one array: the fast way to training batches.

        Args:
            numbers: Records (B), in any order, also repeated.
            seconds: From each record's beginning; what lies past its end is not present. None:
                the length that all records of the store have.
            out: What an earlier call with as many numbers returned, to be written again: fresh
                memory costs nearly as much as reading.

        Returns:
            Signal float32 (B, 12, sample) in each record's own unit, leads in the order of
            ``LEADS``, 0 where not present; and ``present``, bool of the same shape. A lead that
            a record lacks is not present.

        Raises:
            DatasetError: No such record, records of several rates, or of several lengths while
                ``seconds`` is None.
        """
        wanted = self._wanted(numbers)
        shape = (len(wanted), len(LEADS), self._samples(seconds))
        signal, present = out or (np.empty(shape, np.float32), np.empty(shape, np.bool_))
        if signal.shape != shape or present.shape != shape:
            raise DatasetError(f"`out` has shape {signal.shape}; this batch has {shape}")
        for at, (shard, entry) in enumerate(wanted):
            rows, values = lead_rows(entry.leads), shard.values(entry)
            if values.shape == shape[1:]:
                restore(values, entry.steps(rows), signal[at])
                present[at] = True
            else:
                values = values[:, : shape[2]]
                length = values.shape[1]
                signal[at], present[at] = 0, False
                signal[at, rows, :length] = values * entry.steps(rows)
                present[at, rows, :length] = True
            if entry.gaps:
                present[at, rows, : values.shape[1]] &= values != ABSENT
                signal[at][~present[at]] = 0
        return signal, present

    def stored(
        self,
        numbers: Iterable[int],
        *,
        seconds: float | None = None,
        out: NDArray[np.int16] | None = None,
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Return records as they are stored, to be converted on an accelerator.

        Half the bytes of ``batch``: ``signal = values * step`` and
        ``present = values != layout.ABSENT`` cost nothing there.

        Args:
            numbers: As for ``batch``.
            seconds: As for ``batch``.
            out: Values that an earlier call with as many numbers returned, to be written again.

        Returns:
            Values int16 (B, 12, sample), ``ABSENT`` where not present; and steps float32
            (B, 12, 1) in each record's unit.

        Raises:
            DatasetError: As for ``batch``.
        """
        wanted = self._wanted(numbers)
        shape = (len(wanted), len(LEADS), self._samples(seconds))
        values = np.empty(shape, np.int16) if out is None else out
        if values.shape != shape:
            raise DatasetError(f"`out` has shape {values.shape}; this batch has {shape}")
        for at, (shard, entry) in enumerate(wanted):
            found = shard.values(entry)
            if found.shape == shape[1:]:
                values[at] = found
            else:
                values[at] = ABSENT
                found = found[:, : shape[2]]
                values[at, lead_rows(entry.leads), : found.shape[1]] = found
        doublings = np.frombuffer(b"".join(entry.doublings for _, entry in wanted), np.uint8)
        finest = np.array([entry.step for _, entry in wanted])
        steps = finest[:, None] * 2.0 ** doublings.reshape(-1, len(LEADS)).astype(np.float64)
        return values, steps.astype(np.float32)[:, :, None]

    def table(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """Return the table of all records, row i of record i (columns: ``table.schema``)."""
        paths = [self._folder_of(at) / TABLE for at in range(len(self._names))]
        try:
            return read_tables(paths, columns)
        except (OSError, ValueError) as error:
            raise DatasetError(
                f"a {TABLE} below {self.folder} cannot be read ({error}); `data verify-pack "
                f"{self.folder}` says which"
            ) from error

    def failures(self) -> tuple[Failure, ...]:
        """Return the records that could not be packed, with the reason of each."""
        return tuple(
            Failure(failed["name"], failed["reason"])
            for at in range(len(self._names))
            for failed in read_receipt(self._folder_of(at))["failed"]
        )

    def verify(self, progress: Callable[[int, int], None] | None = None) -> tuple[str, ...]:
        """Read everything and compare it with its checksums.

        Args:
            progress: Told the shards that were checked, and how many there are.

        Returns:
            A sentence for each file that is not what was packed; empty if all is well.
        """
        found: list[str] = []
        for at, stated in enumerate(self.manifest["shards"]):
            folder = self._folder_of(at)
            problems = problems_of(folder)
            if not problems and sha256_of(folder / RECEIPT) != stated["sha256"]:
                problems = [f"{folder} is not the shard that {MANIFEST} names; pack it again"]
            found += problems
            if progress:
                progress(at + 1, len(self._names))
        return tuple(found)

    def _samples(self, seconds: float | None) -> int:
        rates, (shortest, longest) = self.manifest["rates_hz"], self.manifest["samples"]
        if len(rates) > 1:
            raise DatasetError(
                f"{self.folder} holds records at {', '.join(f'{rate:g}' for rate in rates)} Hz, "
                "which make no one array; pack it with --rate, or read record by record"
            )
        samples = longest if seconds is None else round(seconds * rates[0])
        if samples < 1 or (seconds is None and shortest != longest):
            raise DatasetError(
                f"{self.folder} holds records of {shortest / rates[0]:g} to "
                f"{longest / rates[0]:g} s; say how many seconds a batch is to have"
            )
        return int(samples)

    def _folder_of(self, at: int) -> Path:
        return self.folder / SHARDS / self._names[at]

    def _wanted(self, numbers: Iterable[int]) -> list[tuple[Shard, Entry]]:
        """Find records, and have the system fetch all of them."""
        found = [self._find(number) for number in numbers]
        # A store that stays mapped and was read several times over lies in memory by now.
        if self._bytes > RESIDENT_BYTES or self._touched < 4 * self._bytes:
            for shard, entry in found:
                shard.want(entry)
        self._touched += sum(2 * e.leads.bit_count() * e.samples for _, e in found)
        if min(self._touched, self._bytes) > RESIDENT_BYTES:
            self._touched = 0
            for shard in list(self._open.values()):
                shard.forget()
        return found

    def _find(self, number: int) -> tuple[Shard, Entry]:
        """Return the shard that holds a record, and where in it."""
        if not 0 <= number < len(self):
            raise DatasetError(
                f"record {number} was asked for; {self.folder} holds 0 to {len(self) - 1}"
            )
        at = bisect.bisect_right(self._starts, number) - 1
        shard = self._open.get(at)
        if shard is None:
            shard = Shard(self._folder_of(at))
            if len(self._open) >= OPEN_SHARDS:
                self._open.pop(next(iter(self._open)), None)
            self._open[at] = shard
        return shard, shard.entry(number - self._starts[at])


def is_store(folder: Path) -> bool:
    """Say whether a folder holds a finished store."""
    return (folder / MANIFEST).is_file()
