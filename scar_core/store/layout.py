"""What the files of a store hold, and how numbers become int16 and millivolt again."""

from collections.abc import Mapping
from functools import cache
from struct import Struct
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LEADS

MANIFEST = "MANIFEST.json"
PLAN = "PLAN.json"
LOCK = ".lock"
SHARDS = "shards"
SIGNAL, INDEX, TEXT, TABLE, RECEIPT = (
    "signal.i16", "index.npy", "records.jsonl", "table.parquet", "SHARD.json",
)  # fmt: skip
FILES = (SIGNAL, INDEX, TEXT, TABLE)
VERSION = 1

STEP: Mapping[str, float] = MappingProxyType({"mV": 1e-3, "sd": 2.0**-10})
"""Size of one int16 step by unit: 1 µV, so ±32.767 mV; 1/1024 standard deviation, so ±32 sd.
A lead that reaches further is stored in steps twice, four times ... as wide: nothing clips, and
the other leads of the record keep their fineness."""
HIGHEST = 32767
ABSENT = -32768
"""The value of samples that are not present."""

ENTRY = np.dtype(
    [
        ("offset", "<i8"),
        ("text", "<i8"),
        ("rate_hz", "<f8"),
        ("samples", "<i4"),
        ("text_bytes", "<i4"),
        ("crc32", "<u4"),
        ("leads", "<u2"),
        ("sd", "u1"),
        ("gaps", "u1"),
        ("doublings", f"V{len(LEADS)}"),
    ]
)
"""One record in index.npy; see ``Entry``."""

_PACKED = Struct(f"<qqdiiIHBB{len(LEADS)}s")
NO_DOUBLINGS = bytes(len(LEADS))


class Entry(NamedTuple):
    """Where a record lies, and how.

    Attributes:
        offset: First value in signal.i16.
        text: First byte in records.jsonl.
        rate_hz: Samples per second.
        samples: Samples per lead.
        text_bytes: Bytes in records.jsonl.
        crc32: Of the record's bytes in signal.i16.
        leads: Bit k: the record has lead k of ``LEADS``; its rows are in that order.
        sd: 1: z-scored; 0: millivolt.
        gaps: 1: some samples are not present.
        doublings: By lead of ``LEADS``: its step is ``STEP * 2**doublings``.
    """

    offset: int
    text: int
    rate_hz: float
    samples: int
    text_bytes: int
    crc32: int
    leads: int
    sd: int
    gaps: int
    doublings: bytes

    @classmethod
    def at(cls, index: memoryview, row: int) -> "Entry":
        """Read a row of an index, given as its bytes: ten times as fast as by numpy's fields."""
        return cls._make(_PACKED.unpack_from(index, row * _PACKED.size))

    @property
    def step(self) -> float:
        """Finest step, in the record's unit."""
        return STEP["sd" if self.sd else "mV"]

    def steps(self, rows: NDArray[np.intp]) -> np.float32 | NDArray[np.float32]:
        """Step of each lead (lead, 1), given its row of ``LEADS``; one number if all are equal."""
        if self.doublings == NO_DOUBLINGS:
            return np.float32(self.step)
        return steps_of(np.frombuffer(self.doublings, np.uint8)[rows], self.step)


_BITS = 1 << np.arange(len(LEADS))


def lead_bits(rows: NDArray[np.intp]) -> int:
    """Encode which rows of ``LEADS`` a record has."""
    return int(_BITS[rows].sum())


@cache
def lead_rows(bits: int) -> NDArray[np.intp]:
    """Rows of ``LEADS`` that a record has, ascending."""
    rows = np.flatnonzero(_BITS & bits)
    rows.flags.writeable = False
    return rows


def quantise(
    signal: NDArray[np.float32], present: NDArray[np.bool_], step: float
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Turn samples into int16 steps.

    Args:
        signal: (lead, sample), finite.
        present: bool (lead, sample), True = measured.
        step: Finest step, in the signal's unit.

    Returns:
        int16 (lead, sample), ``ABSENT`` where not present; and uint8 (lead,): how often the step
        was doubled so that the lead's largest value fits. Restored values differ by half a step
        at most, and quantising those gives the same again.
    """
    values = np.empty(signal.shape, np.int16)
    doublings = np.zeros(len(signal), np.uint8)
    for row, (samples, there) in enumerate(zip(signal, present, strict=True)):
        gaps = ~there
        steps = samples.astype(np.float64)
        steps[gaps] = 0
        steps /= step
        # Values round to HIGHEST at most while they are below HIGHEST + 1/2; frexp gives the
        # smallest power of two above a number.
        _, exponent = np.frexp(np.abs(steps).max() / (HIGHEST + 0.5))
        doublings[row] = max(0, int(exponent))
        values[row] = np.rint(steps / 2.0 ** float(doublings[row]))
        values[row, gaps] = ABSENT
    return values, doublings


def steps_of(doublings: NDArray[np.uint8], step: float) -> NDArray[np.float32]:
    """Step (lead, 1) of each lead in the record's unit."""
    return (step * 2.0 ** doublings.astype(np.float64)).astype(np.float32)[:, None]


def restore(
    values: NDArray[np.int16],
    steps: np.float32 | NDArray[np.float32],
    signal: NDArray[np.float32],
) -> None:
    """Turn int16 steps into samples.

    Args:
        values: (lead, sample), as stored.
        steps: Step of each lead (lead, 1), or one for all.
        signal: (lead, sample), written to; samples that are not present get nonsense.
    """
    # A cast and a product in place are twice as fast as numpy's mixed product of int16 and float.
    np.copyto(signal, values)
    signal *= steps


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever metadata hold
    """Return the value as JSON types; what JSON has no word for becomes text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def as_tuples(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with its lists as tuples, as readers give metadata."""
    if isinstance(value, list):
        return tuple(as_tuples(inner) for inner in value)
    if isinstance(value, dict):
        return {key: as_tuples(inner) for key, inner in value.items()}
    return value
