"""Rate, PR, QRS, QT and QTc from whatever of a record can be seen, with how sure they are (ours).

Each is the median over the beats that can be seen whole. Two spreads stand beside it: the middle
half of the beats, and the middle half of the same measurement made in each lead by itself. How far
such medians lie from those of cardiologists' marks is in ``ERRORS``, for twelve leads and for fewer
(``measurement_errors`` computes it). QTc is Fridericia's, QT / RR^(1/3), with RR in seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LEADS
from scar_core.quality.delineate import Wave, delineate
from scar_core.record import ECGRecord

Floats = NDArray[np.float64]
Range = tuple[float, float]

NAMES = ("rate", "PR", "QRS", "QT", "QTc")
UNITS = {"rate": "/min", "PR": "ms", "QRS": "ms", "QT": "ms", "QTc": "ms"}
LEAST_BEATS = 3
"""Fewer whole beats than this are no measurement."""
LEAST_LEAD_S = 3.0
"""A lead that shows less than this is not measured by itself."""
MARGIN_S = 0.05
"""So much around a beat must be visible, too."""
ERRORS: dict[int, dict[str, Range]] = {
    12: {"rate": (0.1, 2.3), "PR": (5.4, 11.6), "QRS": (-8.0, 12.2), "QT": (-17.8, 29.0),
         "QTc": (-18.0, 30.6)},
    6: {"rate": (0.1, 2.0), "PR": (5.3, 11.8), "QRS": (-9.0, 12.6), "QT": (-15.1, 31.3),
         "QTc": (-15.3, 33.1)},
    3: {"rate": (0.0, 1.5), "PR": (7.1, 15.7), "QRS": (-11.6, 13.6), "QT": (-22.5, 36.1),
         "QTc": (-23.2, 38.1)},
    2: {"rate": (0.1, 2.0), "PR": (2.0, 21.5), "QRS": (-13.6, 13.5), "QT": (-12.8, 42.3),
         "QTc": (-12.9, 44.6)},
    1: {"rate": (0.6, 5.8), "PR": (-8.3, 29.3), "QRS": (-18.7, 14.8), "QT": (-21.1, 50.0),
         "QTc": (-20.8, 53.3)},
}  # fmt: skip
"""By number of leads, drawn at random: mean and standard deviation over LUDB's records 21 to 200 of
our value minus the cardiologists' (``measurement_errors`` prints them again)."""


@dataclass(frozen=True)
class Measured:
    """One measurement.

    Attributes:
        name: One of ``NAMES``.
        unit: Of all values here.
        value: Median over the beats; None where it cannot be measured.
        beats: How many beats (for the rate, intervals between beats) it rests on.
        over_beats: Their middle half (first and third quartile).
        leads: How many leads could be measured by themselves.
        over_leads: Middle half of the medians of the single leads; None below two leads.
        why_not: Why there is no value; empty if there is one.
    """

    name: str
    unit: str
    value: float | None
    beats: int = 0
    over_beats: Range | None = None
    leads: int = 0
    over_leads: Range | None = None
    why_not: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def measure(record: ECGRecord) -> tuple[Measured, ...]:
    """Measure a record; what is not present plays no part.

    Args:
        record: Any leads, rate and length; see ``as_seen`` for one of which parts are hidden.
    """
    values, why = _values(record)
    alone: dict[str, list[float]] = {name: [] for name in NAMES}
    for row in range(record.n_leads):
        if record.present[row].sum() < LEAST_LEAD_S * record.sampling_rate_hz:
            continue
        single = _values(record.in_order((record.lead_names[row],)))[0]
        for name, found in single.items():
            if len(found) >= LEAST_BEATS:
                alone[name].append(float(np.median(found)))
    return tuple(_measured(name, values[name], why[name], alone[name]) for name in NAMES)


def as_seen(record: ECGRecord, visible: NDArray[np.bool_]) -> ECGRecord:
    """Return the record with only what is visible present.

    Args:
        record: The record, with recovered leads filled in.
        visible: Bool (lead, sample), as ``missing.apply`` returns it.
    """
    return replace(record, present=visible)


def _measured(name: str, values: Floats, why: str, alone: Sequence[float]) -> Measured:
    leads = len(alone)
    between = _middle_half(alone) if leads > 1 else None
    if why:
        return Measured(name, UNITS[name], None, len(values), None, leads, between, why)
    middle = float(np.median(values))
    return Measured(
        name, UNITS[name], middle, len(values), _middle_half(values), leads, between, ""
    )


def _middle_half(values: Sequence[float] | Floats) -> Range:
    low, high = np.quantile(np.asarray(values), (0.25, 0.75))
    return float(low), float(high)


def _values(record: ECGRecord) -> tuple[dict[str, Floats], dict[str, str]]:
    """Every beat's measurements, and for each why it cannot be told (empty if it can)."""
    waves, seen = _lit(record)
    beats = [beat for beat in _beats(waves) if seen(beat[0].start_s, beat[0].stop_s)]
    gaps = [
        later[0].peak_s - earlier[0].peak_s
        for earlier, later in pairwise(beats)
        if seen(earlier[0].start_s, later[0].stop_s)
    ]
    pr = [
        1e3 * (qrs.start_s - p.start_s) for qrs, p, _ in beats if p and seen(p.start_s, qrs.stop_s)
    ]
    qt = [
        1e3 * (t.stop_s - qrs.start_s) for qrs, _, t in beats if t and seen(qrs.start_s, t.stop_s)
    ]
    rr = float(np.median(gaps)) if gaps else float("nan")
    values = {
        "rate": 60 / np.asarray(gaps, np.float64),
        "PR": np.asarray(pr, np.float64),
        "QRS": np.asarray([1e3 * (qrs.stop_s - qrs.start_s) for qrs, _, _ in beats], np.float64),
        "QT": np.asarray(qt, np.float64),
        "QTc": np.asarray(qt, np.float64) / rr ** (1 / 3),
    }
    return values, _reasons(values, len(beats))


