"""The quality figure: bounds, what lowers it, what does not."""

from dataclasses import replace
from itertools import pairwise
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.leads import LEADS
from scar_core.quality import assess
from scar_core.quality.beats import HEART_HZ, find_beats, second_means, trace_of
from scar_core.quality.figure import beat_agreement
from tests.made import made_record
from tests.quality.hearts import heart


@given(
    st.integers(0, 99),
    st.sampled_from([20.0, 100.0, 257.0, 1000.0]),
    st.floats(1.0, 7.3),
    st.sampled_from([("V1",), ("I", "II"), LEADS]),
)
@settings(max_examples=25, deadline=None)
def test_any_record_gets_a_figure_within_bounds(
    seed: int, rate: float, seconds: float, leads: tuple[str, ...]
) -> None:
    record = made_record(seed, seconds=seconds, rate_hz=rate, leads=leads)
    found = assess(record)
    assert found.sqi.shape == (len(leads), int(np.ceil(record.duration_s)))
    assert np.isfinite(found.sqi).all()
    assert (found.sqi >= 0).all()
    assert (found.sqi <= 1).all()
    assert found.absent.shape == record.signal.shape
    assert found.per_lead().shape == (len(leads),)


def test_nothing_measured_is_zero() -> None:
    record = heart(0)
    signal = record.signal.copy()
    signal[5] = 0.25
    signal[2, 1000:2500] = 0.1
    found = assess(replace(record, signal=signal))
    assert not found.sqi[5].any()
    assert not found.sqi[2, 2:5].any()
    assert found.sqi[2, 8] > 0.5


@pytest.mark.parametrize("kind", ["muscle", "wander"])
def test_more_disturbance_is_worse_where_it_is(kind: str) -> None:
    record = heart(0)
    rng = np.random.default_rng(0)
    time = np.arange(record.n_samples) / 500
    shape = (
        rng.normal(size=record.signal.shape) if kind == "muscle" else np.sin(2 * np.pi * 0.3 * time)
    )
    inside = (time >= 4) & (time < 7)
    means = []
    for size in (0.0, 0.1, 0.3, 1.0):
        noisy = (record.signal + size * shape * inside).astype(np.float32)
        figure = assess(replace(record, signal=noisy)).sqi
        means.append(figure[:, 4:7].mean())
    assert means[0] > 0.75
    assert all(before > after for before, after in pairwise(means))
    assert means[-1] < 0.3


def test_two_extrasystoles_of_one_kind_are_no_fault() -> None:
    rng = np.random.default_rng(0)
    usual, other = rng.normal(size=(2, 200)).cumsum(axis=1)
    beats = np.stack([usual] * 4 + [other] * 3)[None] + 0.01 * rng.normal(size=(1, 7, 200))
    trace = replace(trace_of(heart(0), heart(0).present), beats=beats)
    assert (beat_agreement(trace) > 0.95).all()
    alone = replace(trace, beats=beats[:, [0, 1, 2, 3, 4]])
    agreed = beat_agreement(alone)[0]
    assert (agreed[:4] > 0.95).all()
    assert agreed[4] < 0.7


def test_beats_are_found() -> None:
    time = np.arange(2500) / HEART_HZ
    beats = np.arange(0.7, 9.8, 0.83)
    spikes = sum(np.exp(-(((time - at) / 0.012) ** 2)) for at in beats)
    found = find_beats(np.stack([spikes, -0.2 * spikes])) / HEART_HZ
    assert len(found) == len(beats)
    assert np.abs(found - beats).max() < 0.05


def test_second_means_against_slow_code() -> None:
    values = np.random.default_rng(0).normal(size=(2, 77))
    rate, seconds = 17.3, 5
    slow = [
        values[:, [k for k in range(77) if second <= k / rate < second + 1]].mean(axis=1)
        for second in range(seconds)
    ]
    np.testing.assert_allclose(second_means(values, seconds, rate), np.stack(slow, axis=1))


def test_a_record_is_assessed_in_time() -> None:
    """Processor time, so that a busy machine does not fail it."""
    record = heart(0)
    took = []
    for _ in range(8):
        start = process_time()
        assess(record)
        took.append(process_time() - start)
    assert min(took) < 0.030
