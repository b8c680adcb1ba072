"""Beats of training records, cut out to be grafted: P and QRS-T apart, each from zero to zero."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scar_core.datasets import Example
from scar_core.errors import DatasetError, RecordError
from scar_core.quality.delineate import RATE_HZ, Wave, delineate

Floats = NDArray[np.float32]

AHEAD_S = 0.02
"""A piece begins so much before its wave."""
_OWN_TIMING = frozenset({"PACE", "WPW", "PVC", "PAC", "BIGU", "AFLT", "SVT", "AVB2", "AVB3"})
"""A record with any of these gives no beats: they do not come from the usual path, or not alone."""


@dataclass(frozen=True)
class Beat:
    """One beat in two pieces, each beginning and ending at zero.

    Attributes:
        p: ``(12, sample)``, from P onset; empty where the beat has no P wave.
        qrst: ``(12, sample)``, from just before QRS onset.
        qrs: Samples of ``qrst`` that are not stretched.
    """

    p: Floats
    qrst: Floats
    qrs: int


@dataclass(frozen=True)
class Donor:
    """A training record that beats are taken from.

    Attributes:
        example: The record.
        unit: Its unit.
        rr_s: Its usual interval between beats, seconds.
        beats: Its beats.
    """

    example: Example
    unit: str
    rr_s: float
    beats: tuple[Beat, ...]

    @property
    def has_p(self) -> bool:
        """Whether its beats have P waves."""
        return any(beat.p.shape[1] for beat in self.beats)


def donor_of(example: Example) -> Donor | None:
    """Cut the beats out of a record; None if it has none that can be used.

    Raises:
        DatasetError: It is no training record.
    """
    if example.split != "train":
        raise DatasetError(
            f"record {example.name} belongs to the {example.split} split; beats are taken from "
            "training records only"
        )
    if example.positive & _OWN_TIMING:
        return None
    try:
        record = example.read().resampled(RATE_HZ).in_order()
    except RecordError:
        return None
    if not record.present.all() or record.duration_s < 5:
        return None
    waves = delineate(record)
    onsets = [wave.start_s for wave in waves if wave.kind == "QRS"]
    beats = _cut(record.signal, waves)
    beats = _alike(beats)
    if len(onsets) < 3 or len(beats) < 2:
        return None
    return Donor(example, record.unit, float(np.median(np.diff(onsets))), beats)


def _alike(beats: tuple[Beat, ...], least: float = 0.85) -> tuple[Beat, ...]:
    """Keep the beats that look like the median one: the others are cut wrongly, or noise."""
    if len(beats) < 3:
        return ()
    length = min(beat.qrst.shape[1] for beat in beats)
    stack = np.stack([beat.qrst[:, :length].ravel() for beat in beats])
    median = np.median(stack, axis=0)
    norms = np.linalg.norm(stack, axis=1) * np.linalg.norm(median)
    alike = stack @ median / np.maximum(norms, 1e-9)
    return tuple(beat for beat, one in zip(beats, alike, strict=True) if one > least)


def _cut(signal: Floats, waves: Sequence[Wave]) -> tuple[Beat, ...]:
    beats = []
    heads = [k for k, wave in enumerate(waves) if wave.kind == "QRS"]
    for head in heads:
        before = waves[head - 1] if head else None
        after = list(waves[head + 1 : head + 3])
        if not after or after[0].kind != "T" or len(after) < 2:
            continue
        qrs, t = waves[head], after[0]
        stop_s = min(t.stop_s + 0.05, after[1].start_s - AHEAD_S)
        p = _levelled(signal, before.start_s - AHEAD_S, qrs.start_s - 0.004) if (
            before is not None and before.kind == "P"
        ) else signal[:, :0]  # fmt: skip
        qrst = _levelled(signal, qrs.start_s - AHEAD_S, stop_s)
        if qrst.shape[1] > 0.2 * RATE_HZ:
            beats.append(Beat(p, qrst, round((qrs.stop_s - qrs.start_s + AHEAD_S) * RATE_HZ)))
    return tuple(beats)


def _levelled(signal: Floats, start_s: float, stop_s: float) -> Floats:
    """Cut a piece out and take off the line between its ends."""
    first, last = max(0, round(start_s * RATE_HZ)), round(stop_s * RATE_HZ)
    piece = signal[:, first:last]
    if piece.shape[1] < 8:
        return signal[:, :0]
    left, right = piece[:, :3].mean(1, keepdims=True), piece[:, -3:].mean(1, keepdims=True)
    line = left + (right - left) * np.linspace(0, 1, piece.shape[1], dtype=np.float32)
    return np.asarray(piece - line, dtype=np.float32)
