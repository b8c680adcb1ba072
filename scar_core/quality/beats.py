"""Bands, beats and median beats of a record, at one sampling rate for all records."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scar_core.record import ECGRecord, bridge_gaps

HEART_HZ = 250.0
"""Rate at which beats are looked at."""
HEART_BAND_HZ = (0.5, 40.0)
QRS_BAND_HZ = (8.0, 30.0)
WANDER_HZ = 0.7
"""Below this lies the baseline's wander; the slowest heart's signal lies above it."""
PRE_S, POST_S = 0.3, 0.5
"""A beat is looked at from this long before its QRS complex until this long after it."""
REFRACTORY_S = 0.25
THRESHOLD = 0.3
"""A beat's energy reaches this share of the record's usual largest energy in 1.5 s."""

_PRE, _POST = round(PRE_S * HEART_HZ), round(POST_S * HEART_HZ)


@dataclass(frozen=True)
class Trace:
    """A record seen in bands, at ``HEART_HZ``; gaps are bridged by straight lines.

    Attributes:
        heart: float (lead, sample), 0.5–40 Hz, in the record's unit.
        qrs: float (lead, sample), 8–30 Hz.
        slow: float (lead, sample), below ``WANDER_HZ``, around each lead's mean.
        fast_power: float (lead, second), mean square above 40 Hz.
        at: int (beat,), samples of the QRS complexes.
        beats: float (lead, beat, sample), ``heart`` around the beats that lie inside with all of
            their window; no beats if there are none.
        inner: int (beat,), samples of those.
    """

    heart: NDArray[np.float64]
    qrs: NDArray[np.float64]
    slow: NDArray[np.float64]
    fast_power: NDArray[np.float64]
    at: NDArray[np.int_]
    beats: NDArray[np.float64]
    inner: NDArray[np.int_]


def trace_of(record: ECGRecord, there: NDArray[np.bool_]) -> Trace:
    """Look at a record in bands and find its beats.

    Args:
        record: The record, of any rate and length.
        there: bool (lead, sample), True = measured.
    """
    rate = record.sampling_rate_hz
    signal = record.signal if there.all() else bridge_gaps(record.signal, there)
    heart, qrs, slow, fast = _bands(np.asarray(signal, np.float64), rate)
    seconds = int(np.ceil(record.duration_s))
    fast_power = second_means(np.square(fast), seconds, rate)
    use = there.mean(axis=1) > 0.5
    at = find_beats(qrs[use] if use.any() else qrs)
    inner, beats = _aligned(heart, at)
    return Trace(heart, qrs, slow, fast_power, at, beats, inner)


def _bands(
    signal: NDArray[np.float64], rate: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut a signal into heart, QRS and slow band at ``HEART_HZ``, and what is above at its rate."""
    n = signal.shape[1]
    edge = max(1, round(0.2 * rate))
    first = signal[:, :edge].mean(axis=1, keepdims=True)
    last = signal[:, -edge:].mean(axis=1, keepdims=True)
    # A circular transform would take the difference between the ends for a jump.
    line = first + (last - first) * np.linspace(0.0, 1.0, n)
    spectrum = np.fft.rfft(signal - line, axis=1)
    hz = np.fft.rfftfreq(n, 1 / rate)
    size = max(2, round(n * HEART_HZ / rate))
    kept = min(size // 2 + 1, len(hz))

    def band(gain: NDArray[np.float64]) -> NDArray[np.float64]:
        cut = np.zeros((len(signal), size // 2 + 1), np.complex128)
        cut[:, :kept] = spectrum[:, :kept] * gain[:kept]
        return np.asarray(np.fft.irfft(cut, n=size, axis=1) * (size / n))

    ratio = hz[None] / np.array([[HEART_BAND_HZ[0]], [QRS_BAND_HZ[0]], [WANDER_HZ]])
    with np.errstate(divide="ignore"):
        high = 1 / (1 + np.where(ratio > 0, ratio, 1e-9) ** -4.0)
    low = 1 / (1 + (hz[None] / np.array([[HEART_BAND_HZ[1]], [QRS_BAND_HZ[1]]])) ** 8)
    slow = band(1 - high[2]) + _stretched(line, size)
    fast = np.fft.irfft(spectrum * (1 - low[0]), n=n, axis=1)
    centred = slow - slow.mean(axis=1, keepdims=True)
    return band(high[0] * low[0]), band(high[1] * low[1]), centred, np.asarray(fast)


def _stretched(line: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.asarray(line[:, :1] + (line[:, -1:] - line[:, :1]) * np.linspace(0.0, 1.0, size))


def find_beats(qrs: NDArray[np.float64]) -> NDArray[np.int_]:
    """Find QRS complexes from all leads together.

    Args:
        qrs: (lead, sample), 8–30 Hz at ``HEART_HZ``.

    Returns:
        Samples of the complexes, in order.
    """
    slope = np.diff(qrs, axis=1)
    scale = np.quantile(np.abs(slope), 0.98, axis=1, keepdims=True) + 1e-9
    energy = np.minimum((slope / scale) ** 2, 9).mean(axis=0)
    width = round(0.09 * HEART_HZ)
    energy = np.convolve(energy, np.ones(width) / width, "same")
    block = round(1.5 * HEART_HZ)
    starts = range(0, max(1, len(energy) - block), block)
    usual = np.median([energy[start : start + block].max() for start in starts])
    inner = energy[1:-1]
    peak = (inner >= energy[:-2]) & (inner > energy[2:]) & (inner > THRESHOLD * usual)
    candidates = np.flatnonzero(peak) + 1
    kept: list[int] = []
    gap = REFRACTORY_S * HEART_HZ
    taken = np.zeros(len(energy), np.bool_)
    for at in candidates[np.argsort(-energy[candidates], kind="stable")].tolist():
        if not taken[at]:
            kept.append(at)
            taken[max(0, at - int(gap)) : at + int(gap) + 1] = True
    return np.array(sorted(kept), np.int_)


def _aligned(
    heart: NDArray[np.float64], at: NDArray[np.int_], shift: int = 5, reach: int = 20
) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """Cut out beats, each moved by up to ``shift`` samples to where it fits the median best."""
    margin = max(_PRE, reach) + shift
    inner = at[(at >= margin) & (at < heart.shape[1] - _POST - shift)]
    around = np.arange(-_PRE, _POST)
    if len(inner) < 2:
        return inner[:0], np.zeros((len(heart), 0, len(around)))
    median = np.median(heart[:, inner[:, None] + around[_PRE - reach : _PRE + reach]], axis=1)
    shifts = np.arange(-shift, shift + 1)
    window = np.arange(-reach, reach)
    cut = heart[:, inner[:, None, None] + shifts[:, None] + window]  # (lead, beat, shift, sample)
    inner = inner + shifts[np.argmax(np.einsum("lbst,lt->bs", cut, median), axis=1)]
    return inner, heart[:, inner[:, None] + around]


def second_means(values: NDArray[np.float64], seconds: int, rate_hz: float) -> NDArray[np.float64]:
    """Average (lead, sample) over each second: (lead, second); the last one may be begun only."""
    n = values.shape[1]
    borders = np.minimum(np.ceil(np.arange(seconds) * rate_hz - 1e-6).astype(int), n - 1)
    counts = np.maximum(np.diff(np.append(borders, n)), 1)
    return np.asarray(np.add.reduceat(values, borders, axis=1) / counts)
