"""Faults of electrodes, cables and recorders, put into clean records, with their truth.

Used to score what ``quality`` finds, and to show it. Pure functions of arrays and a generator.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LIMB, derive_limb_leads
from scar_core.quality.absent import FLAT, HUM, NOT_STORED, PADDED, SATURATED, SILENT
from scar_core.quality.electrodes import INDEPENDENT, WIRINGS
from scar_core.record import ECGRecord

Rng = np.random.Generator


@dataclass(frozen=True)
class Fault:
    """A record with a fault.

    Attributes:
        record: The record as it would be read.
        absent: bool (lead, sample), True = the fault lost it.
        reason: The reason that is to be told for it.
    """

    record: ECGRecord
    absent: NDArray[np.bool_]
    reason: str


def _where(
    record: ECGRecord, rng: Rng, seconds: tuple[float, float] | None, least: int = 1
) -> NDArray[np.bool_]:
    """Draw 1 to 3 leads; all of them, or a stretch of a length between two numbers of seconds."""
    mask = np.zeros(record.signal.shape, np.bool_)
    rows = rng.choice(record.n_leads, rng.integers(least, max(least, 3) + 1), replace=False)
    if seconds is None:
        mask[rows] = True
        return mask
    rate = record.sampling_rate_hz
    size = min(record.n_samples, round(rng.uniform(*seconds) * rate))
    start = int(rng.integers(0, record.n_samples - size + 1))
    mask[rows, start : start + size] = True
    return mask


def _lost(
    record: ECGRecord, signal: NDArray[np.floating], mask: NDArray[np.bool_], reason: str
) -> Fault:
    changed = np.where(mask, signal, record.signal).astype(np.float32)
    return Fault(replace(record, signal=changed), mask, reason)


def flat_lead(record: ECGRecord, rng: Rng) -> Fault:
    """Hold whole leads at one value."""
    level = rng.normal(scale=0.3, size=(record.n_leads, 1))
    return _lost(
        record, np.broadcast_to(level, record.signal.shape), _where(record, rng, None), FLAT
    )


def flat_span(record: ECGRecord, rng: Rng) -> Fault:
    """Hold stretches of 1.2–5 s at the value at which they begin."""
    mask = _where(record, rng, (1.2, 5.0))
    start = int(np.argmax(mask.any(axis=0)))
    held = np.broadcast_to(record.signal[:, start : start + 1], record.signal.shape)
    return _lost(record, held, mask, FLAT)


def zero_padded(record: ECGRecord, rng: Rng) -> Fault:
    """Fill the last 0.4–5 s of every lead with zeros."""
    size = round(rng.uniform(0.4, 5.0) * record.sampling_rate_hz)
    mask = np.zeros(record.signal.shape, np.bool_)
    mask[:, -size:] = True
    return _lost(record, np.zeros(record.signal.shape), mask, PADDED)


def not_a_number(record: ECGRecord, rng: Rng) -> Fault:
    """Lose stretches of 0.02–3 s, as NaN in a file becomes on reading."""
    mask = _where(record, rng, (0.02, 3.0))
    signal = np.where(mask, np.float32(0), record.signal)
    return Fault(replace(record, signal=signal, present=record.present & ~mask), mask, NOT_STORED)


def clipped(record: ECGRecord, rng: Rng) -> Fault:
    """Cut 1–3 leads off at 35–75 % of their larger deflection; truth: what was cut for ≥ 12 ms."""
    rows = rng.choice(record.n_leads, rng.integers(1, 4), replace=False)
    signal = record.signal.copy()
    mask = np.zeros(signal.shape, np.bool_)
    least = max(3, int(np.ceil(0.012 * record.sampling_rate_hz)))
    for row in rows:
        middle = float(np.median(signal[row]))
        side = 1 if np.max(signal[row]) - middle > middle - np.min(signal[row]) else -1
        deflection = float(np.max(side * (signal[row] - middle)))
        level = np.float32(middle + side * deflection * rng.uniform(0.35, 0.75))
        over = side * (signal[row] - level) >= 0
        signal[row][over] = level
        edges = np.flatnonzero(np.diff(np.pad(over, 1).astype(np.int8)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            mask[row, start:stop] = stop - start >= least
    return Fault(replace(record, signal=signal), mask, SATURATED)


def mains_only(record: ECGRecord, rng: Rng) -> Fault:
    """Replace whole leads or 2.5–6 s of them by hum, wander and noise."""
    mask = _where(record, rng, None if rng.random() < 0.5 else (2.5, 6.0))
    time = np.arange(record.n_samples) / record.sampling_rate_hz
    hz = rng.choice([50.0, 60.0]) + rng.normal(scale=0.05)
    size = np.exp(rng.uniform(np.log(0.05), np.log(2.0), (record.n_leads, 1)))
    phase = rng.uniform(0, 2 * np.pi, (record.n_leads, 1))
    hum = size * np.sin(2 * np.pi * hz * time + phase)
    return _lost(record, hum + _idle(record, rng), mask, HUM)


def noise_only(record: ECGRecord, rng: Rng) -> Fault:
    """Replace whole leads by wander and an idle amplifier's noise."""
    return _lost(record, _idle(record, rng), _where(record, rng, None), SILENT)


