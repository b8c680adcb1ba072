"""ECGRecord: its promises, order by name, resampling, windows, fingerprints."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.config import checkpoint_dir, state_dir
from scar_core.errors import RecordError
from scar_core.leads import LEADS
from scar_core.record import ECGRecord, bridge_gaps, limb_problem
from tests.made import made_record


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signal": np.zeros((2, 5))}, "shape"),
        ({"signal": np.zeros(5)}, "shape"),
        ({"signal": np.zeros((12, 0)), "present": np.zeros((12, 0), bool)}, "shape"),
        ({"lead_names": (*LEADS[:11], "avr")}, "unknown leads avr"),
        ({"lead_names": (*LEADS[:11], "I")}, "names a lead twice"),
        ({"present": np.ones((12, 400))}, "must be bool"),
        ({"present": np.ones((12, 399), bool)}, "must be bool"),
        ({"sampling_rate_hz": 0.0}, "positive"),
        ({"sampling_rate_hz": -1.0}, "positive"),
        ({"sampling_rate_hz": float("nan")}, "positive"),
        ({"unit": "uV"}, "unit 'uV'"),
        ({"signal": np.full((12, 400), np.nan)}, "NaN"),
    ],
)
def test_contradictions_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(RecordError, match=words):
        replace(made_record(), **change)


def test_order_goes_by_name_and_absent_leads_are_not_present() -> None:
    record = made_record(leads=("V6", "aVF", "I"))
    ordered = record.in_order()
    assert ordered.lead_names == LEADS
    for lead in LEADS:
        row = ordered.lead_names.index(lead)
        if lead in record.lead_names:
            source = record.signal[record.lead_names.index(lead)]
            np.testing.assert_array_equal(ordered.signal[row], source)
            assert ordered.present[row].all()
        else:
            assert not ordered.signal[row].any()
            assert not ordered.present[row].any()
    again = ordered.in_order(record.lead_names)
    assert again.fingerprint() == record.fingerprint()


@pytest.mark.parametrize(("old_hz", "new_hz"), [(360.0, 500.0), (1000.0, 250.0), (257.0, 500.0)])
def test_resampling_keeps_a_sine_where_it_was(old_hz: float, new_hz: float) -> None:
    def wave(rate_hz: float) -> np.ndarray:
        at = np.arange(round(4 * rate_hz)) / rate_hz
        return (np.sin(2 * np.pi * 5 * at) + 3)[None].astype(np.float32)

    signal = wave(old_hz)
    record = ECGRecord(signal, ("I",), old_hz, np.ones(signal.shape, bool))
    new = record.resampled(new_hz)
    expected = wave(new_hz)
    assert new.sampling_rate_hz == new_hz
    assert abs(new.n_samples - expected.shape[1]) <= 1
    n = min(new.n_samples, expected.shape[1])
    inner = slice(n // 10, -n // 10)
    np.testing.assert_allclose(new.signal[:, :n][:, inner], expected[:, :n][:, inner], atol=0.01)
    assert new.present.all()
    assert record.resampled(old_hz) is record


def test_a_gap_stays_a_gap_and_does_not_ring() -> None:
    signal = np.full((1, 400), 2.0, np.float32)
    present = np.ones((1, 400), bool)
    signal[0, 100:200], present[0, 100:200] = 0, False
    new = ECGRecord(signal, ("I",), 100.0, present).resampled(250.0)
    gone_s = np.flatnonzero(~new.present[0]) / 250.0
    assert gone_s.min() == pytest.approx(1.0, abs=0.02)
    assert gone_s.max() == pytest.approx(2.0, abs=0.02)
    np.testing.assert_allclose(new.signal[new.present], 2.0, atol=5e-3)
    assert not new.signal[~new.present].any()


@pytest.mark.parametrize("rate_hz", [0.0, -5.0, float("nan"), float("inf"), 1e-9])
def test_impossible_rates(rate_hz: float) -> None:
    with pytest.raises(RecordError):
        made_record().resampled(rate_hz)


@settings(deadline=None)
@given(st.integers(1, 800), st.integers(0, 399))
def test_windows(n_wanted: int, start: int) -> None:
    record = made_record()
    window = record.window(n_wanted / 100, start / 100)
    assert window.n_samples == n_wanted
    there = min(n_wanted, 400 - start)
    np.testing.assert_array_equal(window.signal[:, :there], record.signal[:, start : start + there])
    assert window.present[:, :there].all()
    assert not window.present[:, there:].any()
    assert not window.signal[:, there:].any()
    assert any("Padded" in note for note in window.notes) == (there < n_wanted)
    assert any("Cropped" in note for note in window.notes) == (there < 400)


@pytest.mark.parametrize(
    ("seconds", "start_s"), [(0, 0), (-1, 0), (float("nan"), 0), (1, -1), (1, 4), (1, float("nan"))]
)
def test_impossible_windows(seconds: float, start_s: float) -> None:
    with pytest.raises(RecordError, match="lasts 4 s"):
        made_record().window(seconds, start_s)


def test_fingerprint_sees_the_input_and_nothing_else() -> None:
    record = made_record()
    present = record.present.copy()
    present[3, 7] = False
    signal = record.signal.copy()
    signal[3, 7] += 1e-6
    same = replace(record, name="other", metadata={"age": 5}, notes=("note",))
    assert same.fingerprint() == record.fingerprint()
    others = [
        replace(record, present=present),
        replace(record, signal=signal),
        replace(record, sampling_rate_hz=101.0),
        replace(record, unit="sd"),
        replace(record, lead_names=LEADS[::-1]),
    ]
    assert len({other.fingerprint() for other in [record, *others]}) == 6


def test_bridges() -> None:
    signal = np.array([[9, 1, 9, 3, 9], [9, 9, 9, 9, 9]], np.float32)
    present = np.array([[0, 1, 0, 1, 0], [0, 0, 0, 0, 0]], bool)
    np.testing.assert_allclose(bridge_gaps(signal, present), [[1, 1, 2, 3, 3], [0] * 5])


def test_limb_problem_is_only_for_complete_millivolt_records() -> None:
    record = made_record()
    assert limb_problem(record) is None
    wrong = replace(record, lead_names=("II", "I", *LEADS[2:]))
    assert "I and II seem to be swapped" in str(limb_problem(wrong))
    assert limb_problem(replace(wrong, unit="sd")) is None
    assert limb_problem(wrong.in_order(LEADS[:5])) is None


def test_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCAR_HOME", str(tmp_path))
    assert state_dir() == tmp_path
    monkeypatch.delenv("SCAR_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("sys.platform", "linux")
    assert state_dir() == tmp_path / "state" / "scar-explorer"
    assert checkpoint_dir().parts[-2:] == ("assets", "checkpoints")
