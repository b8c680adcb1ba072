"""EDF and EDF+: a header in ASCII, then data records of 16-bit integers, signal after signal.

A discontinuous file (EDF+D) says in each data record when it began; what lies between is not
present. Annotations are passed over.
Format: https://www.edfplus.info/specs/edf.html and edfplus.html (checked 2025).
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import assemble, check_rate, check_size, match_leads, unit_scale
from scar_core.formats._parts import Part, joined
from scar_core.formats._patient import patient
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.leads import canonical_lead
from scar_core.record import ECGRecord

FILE_LIMIT = 200_000_000
MAX_SIGNALS = 512
NAMELESS = ("ECG", "EKG")
MAX_TIMED = 200_000
"""Most data records of a discontinuous file; each is looked at for its time."""

_WIDTHS = {
    "label": 16, "transducer": 80, "unit": 8, "physical_min": 8, "physical_max": 8,
    "digital_min": 8, "digital_max": 8, "filter": 80, "samples": 8, "reserved": 32,
}  # fmt: skip
_TIME = re.compile(rb"([+-]\d{1,12}(?:\.\d{1,12})?)(?:\x15[\d.]*)?\x14")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class _Signal:
    """One signal; ``first`` and ``samples`` are its place in each data record."""

    label: str
    unit: str
    gain: float
    offset: float
    first: int
    samples: int


@dataclass(frozen=True)
class _Header:
    signals: tuple[_Signal, ...]
    n_records: int
    record_s: float
    timed: bool
    metadata: dict[str, Any]
    notes: tuple[str, ...]


def _sniff(head: bytes, name: str) -> bool:
    return head[:8] == b"0       " and len(head) >= 256 and head[184:192].strip().isdigit()


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    name = source.name
    content = source.read(name, FILE_LIMIT)
    if not _sniff(content[:256], name):
        msg = f"{name} is no EDF file: its first 256 bytes are no EDF header; check the export."
        raise RecordError(msg)
    header = _header(content, name)
    leads, notes = _leads(header, name)
    notes = [*header.notes, *notes]
    per_record = Counter(signal.samples for signal in leads.values()).most_common(1)[0][0]
    if other := [lead for lead, signal in leads.items() if signal.samples != per_record]:
        notes.append(f"Left out, because stored at another rate: {', '.join(other)}.")
        leads = {lead: signal for lead, signal in leads.items() if signal.samples == per_record}
    rate_hz = sampling_rate_hz
    if rate_hz is None:
        rate_hz = per_record / header.record_s if header.record_s > 0 else 0.0
    check_rate(rate_hz, name)
    check_size(len(leads), per_record * header.n_records, name)
    width = sum(signal.samples for signal in header.signals)
    first = 256 * (len(header.signals) + 1)
    data = np.frombuffer(content, "<i2", width * header.n_records, first).reshape(-1, width)
    values = np.empty((len(leads), per_record * header.n_records), np.float32)
    for row, signal in zip(values, leads.values(), strict=True):
        row[:] = data[:, signal.first : signal.first + per_record].reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not present
            row *= np.float32(signal.gain)
            row += np.float32(signal.offset)
    if header.timed:
        starts = _starts(data, header, name)
        together = joined(_runs(values, tuple(leads), rate_hz, starts, header), name)
        values = together.values
        notes += together.notes
    return assemble(
        values, tuple(leads), rate_hz, name=source.stem, metadata=header.metadata, notes=notes
    )


def _leads(header: _Header, name: str) -> tuple[dict[str, _Signal], list[str]]:
    """Return the signal of each lead; a sleep study's only ``ECG`` counts as one."""
    signals = [signal for signal in header.signals if signal.label != "EDF Annotations"]
    labels = [signal.label for signal in signals]
    nameless = [at for at, label in enumerate(labels) if label.upper() in NAMELESS]
    if len(nameless) == 1 and not any(map(canonical_lead, labels)):
        rest = ", ".join(label for label in labels if label.upper() not in NAMELESS)[:200]
        notes = [f"Left out, because they are none of the 12 leads: {rest}."] if rest else []
        return {"I": signals[nameless[0]]}, [*match_leads(["ECG"], name)[1], *notes]
    found, notes = match_leads(labels, name)
    return {lead: signals[at] for lead, at in found.items()}, notes