def _idle(record: ECGRecord, rng: Rng) -> NDArray[np.float64]:
    shape = record.signal.shape
    time = np.arange(shape[1]) / record.sampling_rate_hz
    drift = rng.uniform(0.01, 0.15, (shape[0], 1)) * np.sin(
        2 * np.pi * rng.uniform(0.05, 0.3, (shape[0], 1)) * time + rng.uniform(0, 6, (shape[0], 1))
    )
    return np.asarray(drift + rng.normal(size=shape) * rng.uniform(0.002, 0.008))


ABSENT_FAULTS: dict[str, Callable[[ECGRecord, Rng], Fault]] = {
    "flat lead": flat_lead,
    "flat span": flat_span,
    "zero padding": zero_padded,
    "NaN": not_a_number,
    "clipping": clipped,
    "mains only": mains_only,
    "noise only": noise_only,
}
"""What loses signal, by the name that tables use."""


def rewired(record: ECGRecord, name: str, rng: Rng) -> ECGRecord:
    """Connect electrodes wrongly.

    Args:
        record: Millivolts, the twelve leads in any order.
        name: Name of one of ``electrodes.WIRINGS``, or ``"RA/RL"``, ``"LA/RL"``, ``"arms/legs"``.
        rng: Draws the potential between the two legs, which only those three show: 2–8 % of II.

    Returns:
        The record that such a wiring gives, exactly for all but those three.
    """
    rows = [record.lead_names.index(lead) for lead in INDEPENDENT]
    eight = record.signal[rows].astype(np.float64)
    matrix = {wiring.name: wiring.matrix for wiring in WIRINGS}.get(name)
    if matrix is not None:
        return _with_independent(record, matrix @ eight)
    return _with_independent(record, _legs(name, eight, rng))


def _legs(name: str, eight: NDArray[np.float64], rng: Rng) -> NDArray[np.float64]:
    """Electrode potentials against Wilson's terminal, with a cable on the right leg."""
    one, two = eight[0], eight[1]
    right_arm = -(one + two) / 3
    left_arm, left_leg = right_arm + one, right_arm + two
    right_leg = left_leg - rng.uniform(0.02, 0.08) * two + rng.normal(scale=0.004, size=len(two))
    cables = {
        "RA/RL": (right_leg, left_arm, left_leg),
        "LA/RL": (right_arm, right_leg, left_leg),
        "arms/legs": (right_leg, left_leg, left_arm),
    }[name]
    terminal = sum(cables) / 3
    chest = eight[2:] - terminal
    return np.vstack([cables[1] - cables[0], cables[2] - cables[0], chest])


def _with_independent(record: ECGRecord, eight: NDArray[np.float64]) -> ECGRecord:
    limb = derive_limb_leads({"I": eight[0], "II": eight[1]})
    leads = limb | dict(zip(INDEPENDENT[2:], eight[2:], strict=True))
    signal = np.stack([leads[lead] for lead in record.lead_names]).astype(np.float32)
    return replace(record, signal=signal)


LEG_FAULTS = ("RA/RL", "LA/RL", "arms/legs")


def reordered(record: ECGRecord, rng: Rng) -> tuple[ECGRecord, str]:
    """Exchange two limb leads, or turn one upside down; returns the record and what was done."""
    rows = [record.lead_names.index(lead) for lead in LIMB]
    signal = record.signal.copy()
    if rng.random() < 0.25:
        row = int(rng.choice(rows))
        signal[row] *= -1
        return replace(record, signal=signal), f"{record.lead_names[row]} inverted"
    one, other = rng.choice(rows, 2, replace=False).tolist()
    signal[[one, other]] = signal[[other, one]]
    names = f"{record.lead_names[one]}/{record.lead_names[other]} exchanged"
    return replace(record, signal=signal), names
