"""From the numbers of a file to an ECGRecord: the checks that every format shares."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.leads import LEADS, LIMB, canonical_lead, derive_limb_leads, is_modified_lead
from scar_core.quality import NOT_STORED, stretches, stuck
from scar_core.record import ECGRecord, limb_problem

MAX_VALUES = 64_000_000
"""Largest record in samples over all leads: 12 leads for 2.9 hours at 500 Hz, or 2 leads for 24
hours at 360 Hz. Reading so many takes less than 1 GB."""
MIN_SECONDS = 1.0
RATE_HZ = (20.0, 100_000.0)
"""Slowest and fastest sampling rate of an ECG; others are mistakes of unit."""
ABSURD_MV = 50.0
"""No ECG has leads of which half span more than this; such numbers carry another unit."""
TINY_MV = 0.01
LARGEST = 1e9
"""Samples beyond it, in the record's unit, count as missing, as NaN does."""

_TO_MV = {"mv": 1.0, "millivolt": 1.0, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "microvolt": 1e-3}
_TO_MV |= {"nv": 1e-6, "v": 1e3, "volt": 1e3, "millivolts": 1.0, "microvolts": 1e-3}


def unit_scale(unit: str, lead: str) -> tuple[Literal["mV", "sd"], float]:
    """Return the unit to store and the factor that leads to it.

    Raises:
        RecordError: The unit is unknown.
    """
    if unit.strip().lower() in ("sd", "z", "zscore", "z-score"):
        return "sd", 1.0
    scale = _TO_MV.get(unit.strip().lower())
    if scale is None:
        msg = f"Lead {lead} is in the unknown unit {unit!r}; write mV, uV, V or sd (z-scored)."
        raise RecordError(msg)
    return "mV", scale


def match_leads(labels: Sequence[str], name: str) -> tuple[dict[str, int], list[str]]:
    """Find the leads among the labels of a file.

    Returns:
        The position of each lead found, in the file's order, and notes on what was assumed or
        left out.

    Raises:
        RecordError: No label is a lead, or a lead comes twice.
    """
    found: dict[str, int] = {}
    notes, dropped = [], []
    if len(labels) == 1 and labels[0].strip().lower() in ("ecg", "ekg", ""):
        return {"I": 0}, ["The only lead has no name; it is taken for lead I, as of a hand-held."]
    for at, label in enumerate(labels):
        lead = canonical_lead(label)
        if lead is None:
            dropped.append(label.strip() or f"column {at + 1}")
        elif lead in found:
            first = labels[found[lead]].strip()
            msg = f"{name} holds lead {lead} twice ({first!r}, {label.strip()!r}); keep one."
            raise RecordError(msg)
        else:
            found[lead] = at
            if is_modified_lead(label):
                notes.append(f"Lead {label.strip()} of a monitor is taken for {lead}.")
    if not found:
        said = ", ".join(dropped[:15]) or "none"
        msg = f"{name} holds no known lead (found: {said}); name them {', '.join(LEADS)}."
        raise RecordError(msg)
    if dropped:
        said = ", ".join(dropped[:15])
        notes.append(f"Left out, because they are none of the 12 leads: {said}.")
    return found, notes


