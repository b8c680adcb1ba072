"""P, QRS and T of a record: one delineation for all leads together (ours).

QRS complexes are maxima of the speed at which all leads move together; their borders lie where
that speed has died down. T is the largest departure from the level before QRS until the next
beat, P the largest one before QRS, if it comes with the same shape beat after beat. Waves without
a QRS of their own (as in complete heart block) are not looked for. ``delineation_score`` compares
with cardiologists' marks.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.record import ECGRecord, bridge_gaps

Floats = NDArray[np.float64]

RATE_HZ = 250.0
WAVES = ("P", "QRS", "T")

_MIN_RR_S = 0.25
_QUIET = 0.1  # share of a QRS's greatest speed at which it has ended
_P_COHERENT = 0.45  # share of the power before QRS that all beats have in common if there is a P
# Shares of a wave's height at its borders.
_P_RISE, _P_FALL, _T_RISE, _T_FALL = 0.3, 0.42, 0.2, 0.18


@dataclass(frozen=True)
class Wave:
    """One wave, seen in all leads together.

    Attributes:
        kind: ``P``, ``QRS`` or ``T``.
        start_s: Onset.
        peak_s: Largest departure.
        stop_s: End.
    """

    kind: str
    start_s: float
    peak_s: float
    stop_s: float


def _filtered(signal: Floats, low_hz: float, high_hz: float) -> Floats:
    from scipy.signal import butter, sosfiltfilt

    sections = butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
    return np.asarray(sosfiltfilt(sections, signal, axis=1), dtype=np.float64)


def _speed(signal: Floats) -> Floats:
    """Root mean square over leads of the derivative, (T,)."""
    slope = np.gradient(signal, axis=1)
    return np.asarray(np.sqrt((slope**2).mean(axis=0)))


def _smooth(values: Floats, seconds: float) -> Floats:
    width = max(1, round(seconds * RATE_HZ))
    return np.asarray(np.convolve(values, np.ones(width) / width, mode="same"))


def _beats(signal: Floats) -> NDArray[np.intp]:
    """Samples at which QRS complexes are fastest."""
    from scipy.signal import find_peaks

    energy = _smooth(_speed(_filtered(signal, 8.0, 25.0)), 0.08)
    candidates, _ = find_peaks(energy, distance=round(_MIN_RR_S * RATE_HZ))
    if len(candidates) == 0:
        return np.zeros(0, dtype=np.intp)
    seconds = max(1, round(len(energy) / RATE_HZ))
    usual = np.median(np.sort(energy[candidates])[-seconds:])
    return np.asarray(candidates[energy[candidates] > 0.35 * usual])


def _qrs(speed: Floats, beat: int) -> tuple[int, int]:
    """First and last sample of the QRS around a beat."""
    reach = round(0.14 * RATE_HZ)
    low, high = max(0, beat - reach), min(len(speed), beat + reach)
    limit = _QUIET * speed[low:high].max()
    start, stop = beat, beat
    quiet = round(0.016 * RATE_HZ)
    while start > low and (speed[max(0, start - quiet) : start] > limit).any():
        start -= 1
    while stop < high - 1 and (speed[stop + 1 : stop + 1 + quiet] > limit).any():
        stop += 1
    return start, stop


def _hump(height: Floats, offset: int, rise: float, fall: float) -> tuple[int, int, int]:
    """Onset, peak and end of the largest hump of a stretch, as samples of the record."""
    peak = int(np.argmax(height))
    floor_left, floor_right = height[: peak + 1].min(), height[peak:].min()
    start, stop = peak, peak
    while start > 0 and height[start - 1] - floor_left > rise * (height[peak] - floor_left):
        start -= 1
    while (
        stop < len(height) - 1
        and height[stop + 1] - floor_right > fall * (height[peak] - floor_right)
    ):  # fmt: skip
        stop += 1
    return offset + start, offset + peak, offset + stop


def _before(signal: Floats, starts: list[int]) -> tuple[int, float]:
    """Length in samples of the stretch before QRS in which P may lie, and how alike its beats are.

    Alike is the share of the power before QRS that is in the mean over beats.
    """
    rr = np.diff(starts)
    usual = float(np.median(rr)) if len(rr) else RATE_HZ
    length = round(min(0.28 * RATE_HZ, 0.42 * usual))
    stretches = np.array([signal[:, s - length : s] for s in starts if s >= length])
    if len(stretches) < 2:
        return length, 0.0
    stretches = stretches - stretches.mean(axis=2, keepdims=True)
    common = (stretches.mean(axis=0) ** 2).mean()
    # The mean of n unlike beats still keeps 1/n of their power.
    own = (stretches**2).mean()
    share = (common / max(own, 1e-12) - 1 / len(stretches)) / (1 - 1 / len(stretches))
    return length, float(share)


def delineate(record: ECGRecord) -> tuple[Wave, ...]:
    """Find the waves of a record, in the order of their onsets.

    Args:
        record: Any leads, rate and length; what is not present plays no part.
    """
    ready = record.resampled(RATE_HZ)
    there = ready.present.any(axis=1)
    if ready.n_samples < RATE_HZ or not there.any():
        return ()
    signal = _filtered(bridge_gaps(ready.signal[there], ready.present[there]), 0.5, 40.0)
    signal /= np.maximum(np.median(np.abs(signal), axis=1, keepdims=True), 1e-6)
    speed = _smooth(_speed(signal), 0.012)
    borders = [_qrs(speed, int(beat)) for beat in _beats(signal)]
    borders = [one for k, one in enumerate(borders) if k == 0 or one[0] > borders[k - 1][1]]
    if not borders:
        return ()
    waves = [
        Wave("QRS", *_seconds(start, _peak(speed, start, stop), stop)) for start, stop in borders
    ]
    slow = _filtered(signal, 0.5, 15.0)
    length, alike = _before(slow, [start for start, _ in borders])
    ends = [*(start for start, _ in borders[1:]), slow.shape[1]]
    t_stops = []
    for (start, stop), following in zip(borders, ends, strict=True):
        found = _t_wave(slow, start, stop, following, length)
        t_stops.append(found[2] if found else stop)
        if found:
            waves.append(Wave("T", *_seconds(*found)))
    if alike > _P_COHERENT:
        for (start, _), before in zip(borders, [0, *t_stops[:-1]], strict=True):
            found = _p_wave(slow, start, before, length)
            if found:
                waves.append(Wave("P", *_seconds(*found)))
    return tuple(sorted(waves, key=lambda wave: wave.start_s))


def _seconds(start: int, peak: int, stop: int) -> tuple[float, float, float]:
    return round(start / RATE_HZ, 3), round(peak / RATE_HZ, 3), round(stop / RATE_HZ, 3)


def _peak(speed: Floats, start: int, stop: int) -> int:
    """Middle of the fast movement: its centre of gravity."""
    weight = speed[start : stop + 1]
    return start + round(float((weight * np.arange(len(weight))).sum() / weight.sum()))


def _t_wave(
    slow: Floats, start: int, stop: int, following: int, before: int
) -> tuple[int, int, int] | None:
    first = stop + round(0.06 * RATE_HZ)
    rr = following - start
    last = min(following - round(0.3 * min(before, rr / 3)), start + round(0.62 * RATE_HZ))
    last = min(last, start + round(0.75 * rr)) if rr > 0.5 * RATE_HZ else last
    if last - first < 0.08 * RATE_HZ or last > slow.shape[1]:
        return None
    level = slow[:, max(0, start - round(0.02 * RATE_HZ)) : start + 1].mean(axis=1, keepdims=True)
    height = np.sqrt(((slow[:, first:last] - level) ** 2).mean(axis=0))
    return _hump(_smooth_same(height, 0.03), first, _T_RISE, _T_FALL)


def _p_wave(slow: Floats, start: int, t_stop: int, length: int) -> tuple[int, int, int] | None:
    first, last = max(start - length, t_stop), start - round(0.012 * RATE_HZ)
    if last - first < 0.06 * RATE_HZ:
        return None
    stretch = slow[:, first:last]
    ends = stretch[:, [0, -1]]
    line = ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * np.linspace(0, 1, stretch.shape[1])
    height = np.sqrt(((stretch - line) ** 2).mean(axis=0))
    return _hump(_smooth_same(height, 0.02), first, _P_RISE, _P_FALL)


def _smooth_same(values: Floats, seconds: float) -> Floats:
    """Smooth without drawing the ends towards zero."""
    width = max(1, round(seconds * RATE_HZ) // 2)
    padded = np.pad(values, width, mode="edge")
    return np.asarray(np.convolve(padded, np.ones(2 * width + 1) / (2 * width + 1), mode="valid"))


def wave_shares(waves: tuple[Wave, ...], patches: int, patch_s: float) -> dict[str, Floats]:
    """Share of each patch that each kind of wave takes; with ``"other"`` they add up to 1.

    Args:
        waves: Of one record.
        patches: Number of patches (N).
        patch_s: Seconds of one patch.

    Returns:
        (N,) for each of P, QRS, T and other. Where waves overlap, the later kind of ``WAVES``
        counts.
    """
    fine = 50  # steps in a patch
    kind = np.zeros(patches * fine, dtype=np.int8)
    at = (np.arange(len(kind)) + 0.5) * patch_s / fine
    for code, name in enumerate(WAVES, start=1):
        for wave in waves:
            if wave.kind == name:
                kind[(at >= wave.start_s) & (at < wave.stop_s)] = code
    counts = [(kind.reshape(patches, fine) == code).sum(axis=1) for code in range(4)]
    shares = dict(zip(("other", *WAVES), (count / fine for count in counts), strict=True))
    return {name: shares[name] for name in (*WAVES, "other")}


def intervals(waves: tuple[Wave, ...]) -> dict[str, Any]:
    """Heart rate and number of waves, for people."""
    at = [wave.peak_s for wave in waves if wave.kind == "QRS"]
    gaps = [later - earlier for earlier, later in pairwise(at)]
    rate = 60 / float(np.median(gaps)) if gaps else None
    return {
        "rate_bpm": rate,
        **{kind: sum(wave.kind == kind for wave in waves) for kind in WAVES},
    }
