"""aECG: HL7's annotated ECG, XML with each lead as a list of integers, an origin and a scale.

A series holds sequence sets, a set holds one sequence of time and one per lead. The series that
counts is the rhythm as it was recorded, never the representative beat derived from it.
Format: HL7 aECG Implementation Guide, 2005-03-21.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import assemble, check_rate, match_leads, unit_scale
from scar_core.formats._parts import Part, joined
from scar_core.formats._patient import day, patient
from scar_core.formats._source import Source
from scar_core.formats._xml import attribute, number, read_xml, root_of, text_at
from scar_core.formats.base import Format
from scar_core.leads import canonical_lead
from scar_core.record import ECGRecord

SHORTEST_S = 1e-9
"""No increment of time is shorter."""

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
_TIMES = ("TIME_ABSOLUTE", "TIME_RELATIVE")
_STAMP = re.compile(r"(\d{8})(\d{2})?(\d{2})?(\d{2})?(\.\d{1,9})?")


def _sniff(head: bytes, name: str) -> bool:
    return root_of(head) == "AnnotatedECG"


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    root, name = read_xml(source), source.name
    # A representative beat sits in a `derivedSeries`, or in a series that is called so.
    series = [one for one in root.iter("series") if _kind(one) in ("RHYTHM", "")]
    read = [_parts(one, sampling_rate_hz, name) for one in series]
    if not any(parts for parts, _ in read):
        kinds = dict.fromkeys(filter(None, map(_kind, root.iter("series"))))
        found = f"only {', '.join(kinds)[:60]}" if kinds and not series else "no lead"
        msg = f"{name} holds no rhythm, {found}; export the rhythm with its leads."
        raise RecordError(msg)
    largest = max(range(len(read)), key=lambda at: sum(part.values.size for part in read[at][0]))
    parts, notes = read[largest]
    together = joined(parts, name)
    if sum(bool(parts) for parts, _ in read) > 1:
        notes.append("The file holds several rhythms; the longest one was read.")
    return assemble(
        together.values,
        together.leads,
        together.rate_hz,
        name=source.stem,
        metadata=_about(root, series[largest]),
        notes=[*dict.fromkeys(notes), *together.notes],
    )


def _kind(series: Element) -> str:
    return attribute(series, "code", "code").upper()


def _parts(
    series: Element, sampling_rate_hz: float | None, name: str
) -> tuple[list[Part], list[str]]:
    """Return the sequence sets that hold leads, and notes on their names."""
    parts, said = [], []
    for one in series.findall("component/sequenceSet"):
        coded = [
            (attribute(sequence, "code", "code"), sequence)
            for sequence in one.findall("component/sequence")
        ]
        times = [(code, sequence) for code, sequence in coded if code.upper() in _TIMES]
        leads = [(code, sequence) for code, sequence in coded if code.upper() not in _TIMES]
        labels = [code for code, _ in leads]
        if not any(map(canonical_lead, labels)):
            continue
        found, notes = match_leads(labels, name)
        said += notes
        start_s, rate_hz = _timing([sequence for _, sequence in times], sampling_rate_hz, name)
        rows = [_values(leads[at][1], lead, name) for lead, at in found.items()]
        if len({len(row) for row in rows}) > 1:
            lengths = ", ".join(f"{lead} {len(row)}" for lead, row in zip(found, rows, strict=True))
            msg = f"{name} has leads of unequal length ({lengths} samples); get the complete file."
            raise RecordError(msg)
        parts.append(Part(start_s, rate_hz, tuple(found), np.stack(rows)))
    return parts, said


def _timing(
    times: Sequence[Element], sampling_rate_hz: float | None, name: str
) -> tuple[float, float]:
    """Return the first second and the rate; the caller's rate counts if it is given."""
    if not times and sampling_rate_hz is None:
        msg = f"{name} has leads without a time sequence; state the sampling rate when opening it."
        raise RecordError(msg)
    if not times:
        return 0.0, sampling_rate_hz or 0.0
    rate_hz = sampling_rate_hz
    if rate_hz is None:
        step = number(attribute(times[0], "value/increment", "value"), "time increment", name)
        step *= _unit_s(attribute(times[0], "value/increment", "unit"), name)
        rate_hz = 1 / step if step > SHORTEST_S else 0.0
        # 0.00390625 s is exact, but 0.003333 s means 300 Hz.
        near = abs(rate_hz - round(rate_hz)) < 2e-4 * rate_hz
        rate_hz = float(round(rate_hz)) if near else rate_hz
    check_rate(rate_hz, name)
    head = attribute(times[0], "value/head", "value")
    unit = attribute(times[0], "value/head", "unit")
    if unit or not _STAMP.match(head):
        return number(head or "0", "start of a sequence", name) * _unit_s(unit, name), rate_hz
    return _clock_s(head, name), rate_hz


def _unit_s(unit: str, name: str) -> float:
    seconds = _SECONDS.get(unit.lower() or "s")
    if seconds is None:
        msg = f"{name} measures time in {unit[:20]!r}; s, ms or us is needed."
        raise RecordError(msg)
    return seconds


def _clock_s(stamp: str, name: str) -> float:
    """Return the seconds that ``YYYYMMDDHHMMSS.mmm`` stands for, from any fixed day."""
    found = _STAMP.match(stamp)
    try:
        digits = "".join(part or "00" for part in found.groups()[:4]) if found else ""
        clock = datetime.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError as error:
        msg = f"{name} states the time {stamp[:30]!r}, which is none; correct or remove it."
        raise RecordError(msg) from error
    fraction = float(found[5]) if found and found[5] else 0.0
    return (clock - datetime(2000, 1, 1)).total_seconds() + fraction


def _values(sequence: Element, lead: str, name: str) -> NDArray[np.float32]:
    """Return (sample,) in millivolt: origin + scale · digits, each with its own unit."""
    digits = sequence.find("value/digits")
    if digits is None:
        msg = f"{name} holds lead {lead} without a list of digits; export it as SLIST_PQ."
        raise RecordError(msg)
    try:
        stored = np.fromstring(digits.text or "", dtype=np.float64, sep=" ")
    except ValueError as error:
        msg = f"{name} holds lead {lead} with digits that are no numbers; get the complete file."
        raise RecordError(msg) from error
    amounts = []
    for what in ("scale", "origin"):
        told = attribute(sequence, f"value/{what}", "value")
        if not told and what == "origin":
            told = "0"
        unit = attribute(sequence, f"value/{what}", "unit")
        factor = unit_scale(unit, lead)[1] if unit or what == "scale" else 1.0
        amounts.append(number(told, f"{what} of lead {lead}", name) * factor)
    scale, origin = amounts
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not present
        return np.asarray(stored * scale + origin, np.float32)


def _about(root: Element, series: Element) -> dict[str, object]:
    person = next(root.iter("subjectDemographicPerson"), root)
    said = [
        text_at(note, "value") or attribute(note, "value", "displayName")
        for note in root.iter("annotation")
        if "INTERPRETATION" in attribute(note, "code", "code").upper()
    ]
    return patient(
        sex=attribute(person, "administrativeGenderCode", "code"),
        born=day(attribute(person, "birthTime", "value")),
        recorded=day(attribute(series, "effectiveTime/low", "value")),
        report=". ".join(filter(None, said)),
    )


FORMAT = Format("aecg", "HL7 aECG (.xml)", (".xml",), _sniff, _read)
