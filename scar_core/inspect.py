"""What is in a record and what is absent from it, in figures and in words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LEADS, LIMB, limb_residual, recoverable_limb_leads
from scar_core.quality import NOT_STORED, Quality, assess
from scar_core.record import ECGRecord, limb_problem

_SPANS_SHOWN = 5
_SECONDS_SHOWN = 30
_TOLD = ("age", "sex", "dx", "labels", "diagnoses", "report")


def describe(record: ECGRecord) -> dict[str, Any]:
    """Describe a record as a dict of JSON types.

    Returns:
        ``name unit sampling_rate_hz n_samples duration_s leads missing_leads recoverable_leads
        limb_residual limb_problem quality metadata notes fingerprint``, ``quality`` as of
        ``describe_quality``. ``leads`` has per lead ``name
        present_share min max peak_to_peak absent_spans``: amplitudes in ``unit`` over what was
        measured (None if nothing was), absent spans as [start_s, stop_s] where nothing was
        measured (see ``quality.absent``), ``sqi`` the mean quality figure in 0..1.
        ``missing_leads`` are those of the twelve of which nothing was measured,
        ``recoverable_leads`` the limb leads among them that the others determine.
        ``limb_residual`` is None where it cannot be checked (not millivolt, or a lead missing).
    """
    found = assess(record)
    gone = found.absent
    leads = [_describe_lead(record, row, gone[row]) for row in range(record.n_leads)]
    for lead, figure in zip(leads, found.per_lead().tolist(), strict=True):
        lead["sqi"] = round(figure, 3)
    measured = [lead["name"] for lead in leads if lead["present_share"] > 0]
    return {
        "name": record.name,
        "unit": record.unit,
        "sampling_rate_hz": record.sampling_rate_hz,
        "n_samples": record.n_samples,
        "duration_s": record.duration_s,
        "leads": leads,
        "missing_leads": [lead for lead in LEADS if lead not in measured],
        "recoverable_leads": list(recoverable_limb_leads(measured)) if record.unit == "mV" else [],
        "limb_residual": _residual(record, gone),
        "limb_problem": limb_problem(record),
        "quality": _quality(record, found),
        "metadata": _jsonable(dict(record.metadata)),
        "notes": list(record.notes),
        "fingerprint": record.fingerprint(),
    }


def as_text(description: dict[str, Any]) -> str:
    """Write ``describe``'s dict as lines for people."""
    unit = description["unit"]
    n_leads = len(description["leads"])
    lines = [
        f"{description['name'] or 'Record'}: {n_leads} lead{'s' * (n_leads > 1)}, "
        f"{description['duration_s']:g} s at {description['sampling_rate_hz']:g} Hz "
        f"({description['n_samples']} samples per lead), unit {unit}",
        "",
        f"lead  {'min':>8} {'max':>8} {'range':>8} {unit:<3} present  quality  absent",
    ]
    for lead in description["leads"]:
        figures = (lead["min"], lead["max"], lead["peak_to_peak"])
        shown = " ".join("       –" if x is None else f"{x:8.3f}" for x in figures)
        row = f"{lead['name']:<5} {shown}     {lead['present_share']:7.1%}  {lead['sqi']:7.2f}  "
        lines.append((row + _spans_text(lead["absent_spans"])).rstrip())
    lines.append("")
    for key, label in (("missing_leads", "Not measured"), ("recoverable_leads", "Recoverable")):
        if description[key]:
            lines.append(f"{label}: {', '.join(description[key])}")
    lines.append(f"Limb leads: {_limb_text(description)}")
    quality, problem = description["quality"], description["limb_problem"]
    lines += [f"Absent: {_stretch_text(item)}" for item in _told_stretches(quality)]
    lines += [f"Suspicion: {said}" for said in quality["suspicions"] if said != problem]
    metadata = description["metadata"]
    for key in _TOLD:
        if key in metadata:
            value = metadata[key]
            said = "; ".join(map(str, value)) if isinstance(value, list) else f"{value}"
            lines.append(f"{key.capitalize()}: {said.removesuffix('.0')}")
    lines += [f"Note: {note}" for note in description["notes"] if note != problem]
    return "\n".join(lines)