def _header(content: bytes, name: str) -> _Header:
    """Read what stands before the data records, and compare it with the file's length."""
    text = content[:256].decode("latin-1")
    n_signals = int(_number(text[252:256], "number of signals", name))
    size = 256 * (n_signals + 1)
    if not 1 <= n_signals <= MAX_SIGNALS or len(content) < size:
        msg = (
            f"{name} declares {n_signals} signals, but its header has {min(len(content), size)} of "
            f"the bytes that 1 to {MAX_SIGNALS} need; get the complete file."
        )
        raise RecordError(msg)
    signals = _signals(content[256:size].decode("latin-1"), n_signals, name)
    width = sum(signal.samples for signal in signals)
    declared = int(_number(text[236:244], "number of data records", name))
    holds = (len(content) - size) // (2 * width) if width else 0
    if holds < max(declared, 1):
        msg = (
            f"{name} is truncated: it holds {holds} of {declared} data records; get the complete "
            "file."
        )
        raise RecordError(msg)
    notes = ["The recording was not closed; all of its data records were read."]
    return _Header(
        signals=signals,
        n_records=declared if declared > 0 else holds,
        record_s=_number(text[244:252], "duration of a data record", name),
        timed=text[192:197] == "EDF+D",
        metadata=_about(text),
        notes=() if declared > 0 else tuple(notes),
    )


def _signals(text: str, n_signals: int, name: str) -> tuple[_Signal, ...]:
    """Read the second part of the header: each field for all signals, then the next field."""
    fields: dict[str, list[str]] = {}
    at = 0
    for field, width in _WIDTHS.items():
        cells = (text[at + width * n : at + width * (n + 1)].strip() for n in range(n_signals))
        fields[field] = list(cells)
        at += width * n_signals
    signals: list[_Signal] = []
    first = 0
    for n, label in enumerate(fields["label"]):
        samples = int(_number(fields["samples"][n], f"samples of {label!r}", name))
        if samples < 0:
            msg = f"{name} declares {samples} samples of {label!r}; get the complete file."
            raise RecordError(msg)
        gain, offset, unit = 0.0, 0.0, fields["unit"][n]
        if canonical_lead(label) or label.upper() in NAMELESS:
            scale = unit_scale(unit, label)[1]
            low, high, digital_low, digital_high = (
                _number(fields[field][n], f"{field.replace('_', ' ')} of {label!r}", name)
                for field in ("physical_min", "physical_max", "digital_min", "digital_max")
            )
            if digital_low == digital_high or low == high:
                msg = f"{name} gives {label!r} no range, so no amplitudes; export it anew."
                raise RecordError(msg)
            gain = (high - low) / (digital_high - digital_low) * scale
            offset = low * scale - digital_low * gain
        signals.append(_Signal(label, unit, gain, offset, first, samples))
        first += samples
    return tuple(signals)


def _starts(data: NDArray[np.int16], header: _Header, name: str) -> NDArray[np.float64]:
    """Return when each data record began (record,), in seconds, from its first annotation."""
    stamps = next((one for one in header.signals if one.label == "EDF Annotations"), None)
    if stamps is None or len(data) > MAX_TIMED:
        msg = (
            f"{name} is discontinuous, but does not say when its {len(data)} data records begin "
            f"(at most {MAX_TIMED} are read); export its parts one by one."
        )
        raise RecordError(msg)
    starts = []
    for at, record in enumerate(data[:, stamps.first : stamps.first + stamps.samples], start=1):
        found = _TIME.match(record.tobytes())
        if not found:
            msg = f"Data record {at} of {name} does not say when it begins; get the complete file."
            raise RecordError(msg)
        starts.append(float(found[1]))
    return np.array(starts)


def _runs(
    values: NDArray[np.float32],
    leads: tuple[str, ...],
    rate_hz: float,
    starts: NDArray[np.float64],
    header: _Header,
) -> list[Part]:
    """Cut (lead, sample) where a data record does not follow the one before."""
    per_record = values.shape[1] // len(starts)
    late = np.diff(starts) - header.record_s
    cuts = [0, *(np.flatnonzero(np.abs(late) > 0.5 / rate_hz) + 1), len(starts)]
    return [
        Part(float(starts[a]), rate_hz, leads, values[:, a * per_record : b * per_record])
        for a, b in pairwise(cuts)
    ]


def _about(text: str) -> dict[str, Any]:
    """Read the patient's sex and age from EDF+'s subfields; the name is passed over."""
    told = text[8:88].split()
    if text[192:196] != "EDF+" or len(told) < 3:
        return {}
    day, month, year = (*told[2].upper().split("-"), "", "")[:3]
    start = text[168:176].split(".")
    try:
        born = date(int(year), _MONTHS.index(month) + 1, int(day))
        short = int(start[2])
        recorded = date(short + (1900 if short >= 85 else 2000), int(start[1]), int(start[0]))
    except (ValueError, IndexError):
        return patient(sex=told[1])
    return patient(sex=told[1], born=born, recorded=recorded)


def _number(text: str, what: str, name: str) -> float:
    """Read a number of the header; only digits that EDF allows, so never a NaN."""
    bare = text.strip()
    if re.fullmatch(r"[-+]?(\d{1,8}\.?\d{0,8}|\.\d{1,8})([eE][-+]?\d{1,2})?", bare):
        return float(bare)
    msg = f"{name} states the {what} {bare!r}; a number is needed."
    raise RecordError(msg)


FORMAT = Format("edf", "EDF, EDF+ (.edf)", (".edf",), _sniff, _read)