def _lit(record: ECGRecord) -> tuple[list[Wave], Callable[[float, float], bool]]:
    """Find waves stretch by stretch of what any lead shows; and whether a stretch is all shown.

    A long bridge over what is hidden would set the size of a beat for the whole record.
    """
    rate = record.sampling_rate_hz
    lit: NDArray[np.bool_] = np.asarray(record.present.any(axis=0))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], lit.astype(np.int8), [0]))))
    waves = []
    for start, stop in edges.reshape(-1, 2).tolist():
        part = replace(
            record, signal=record.signal[:, start:stop], present=record.present[:, start:stop]
        )
        shift = start / rate
        waves += [
            Wave(one.kind, one.start_s + shift, one.peak_s + shift, one.stop_s + shift)
            for one in delineate(part)
        ]

    def seen(start_s: float, stop_s: float) -> bool:
        first, last = (start_s - MARGIN_S) * rate, (stop_s + MARGIN_S) * rate
        inside = first >= 0 and last < len(lit)
        return inside and bool(lit[int(first) : int(last) + 1].all())

    return waves, seen


def _beats(waves: Sequence[Wave]) -> list[tuple[Wave, Wave | None, Wave | None]]:
    """Each QRS with the P before it and the T after it, where there are any."""
    found = []
    complexes = [wave for wave in waves if wave.kind == "QRS"]
    borders = [0.0, *(wave.stop_s for wave in complexes)]
    starts = [*(wave.start_s for wave in complexes[1:]), np.inf][: len(complexes)]
    for qrs, before, after in zip(complexes, borders[:-1], starts, strict=True):
        p = [w for w in waves if w.kind == "P" and before <= w.start_s < qrs.start_s]
        t = [w for w in waves if w.kind == "T" and qrs.stop_s <= w.start_s < after]
        found.append((qrs, p[-1] if p else None, t[0] if t else None))
    return found


def _reasons(values: dict[str, Floats], beats: int) -> dict[str, str]:
    few = f"{beats} whole beats can be seen and {LEAST_BEATS} are needed"
    reasons = {
        "rate": "" if len(values["rate"]) >= LEAST_BEATS - 1 else few,
        "QRS": "" if beats >= LEAST_BEATS else few,
        "PR": few if beats < LEAST_BEATS else "",
        "QT": few if beats < LEAST_BEATS else "",
    }
    if not reasons["PR"] and 2 * len(values["PR"]) < beats:
        reasons["PR"] = "no P wave comes at the same place beat after beat"
    if not reasons["QT"] and len(values["QT"]) < LEAST_BEATS:
        reasons["QT"] = "no end of a T wave can be seen"
    return reasons | {"QTc": reasons["QT"] or reasons["rate"]}


def error_of(n_leads: int) -> tuple[int, dict[str, Range]]:
    """Return the errors that are known for at most so many visible leads, and for how many."""
    known = max((n for n in ERRORS if n <= max(n_leads, min(ERRORS))), default=min(ERRORS))
    return known, ERRORS[known]


def measurement_errors(
    headers: Iterable[Path], n_leads: int, seed: int = 0
) -> dict[str, tuple[float, float, int]]:
    """Compare with cardiologists' marks in LUDB: per record, our median minus theirs.

    Theirs is the median over the leads of each lead's median over its marked beats.

    Args:
        headers: The ``.hea`` files, with the marks beside them.
        n_leads: How many leads to show, drawn at random for each record.
        seed: Of the draw.

    Returns:
        Mean and standard deviation of the difference and number of records, by ``NAMES``.
    """
    from scar_core.formats import open_record

    rng = np.random.default_rng(seed)
    differences: dict[str, list[float]] = {name: [] for name in NAMES}
    for header in headers:
        record = open_record(header).in_order()
        rows = rng.choice(record.n_leads, n_leads, replace=False)
        seen = record.in_order(tuple(record.lead_names[row] for row in np.sort(rows)))
        values, why = _values(seen)
        for name, theirs in marked(header).items():
            if not why[name]:
                differences[name].append(float(np.median(values[name])) - theirs)
    return {
        name: (float(np.mean(all_)), float(np.std(all_)), len(all_))
        for name, all_ in differences.items()
        if all_
    }


def marked(header: Path) -> dict[str, float]:
    """Return the cardiologists' measurements of a LUDB record, those that their marks allow.

    Raises:
        DatasetError: The marks cannot be read.
    """
    from scar_core.analysis.delineation_score import annotated

    each: dict[str, list[float]] = {name: [] for name in NAMES}
    for lead in LEADS:
        beats = _beats(annotated(header, lead.lower()))
        gaps = [later[0].peak_s - earlier[0].peak_s for earlier, later in pairwise(beats)]
        qt = [1e3 * (t.stop_s - qrs.start_s) for qrs, _, t in beats if t]
        rr = float(np.median(gaps)) if gaps else float("nan")
        own = {
            "rate": [60 / gap for gap in gaps],
            "PR": [1e3 * (qrs.start_s - p.start_s) for qrs, p, _ in beats if p],
            "QRS": [1e3 * (qrs.stop_s - qrs.start_s) for qrs, _, _ in beats],
            "QT": qt,
            "QTc": [value / rr ** (1 / 3) for value in qt],
        }
        for name, values in own.items():
            if len(values) >= LEAST_BEATS - (name == "rate"):
                each[name].append(float(np.median(values)))
    return {name: float(np.median(values)) for name, values in each.items() if values}
