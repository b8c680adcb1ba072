"""What was not measured is found, with its reason, and nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.missing import absent
from scar_core.quality import FLAT_SECONDS, FLAT_STEP, NOT_STORED, REASONS, assess, stuck
from scar_core.quality.absent import FLAT, HUM, PADDED, SATURATED, SILENT, find_absent
from scar_core.quality.faults import ABSENT_FAULTS
from scar_core.record import ECGRecord
from tests.quality.hearts import heart

RATE = 500.0


def reasons_at(record: ECGRecord, lead: str, second: float) -> str:
    code = find_absent(record)[record.lead_names.index(lead), round(second * RATE)]
    return REASONS[code - 1] if code else ""


@pytest.mark.parametrize("name", ABSENT_FAULTS)
def test_every_fault_is_found_with_its_reason(name: str) -> None:
    for seed in range(2):
        fault = ABSENT_FAULTS[name](heart(seed), np.random.default_rng(seed))
        found = assess(fault.record)
        lost = fault.absent
        assert (found.absent & lost).sum() >= 0.85 * lost.sum()
        assert (found.absent & ~lost).sum() <= 0.01 * (~lost).sum()
        assert fault.reason in {item.reason for item in found.stretches}


def test_clean_hearts_lose_nothing() -> None:
    for seed in range(4):
        assert not find_absent(heart(seed)).any()


def test_missing_and_quality_agree() -> None:
    fault = ABSENT_FAULTS["mains only"](heart(0), np.random.default_rng(3))
    np.testing.assert_array_equal(absent(fault.record), assess(fault.record).absent)


def slowly_flat(lead: np.ndarray, rate: float) -> np.ndarray:
    """Sample by sample: is there a run of nearly equal neighbours around it that is long enough?"""
    flat = np.zeros(len(lead), bool)
    shortest = min(len(lead), max(2, int(np.ceil(FLAT_SECONDS * rate))))
    start = 0
    for at in range(1, len(lead) + 1):
        if at == len(lead) or abs(lead[at] - lead[at - 1]) > FLAT_STEP:
            if at - start >= shortest:
                flat[start:at] = True
            start = at
    return flat


@given(st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 1.0]), st.integers(1, 30)), min_size=2))
@settings(max_examples=80, deadline=None)
def test_flat_runs_against_slow_code(runs: list[tuple[float, int]]) -> None:
    lead = np.concatenate([np.full(size, value, np.float32) for value, size in runs])
    lead = np.concatenate([lead, np.array([3.0, -3.0], np.float32)])  # so that no level is a rail
    record = ECGRecord(lead[None], ("V1",), 20.0, np.ones((1, len(lead)), bool))
    np.testing.assert_array_equal(stuck(record)[0] > 0, slowly_flat(lead, 20.0))


def test_padding_is_zero_in_all_leads_at_an_end() -> None:
    record = heart(1)
    signal = record.signal.copy()
    signal[:, 4600:] = 0
    assert reasons_at(replace(record, signal=signal), "V3", 9.5) == PADDED
    signal = record.signal.copy()
    signal[:, 2000:2200] = signal[:, 2000:2001]
    paused = replace(record, signal=signal)
    assert reasons_at(paused, "V3", 4.2) == FLAT
    assert reasons_at(paused, "V3", 4.6) == ""
    signal = record.signal.copy()
    signal[3, 4600:] = 0  # one lead alone: 0.8 s may be its resting line
    assert not find_absent(replace(record, signal=signal)).any()


def test_what_is_not_stored_is_called_so() -> None:
    record = heart(2)
    present = record.present.copy()
    present[:, :300] = False
    record = replace(record, present=present, signal=record.signal * present)
    assert reasons_at(record, "II", 0.1) == NOT_STORED
    assert {item.reason for item in assess(record).stretches} == {NOT_STORED}


def test_a_clipped_wave_is_lost_only_where_it_is_cut() -> None:
    record = heart(0)
    signal = record.signal.copy()
    row = LEADS.index("V4")
    level = np.float32(0.5 * signal[row].max())
    over = signal[row] > level
    signal[row] = np.minimum(signal[row], level)
    found = assess(replace(record, signal=signal))
    assert not found.absent[:row].any()
    assert (found.absent[row] & over).sum() > 0.9 * over.sum()
    assert not (found.absent[row] & ~over & (signal[row] < level)).any()
    assert all(item.reason == SATURATED for item in found.stretches)


def test_a_round_peak_in_coarse_steps_is_no_rail() -> None:
    time = np.arange(5000) / RATE
    slow = np.round(np.sin(2 * np.pi * 1.1 * time) / 0.005) * 0.005
    record = ECGRecord(slow[None].astype(np.float32), ("V2",), RATE, np.ones((1, 5000), bool))
    assert not stuck(record).any()


def test_hum_on_top_of_a_heart_is_no_disconnection() -> None:
    record = heart(0)
    hum = 0.3 * np.sin(2 * np.pi * 50 * np.arange(record.n_samples) / RATE)
    noisy = replace(record, signal=(record.signal + hum).astype(np.float32))
    assert not find_absent(noisy).any()
    alone = record.signal.copy()
    alone[8] = hum
    assert reasons_at(replace(record, signal=alone), "V3", 5.0) == HUM


def test_a_quiet_lead_that_the_others_confirm_is_measured() -> None:
    """III = II − I is nothing but noise if I and II are alike; that is no lost lead."""
    record = heart(0)
    rng = np.random.default_rng(0)
    one = record.signal[0].astype(float)
    two = one + 0.004 * rng.normal(size=len(one))
    limb = np.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2])
    signal = np.concatenate([limb, record.signal[6:]]).astype(np.float32)
    assert not find_absent(replace(record, signal=signal)).any()
    lone = record.signal.copy()
    lone[7] = 0.004 * rng.normal(size=len(one))
    assert reasons_at(replace(record, signal=lone), "V2", 5.0) == SILENT


def test_z_scored_records_are_only_checked_for_what_can_be() -> None:
    record = heart(0)
    signal = record.signal / record.signal.std(axis=1, keepdims=True)
    signal[9] = np.sin(np.arange(record.n_samples) * 2 * np.pi * 50 / RATE)
    signal[3, 1000:2000] = 0.5
    found = assess(replace(record, signal=signal.astype(np.float32), unit="sd"))
    assert {item.reason for item in found.stretches} == {FLAT}
    assert not found.suspicions
    assert "z-scored" in found.unchecked[0]


@pytest.mark.parametrize(
    ("name", "whole"), [("JS11438", 6), ("JS45542", 6), ("JS45544", 5)]
)  # fmt: skip
def test_leads_that_are_flat_by_nature(real_ecg: Path, name: str, whole: int) -> None:
    record = open_record(real_ecg / f"cinc2021/chapman_shaoxing_ningbo/{name}.hea")
    assert assess(record).absent.all(axis=1).sum() == whole


def test_real_records_keep_their_samples(real_ecg: Path) -> None:
    for path in sorted(real_ecg.glob("ludb/data/*.hea"))[::25]:
        assert find_absent(open_record(path)).astype(bool).mean() < 1e-4
