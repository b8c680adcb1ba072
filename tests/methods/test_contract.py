"""What a model sees of a record: against loops, and what must not reach it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.leads import LEADS
from scar_core.methods.contract import (
    MIMIC_LEADS,
    USUAL_MV,
    InputContract,
    bandpass,
    bridge,
    fit,
    normalise,
    prepare,
    ready,
    stacked,
)
from scar_core.record import ECGRecord, bridge_gaps
from tests.made import made_record
from tests.reference import signals as reference

SMALL = InputContract(leads=("I", "II"), rate_hz=20.0, seconds=2.0, high_hz=8.0, patch_samples=4)
STANDARD = InputContract()


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=8, deadline=None)
def test_normalise_against_sums(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(2, 40)) + rng.normal(size=(2, 1)) * 3
    visible = rng.uniform(size=(2, 40)) < share
    got = normalise(torch.tensor(signal), torch.tensor(visible), SMALL).signal
    for row in range(2):
        filtered = reference.bandpass(signal[row].tolist(), 20.0, 0.5, 8.0)
        expected = reference.z_score(filtered, visible[row].tolist(), 0.0)
        assert got[row].tolist() == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_fill_stands_where_nothing_is_visible() -> None:
    contract = replace(SMALL, fill=-1.0)
    visible = torch.ones(2, 40, dtype=torch.bool)
    visible[0, 5:9] = False
    scaled = normalise(torch.randn(2, 40), visible, contract).signal
    assert (scaled[~visible] == -1).all() and (scaled[visible] != -1).all()


def test_a_flat_lead_stays_at_zero() -> None:
    scaled = normalise(torch.full((2, 40), 3.7), torch.ones(2, 40, dtype=torch.bool), SMALL)[0]
    torch.testing.assert_close(scaled, torch.zeros(2, 40), atol=0.02, rtol=0)


def sine(frequency_hz: float, rate_hz: float, seconds: float = 10.0) -> torch.Tensor:
    at = torch.arange(round(rate_hz * seconds), dtype=torch.float64) / rate_hz
    return torch.sin(2 * math.pi * frequency_hz * at)


@pytest.mark.parametrize(
    ("frequency_hz", "low", "high"), [(10.0, 0.98, 1.0), (49.0, 0.0, 0.32), (0.05, 0.0, 0.02)]
)
def test_bandpass_passes_what_it_should(frequency_hz: float, low: float, high: float) -> None:
    """Gain in the middle of the record, away from the ends."""
    rate_hz = 250.0
    wave = sine(frequency_hz, rate_hz, 40.0)
    middle = slice(round(15 * rate_hz), round(25 * rate_hz))
    passed = bandpass(wave, rate_hz, 0.5, 40.0)[middle]
    gain = (passed.square().mean() / wave[middle].square().mean()).sqrt().item()
    assert low <= gain <= high
    if frequency_hz > 1:
        expected = 1 / (1 + (0.5 / frequency_hz) ** 4) / (1 + (frequency_hz / 40) ** 4)
        assert gain == pytest.approx(expected, rel=0.01)


def test_bandpass_does_not_delay() -> None:
    wave = sine(10.0, 250.0)
    passed = bandpass(wave, 250.0, 0.5, 40.0)
    middle = slice(500, 2000)
    assert torch.corrcoef(torch.stack((wave[middle], passed[middle])))[0, 1] > 0.9999
    at = torch.arange(1001, dtype=torch.float64)
    bump = torch.exp(-(((at - 500) / 8) ** 2))
    filtered = bandpass(bump, 250.0, 0.5, 40.0)
    assert filtered.argmax() == 500
    torch.testing.assert_close(filtered, filtered.flip(0))


def test_bandpass_removes_offset_and_drift_up_to_the_ends() -> None:
    drift = torch.linspace(-2, 5, 1000, dtype=torch.float64)
    assert bandpass(drift, 100.0, 0.5, 40.0).abs().max() < 0.2


@given(st.integers(0, 1000), st.floats(0.05, 0.95), st.floats(-1e4, 1e4))
@settings(max_examples=20, deadline=None)
def test_prepare_never_reads_hidden_samples(seed: int, share: float, size: float) -> None:
    rng = np.random.default_rng(seed)
    record = made_record(seed, rate_hz=float(rng.choice([100.0, 120.0])), seconds=5.0)
    visible = rng.uniform(size=record.signal.shape) >= share
    visible[3] = False
    nonsense = np.where(visible, record.signal, np.float32(size)).astype(np.float32)
    one, seen_one, _ = prepare(record, visible, STANDARD)
    two, seen_two, _ = prepare(replace(record, signal=nonsense), visible, STANDARD)
    assert torch.equal(one, two) and torch.equal(seen_one, seen_two)
    assert not seen_one[3].any() and (one[~seen_one] == 0).all()
    assert torch.isfinite(one).all()


def test_prepare_orders_leads_by_name() -> None:
    record = made_record(1, seconds=10.0)
    order = ("V6", "aVR", "II", *(lead for lead in LEADS if lead not in ("V6", "aVR", "II")))
    shuffled = record.in_order(order)
    everything = np.ones(record.signal.shape, bool)
    one, two = prepare(record, everything, STANDARD), prepare(shuffled, everything, STANDARD)
    assert torch.equal(one[0], two[0]) and torch.equal(one[1], two[1])


def test_a_lead_that_the_record_lacks_is_not_visible() -> None:
    record = made_record(2, seconds=10.0, leads=("V2", "II"))
    signal, visible, _ = prepare(record, record.present, STANDARD)
    assert signal.shape == visible.shape == (12, 1000)
    there = [lead for lead, row in zip(LEADS, visible, strict=True) if row.any()]
    assert there == ["II", "V2"]
    assert (signal[~visible] == 0).all()


@pytest.mark.parametrize("rate_hz", [100.0, 250.0, 257.0, 500.0, 1000.0])
def test_prepare_meets_the_contract_at_any_rate(rate_hz: float) -> None:
    """A 5 Hz sine stays the same 5 Hz sine."""
    samples = round(10 * rate_hz)
    wave = np.sin(2 * np.pi * 5 * np.arange(samples) / rate_hz).astype(np.float32)
    record = ECGRecord(np.tile(wave, (12, 1)), LEADS, rate_hz, np.ones((12, samples), bool))
    signal, visible, _ = prepare(record, record.present, STANDARD)
    assert signal.shape == (12, 1000) and signal.dtype == torch.float32
    assert visible.float().mean() > 0.998
    expected = sine(5.0, 100.0).float() * math.sqrt(2)
    middle = slice(250, 750)  # away from what the filter does at the ends
    torch.testing.assert_close(signal[4, middle], expected[middle], atol=0.05, rtol=0)


def test_padding_is_not_visible_and_too_much_is_cropped() -> None:
    short = made_record(3, seconds=6.0)
    signal, visible, _ = prepare(short, short.present, STANDARD)
    assert visible[:, :600].all() and not visible[:, 600:].any()
    assert (signal[:, 600:] == 0).all()
    long = made_record(4, seconds=14.0)
    first = replace(long, signal=long.signal[:, :1000], present=long.present[:, :1000])
    whole = prepare(long, long.present, STANDARD)
    part = prepare(first, first.present, STANDARD)
    assert torch.equal(whole[0], part[0]) and whole[1].all()


def test_each_visible_lead_has_mean_zero_and_deviation_one() -> None:
    record = made_record(5, seconds=10.0)
    visible = np.random.default_rng(0).uniform(size=record.signal.shape) > 0.3
    signal, seen, _ = prepare(record, visible, STANDARD)
    for row, there in zip(signal, seen, strict=True):
        assert row[there].mean().item() == pytest.approx(0, abs=1e-5)
        assert row[there].std(correction=0).item() == pytest.approx(1, abs=1e-4)


def test_scale_and_offset_of_a_lead_do_not_matter() -> None:
    record = made_record(6, seconds=10.0)
    other = replace(record, signal=record.signal * 7 - 2)
    one = prepare(record, record.present, STANDARD)[0]
    two = prepare(other, record.present, STANDARD)[0]
    torch.testing.assert_close(one, two, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"normalisation": "min-max"}, "this version knows lead-z-score"),
        ({"amplitude": True, "normalisation": "joint-min-max"}, "expected lead-z-score"),
        ({"patch_samples": 7}, "do not divide into patches of 7"),
        ({"patch_samples": 0}, "patch_samples is 0"),
        ({"rate_hz": 0.0}, "rate_hz is 0"),
        ({"seconds": -1.0}, "seconds -1"),
    ],
)
def test_impossible_contracts_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(STANDARD, **changes)  # type: ignore[arg-type]


def test_contract_says_lengths_in_both_units() -> None:
    assert STANDARD.n_samples == 1000 and STANDARD.patch_s == pytest.approx(0.2)


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_bridging_a_batch_is_bridging_each_lead(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(3, 2, 30))
    visible = rng.uniform(size=signal.shape) < share
    signal[~visible] = np.nan
    found = bridge(torch.tensor(signal), torch.tensor(visible)).numpy()
    for one, row, seen in zip(found, signal, visible, strict=True):
        np.testing.assert_allclose(one, bridge_gaps(row, seen), atol=1e-12)


JOINT = replace(SMALL, normalisation="joint-min-max")


@given(st.integers(0, 10_000), st.floats(0.05, 1))
@settings(max_examples=15, deadline=None)
def test_joint_min_max_is_one_scale_for_all_leads(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(2, 40)) + rng.normal(size=(2, 1)) * 3
    visible = rng.uniform(size=(2, 40)) < share
    visible[0, :3] = True
    found = normalise(torch.tensor(signal), torch.tensor(visible), JOINT).signal.numpy()
    filtered = np.array([reference.bandpass(row.tolist(), 20.0, 0.5, 8.0) for row in signal])
    seen = filtered[visible]
    expected = (filtered - seen.min()) / (seen.max() - seen.min())
    np.testing.assert_allclose(found[visible], expected[visible], rtol=1e-5, atol=1e-6)
    assert (found[~visible] == 0).all()
    assert found[visible].min() == 0 and found[visible].max() == pytest.approx(1)


def test_joint_min_max_of_nothing_is_the_fill() -> None:
    nothing = torch.zeros(2, 40, dtype=torch.bool)
    assert (normalise(torch.randn(2, 40), nothing, JOINT).signal == 0).all()
    filled = normalise(torch.randn(2, 40), nothing, replace(JOINT, fill=0.5)).signal
    assert (filled == 0.5).all()


def test_what_is_hidden_decides_no_scale() -> None:
    """A spike on a hidden lead leaves the visible ones as they are."""
    record = made_record(8, seconds=10.0)
    visible = np.ones(record.signal.shape, bool)
    visible[6] = False
    spike = record.signal.copy()
    spike[6, 500] = 40.0
    contract = replace(STANDARD, normalisation="joint-min-max")
    one = prepare(record, visible, contract)[0]
    two = prepare(replace(record, signal=spike), visible, contract)[0]
    assert torch.equal(one, two)


def test_rows_are_ordered_by_the_contracts_names() -> None:
    record = made_record(9, seconds=10.0)
    mimic = replace(STANDARD, leads=MIMIC_LEADS)
    usual, other = (prepare(record, record.present, c)[0] for c in (STANDARD, mimic))
    for lead in LEADS:
        assert torch.equal(usual[LEADS.index(lead)], other[MIMIC_LEADS.index(lead)])
    assert not torch.equal(usual, other)


@pytest.mark.parametrize("normalisation", ["lead-z-score", "joint-min-max"])
def test_a_record_is_fitted_once_and_readied_for_many_masks(normalisation: str) -> None:
    """At the contract's rate there is nothing to smear: both ways are the same."""
    contract = replace(STANDARD, normalisation=normalisation)
    record = made_record(10, rate_hz=100.0, seconds=10.0)
    fitted = fit(record, contract)
    assert fitted.lead_names == contract.leads and fitted.signal.shape == (12, 1000)
    visible = np.random.default_rng(0).uniform(size=(5, 12, 1000)) < 0.7
    visible[:, 4] = False
    signal = torch.from_numpy(np.ascontiguousarray(fitted.signal, dtype=np.float32))
    many = ready(signal.expand(5, -1, -1), torch.from_numpy(visible), contract).signal
    for row in range(5):
        alone = prepare(record, visible[row], contract)[0]
        torch.testing.assert_close(many[row], alone, rtol=1e-5, atol=1e-6)


