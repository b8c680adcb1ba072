"""What of a record was not measured, and why: stuck, saturated and disconnected leads.

Every threshold has a name and is stated here. Runs of equal samples (``stuck``) are certain and
cheap; what hums or rests without a heartbeat (``silent``) needs the spectrum and the other leads.
"""

from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LIMB, RESIDUAL_LIMIT, limb_residual
from scar_core.quality.beats import HEART_HZ, Trace, trace_of
from scar_core.record import ECGRecord

FLAT_SECONDS = 1.0
"""A constant run at least this long is taken for "not measured"."""
FLAT_STEP = 1e-6
"""Neighbouring samples that differ by at most this (in the record's unit) count as constant."""
STILL_SECONDS = 0.25
"""All of at least ``STILL_LEADS`` leads constant at once for this long: padding or a pause."""
STILL_LEADS = 3
RAIL_SECONDS = 0.012
"""A run at a lead's highest or lowest value at least this long, and of at least three samples,
is saturation, if the signal runs into and out of it steeply or it is ``LONG_RAIL_SECONDS`` long."""
LONG_RAIL_SECONDS = 0.1
RAIL_CORNER = 10.0
"""Steep: over two samples the signal moves by this many times the lead's smallest step."""
RAIL_LEVEL = 0.25
"""A rail lies at least this share of the lead's range away from its median: the resting line of
a lead that only points one way is none."""
MAINS_HZ = (50.0, 60.0)
MAINS_SHARE = 0.9
"""Share of the power above 1 Hz that lies within 2 Hz of the mains or its harmonics, from which
a second is called hum."""
HUM_SECONDS = 2.0
"""Hum must last this long: the pause between two beats of a slow heart may hold nothing else."""
MAINS_RATE_HZ = 130.0
"""Below this sampling rate hum cannot be told from other signals."""
QUIET_SHARE = 0.15
"""A second has no heart in it if its rms within 3–30 Hz is at most this share of the median over
the other leads, or at most ``QUIET_MV``."""
QUIET_MV = 0.015
BEAT_RATIO = 1.25
"""A lead has no heartbeat if its rms (8–30 Hz) at the beats is less than this many times its rms
between them, while the median lead has at least ``CLEAR_RATIO`` (and ``CLEAR_BEATS`` beats)."""
CLEAR_RATIO = 3.0
CLEAR_BEATS = 4

NOT_STORED = "not stored"
PADDED = "zero padding"
FLAT = "flat"
SATURATED = "saturated"
HUM = "mains hum only, as of a disconnected electrode"
SILENT = "no heartbeat, though other leads show one"
REASONS = (NOT_STORED, PADDED, FLAT, SATURATED, HUM, SILENT)
"""Every reason; where several hold, the first one is told."""


class Stretch(NamedTuple):
    """A stretch of a lead that was not measured: ``start_s`` ≤ t < ``stop_s``, and why."""

    lead: str
    start_s: float
    stop_s: float
    reason: str


def stuck(record: ECGRecord) -> NDArray[np.uint8]:
    """Find what was not stored, stands still or is saturated.

    Returns:
        uint8 (lead, sample): 0 = measured, else 1 + the place of the reason in ``REASONS``.
    """
    signal, rate = record.signal, record.sampling_rate_hz
    n = record.n_samples
    code = np.zeros(signal.shape, np.uint8)
    # Lead by lead: all at once would take three times the memory of the record.
    equal = np.stack([np.abs(np.diff(lead)) <= FLAT_STEP for lead in signal])
    for row, run in _runs(equal, min(n, max(2, ceil(FLAT_SECONDS * rate)))):
        _mark(code, row, run, FLAT)
    # Leads that were never there say nothing about whether the rest stands still.
    told = [row for row in range(len(signal)) if not (code[row] > 0).all()]
    if len(told) >= STILL_LEADS:
        still = np.asarray(equal[told].all(axis=0, keepdims=True))
        for _, (start, stop) in _runs(still, max(3, ceil(STILL_SECONDS * rate))):
            edge = start == 0 or stop == n
            zero = not signal[:, start:stop].any()
            reason = 1 + REASONS.index(PADDED if edge and zero else FLAT)
            # A lead may have come to rest a sample earlier than the others.
            beside = slice(max(0, start - 3), min(n, stop + 3))
            rested = code[:, beside] == 1 + REASONS.index(FLAT)
            code[:, beside] = np.where(rested, reason, code[:, beside])
            code[:, start:stop] = reason
    for row, lead in enumerate(signal):
        for run in _rails(lead, record.present[row] & (code[row] == 0), rate):
            _mark(code, row, run, SATURATED)
    code[~record.present] = 1 + REASONS.index(NOT_STORED)
    return code


