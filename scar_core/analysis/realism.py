"""What of a record the simulator has to get right: amplitudes, intervals, spectrum and noise.

Every source is measured by the same code, so that what the delineation gets wrong, it gets wrong
everywhere alike. Levels are those of the PR segment: the mean of the 20 ms before QRS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.leads import LEADS
from scar_core.quality.delineate import WAVES, Wave, delineate
from scar_core.record import ECGRecord, bridge_gaps

Floats = NDArray[np.float64]

RATE_HZ = 500.0
BANDS_HZ = ((0.5, 5.0), (5.0, 15.0), (15.0, 40.0), (40.0, 100.0))
WANDER_HZ = 0.5
RESIDUAL_HZ = 20.0
MAINS_HZ = (50.0, 60.0)

_LEVEL = 10  # samples: 20 ms, a whole period of 50 Hz
_CLEAR = 20  # samples between a wave and the rest between beats
_LEAST_REST = 100  # samples of rest that a record needs
_FLAT_MV = 1e-6


@dataclass(frozen=True)
class Quantity:
    """One thing that is measured.

    Attributes:
        name: As in tables.
        group: Heading that it stands under.
        unit: Its unit.
        by_lead: One value for each of ``LEADS``, or one for the record.
        digits: After the point, in tables.
    """

    name: str
    group: str
    unit: str
    by_lead: bool
    digits: int


def _band_name(low: float, high: float) -> str:
    return f"{low:g}–{high:g} Hz"


QUANTITIES = (
    *(Quantity(name, "amplitude", "mV", True, 3) for name in ("R", "S", "T", "P", "RMS")),
    Quantity("RR mean", "interval", "ms", False, 0),
    Quantity("RR variation", "interval", "%", False, 1),
    *(Quantity(name, "interval", "ms", False, 0) for name in ("PR", "QRS", "QT", "QTc")),
    *(Quantity(f"{name} axis", "axis", "°", False, 0) for name in WAVES),
    *(Quantity(_band_name(*band), "spectrum", "%", True, 1) for band in BANDS_HZ),
    Quantity("wander", "noise", "µV", False, 1),
    *(Quantity(f"mains {hz:g} Hz", "noise", "µV", False, 2) for hz in MAINS_HZ),
    Quantity("residual", "noise", "µV", False, 2),
)
"""Everything that ``measure`` returns, in the order of tables."""


@dataclass(frozen=True)
class Beat:
    """A QRS complex with the P before it and the T after it, where they were found."""

    qrs: Wave
    p: Wave | None
    t: Wave | None


def beats_of(waves: Sequence[Wave]) -> list[Beat]:
    """Put the waves of a record together to beats, in order."""
    complexes = [wave for wave in waves if wave.kind == "QRS"]
    stops = [0.0, *(wave.stop_s for wave in complexes)]
    starts = [*(wave.start_s for wave in complexes), float("inf")]
    beats = []
    for number, qrs in enumerate(complexes):
        before = [w for w in waves if w.kind == "P" and stops[number] <= w.peak_s < qrs.start_s]
        after = [w for w in waves if w.kind == "T" and qrs.stop_s <= w.peak_s < starts[number + 1]]
        beats.append(Beat(qrs, before[-1] if before else None, after[0] if after else None))
    return beats


def measure(record: ECGRecord) -> dict[str, Floats]:
    """Measure a record.

    Args:
        record: In millivolt; any rate and length, but what it cannot show (above half its rate)
            counts as silence.

    Returns:
        By name of ``QUANTITIES``: ``(12,)`` in the order of ``LEADS``, or ``(1,)``. NaN is what
        cannot be measured: leads that are flat or mostly absent, waves that are not there.

    Raises:
        RecordError: The record has no millivolts.
    """
    if record.unit != "mV":
        msg = (
            f"Record {record.name!r} is in units of {record.unit}, which has no amplitudes to "
            "compare; give a record in mV."
        )
        raise RecordError(msg)
    ready = record.in_order().resampled(RATE_HZ)
    signal = bridge_gaps(ready.signal, ready.present)
    silent = (ready.present.mean(axis=1) < 0.5) | (signal.std(axis=1) < _FLAT_MV)
    waves = delineate(ready)
    beats = beats_of(waves)
    found = amplitudes(signal, beats) | spectrum(signal)
    found["residual"] = residual(signal, rests(waves, signal.shape[1]))
    for values in found.values():
        values[silent] = np.nan
    found |= intervals(beats)
    for name, net_mv in (("P", found["P"]), ("QRS", found["R"] - found["S"]), ("T", found["T"])):
        found[f"{name} axis"] = axis(net_mv)
    for name in (one.name for one in QUANTITIES if not one.by_lead):
        if found[name].size > 1:
            there = found[name][np.isfinite(found[name])]
            found[name] = _one(float(np.median(there)) if there.size else np.nan)
    return found


def _one(value: float) -> Floats:
    return np.array([value], dtype=np.float64)


def _at(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def amplitudes(signal: Floats, beats: Sequence[Beat]) -> dict[str, Floats]:
    """Measure the waves' peaks, the median over beats.

    Args:
        signal: (lead, sample), mV, at ``RATE_HZ``.
        beats: Of all leads together.

    Returns:
        R: the highest point of QRS over the level; S: how deep its lowest point is (a Q wave where
        that is deeper); T and P: the largest departure with its sign, smoothed over 20 ms; each
        (lead,), NaN where fewer than two beats have the wave.
    """
    from scipy.ndimage import uniform_filter1d

    smooth = uniform_filter1d(signal, _LEVEL, axis=1)
    peaks: dict[str, list[Floats]] = {"R": [], "S": [], "T": [], "P": []}
    for beat in beats:
        start, stop = _at(beat.qrs.start_s), _at(beat.qrs.stop_s)
        if start < _LEVEL:
            continue
        level = signal[:, start - _LEVEL : start].mean(axis=1)
        complex_mv = signal[:, start : stop + 1] - level[:, None]
        peaks["R"].append(complex_mv.max(axis=1).clip(min=0))
        peaks["S"].append((-complex_mv.min(axis=1)).clip(min=0))
        for name, wave in (("T", beat.t), ("P", beat.p)):
            if wave is not None:
                stretch = smooth[:, _at(wave.start_s) : _at(wave.stop_s) + 1] - level[:, None]
                largest = np.abs(stretch).argmax(axis=1)
                peaks[name].append(stretch[np.arange(len(stretch)), largest])
    nothing = np.full(len(signal), np.nan)
    return {
        name: np.median(values, axis=0) if len(values) > 1 else nothing.copy()
        for name, values in peaks.items()
    }


def intervals(beats: Sequence[Beat]) -> dict[str, Floats]:
    """Measure a record's intervals, each ``(1,)``: medians over beats, ms.

    RR is a mean, its variation the standard deviation in percent of it, from three intervals on.
    QTc is Fridericia's: QT over the cube root of the mean RR in seconds.
    """

    def middle(values: Sequence[float]) -> float:
        return 1000 * float(np.median(values)) if len(values) > 1 else np.nan

    rr = np.array([b.qrs.peak_s - a.qrs.peak_s for a, b in pairwise(beats)])
    mean = float(rr.mean()) if rr.size else np.nan
    qt = middle([beat.t.stop_s - beat.qrs.start_s for beat in beats if beat.t])
    found = {
        "RR mean": 1000 * mean,
        "RR variation": 100 * float(rr.std(ddof=1)) / mean if rr.size > 2 else np.nan,
        "PR": middle([beat.qrs.start_s - beat.p.start_s for beat in beats if beat.p]),
        "QRS": middle([beat.qrs.stop_s - beat.qrs.start_s for beat in beats]),
        "QT": qt,
        "QTc": qt / mean ** (1 / 3),
    }
    return {name: _one(value) for name, value in found.items()}


def axis(net_mv: Floats) -> Floats:
    """Return the frontal axis ``(1,)``, degrees from −180 to 180, of a wave's net ``(12,)``, mV."""
    one, foot = net_mv[LEADS.index("I")], net_mv[LEADS.index("aVF")]
    return _one(float(np.degrees(np.arctan2(foot * 2 / 3**0.5, one))))


