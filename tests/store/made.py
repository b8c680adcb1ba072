"""Small rows for stores, and what a store's folder holds."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from scar_core.errors import RecordError
from scar_core.record import ECGRecord
from scar_core.store import Row
from scar_core.store.layout import LOCK, STEP
from tests.made import made_record


def noted(
    number: int, *, seconds: float = 2.0, rate_hz: float = 100.0, gaps: bool = False
) -> ECGRecord:
    """A record of its own for every number, with metadata of every kind."""
    record = made_record(number, seconds=seconds, rate_hz=rate_hz)
    present = record.present.copy()
    if gaps:
        present[number % 12] = False
        present[:, 20:40] = False
    return ECGRecord(
        np.where(present, record.signal, np.float32(0)),
        record.lead_names,
        rate_hz,
        present,
        f"record {number}",
        metadata={"age": 60.5, "sex": "female", "dx": ("AF", "VH"), "nested": {"deep": (1, 2)}},
        notes=(f"Note {number}, with µV.",),
    )


def broken() -> ECGRecord:
    """Fail as a reader does."""
    raise RecordError("The file is damaged; get the complete file.")


def slow(number: int, wait_s: float) -> ECGRecord:
    """A record that takes its time."""
    time.sleep(wait_s)
    return noted(number)


def rows(
    numbers: Sequence[int] | range, *, wait_s: float = 0.0, bad: Sequence[int] = ()
) -> list[Row]:
    """Rows with labels; those in ``bad`` cannot be read."""
    return [
        Row(
            name=f"row{number:04d}",
            read=broken if number in bad else partial(slow, number, wait_s),
            patient=f"p{number // 2}",
            split=("train", "val", "test")[number % 3],
            report=f"Bericht {number}: Vorhofflimmern, ä",
            positive=frozenset({"AFIB", "STACH"} if number % 2 else ()),
            negative=frozenset({"NORM"}),
            labels={"super": ("MI", "CD"), "rhythm": ()} if number % 2 else {},
            source=f"{number}.hea",
            origin=f"set/{number}",
        )
        for number in numbers
    ]


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a store by its path, but for the lock, which says nothing."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != LOCK
    }


def same(found: ECGRecord, packed: ECGRecord) -> None:
    """Equal but for half a step of each lead."""
    expected = packed.in_order(found.lead_names)
    assert found.name == packed.name
    assert set(found.lead_names) == set(packed.lead_names)
    assert found.sampling_rate_hz == packed.sampling_rate_hz
    assert found.unit == packed.unit
    assert (found.present == expected.present).all()
    assert not found.signal[~found.present].any()
    there = np.where(expected.present, expected.signal, np.float32(0)).astype(np.float64)
    peak = np.abs(there).max(axis=1, keepdims=True)
    step = STEP[found.unit] * 2.0 ** np.ceil(
        np.log2(np.maximum(peak / STEP[found.unit] / 32767, 1))
    )
    assert (np.abs(found.signal - there) <= step * 0.5 * (1 + 1e-3) + 1e-7 * peak).all()