def silent(record: ECGRecord, code: NDArray[np.uint8], trace: Trace) -> NDArray[np.uint8]:
    """Add what holds no heart: seconds of hum, and leads without a heartbeat.

    A limb lead that agrees with the other five is left alone: that it is nearly flat is then a
    measurement (see ``electrodes``).

    Args:
        record: The record.
        code: As of ``stuck``.
        trace: The record's bands and beats.

    Returns:
        A copy of ``code`` with the additions.
    """
    code = code.copy()
    if record.unit != "mV":
        return code  # without amplitudes a quiet lead looks like any other
    spared = _confirmed_limb(record, code)
    asked = np.array([lead not in spared for lead in record.lead_names])
    windows = _lasting(_hum(record))
    rate = record.sampling_rate_hz
    size = round(rate)
    for row, window in np.argwhere(windows & asked[:, None]).tolist():
        start = window * (size // 2)
        last = window == windows.shape[1] - 1
        _mark(code, row, (start, record.n_samples if last else start + size), HUM)
    for row in np.flatnonzero(_beatless(code, trace) & asked).tolist():
        _mark(code, row, (0, record.n_samples), SILENT)
    return code


def find_absent(record: ECGRecord, trace: Trace | None = None) -> NDArray[np.uint8]:
    """Find all that was not measured; codes as of ``stuck``."""
    code = stuck(record)
    return silent(record, code, trace or trace_of(record, code == 0))


def stretches(record: ECGRecord, code: NDArray[np.uint8]) -> tuple[Stretch, ...]:
    """List what was not measured, lead by lead, in order of time."""
    rate = record.sampling_rate_hz
    found = []
    for lead, row in zip(record.lead_names, code, strict=True):
        borders = np.flatnonzero(np.diff(row, prepend=row[0])).tolist()
        for start, stop in zip([0, *borders], [*borders, len(row)], strict=True):
            if row[start]:
                found.append(Stretch(lead, start / rate, stop / rate, REASONS[row[start] - 1]))
    return tuple(found)


def _runs(equal: NDArray[np.bool_], shortest: float) -> list[tuple[int, tuple[int, int]]]:
    """List runs of at least so many equal samples as (row, (start, stop)).

    Args:
        equal: bool (row, n − 1), True = a sample equals the next one.
        shortest: Least samples of a run.
    """
    found = []
    for row, same in enumerate(equal):
        edges = np.flatnonzero(np.diff(np.pad(same, 1).view(np.int8)))
        starts, stops = edges[::2], edges[1::2] + 1  # a run of k equal steps holds k + 1 samples
        for at in np.flatnonzero(stops - starts >= shortest):
            found.append((row, (int(starts[at]), int(stops[at]))))
    return found


def _mark(code: NDArray[np.uint8], row: int, run: tuple[int, int], reason: str) -> None:
    part = code[row, run[0] : run[1]]
    part[part == 0] = 1 + REASONS.index(reason)


def _rails(
    lead: NDArray[np.float32], there: NDArray[np.bool_], rate: float
) -> list[tuple[int, int]]:
    """Find runs (start, stop) at the highest and lowest value that a recorder's rails explain."""
    seen = lead[there]
    if seen.size < 3 or np.ptp(seen) <= FLAT_STEP:
        return []
    low, high = float(seen.min()), float(seen.max())
    candidates = []
    for level in (low, high):
        at = there & (np.abs(lead - np.float32(level)) <= FLAT_STEP)
        edges = np.flatnonzero(np.diff(np.pad(at, 1).view(np.int8)))
        starts, stops = edges[::2], edges[1::2]
        long = stops - starts >= max(3, RAIL_SECONDS * rate)
        if long.any() and abs(level - np.median(seen)) >= RAIL_LEVEL * (high - low):
            candidates += list(zip(starts[long].tolist(), stops[long].tolist(), strict=True))
    if not candidates:
        return []
    steps = np.abs(np.diff(lead))
    corner = RAIL_CORNER * float(np.quantile(steps[steps > FLAT_STEP], 0.05))
    return [
        (start, stop)
        for start, stop in candidates
        if stop - start >= LONG_RAIL_SECONDS * rate
        or (
            # Over two samples: a single step may just happen to end at the rail.
            (start < 2 or abs(lead[start - 2] - lead[start]) >= corner)
            and (stop > len(lead) - 2 or abs(lead[stop + 1] - lead[stop - 1]) >= corner)
        )
    ]


def _hum(record: ECGRecord) -> NDArray[np.bool_]:
    """Find seconds (lead, window) that are mains and nothing of a heart; every half second one."""
    rate, n = record.sampling_rate_hz, record.n_samples
    size = round(rate)
    if rate < MAINS_RATE_HZ or n < size:
        return np.zeros((record.n_leads, 0), np.bool_)
    cut = np.lib.stride_tricks.sliding_window_view(record.signal, size, axis=1)[:, :: size // 2]
    window = np.hanning(size).astype(np.float32)
    spectrum = np.fft.rfft((cut - cut.mean(axis=2, keepdims=True)) * window, axis=2)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    power *= 2 / (size * np.square(window).sum())  # sums to the mean square
    hz = np.fft.rfftfreq(size, 1 / rate)
    lines = [k * mains for mains in MAINS_HZ for k in (1, 2, 3)]
    folded = [abs((line + rate / 2) % rate - rate / 2) for line in lines]  # where aliases fall
    mains = np.any([np.abs(hz - line) <= 2 for line in folded], axis=0)
    above = hz > 1.5  # the window spreads what is slower up to here
    total = power[..., above].sum(-1)
    hum = power[..., mains & above].sum(-1)
    heart = np.sqrt(power[..., (hz >= 3) & (hz <= 30) & ~mains].sum(-1))
    usual = np.median(heart, axis=0)
    quiet = heart <= np.maximum(QUIET_SHARE * usual, QUIET_MV)
    return np.asarray((hum >= MAINS_SHARE * total) & (hum > 0) & quiet)


def _lasting(windows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep runs of windows (lead, window), half a second apart, that span ``HUM_SECONDS``."""
    kept = np.zeros_like(windows)
    edges = np.diff(np.pad(windows, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    for row, start, stop in zip(*np.nonzero(edges == 1), np.nonzero(edges == -1)[1], strict=True):
        kept[row, start:stop] = (stop - start - 1) / 2 + 1 >= HUM_SECONDS
    return kept


def _beatless(code: NDArray[np.uint8], trace: Trace) -> NDArray[np.bool_]:
    """Find leads (lead,) that are mostly measured and hold no heartbeat where others do."""
    none = np.zeros(len(code), np.bool_)
    there = (code == 0).mean(axis=1) > 0.5
    if len(trace.at) < CLEAR_BEATS or there.sum() < 2:
        return none
    power = np.square(trace.qrs)
    near = np.zeros(power.shape[1], np.bool_)
    far = np.ones(power.shape[1], np.bool_)
    reach, wide = round(0.06 * HEART_HZ), round(0.16 * HEART_HZ)
    for beat in trace.at:
        near[max(0, beat - reach) : beat + reach + 1] = True
        far[max(0, beat - wide) : beat + wide + 1] = False
    if far.sum() < HEART_HZ / 2:
        return none
    ratio = np.sqrt(power[:, near].mean(axis=1) / np.maximum(power[:, far].mean(axis=1), 1e-12))
    if np.median(ratio[there]) < CLEAR_RATIO:
        return none
    return np.asarray(there & (ratio < BEAT_RATIO))


def _confirmed_limb(record: ECGRecord, code: NDArray[np.uint8]) -> frozenset[str]:
    """Return the limb leads if all six are there and obey the identities."""
    if not set(LIMB) <= set(record.lead_names):
        return frozenset()
    rows = [record.lead_names.index(lead) for lead in LIMB]
    together = (code[rows] == 0).all(axis=0)
    if together.sum() < 2:
        return frozenset()
    residual = limb_residual(record.signal[rows][:, together])
    return frozenset(LIMB) if residual <= RESIDUAL_LIMIT else frozenset()
