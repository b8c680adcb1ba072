"""Files of named arrays (MATLAB, HDF5, NumPy): which array is the ECG, and what the others say.

Such files state less than others, so what is taken for granted is said in the record's notes:
twelve rows are the leads in the standard order, whole numbers are microvolts, others millivolts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import assemble, check_size, match_leads, unit_scale
from scar_core.formats._patient import patient
from scar_core.leads import LEADS, PRECORDIAL, lead_ranges
from scar_core.record import ECGRecord

Fact = str | tuple[str, ...] | NDArray[Any]
"""What a small variable says: a text, several, or numbers."""

SIGNALS = ("tracings", "val", "signal", "signals", "ecg", "data", "p_signal", "x", "values")
RATES = (
    "fs", "sampling_rate_hz", "sampling_rate", "sampling_frequency", "sample_rate", "samplerate",
    "rate", "freq", "frequency",
)  # fmt: skip
NAMES = ("lead_names", "leads", "sig_name", "lead", "labels", "channels", "channel_names")
UNITS = ("unit", "units")
ORDERS = {12: LEADS, 8: ("I", "II", *PRECORDIAL), 1: ("ECG",)}
FEWEST = 20
MOST_SMALL = 256
PADDING = 8
Z_SCORED = 1e-3
"""Rows of which mean and deviation are so near 0 and 1 were z-scored."""


class Shaped(Protocol):
    """An array that need not be in memory."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""


@dataclass(frozen=True)
class Facts:
    """What a file says beside its numbers.

    Attributes:
        rate_hz: Samples per second; None if it says none.
        leads: Names of the leads, in order; empty if it names none.
        unit: As written; empty if it is not.
        metadata: Of the patient and the record.
        dataset: The dataset from which the rate is taken, because the file states none.
        notes: What was done to the numbers, or has to be said of the file.
    """

    rate_hz: float | None
    leads: tuple[str, ...]
    unit: str
    metadata: Mapping[str, Any]
    dataset: str = ""
    notes: tuple[str, ...] = ()


def signal_name(arrays: Mapping[str, Shaped], name: str) -> str:
    """Return the key of the array that is the ECG: by its name, else the largest.

    Args:
        arrays: All arrays of the file; a key may be a path such as ``ECG.data``.
        name: What the file is called.

    Raises:
        RecordError: None of them can be one.
    """
    able = {
        key: int(np.prod(array.shape, dtype=object))
        for key, array in arrays.items()
        if array.dtype.kind in "iuf" and 1 <= len(array.shape) <= 3 and max(array.shape) >= FEWEST
    }
    if not able:
        said = (
            ", ".join(f"{key} {array.shape}" for key, array in list(arrays.items())[:9]) or "none"
        )
        msg = (
            f"{name} holds no array that can be an ECG (found: {said[:200]}); store numbers of "
            "shape (lead, sample), called 'signal'."
        )
        raise RecordError(msg)
    named = [key for known in SIGNALS for key in able if _last(key) == known]
    return (named or sorted(able, key=lambda key: -able[key]))[0]


def facts_of(small: Mapping[str, Fact], dataset: str = "", usual_hz: float = 0.0) -> Facts:
    """Read what the other variables say.

    Args:
        small: The small variables, by name or path.
        dataset: A dataset whose files look like this one, in millivolt; empty if it looks like
            none.
        usual_hz: The rate that those have.
    """
    by_name = {_last(key): value for key, value in small.items()}
    rate = next((hz for key in RATES if (hz := _number(by_name.get(key))) is not None), None)
    leads = next((found for key in NAMES if (found := _texts(by_name.get(key)))), ())
    unit = next((found[0] for key in UNITS if (found := _texts(by_name.get(key)))), "")
    sex = next(iter(_texts(by_name.get("sex") or by_name.get("gender"))), "")
    metadata = patient(sex=sex, age_years=_number(by_name.get("age")))
    unit = unit or ("mV" if dataset else "")
    if rate is None and dataset:
        return Facts(usual_hz, leads, unit, metadata, dataset)
    return Facts(rate, leads, unit, metadata)


