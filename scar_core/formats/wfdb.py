"""WFDB records: a text header ``.hea`` and signal files (``.dat``, or ``.mat`` with a header).

Read here from the bytes, not by the wfdb package: real headers carry record names, dates and paths
that it refuses, and it reads no upload without writing it to a disk first.
Format: https://wfdb.io/spec/header-files.html (checked 2025).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import (
    assemble,
    check_size,
    match_leads,
    metadata_of,
    unit_scale,
)
from scar_core.formats._decode import Stored, stored_signals
from scar_core.formats._header import DEFAULT_GAIN, Header, Signal, is_header, parse_header
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.leads import LIMB, canonical_lead, limb_residual
from scar_core.record import ECGRecord

HEADER_LIMIT = 1_000_000
RAW_RESIDUAL = 0.05
"""Largest relative limb-lead residual at which raw values count as obeying Einthoven."""

SCALED = (
    "The header scales every lead to 1 mV from peak to peak; the raw values obey Einthoven's "
    "identities and were read as 1 µV per unit instead."
)

Unit = Literal["mV", "sd"]


def _sniff(head: bytes, name: str) -> bool:
    return name.lower().endswith(".hea") or is_header(head)


@dataclass(frozen=True)
class _Part:
    """One stretch of a record: all of it, or one of its segments.

    Attributes:
        file: Its header.
        header: What that says.
        start: Frame of the whole record at which it begins.
        empty: Whether it only names leads, as the layout of a record of segments does.
        leads: Its signals by lead.
    """

    file: str
    header: Header
    start: int
    empty: bool
    leads: Mapping[str, Signal]


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    file = source.name
    if file.lower().endswith(".dat"):
        msg = (
            f"{file} is a signal file without a header; "
            f"put (or upload) {source.stem}.hea beside it."
        )
        raise RecordError(msg)
    header = parse_header(source.read(file, HEADER_LIMIT), file)
    notes = [*header.notes]
    parts = _segments(source, header, file, notes) if header.segments else None
    if parts is None:
        leads, said = match_leads([signal.label for signal in header.signals], file)
        notes += said
        signals = {lead: header.signals[at] for lead, at in leads.items()}
        parts = [_Part(file, header, 0, empty=False, leads=signals)]
    used = [signal for part in parts for signal in part.leads.values()]
    if any(signal.gain == 0 for signal in used):
        notes.append(f"The header states no gain; {DEFAULT_GAIN:g} per mV is the format's default.")
    values, unit = _values(parts, header, source, notes)
    return assemble(
        values,
        tuple(dict.fromkeys(lead for part in parts for lead in part.leads)),
        sampling_rate_hz or header.rate_hz * max(signal.per_frame for signal in used),
        name=source.stem,
        unit=unit,
        metadata=metadata_of(header.comments or parts[0].header.comments),
        notes=notes,
    )


def _segments(source: Source, header: Header, file: str, notes: list[str]) -> list[_Part]:
    """Return the segments that hold a lead; what lies between them is not present.

    Raises:
        RecordError: A segment is missing or contradicts the header, or none holds a lead.
    """
    parts: list[_Part] = []
    start, known = 0, dict[str, Header]()
    for name, n_frames in header.segments:
        part = f"{name}.hea"
        if name != "~" and name not in known:
            if not source.has(part):
                msg = f"{file} names the segment {name}, but there is no {part}; add it."
                raise RecordError(msg)
            known[name] = parse_header(source.read(part, HEADER_LIMIT), part)
        if name != "~":
            own = known[name]
            if (
                own.segments
                or own.rate_hz != header.rate_hz
                or own.n_samples not in (n_frames, None)
            ):
                msg = (
                    f"{part} has {own.n_samples} samples at {own.rate_hz:g} Hz, but {file} "
                    f"declares a segment of {n_frames} at {header.rate_hz:g} Hz; mend one of them."
                )
                raise RecordError(msg)
            labels = [signal.label for signal in own.signals]
            if any(map(canonical_lead, labels)):
                leads, said = match_leads(labels, part)
                notes += [note for note in said if note not in notes]
                signals = {lead: own.signals[at] for lead, at in leads.items()}
                parts.append(_Part(part, own, start, empty=not n_frames, leads=signals))
        start += n_frames
    if all(part.empty for part in parts):
        msg = f"No segment of {file} holds a known lead; name them I, II, V1 and so on."
        raise RecordError(msg)
    notes.append(f"Put together from {len(header.segments)} segments and gaps.")
    return parts


def _values(
    parts: Sequence[_Part], header: Header, source: Source, notes: list[str]
) -> tuple[NDArray[np.float32], Unit]:
    """Return the values (lead, sample) in the record's unit, NaN where there are none.

    Raises:
        RecordError: A part cannot be read, the parts have several units, or there is too much.
    """
    names = list(dict.fromkeys(lead for part in parts for lead in part.leads))
    factor = max(signal.per_frame for part in parts for signal in part.leads.values())
    if header.n_samples is not None:
        check_size(len(names), header.n_samples * factor, source.name)
    values = np.empty((0, 0), np.float32)
    units, damaged = set[Unit](), set[str]()
    for part in (part for part in parts if not part.empty):
        stored = stored_signals(part.header, list(part.leads.values()), source, part.file)
        n_frames = len(stored[0].digital) // next(iter(part.leads.values())).per_frame
        if not values.size:
            shape = (len(names), (header.n_samples or n_frames) * factor)
            values = np.full(shape, np.nan, np.float32)
        stretch = values[:, part.start * factor : (part.start + n_frames) * factor]
        units |= _fill(stretch, part, stored, names)
        damaged |= {lead for lead, kept in zip(part.leads, stored, strict=True) if not kept.sound}
        if units == {"mV"} and _raw_is_right(stretch, stored, list(part.leads), names):
            for lead, kept in zip(part.leads, stored, strict=True):
                stretch[names.index(lead)] = kept.digital * np.float32(1e-3)
            notes.append(SCALED)
    if len(units) > 1:
        msg = "Some leads are in millivolt and others z-scored; store all of them in one unit."
        raise RecordError(msg)
    if damaged:
        said = ", ".join(lead for lead in names if lead in damaged)
        notes.append(f"The file may be damaged: its checksum is not the header's for {said}.")
    slower = {k for part in parts for k, signal in part.leads.items() if signal.per_frame < factor}
    if slower:
        said = ", ".join(lead for lead in names if lead in slower)
        notes.append(f"Stored at a lower rate and held from sample to sample: {said}.")
    return values, units.pop()


def _fill(
    stretch: NDArray[np.float32], part: _Part, stored: Sequence[Stored], names: Sequence[str]
) -> set[Unit]:
    """Write a part's values into its stretch (lead, sample) of the record; return their units."""
    units = set[Unit]()
    for (lead, signal), kept in zip(part.leads.items(), stored, strict=True):
        unit, row = _physical(kept, signal, lead)
        if len(row) < stretch.shape[1]:
            row = row[np.arange(stretch.shape[1]) * len(row) // stretch.shape[1]]
        stretch[names.index(lead)] = row
        units.add(unit)
    return units


def _physical(stored: Stored, signal: Signal, lead: str) -> tuple[Unit, NDArray[np.float32]]:
    """Return the unit and the values (sample,) that the header's gain and baseline mean."""
    unit, scale = unit_scale(signal.unit or "mV", lead)
    factor = scale / (signal.gain or DEFAULT_GAIN)
    with np.errstate(over="ignore"):  # what an absurd gain makes infinite counts as missing
        row = ((stored.digital - float(signal.baseline)) * factor).astype(np.float32)
    row[stored.missing] = np.nan
    return unit, row


def _raw_is_right(
    values: NDArray[np.float32],
    stored: Sequence[Stored],
    leads: Sequence[str],
    names: Sequence[str],
) -> bool:
    """Say whether the header hides true amplitudes (as LUDB's do), at 1 µV per raw unit.

    That is so if every lead spans 1 mV (± 2 %) by the header, and the limb leads obey Einthoven
    clearly better in raw values than in the header's.
    """
    if not set(LIMB) <= set(leads):
        return False
    # The first lead decides for nearly every record; NaN, which is near nothing, for the rest.
    if not all(abs(np.ptp(values[names.index(lead)]) - 1.0) <= 0.02 for lead in leads):
        return False
    raw = np.stack([stored[leads.index(lead)].digital for lead in LIMB]).astype(np.float32)
    residual = limb_residual(raw * np.float32(1e-3))
    scaled = limb_residual(values[[names.index(lead) for lead in LIMB]])
    return residual < RAW_RESIDUAL and residual < scaled / 2


FORMAT = Format("wfdb", "WFDB (.hea with .dat or .mat)", (".hea", ".dat"), _sniff, _read)
