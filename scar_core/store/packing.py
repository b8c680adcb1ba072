"""Packing: rows go in, shards come out, each of them whole or not there.

Which rows share a shard depends on the rows alone, so a packing that was killed and started again
ends in the same bytes as one that was left alone, with any number of processes. A shard is
written into a folder beside its place, forced to disk and renamed; the manifest is replaced last.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from scar_core.errors import DatasetError, ScarError
from scar_core.record import ECGRecord
from scar_core.store.crew import Report, work
from scar_core.store.files import force, locked, read_json, write_json
from scar_core.store.layout import PLAN, SHARDS
from scar_core.store.manifest import add_part, parts_of, shard_name
from scar_core.store.reader import Store
from scar_core.store.shard import ShardWriter, read_receipt
from scar_core.store.table import write_table

MOST_RECORDS, LEAST_RECORDS, USUAL_SHARDS = 4096, 64, 32

Progress = Callable[[int, int, int], None]
"""Called now and then with records done, records in all, and how many of those failed."""


@dataclass(frozen=True)
class Row:
    """One record to be packed.

    Attributes:
        name: Unique within the store.
        read: Reads the record; a ``ScarError`` from it is listed and the record left out.
        patient: Patient.
        split: Its role.
        report: Its text.
        positive: Codes of findings that are true.
        negative: Codes of findings known to be absent.
        labels: The dataset's own labels by task.
        source: Where it came from, for people.
        origin: ``DATASET/RECORD`` under which the recording was first published; may be empty.
    """

    name: str
    read: Callable[[], ECGRecord]
    patient: str = ""
    split: str = ""
    report: str = ""
    positive: frozenset[str] = frozenset()
    negative: frozenset[str] = frozenset()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    origin: str = ""

    def words(self) -> str:
        """Everything but the signal as one line: equal rows give equal words."""
        kept = [self.name, self.patient, self.split, self.report, self.source, self.origin]
        sets = [sorted(self.positive), sorted(self.negative)]
        labels = {task: list(found) for task, found in self.labels.items()}
        return json.dumps([kept, sets, labels])


@dataclass(frozen=True)
class PackSettings:
    """How records are packed.

    Attributes:
        seconds: Cut or pad every record to its first seconds (padding is not present); None: as
            long as it is.
        rate_hz: Resample every record; None: as it is.
        shard_records: Records in a shard; None: a thirty-second part, within 64 and 4,096.

    Raises:
        DatasetError: A figure that is not positive.
    """

    seconds: float | None = None
    rate_hz: float | None = None
    shard_records: int | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and not 0 < value < float("inf"):
                raise DatasetError(f"{name} of a packing is {value}; give a positive number")

    def per_shard(self, n: int) -> int:
        """Records in each shard of a packing of ``n``."""
        part = -(-n // USUAL_SHARDS)
        return self.shard_records or min(MOST_RECORDS, max(LEAST_RECORDS, part))


@dataclass(frozen=True)
class _Part:
    """Rows that one call packs: a store has one part, and one more for each time it grew."""

    rows: Sequence[Row]
    settings: PackSettings
    first: int  # number of its first shard

    @property
    def shards(self) -> range:
        each = self.settings.per_shard(len(self.rows))
        return range(self.first, self.first + -(-len(self.rows) // each))

    def rows_of(self, shard: int) -> Sequence[Row]:
        each = self.settings.per_shard(len(self.rows))
        return self.rows[(shard - self.first) * each : (shard - self.first + 1) * each]

    def facts(self) -> dict[str, Any]:
        return {"first": self.first, "shards": len(self.shards), "rows": len(self.rows),
                "sha256": _digest(self.rows, self.settings)}  # fmt: skip


def pack(
    rows: Iterable[Row],
    folder: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    settings: PackSettings | None = None,
    about: Mapping[str, Any] | None = None,
    append: bool = False,
) -> Store:
    """Pack records into a store; after a kill, call again with the same rows to go on.

    Args:
        rows: The records, in the order that they will have. A row that cannot be read is left
            out and listed in ``Store.failures``.
        folder: The store; made where it is not there.
        workers: Processes; the store does not depend on their number.
        progress: Told how far it is.
        settings: Length, rate and size of shards; None: records as they are.
        about: What the manifest says of the data: title, licence, citation.
        append: Add the rows that a finished store does not hold yet. Without it a folder that
            holds other rows is refused. A store of the same rows is checked, and what is missing
            of it is packed anew.

    Returns:
        The finished store.

    Raises:
        DatasetError: Nothing can be packed, the folder holds something else or cannot be
            written, or another process is packing into it.
    """
    rows, settings = list(rows), settings or PackSettings()
    _check(rows, workers)
    try:
        (folder / SHARDS).mkdir(parents=True, exist_ok=True)
        with locked(folder):
            part = _part(rows, folder, settings, append=append)
            if part is not None:
                _pack_part(part, folder, workers, progress)
                add_part(folder, part.facts(), about or {})
            (folder / PLAN).unlink(missing_ok=True)
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be written ({error.strerror or error}); finished shards are kept, "
            "run the same command again when that is mended"
        ) from error
    return Store.open(folder)


def _check(rows: Sequence[Row], workers: int) -> None:
    if not rows:
        raise DatasetError("there is no record to pack; check the name, --root and --split")
    if workers < 1:
        raise DatasetError(f"{workers} processes cannot pack; give 1 or more")
    seen: set[str] = set()
    for row in rows:
        if row.name in seen:
            raise DatasetError(f"two records to pack are named {row.name!r}; names are unique")
        seen.add(row.name)


def _digest(rows: Sequence[Row], settings: PackSettings) -> str:
    digest = hashlib.sha256(json.dumps(asdict(settings)).encode())
    for row in rows:
        digest.update(row.words().encode() + b"\n")
    return digest.hexdigest()


def _part(
    rows: Sequence[Row], folder: Path, settings: PackSettings, *, append: bool
) -> _Part | None:
    """Find out what these rows are to the folder; None: nothing is left to append."""
    parts = parts_of(folder)
    for stated in parts:
        if _Part(rows, settings, stated["first"]).facts() == stated:
            return _Part(rows, settings, stated["first"])
    if parts and not append:
        raise DatasetError(
            f"{folder} holds a store of other records or settings; choose another folder, or "
            "--append to add what it does not hold yet"
        )
    if parts:
        held = set(Store.open(folder).table(["name"])["name"].to_pylist())
        rows = [row for row in rows if row.name not in held]
        if not rows:
            return None
    part = _Part(rows, settings, sum(stated["shards"] for stated in parts))
    facts = part.facts()
    plan = folder / PLAN
    if plan.is_file() and read_json(plan) != facts:
        raise DatasetError(
            f"{folder} holds an unfinished packing of other records or settings; finish that "
            "with its own command, or choose another folder"
        )
    write_json(plan, facts)
    return part


def _pack_part(part: _Part, folder: Path, workers: int, progress: Progress | None) -> None:
    home = folder / SHARDS
    for beside in home.glob(".*"):
        shutil.rmtree(beside)
    todo, done = [], 0
    for number in part.shards:
        if _is_finished(home / shard_name(number), part.rows_of(number), part.settings):
            done += len(part.rows_of(number))
        else:
            todo.append(number)
    work(
        lambda number, report: _pack_shard(part, number, home, report),
        todo,
        workers=workers,
        told=lambda more, failed: (
            progress(done + more, len(part.rows), failed) if progress else None
        ),
    )


def _is_finished(place: Path, rows: Sequence[Row], settings: PackSettings) -> bool:
    """Say whether a shard is there and whole; remove one that is not."""
    if not place.is_dir():
        return False
    try:
        if read_receipt(place)["rows_sha256"] == _digest(rows, settings):
            return True
    except DatasetError:
        pass
    beside = place.with_name(f".{place.name}.removed")
    place.rename(beside)
    shutil.rmtree(beside)
    return False


def _pack_shard(part: _Part, number: int, home: Path, report: Report) -> None:
    """Pack one shard; ``report`` raises ``Stopped`` when everybody is to stop."""
    rows, settings = part.rows_of(number), part.settings
    beside = home / f".{shard_name(number)}.part"
    writer = ShardWriter(beside)
    kept: list[Row] = []
    failed: list[dict[str, str]] = []
    try:
        for row in rows:
            try:
                record = _alike(row.read(), settings)
            except ScarError as error:
                failed.append({"name": row.name, "reason": str(error)})
            except Exception as error:  # a reader's defect costs one record, not the packing
                reason = f"unexpected {type(error).__name__}: {error}"
                failed.append({"name": row.name, "reason": reason})
            else:
                writer.add(record)
                kept.append(row)
            report(failed=bool(failed and failed[-1]["name"] == row.name))
        about = {"rows": len(rows), "rows_sha256": _digest(rows, settings), "failed": failed}
        writer.finish(partial(write_table, kept), about)
    except BaseException:
        writer.close()
        shutil.rmtree(beside, ignore_errors=True)
        raise
    force(beside)
    os.rename(beside, home / shard_name(number))  # noqa: PTH104 - says that nothing is replaced
    force(home)


def _alike(record: ECGRecord, settings: PackSettings) -> ECGRecord:
    if settings.rate_hz is not None:
        record = record.resampled(settings.rate_hz)
    return record if settings.seconds is None else record.window(settings.seconds)
