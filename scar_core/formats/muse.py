"""MUSE: the XML of GE's resting ECGs, each lead as base64 of little-endian 16-bit integers.

Of its waveforms only the rhythm counts, not the median beat. Eight leads are stored (I, II and
V1–V6); the other four follow from I and II. Its checksums are not compared: their rule is not
published, and editors leave them stale.
"""

import binascii
from base64 import b64decode
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import assemble, check_rate, match_leads, unit_scale
from scar_core.formats._parts import Part, joined
from scar_core.formats._patient import patient
from scar_core.formats._source import Source
from scar_core.formats._xml import number, read_xml, root_of, text_at
from scar_core.formats.base import Format
from scar_core.record import ECGRecord

LARGEST_EXPONENT = 6
_YEARS = {"YEARS": 1.0, "": 1.0, "MONTHS": 1 / 12, "WEEKS": 7 / 365.25, "DAYS": 1 / 365.25}


def _sniff(head: bytes, name: str) -> bool:
    return root_of(head) == "RestingECG"


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    root, name = read_xml(source), source.name
    waves = root.findall("Waveform")
    rhythms = [wave for wave in waves if text_at(wave, "WaveformType").lower() in ("rhythm", "")]
    if not rhythms:
        kinds = ", ".join(dict.fromkeys(text_at(wave, "WaveformType") for wave in waves))
        msg = f"{name} holds no rhythm (found: {kinds[:60] or 'nothing'}); export the rhythm too."
        raise RecordError(msg)
    notes: list[str] = []
    parts = [_part(wave, sampling_rate_hz, name, notes) for wave in rhythms]
    together = joined(parts, name)
    return assemble(
        together.values,
        together.leads,
        together.rate_hz,
        name=source.stem,
        metadata=_about(root),
        notes=[*dict.fromkeys(notes), *together.notes],
    )


def _part(wave: Element, sampling_rate_hz: float | None, name: str, notes: list[str]) -> Part:
    """Return the leads of one waveform; what was assumed is added to ``notes``."""
    rate_hz = sampling_rate_hz
    if rate_hz is None:
        base = number(text_at(wave, "SampleBase"), "sample base", name)
        exponent = number(text_at(wave, "SampleExponent") or "0", "sample exponent", name)
        rate_hz = base * 10**exponent if abs(exponent) <= LARGEST_EXPONENT else 0.0
    check_rate(rate_hz, name)
    stored = wave.findall("LeadData")
    leads, said = match_leads([text_at(lead, "LeadID") for lead in stored], name)
    notes += said
    rows = [_values(stored[at], lead, name) for lead, at in leads.items()]
    if len({len(row) for row in rows}) > 1:
        lengths = ", ".join(f"{lead} {len(row)}" for lead, row in zip(leads, rows, strict=True))
        msg = f"{name} has leads of unequal length ({lengths} samples); get the complete file."
        raise RecordError(msg)
    off = [lead for lead, at in leads.items() if text_at(stored[at], "LeadOff").upper() == "TRUE"]
    if off:
        notes.append(f"The device reported an electrode off: {', '.join(off)}.")
    return Part(0.0, rate_hz, tuple(leads), np.stack(rows))


def _values(stored: Element, lead: str, name: str) -> NDArray[np.float32]:
    """Return (sample,) in millivolt."""
    size = text_at(stored, "LeadSampleSize") or "2"
    if size != "2":
        msg = f"{name} stores lead {lead} with {size[:10]} bytes per sample; 2 are read."
        raise RecordError(msg)
    text = "".join(text_at(stored, "WaveFormData").split()).rstrip("=")
    try:
        content = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        msg = f"{name} holds lead {lead} with damaged base64 data; get the complete file."
        raise RecordError(msg) from error
    declared = number(text_at(stored, "LeadSampleCountTotal") or "0", "number of samples", name)
    if len(content) // 2 < declared or not content:
        msg = (
            f"{name} is truncated: lead {lead} holds {len(content) // 2} of {declared:.15g} "
            "samples; get the complete file."
        )
        raise RecordError(msg)
    count = int(declared) if declared >= 1 else len(content) // 2
    unit = text_at(stored, "LeadAmplitudeUnits") or "MICROVOLTS"
    per_bit = text_at(stored, "LeadAmplitudeUnitsPerBit")
    scale = number(per_bit, f"amplitude per bit of lead {lead}", name) * unit_scale(unit, lead)[1]
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not present
        return np.asarray(np.frombuffer(content, "<i2", count) * scale, np.float32)


def _about(root: Element) -> dict[str, object]:
    person = root.find("PatientDemographics")
    person = root if person is None else person
    years = _YEARS.get(text_at(person, "AgeUnits").upper())
    told = text_at(person, "PatientAge")
    said = ""
    for statement in root.iterfind("Diagnosis/DiagnosisStatement"):
        ends = any(flag.text == "ENDSLINE" for flag in statement.iterfind("StmtFlag"))
        said += text_at(statement, "StmtText") + (". " if ends else " ")
    return patient(
        sex=text_at(person, "Gender"),
        age_years=float(told) * years if years and told.isdecimal() else None,
        report=said,
    )


FORMAT = Format("muse", "GE MUSE (.xml)", (".xml",), _sniff, _read)