SIZED = replace(STANDARD, amplitude=True)


@given(st.integers(0, 10**6), st.floats(0.05, 20.0))
@settings(max_examples=8, deadline=None)
def test_the_amplitude_is_the_deviation_of_what_is_visible(seed: int, gain: float) -> None:
    record = made_record(seed % 7, seconds=10.0)
    record = replace(record, signal=record.signal * np.float32(gain))
    visible = np.random.default_rng(seed).uniform(size=record.signal.shape) > 0.3
    visible[2] = False
    read = prepare(record, visible, SIZED)
    assert read.amplitude is not None and read.amplitude.shape == (12,)
    assert torch.isnan(read.amplitude[2])
    fitted = fit(replace(record, present=visible), SIZED)
    bridged = bridge(torch.from_numpy(fitted.signal), torch.from_numpy(fitted.present))
    filtered = bandpass(bridged, 100.0, SIZED.low_hz, SIZED.high_hz).numpy()
    for lead in (0, 1, *range(3, 12)):
        slow = np.std(filtered[lead][fitted.present[lead]].astype(np.float64))
        assert read.amplitude[lead].item() == pytest.approx(math.log2(slow / USUAL_MV), abs=1e-3)
    assert torch.equal(read.signal, prepare(record, visible, STANDARD).signal)