def record_of(
    array: NDArray[Any], facts: Facts, sampling_rate_hz: float | None, *, file: str, name: str
) -> ECGRecord:
    """Build the record from its numbers.

    Args:
        array: (lead, sample), (sample, lead) or (sample,); which is found by the shape.
        facts: What the file says besides.
        sampling_rate_hz: The rate, if the caller knows it.
        file: What the file is called.
        name: What the record is called.

    Raises:
        RecordError: The rate or the leads cannot be told, or it is no ECG.
    """
    rate_hz = facts.rate_hz if sampling_rate_hz is None else sampling_rate_hz
    if rate_hz is None:
        msg = (
            f"{file} does not say its sampling rate; state it when opening the file (on the "
            "command line with --rate 500), or store it in the file as 'fs'."
        )
        raise RecordError(msg)
    rows, labels = _oriented(array, facts.leads, file)
    leads, notes = match_leads(labels, file)
    if facts.dataset and sampling_rate_hz is None:
        shaped = f"it has the shape of {facts.dataset}'s, so {rate_hz:g} Hz."
        notes.insert(0, f"The file states no rate; {shaped}")
    if not facts.leads and len(labels) > 1:
        notes.append(
            f"The file names no leads; they are taken for {lead_ranges(labels)}, in order."
        )
    picked = np.empty((len(leads), rows.shape[1]), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes infinite
        for row, at in zip(picked, leads.values(), strict=True):
            row[:] = rows[at]
        unit, scale, said = _unit(picked, array.dtype, facts.unit)
        picked *= np.float32(scale)
    return assemble(
        picked,
        tuple(leads),
        rate_hz,
        name=name,
        unit=unit,
        metadata=facts.metadata,
        notes=[*facts.notes, *notes, *said],
    )


def member_index(member: str, n_records: int, file: str) -> tuple[int, tuple[str, ...]]:
    """Return which of a file's records is asked for, and a note if nobody asked.

    Raises:
        RecordError: There is no such record.
    """
    if not n_records:
        msg = f"{file} holds no record; it may be incomplete."
        raise RecordError(msg)
    if not member:
        first = (
            f"The file holds {n_records} records; this is the first. "
            f"Name another as {file}#1 to {file}#{n_records - 1}."
        )
        return 0, (first,) if n_records > 1 else ()
    if not (re.fullmatch(r"\d{1,9}", member) and int(member) < n_records):
        msg = f"{file} has no record #{member[:20]}; they are #0 to #{n_records - 1}."
        raise RecordError(msg)
    return int(member), ()


def without_padding(array: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Cut off zeros at both ends of all leads, by which records of one array are made equally long.

    Args:
        array: (lead, sample) or (sample, lead).

    Returns:
        What is left, and a note if something was cut off.
    """
    along = int(array.shape[1] > array.shape[0])
    filled = np.flatnonzero(array.any(axis=1 - along))
    length = array.shape[along]
    if not len(filled):
        return array, ()
    start, stop = int(filled[0]), int(filled[-1]) + 1
    start, stop = (start if start >= PADDING else 0), (stop if length - stop >= PADDING else length)
    if (start, stop) == (0, length):
        return array, ()
    note = (
        f"Cut off as padding, zero on all leads: {start} samples before and {length - stop} after."
    )
    return array[:, start:stop] if along else array[start:stop], (note,)


def _last(key: str) -> str:
    return re.split(r"[./]", key)[-1].lower()


def _number(fact: Fact | None) -> float | None:
    if not isinstance(fact, np.ndarray) or fact.size != 1 or fact.dtype.kind not in "iuf":
        return None
    return float(fact.reshape(-1)[0])


def _texts(fact: Fact | None) -> tuple[str, ...]:
    """Return texts; one that holds several, separated, is taken apart."""
    if isinstance(fact, np.ndarray):
        flat = fact.reshape(-1)[:MOST_SMALL].tolist() if fact.dtype.kind in "US" else []
        fact = tuple(s.decode("latin-1") if isinstance(s, bytes) else str(s) for s in flat)
    texts = [fact] if isinstance(fact, str) else list(fact or ())
    if len(texts) == 1:
        texts = re.split(r"[,;|]", texts[0])
    return tuple(text.strip("\0 ") for text in texts if text.strip("\0 "))


def _oriented(
    array: NDArray[Any], leads: tuple[str, ...], file: str
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return (lead, sample) and the names of the rows."""
    table = array.reshape(1, -1) if array.ndim == 1 else array
    check_size(table.shape[0], table.shape[1], file)
    orders = {len(leads): leads} if leads else ORDERS
    for rows in (table, table.T):
        names = orders.get(rows.shape[0])
        if names and rows.shape[0] < rows.shape[1]:
            return rows, tuple(names)
    shape = " × ".join(map(str, array.shape))
    wanted = f"{len(leads)} leads, as it names," if leads else "12 leads, 8 (I, II, V1–V6) or one"
    msg = (
        f"{file} holds {shape} numbers, of which neither side is {wanted}; store (lead, sample) "
        "and the leads' names as 'lead_names'."
    )
    raise RecordError(msg)


def _unit(
    values: NDArray[np.float32], stored: np.dtype[Any], unit: str
) -> tuple[Literal["mV", "sd"], float, list[str]]:
    """Return unit, factor and notes; what the file does not say is told by the numbers."""
    if unit:
        return *unit_scale(unit, "of this file"), []
    moving = [row for row in map(_finite, values) if row.size and np.ptp(row) > 0]
    whole = [not np.mod(row, 1).any() for row in moving]
    # Noughts and ones alone are no microvolts.
    if stored.kind in "iu" or (all(whole) and any(np.ptp(row) > 1 for row in moving)):
        said = "The numbers are whole and carry no unit; they are taken for microvolts."
        return "mV", 1e-3, [said]
    if moving and all(map(_is_z_scored, moving)):
        return "sd", 1.0, ["Every lead has mean 0 and deviation 1: the numbers are z-scores."]
    return "mV", 1.0, ["The numbers carry no unit; they are taken for millivolts."]


def _finite(row: NDArray[np.float32]) -> NDArray[np.float32]:
    there = np.isfinite(row)
    return row if there.all() else row[there]


def _is_z_scored(row: NDArray[np.float32]) -> bool:
    mean, deviation = row.mean(dtype=np.float64), row.std(dtype=np.float64)
    return bool(abs(mean) < Z_SCORED and abs(deviation - 1) < Z_SCORED)