def describe_quality(record: ECGRecord) -> dict[str, Any]:
    """Describe what ``quality.assess`` says of a record as a dict of JSON types.

    Returns:
        ``name``, ``absent`` (lead, start_s, stop_s, reason each), ``sqi`` (per lead: ``mean`` and
        the figure of each second), ``suspicions``, ``electrodes`` and ``unchecked``.
    """
    return _quality(record, assess(record))


def quality_text(said: dict[str, Any]) -> str:
    """Write ``describe_quality``'s dict as lines for people."""
    lines = [f"{said['name'] or 'Record'}: quality from 0 (no heart to be seen) to 1", "lead  mean"]
    for lead, figures in said["sqi"].items():
        seconds = " ".join(f"{figure:.2f}" for figure in figures["seconds"][:_SECONDS_SHOWN])
        more = " …" if len(figures["seconds"]) > _SECONDS_SHOWN else ""
        lines.append(f"{lead:<5} {figures['mean']:.2f}  by second: {seconds}{more}")
    lines += [f"Absent: {_stretch_text(item)}" for item in said["absent"]] or ["Absent: nothing"]
    lines += [f"Suspicion: {text}" for text in said["suspicions"]] or ["Suspicions: none"]
    return "\n".join(lines + [f"Note: {text}" for text in said["unchecked"]])


def _quality(record: ECGRecord, found: Quality) -> dict[str, Any]:
    means = found.per_lead().tolist()
    return {
        "name": record.name,
        "absent": [item._asdict() for item in found.stretches],
        "sqi": {
            lead: {"mean": round(mean, 3), "seconds": [round(x, 3) for x in row]}
            for lead, mean, row in zip(record.lead_names, means, found.sqi.tolist(), strict=True)
        },
        "suspicions": list(found.suspicions),
        "electrodes": list(found.electrodes),
        "unchecked": list(found.unchecked),
    }


def _told_stretches(quality: dict[str, Any]) -> list[dict[str, Any]]:
    """Leave out what the file itself lacks: the table of leads and the notes say that."""
    return [item for item in quality["absent"] if item["reason"] != NOT_STORED]


def _stretch_text(item: dict[str, Any]) -> str:
    return f"{item['lead']} {item['start_s']:.2f}–{item['stop_s']:.2f} s, {item['reason']}"


def _describe_lead(record: ECGRecord, row: int, gone: NDArray[np.bool_]) -> dict[str, Any]:
    measured = record.signal[row][~gone]
    low, high = (float(measured.min()), float(measured.max())) if measured.size else (None, None)
    rate_hz = record.sampling_rate_hz
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gone, [False]]).astype(np.int8)))
    return {
        "name": record.lead_names[row],
        "present_share": float(np.mean(~gone)),
        "min": low,
        "max": high,
        "peak_to_peak": None if low is None or high is None else high - low,
        "absent_spans": [
            [int(start) / rate_hz, int(stop) / rate_hz]
            for start, stop in zip(edges[::2], edges[1::2], strict=True)
        ],
    }


def _residual(record: ECGRecord, gone: NDArray[np.bool_]) -> float | None:
    if record.unit != "mV" or not set(LIMB) <= set(record.lead_names):
        return None
    rows = [record.lead_names.index(lead) for lead in LIMB]
    together = ~gone[rows].any(axis=0)
    if not together.any():
        return None
    residual = limb_residual(record.signal[rows][:, together])
    return residual if np.isfinite(residual) else None


def _limb_text(description: dict[str, Any]) -> str:
    if description["limb_problem"]:
        return str(description["limb_problem"])
    if description["limb_residual"] is not None:
        return f"obey Einthoven's identities (relative residual {description['limb_residual']:.3f})"
    why = "z-scored" if description["unit"] == "sd" else "not all six were measured together"
    return f"not checked ({why})"


def _spans_text(spans: list[list[float]]) -> str:
    said = [f"{start:.2f}–{stop:.2f} s" for start, stop in spans[:_SPANS_SHOWN]]
    more = len(spans) - _SPANS_SHOWN
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")


def _jsonable(value: object) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [_jsonable(item) for item in value]
    if isinstance(value, np.generic):
        return _jsonable(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)