def density(signal: Floats) -> tuple[Floats, Floats]:
    """Return frequencies (f,), Hz, and power density (lead, f), mV²/Hz, of one Hann window."""
    n = signal.shape[1]
    window = np.hanning(n)
    transformed = np.fft.rfft((signal - signal.mean(axis=1, keepdims=True)) * window, axis=1)
    power = 2 * np.abs(transformed) ** 2 / (RATE_HZ * (window**2).sum())
    return np.asarray(np.fft.rfftfreq(n, 1 / RATE_HZ), dtype=np.float64), np.asarray(power)


def spectrum(signal: Floats) -> dict[str, Floats]:
    """Measure bands, wander and mains of a signal (lead, sample), mV, at ``RATE_HZ``.

    Returns:
        Each (lead,). Bands: percent of the power in 0.5–100 Hz, mains included; ``RMS``: of that
        whole band, mV; wander: rms below 0.5 Hz, µV; mains: rms within 0.5 Hz of the line that
        exceeds the mean density 1.5–4 Hz beside it, µV.
    """
    hz, power = density(signal)
    step = float(hz[1])

    def within(low: float, high: float) -> Floats:
        inside = (hz >= low) & (hz < high)
        return np.asarray(power[:, inside].sum(axis=1) * step)

    whole = within(BANDS_HZ[0][0], BANDS_HZ[-1][1])
    found = {_band_name(*band): 100 * within(*band) / np.maximum(whole, 1e-18) for band in BANDS_HZ}
    found["RMS"] = np.sqrt(whole)
    found["wander"] = 1000 * np.sqrt(within(step / 2, WANDER_HZ))
    for line in MAINS_HZ:
        beside = (np.abs(hz - line) >= 1.5) & (np.abs(hz - line) <= 4.0)
        near = np.abs(hz - line) <= 0.5
        excess = power[:, near] - power[:, beside].mean(axis=1, keepdims=True)
        found[f"mains {line:g} Hz"] = 1000 * np.sqrt((excess.sum(axis=1) * step).clip(min=0))
    return found


