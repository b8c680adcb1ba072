"""The signal-quality figure: how much of each lead and second is heart.

The definition is our own. The figure of a lead and second is the product of four shares in 0..1:
what was measured of it; one minus the baseline's share of the power (below 0.7 Hz, against the
heart's 0.5–40 Hz); one minus the share of the power above 40 Hz; and the agreement of its beats,
the mean correlation of each with the two beats of the lead that resemble it most, so that an
extrasystole is no fault as long as it is not the only one of its kind. A second without a whole
beat takes the lead's median agreement; fewer than three beats leave that factor out.
"""

import numpy as np
from numpy.typing import NDArray

from scar_core.quality.beats import HEART_HZ, POST_S, PRE_S, Trace, second_means


def quality_figure(trace: Trace, there: NDArray[np.bool_], rate_hz: float) -> NDArray[np.float64]:
    """Compute the figure.

    Args:
        trace: Bands and beats of the record.
        there: bool (lead, sample) at the record's rate, True = measured.
        rate_hz: The record's sampling rate.

    Returns:
        float (lead, second) in 0..1; the last second may be begun only.
    """
    seconds = trace.fast_power.shape[1]
    measured = second_means(there.astype(np.float64), seconds, rate_hz)
    heart = second_means(np.square(trace.heart), seconds, HEART_HZ)
    wander = second_means(np.square(trace.slow), seconds, HEART_HZ)
    steady = heart / np.maximum(heart + wander, 1e-12)
    clean = heart / np.maximum(heart + trace.fast_power, 1e-12)
    figure = measured * steady * clean * agreement(trace, seconds)
    return np.asarray(np.clip(figure, 0.0, 1.0))


def beat_agreement(trace: Trace) -> NDArray[np.float64]:
    """How well each beat agrees with the two that are most like it: float (lead, beat) in 0..1.

    There must be at least three beats.
    """
    n_beats = trace.beats.shape[1]
    shape = trace.beats - trace.beats.mean(axis=2, keepdims=True)
    shape = shape / np.maximum(np.linalg.norm(shape, axis=2, keepdims=True), 1e-9)
    alike = shape @ shape.transpose(0, 2, 1)  # (lead, beat, beat)
    alike[:, np.arange(n_beats), np.arange(n_beats)] = -1.0
    return np.asarray(np.clip(np.sort(alike, axis=2)[:, :, -2:].mean(axis=2), 0.0, 1.0))


def agreement(trace: Trace, seconds: int) -> NDArray[np.float64]:
    """How well each lead's beats agree, second by second: float (lead, second) in 0..1."""
    n_leads, n_beats, _ = trace.beats.shape
    if n_beats < 3:
        return np.ones((n_leads, seconds))
    each = beat_agreement(trace)
    start = trace.inner / HEART_HZ - PRE_S
    stop = trace.inner / HEART_HZ + POST_S
    second = np.arange(seconds)
    touches = (start[:, None] < second + 1) & (stop[:, None] > second)  # (beat, second)
    count = touches.sum(axis=0)
    mean = each @ touches / np.maximum(count, 1)
    return np.where(count > 0, mean, np.median(each, axis=1, keepdims=True))