def test_nobody_knows_the_amplitude_of_scaled_or_flat_leads() -> None:
    record = made_record(0, seconds=10.0)
    scaled = prepare(replace(record, unit="sd"), record.present, SIZED)
    assert scaled.amplitude is not None and torch.isnan(scaled.amplitude).all()
    signal = record.signal.copy()
    signal[4] = 0.7
    flat = prepare(replace(record, signal=signal), record.present, SIZED)
    assert flat.amplitude is not None and torch.isnan(flat.amplitude[4])
    assert torch.isfinite(flat.amplitude[:4]).all()
    assert prepare(record, record.present, STANDARD).amplitude is None


def test_a_batch_is_made_of_inputs_and_gives_them_back() -> None:
    records = [made_record(k, seconds=10.0) for k in range(3)]
    inputs = [prepare(one, one.present, SIZED) for one in records]
    batch = stacked(inputs)
    again = batch.rows(torch.tensor([2, 0]))
    for row, k in enumerate((2, 0)):
        for got, expected in zip(again, inputs[k], strict=True):
            assert got is not None and expected is not None
            torch.testing.assert_close(got[row], expected, equal_nan=True)
    plain = stacked([prepare(one, one.present, STANDARD) for one in records])
    assert plain.amplitude is None and plain.rows(torch.tensor([0])).amplitude is None
