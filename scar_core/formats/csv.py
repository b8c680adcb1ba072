"""CSV: one column per lead, one row per sample, names in the first row.

Columns are separated by comma, semicolon, tab or blanks (without commas as separators, ``0,5`` is
a half). A column called ``time`` gives the rate; else a comment such as
``# sampling_rate_hz: 500`` or the caller does. A unit may follow a lead's name, ``I (uV)``; without
one the numbers are millivolts. Without names, twelve columns are the leads in the standard order,
eight are I, II and V1–V6, one is lead I, and one column more in front is the time.
"""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import (
    RATE_HZ,
    assemble,
    check_rate,
    match_leads,
    metadata_of,
    unit_scale,
)
from scar_core.formats._source import HEAD_BYTES, Source, decoded, looks_like_text
from scar_core.formats._table import cells_of, is_numeric, numbers_of, split_label, take_apart
from scar_core.formats.base import Format
from scar_core.leads import canonical_lead, lead_ranges
from scar_core.record import ECGRecord

FILE_LIMIT = 100_000_000

_RATE = re.compile(
    r"^(?:sampling[ _]?(?:rate|frequency)|sample[ _]?rate|rate|frequency|fs)(?:[ _]?\(?hz\)?)?"
    r"\s*[:=]\s*(\S+?)\s*(?:hz)?$",
    re.IGNORECASE,
)
_UNIT = re.compile(r"^units?\s*[:=]\s*(\S+)$", re.IGNORECASE)
_TIME = {"time": "s", "t": "s", "elapsed time": "s", "seconds": "s", "sec": "s", "s": "s",
         "milliseconds": "ms", "ms": "ms", "timestamp": "s"}  # fmt: skip
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3,
            "millisecond": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6}  # fmt: skip
_COUNTERS = ("", "sample", "samples", "index", "n")


def _sniff(head: bytes, name: str) -> bool:
    # A broken header is WFDB's, and a truncated one that begins so is EDF's.
    if not looks_like_text(head) or name.lower().endswith(".hea") or head[:8] == b"0       ":
        return False
    lines = [line.strip(" \r") for line in decoded(head).split("\n")]
    rows = [cells_of(line) for line in lines if line and not line.startswith("#")][:2]
    if not rows:
        return False
    named = any(canonical_lead(split_label(cell)[0]) for cell in rows[0])
    return named or (len(rows) == 2 and len(rows[0]) > 1 and all(map(is_numeric, rows)))


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    name = source.name
    content = source.read(name, FILE_LIMIT)
    if not looks_like_text(content[:HEAD_BYTES]):
        held = "holds binary data" if content.strip() else "is empty"
        msg = (
            f"{name} {held}; a CSV record is text with a first row of lead names and one row "
            "per sample."
        )
        raise RecordError(msg)
    table = take_apart(decoded(content), name)
    split = [split_label(label) for label in table.labels]
    times = [at for at, (base, _) in enumerate(split) if base.lower() in _TIME]
    # Columns that count samples say nothing; they are no leads that one would miss.
    labels = {
        at: base
        for at, (base, _) in enumerate(split)
        if at not in times and base.lower() not in _COUNTERS
    }
    found, notes = match_leads(list(labels.values()), name)
    if not table.named and len(found) > 1:
        notes.append(f"The file names no leads; they are taken for {lead_ranges(found)}, in order.")
    columns = {lead: list(labels)[at] for lead, at in found.items()}
    numbers = numbers_of(table, [*times[:1], *columns.values()], name)
    stated = _stated_rate(table.comments, name) if sampling_rate_hz is None else sampling_rate_hz
    rate_hz = stated
    if times:
        label, unit = split[times[0]]
        seconds = _SECONDS.get((unit or _TIME[label.lower()]).lower())
        if seconds is None:
            msg = f"{name} has a time column in {unit!r}; write it in s or ms."
            raise RecordError(msg)
        rate_hz = _rate_of(numbers[0].astype(np.float64) * seconds, stated, name)
    if rate_hz is None:
        msg = (
            f"{name} does not say its sampling rate; add a time column, the line "
            "'# sampling_rate_hz: 500', or state the rate when opening it."
        )
        raise RecordError(msg)
    default = next((m[1] for line in table.comments if (m := _UNIT.match(line))), "mV")
    units = [unit_scale(split[at][1] or default, lead) for lead, at in columns.items()]
    values, kind = _scaled(numbers[len(times[:1]) :], units, name)
    return assemble(
        values,
        tuple(columns),
        rate_hz,
        name=source.stem,
        unit=kind,
        metadata=metadata_of(table.comments),
        notes=notes,
    )


def _stated_rate(comments: Sequence[str], name: str) -> float | None:
    for line in comments:
        if found := _RATE.match(line):
            try:
                rate_hz = float(found[1])
            except ValueError:
                msg = f"{name} states the sampling rate {found[1]!r}; write a number of Hz."
                raise RecordError(msg) from None
            check_rate(rate_hz, name)
            return rate_hz
    return None


def _rate_of(time_s: NDArray[np.float64], stated: float | None, name: str) -> float:
    """Return the rate that a time column (sample,) in seconds gives.

    Raises:
        RecordError: It does not rise steadily, is in another unit, or contradicts ``stated``.
    """
    n_steps = len(time_s) - 1
    length = float(time_s[-1] - time_s[0]) if n_steps else 0.0
    step = length / n_steps if n_steps else 0.0
    # Half a step of tolerance lets rounded times pass, and no missing row.
    steady = step > 0 and bool(
        np.all(np.abs(time_s - time_s[0] - step * np.arange(n_steps + 1)) <= step / 2)
    )
    if not steady:
        msg = (
            f"The time column of {name} does not rise in equal steps, so it gives no sampling "
            "rate; export every sample once, in order."
        )
        raise RecordError(msg)
    rate_hz = 1 / step
    if abs(rate_hz - round(rate_hz)) < 1e-3 * rate_hz:
        rate_hz = float(round(rate_hz))
    if rate_hz < RATE_HZ[0]:
        msg = (
            f"The time column of {name} means {rate_hz:.3g} Hz, too slow for an ECG; if it is in "
            "milliseconds, call it time_ms."
        )
        raise RecordError(msg)
    if stated is not None and abs(stated - rate_hz) > 0.01 * rate_hz:
        msg = (
            f"{name} is said to have {stated:g} Hz, but its time column means {rate_hz:g} Hz; "
            "correct one of them."
        )
        raise RecordError(msg)
    return rate_hz if stated is None else stated


def _scaled(
    numbers: NDArray[np.float64], units: Sequence[tuple[Literal["mV", "sd"], float]], name: str
) -> tuple[NDArray[np.float32], Literal["mV", "sd"]]:
    kinds = {kind for kind, _ in units}
    if len(kinds) > 1:
        msg = f"{name} has leads in millivolt and z-scored ones; store all of them in one unit."
        raise RecordError(msg)
    scale = np.array([factor for _, factor in units])
    return (numbers * scale[:, None]).astype(np.float32), units[0][0]


FORMAT = Format("csv", "CSV (.csv, .tsv, .txt)", (".csv", ".tsv", ".txt"), _sniff, _read)
