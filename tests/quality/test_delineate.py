"""Waves are found where the simulator put them, and where cardiologists saw them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from scar_core.analysis.delineation_score import annotated, pairs, score_delineation
from scar_core.errors import DatasetError
from scar_core.leads import LEADS
from scar_core.quality.delineate import Wave, delineate, intervals, wave_shares
from scar_core.record import ECGRecord
from scar_core.simulate import simulate


def test_simulated_beats_are_found() -> None:
    made = simulate(6, generator=torch.Generator().manual_seed(1), findings=["NORM"])
    for number in range(6):
        signal = made.signal[number].numpy()
        record = ECGRecord(signal, LEADS, made.rate_hz, np.ones(signal.shape, bool))
        waves = delineate(record)
        rhythm = made.heart.rhythm
        true = rhythm.qrs_s[number][rhythm.qrs_used[number]]
        inside = [float(t) for t in true if 0.2 < t < 9.6]
        onsets = [wave.start_s for wave in waves if wave.kind == "QRS"]
        found = pairs(inside, onsets, 0.08)
        assert len(found) == len(inside)
        assert len(onsets) <= len(true)
        assert np.abs(found).max() < 0.06
        counts = intervals(waves)
        assert counts["P"] >= len(inside) - 2
        assert counts["T"] >= len(inside) - 1
        assert counts["rate_bpm"] == pytest.approx(float(made.truth.rate_bpm[number]), rel=0.1)


def test_fibrillation_has_no_p_waves() -> None:
    made = simulate(4, generator=torch.Generator().manual_seed(2), findings=["AFIB"])
    for signal in made.signal:
        record = ECGRecord(signal.numpy(), LEADS, made.rate_hz, np.ones(signal.shape, bool))
        assert intervals(delineate(record))["P"] == 0


def test_flat_and_short_records_have_no_waves() -> None:
    flat = np.zeros((1, 2000), np.float32)
    assert delineate(ECGRecord(flat, ("I",), 200.0, np.ones(flat.shape, bool))) == ()
    assert delineate(ECGRecord(flat[:, :50], ("I",), 200.0, np.ones((1, 50), bool))) == ()
    assert delineate(ECGRecord(flat, ("I",), 200.0, np.zeros(flat.shape, bool))) == ()


def test_shares_of_patches_add_up() -> None:
    waves = (Wave("P", 0.0, 0.05, 0.1), Wave("QRS", 0.3, 0.35, 0.4), Wave("T", 0.5, 0.6, 0.9))
    shares = wave_shares(waves, 5, 0.2)
    assert sum(shares.values()) == pytest.approx(np.ones(5))
    assert shares["P"] == pytest.approx([0.5, 0, 0, 0, 0])
    assert shares["QRS"] == pytest.approx([0, 0.5, 0, 0, 0])
    assert shares["T"] == pytest.approx([0, 0, 0.5, 1, 0.5])


def test_marks_pair_once_and_nearest_first() -> None:
    assert pairs([1.0, 2.0], [1.1, 1.02, 2.3], 0.15) == pytest.approx([0.02])
    assert pairs([], [1.0], 0.15) == []
    assert sorted(pairs([1.0, 1.1], [1.04, 1.12], 0.15)) == pytest.approx([0.02, 0.04])


def test_cardiologists_marks_are_found(real_ecg: Path) -> None:
    headers = [real_ecg / "ludb" / "data" / f"{number}.hea" for number in (30, 90, 150)]
    if not headers[0].is_file():
        pytest.skip("LUDB is not there")
    found = score_delineation(headers)
    assert found["QRS onset"].marks > 200
    for border in ("onset", "end"):
        assert found[f"QRS {border}"].sensitivity > 0.97
        assert found[f"QRS {border}"].predictive > 0.95
        assert abs(found[f"QRS {border}"].bias_ms) < 25
        assert found[f"T {border}"].sensitivity > 0.9
    with pytest.raises(DatasetError, match="cannot be read"):
        annotated(headers[0], "v9")