def rests(waves: Sequence[Wave], n: int) -> NDArray[np.bool_]:
    """Mark the samples (n,) between each beat's T and the next beat's first wave; True = rest."""
    rest = np.zeros(n, dtype=np.bool_)
    beats = beats_of(waves)
    for one, following in pairwise(beats):
        if one.t is not None:
            first = following.p or following.qrs
            rest[_at(one.t.stop_s) + _CLEAR : max(0, _at(first.start_s) - _CLEAR)] = True
    return rest


def residual(signal: Floats, rest: NDArray[np.bool_]) -> Floats:
    """Measure what is faster than 20 Hz at rest: rms (lead,), µV, mains included.

    Args:
        signal: (lead, sample), mV, at ``RATE_HZ``.
        rest: bool (sample,), True = between beats; NaN where it is less than 0.2 s in all.
    """
    from scipy.signal import butter, sosfiltfilt

    if rest.sum() < _LEAST_REST:
        return np.full(len(signal), np.nan)
    sections = butter(4, RESIDUAL_HZ, "highpass", fs=RATE_HZ, output="sos")
    fast = np.asarray(sosfiltfilt(sections, signal, axis=1), dtype=np.float64)
    return np.asarray(1000 * np.sqrt((fast[:, rest] ** 2).mean(axis=1)))