def assemble(
    values: NDArray[np.float32],
    lead_names: Sequence[str],
    rate_hz: float,
    *,
    name: str,
    unit: Literal["mV", "sd"] = "mV",
    metadata: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> ECGRecord:
    """Build the record, with what is not measured marked as not present.

    Args:
        values: (lead, sample) in ``unit``; NaN or infinite where a sample is missing. Changed in
            place.
        lead_names: Leads of the rows.
        rate_hz: Samples per second.
        name: Name of the record.
        unit: ``"mV"`` or ``"sd"``.
        metadata: See ``ECGRecord``.
        notes: What the format did.

    Returns:
        The record. Where it has I and II in millivolt but not all limb leads, the others follow
        at the end, computed from them.

    Raises:
        RecordError: Too short, nothing measured, or amplitudes that are no millivolts.
    """
    check_rate(rate_hz, name)
    if values.shape[1] < MIN_SECONDS * rate_hz:
        msg = (
            f"{name} has {values.shape[1]} samples at {rate_hz:g} Hz, which is "
            f"{values.shape[1] / rate_hz:.3g} s; at least {MIN_SECONDS:g} s are needed."
        )
        raise RecordError(msg)
    said = list(notes)
    # Larger numbers are none that an amplifier gives, and would overflow what follows.
    present = (values > -LARGEST) & (values < LARGEST)
    if not present.any():
        msg = f"{name} holds no number at all, every sample is NaN or missing; check the export."
        raise RecordError(msg)
    if not present.all():
        values[~present] = 0
        share = float(1 - present.mean())
        said.append(f"{share:.1%} of the samples are missing or NaN and are not present.")
    record = ECGRecord(values, tuple(lead_names), rate_hz, present, name, unit, metadata or {})
    code = stuck(record)
    gone = code > 0
    if gone.all():
        msg = f"Every lead of {name} is flat or missing; nothing was measured."
        raise RecordError(msg)
    said += _about_stuck(record, code)
    values[gone] = 0
    record = replace(record, signal=values, present=~gone)
    said += _about_amplitude(record)
    record, derived = _with_derived_leads(record)
    said += derived
    problem = limb_problem(record)
    return replace(record, notes=(*said, problem) if problem else tuple(said))


def _with_derived_leads(record: ECGRecord) -> tuple[ECGRecord, list[str]]:
    """Add the limb leads that a file with I and II leaves out, because they say nothing new.

    Only in millivolt: leads that were scaled one by one do not obey the identities.
    """
    names = record.lead_names
    wanted = [lead for lead in LIMB if lead not in names]
    if record.unit != "mV" or not wanted or not {"I", "II"} <= set(names):
        return record, []
    rows = [names.index("I"), names.index("II")]
    together = record.present[rows].all(axis=0)
    if not together.any():
        return record, []
    known = dict(zip(("I", "II"), record.signal[rows], strict=True))
    derived = np.stack(list(derive_limb_leads(known, wanted).values())).astype(np.float32)
    more = replace(
        record,
        signal=np.concatenate([record.signal, derived * together]),
        present=np.concatenate([record.present, np.tile(together, (len(wanted), 1))]),
        lead_names=(*names, *wanted),
    )
    return more, [f"Computed from I and II, because the file leaves them out: {', '.join(wanted)}."]


def check_rate(rate_hz: float, name: str) -> None:
    """Raise RecordError unless the sampling rate is one that an ECG can have."""
    if not RATE_HZ[0] <= rate_hz <= RATE_HZ[1]:  # NaN is refused too
        msg = (
            f"{name} has a sampling rate of {rate_hz:g} Hz; "
            f"it must lie between {RATE_HZ[0]:g} and {RATE_HZ[1]:g} Hz."
        )
        raise RecordError(msg)


def check_size(n_leads: int, n_samples: int, name: str) -> None:
    """Raise RecordError if so many samples would not fit into memory."""
    if n_leads * n_samples > MAX_VALUES:
        msg = (
            f"{name} declares {n_samples} samples of {n_leads} leads, more than the "
            f"{MAX_VALUES // 10**6} million values that are read; cut it into shorter records."
        )
        raise RecordError(msg)


def _about_stuck(record: ECGRecord, code: NDArray[np.uint8]) -> list[str]:
    """Say what stands still or is saturated; what was not stored is said already."""
    found = [item for item in stretches(record, code) if item.reason != NOT_STORED]
    whole = [lead for lead, row in zip(record.lead_names, code, strict=True) if row.all()]
    lost: dict[str, dict[str, float]] = {}
    for item in found:
        if item.lead not in whole:
            of_reason = lost.setdefault(item.reason, {})
            of_reason[item.lead] = of_reason.get(item.lead, 0.0) + item.stop_s - item.start_s
    still = [lead for lead in whole if any(item.lead == lead for item in found)]
    said = [f"Flat from start to end, so not present: {', '.join(still)}."] if still else []
    for reason, leads in lost.items():
        parts = ", ".join(f"{lead} ({seconds:.2g} s)" for lead, seconds in leads.items())
        said.append(f"{reason.capitalize()} for a while, so not present: {parts}.")
    return said


def _about_amplitude(record: ECGRecord) -> list[str]:
    if record.unit != "mV":
        return []
    spans = [
        float(np.ptp(row[there]))
        for row, there in zip(record.signal, record.present, strict=True)
        if there.any()
    ]
    middle = float(np.median(spans))
    if middle > ABSURD_MV:
        msg = (
            f"The leads of {record.name} span {middle:.0f} mV (median), which no ECG does: wrong "
            f"unit; state the true one, such as uV."
        )
        raise RecordError(msg)
    if middle < TINY_MV:
        return [f"The leads span only {middle * 1e3:.2g} µV (median): the unit may be wrong."]
    return []


_KEYED = re.compile(r"^<?\s*([A-Za-z ]+?)\s*>?\s*[:=]\s*(.*)$")
_HOLTER = re.compile(r"^(\d{1,3})\s+([MF])\b")
_NOTHING = ("", "nan", "unknown", "n/a", "na", "none", "?")


def metadata_of(comments: Sequence[str]) -> dict[str, Any]:
    """Read what a header's comments say of the patient.

    Returns:
        ``age`` (float, years), ``sex`` (``"female"`` or ``"male"``), ``dx`` (codes), ``labels``,
        ``diagnoses`` (lines of text), ``report``, where they are told; and ``comments``, all the
        lines as they stand.
    """
    lines = [line.strip() for line in comments if line.strip()]
    known: dict[str, Any] = {"comments": tuple(lines)} if lines else {}
    diagnoses: list[str] = []
    inside = False
    for line in lines:
        keyed = _KEYED.match(line)
        key, value = (keyed[1].lower(), keyed[2].strip()) if keyed else ("", line)
        if key == "diagnoses":
            inside = True
            diagnoses += [value] if value else []
        elif inside:
            diagnoses.append(line.rstrip(" ."))
        elif holter := _HOLTER.match(line):
            known |= {"age": float(holter[1]), "sex": _sex(holter[2])}
        elif value.lower() not in _NOTHING:
            known |= _fact(key, value)
            if key in ("reason for admission", "additional diagnoses"):
                diagnoses.append(value)
    return known | ({"diagnoses": tuple(diagnoses)} if diagnoses else {})


def _fact(key: str, value: str) -> dict[str, Any]:
    if key == "age":
        number = re.match(r"\d+(\.\d+)?", value)
        return {"age": float(number[0])} if number else {}
    if key == "sex":
        sex = _sex(value)
        return {"sex": sex} if sex else {}
    if key in ("dx", "labels"):
        return {key: tuple(part.strip() for part in value.split(",") if part.strip())}
    return {"report": value} if key == "report" else {}


def _sex(value: str) -> str | None:
    return {"f": "female", "m": "male"}.get(value[:1].lower())
