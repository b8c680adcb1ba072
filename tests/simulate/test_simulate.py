"""Simulated batches: exact identities, truth of the labels, reproducibility, limits."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch

from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS, findings_of
from scar_core.leads import LEADS
from scar_core.simulate import SimulatedBatch, simulate

ONE, TWO, THREE, AVR, AVL, AVF = range(6)


def draw(n: int = 8, seed: int = 0, **settings: Any) -> SimulatedBatch:
    return simulate(n, generator=torch.Generator().manual_seed(seed), **settings)


@pytest.fixture(scope="module")
def mixed() -> SimulatedBatch:
    return draw(300, seed=3, rate_hz=250, noise=0.0)


def test_shape_type_and_lengths() -> None:
    batch = draw(3, rate_hz=100, seconds=4)
    assert batch.signal.shape == (3, 12, 400)
    assert batch.signal.dtype == torch.float32
    assert torch.isfinite(batch.signal).all()
    assert len(batch.findings) == len(batch.reports) == len(batch.evidence) == 3
    assert batch.rate_hz == 100


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_limb_leads_obey_einthoven(noise: float) -> None:
    signal = draw(60, seed=1, noise=noise).signal
    connected = (signal.abs().amax(dim=-1) > 0).all(dim=1)
    x = signal[connected]
    assert len(x) > 40
    assert torch.equal(x[:, THREE], x[:, TWO] - x[:, ONE])
    assert torch.equal(x[:, AVR], -(x[:, ONE] + x[:, TWO]) / 2)
    assert torch.equal(x[:, AVL], x[:, ONE] - x[:, TWO] / 2)
    assert torch.equal(x[:, AVF], x[:, TWO] - x[:, ONE] / 2)


def test_same_seed_same_batch_and_other_seed_another() -> None:
    one, two, other = draw(6, seed=5), draw(6, seed=5), draw(6, seed=6)
    assert torch.equal(one.signal, two.signal)
    assert one.findings == two.findings
    assert one.reports == two.reports
    assert one.evidence == two.evidence
    assert not torch.equal(one.signal, other.signal)


def test_every_rate_shows_the_same_hearts() -> None:
    fine, middle, coarse = (draw(24, seed=7, rate_hz=r, noise=0.0) for r in (500, 250, 100))
    assert fine.findings == middle.findings == coarse.findings
    assert fine.reports == coarse.reports
    unpaced = [row for row, codes in enumerate(fine.findings) if "PACE" not in codes]
    assert len(unpaced) > 15
    # Samples that both rates have are the same values, up to where a wave is cut off.
    assert torch.allclose(fine.signal[unpaced, :, ::2], middle.signal[unpaced], atol=2.5e-3)
    assert torch.allclose(fine.signal[unpaced, :, ::5], coarse.signal[unpaced], atol=2.5e-3)


def test_noise_can_be_left_out_and_scaled() -> None:
    clean, usual, loud = (
        draw(20, seed=8, noise=level, findings=["NORM"]) for level in (0.0, 1.0, 4.0)
    )
    fixed = (usual.signal.std(dim=-1) > 0) & (loud.signal.std(dim=-1) > 0)

    def fast(x: torch.Tensor) -> torch.Tensor:
        return x.diff(dim=-1).abs().median(dim=-1).values[fixed].mean()

    assert fast(clean.signal) < 0.6 * fast(usual.signal)
    assert fast(usual.signal) < 0.6 * fast(loud.signal)


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_every_finding_can_be_asked_for(code: str) -> None:
    batch = draw(12, seed=9, rate_hz=100, findings=[code])
    for codes in batch.findings:
        assert code in findings_of(codes)


@pytest.mark.parametrize(
    "codes",
    [
        ("AFIB", "CLBBB"), ("CRBBB", "LAFB"), ("IMI", "OLDMI", "PVC"), ("LVH", "STD", "TINV"),
        ("SBRAD", "AVB1"), ("PVC", "BIGU"), ("AFIB", "PACE"), ("AMI", "ACUTEMI", "CRBBB"),
    ],
)  # fmt: skip
def test_combinations_that_occur_can_be_asked_for(codes: tuple[str, ...]) -> None:
    for found in draw(12, seed=10, rate_hz=100, findings=codes).findings:
        assert set(codes) <= findings_of(found)


def test_codes_are_known_and_in_order(mixed: SimulatedBatch) -> None:
    order = list(FINDINGS)
    for codes in mixed.findings:
        assert list(codes) == sorted(set(codes), key=order.index)


def test_a_mixed_population_has_every_kind_of_record() -> None:
    seen = {c for codes in draw(1500, seed=2, rate_hz=100, seconds=5).findings for c in codes}
    assert set(FINDINGS) - seen <= {"CD", "HYP", "MI", "STTC", "SVARR", "AVB", "ABQRS", "QWAVE"}


def test_normal_means_nothing_else() -> None:
    for codes in draw(60, seed=12, rate_hz=100, findings=["NORM"]).findings:
        if "NORM" in codes:
            assert set(codes) <= {"NORM", "SR", "SARRH"}


def test_nearly_all_that_are_asked_for_as_normal_are() -> None:
    found = draw(800, seed=22, rate_hz=100, seconds=2, findings=["NORM"]).findings
    assert sum("NORM" in codes for codes in found) >= 788


def test_complexes_are_as_rough_as_recorded_ones() -> None:
    """LUDB and PTB-XL: medians of 0.3 to 2.3 % by lead, and never next to nothing."""
    x = draw(60, seed=23, noise=0.0, findings=["NORM"]).signal
    power = torch.fft.rfft(x - x.mean(dim=-1, keepdim=True)).abs().square()
    hz = torch.fft.rfftfreq(x.shape[-1], 1 / 500)
    whole = power[..., (hz >= 0.5) & (hz < 100)].sum(dim=-1)
    percent = 100 * power[..., (hz >= 40) & (hz < 100)].sum(dim=-1) / whole
    median = percent.median(dim=0).values
    assert 0.25 < float(median.min()) < float(median.max()) < 4
    assert float(percent.quantile(0.05)) > 0.05


def test_limb_leads_show_p_waves_as_recorded_ones_do() -> None:
    """P points to the left and down, upright in I and aVL too; LUDB has 0.09 and 0.04 mV."""
    p_mv = draw(200, seed=24, rate_hz=100, seconds=2, findings=["NORM"]).heart.atrial.p_mv[:, 0]
    one, two = p_mv.sum(dim=1)[:, :2].unbind(dim=1)
    assert 0.06 < float(one.median()) < 0.16
    assert float((one > 0).float().mean()) > 0.97
    assert float((one - two / 2).median()) > 0.01


def beats_of(batch: SimulatedBatch, row: int) -> list[float]:
    """Onsets of the beats inside a record, in plain numbers."""
    rhythm = batch.heart.rhythm
    pairs = zip(rhythm.qrs_s[row].tolist(), rhythm.qrs_used[row].tolist(), strict=True)
    return sorted(t for t, used in pairs if used and 0 <= t <= 9.7)


def r_peaks(signal: torch.Tensor, rate_hz: float) -> list[float]:
    """Find beats the slow way: where all leads together change fastest, 0.25 s apart."""
    change = signal.diff(dim=-1).square().sum(dim=0).sqrt().tolist()
    limit = 0.35 * sorted(change)[int(0.995 * len(change))]
    peaks: list[float] = []
    for number, value in enumerate(change):
        around = change[max(0, number - 12) : number + 13]
        if value > limit and value == max(around):
            if peaks and number / rate_hz - peaks[-1] < 0.25:
                continue
            peaks.append(number / rate_hz)
    return peaks


@pytest.mark.parametrize(("code", "low", "high"), [("SBRAD", 20, 60), ("STACH", 100, 220)])
def test_rates_counted_on_the_signal_match_the_label(code: str, low: float, high: float) -> None:
    batch = draw(10, seed=13, rate_hz=250, noise=0.0, findings=[code])
    for row in range(10):
        peaks = r_peaks(batch.signal[row], 250)
        bpm = 60 * (len(peaks) - 1) / (peaks[-1] - peaks[0])
        assert low - 2 < bpm < high + 2
        assert bpm == pytest.approx(float(batch.truth.rate_bpm[row]), rel=0.03)


def test_fibrillation_is_irregular_and_sinus_rhythm_is_not() -> None:
    def spread(code: str) -> list[float]:
        batch = draw(12, seed=14, rate_hz=250, noise=0.0, findings=[code])
        out = []
        for row in range(12):
            times = beats_of(batch, row)
            gaps = [b - a for a, b in pairwise(times)]
            mean = sum(gaps) / len(gaps)
            out.append(math.sqrt(sum((g - mean) ** 2 for g in gaps) / len(gaps)) / mean)
        return out

    assert min(spread("AFIB")) > 0.08
    assert max(spread("SR")) < 0.06


def p_to_qrs(batch: SimulatedBatch, row: int) -> list[float]:
    """Intervals from each P onset to the next beat."""
    rhythm = batch.heart.rhythm
    p = [t for t, u in zip(rhythm.p_s[row].tolist(), rhythm.p_used[row].tolist(), strict=True) if u]
    beats = beats_of(batch, row)
    return [min(b - t for b in beats if b > t) for t in p if beats[0] < t < beats[-1]]


def test_pr_intervals_match_the_labels() -> None:
    for codes, low, high in ((["AVB1"], 0.2, 0.4), (["SR"], 0.11, 0.2)):
        batch = draw(12, seed=15, findings=codes, rate_hz=100)
        for row in range(12):
            assert all(low < interval < high for interval in p_to_qrs(batch, row))


def test_complete_block_has_more_p_waves_than_beats() -> None:
    batch = draw(12, seed=16, findings=["AVB3"], rate_hz=100)
    for row in range(12):
        intervals = p_to_qrs(batch, row)
        assert max(intervals) - min(intervals) > 0.15
        assert float(batch.truth.rate_bpm[row]) < 60


def qrs_extremes(batch: SimulatedBatch, row: int) -> list[tuple[float, float]]:
    """Largest and smallest value of each lead during one conducted beat, baseline taken off."""
    start = next(t for t in beats_of(batch, row) if t > 0.5)
    stop = start + float(batch.heart.qrs.duration_s[row, 0])
    first, last = round(start * batch.rate_hz), round(stop * batch.rate_hz)
    part = batch.signal[row, :, first : last + 1]
    return [(float(x.max()), float(x.min())) for x in part]


@pytest.mark.parametrize(
    ("code", "low", "high"), [("LAD", -95, -27), ("RAD", 91, 183), ("NORM", -35, 95)]
)
def test_axes_seen_in_the_signal_match_the_label(code: str, low: float, high: float) -> None:
    batch = draw(16, seed=17, noise=0.0, findings=[code])
    for row in range(16):
        extremes = qrs_extremes(batch, row)
        net = [top + bottom for top, bottom in extremes]
        axis = math.degrees(math.atan2(net[AVF] * 2 / math.sqrt(3), net[ONE]))
        assert low < axis < high


def test_voltages_in_the_signal_match_the_label() -> None:
    low = draw(12, seed=18, noise=0.0, findings=["LVOLT"])
    high = draw(12, seed=18, noise=0.0, findings=["LVH"])
    for row in range(12):
        limb = [top - bottom for top, bottom in qrs_extremes(low, row)[:6]]
        assert max(limb) < 0.56
        extremes = qrs_extremes(high, row)
        assert -extremes[6][1] + max(extremes[10][0], extremes[11][0]) > 3.2


def test_broad_blocks_last_longer_than_narrow_beats() -> None:
    for code, low, high in (
        ("NORM", 0.06, 0.12), ("IRBBB", 0.08, 0.13), ("CRBBB", 0.115, 0.2), ("CLBBB", 0.115, 0.2),
        ("PACE", 0.115, 0.21),
    ):  # fmt: skip
        duration = draw(40, seed=19, rate_hz=100, findings=[code]).heart.qrs.duration_s[:, 0]
        assert low < float(duration.quantile(0.1))
        assert float(duration.quantile(0.9)) < high


def test_block_shapes_point_where_the_books_say() -> None:
    right = draw(20, seed=20, noise=0.0, findings=["CRBBB"])
    left = draw(20, seed=20, noise=0.0, findings=["CLBBB"])
    v1, v6 = LEADS.index("V1"), LEADS.index("V6")
    for row in range(20):
        start = next(t for t in beats_of(right, row) if t > 0.5)
        end = float(right.heart.qrs.duration_s[row, 0])
        late = slice(round((start + 0.6 * end) * 500), round((start + end) * 500))
        assert float(right.signal[row, v1, late].max()) > 0.1
        assert float(right.signal[row, v6, late].min()) < 0.0
        top, bottom = qrs_extremes(left, row)[v1]
        assert -bottom > top


def test_long_qt_is_long_and_other_qt_is_not(mixed: SimulatedBatch) -> None:
    qt = mixed.heart.repolarisation.qt_s
    rhythm = mixed.heart.rhythm
    for row, codes in enumerate(mixed.findings):
        used = [
            rr for rr, u in zip(rhythm.rr_s[row].tolist(), rhythm.qrs_used[row], strict=True) if u
        ]
        corrected = float(qt[row]) / (sum(used) / len(used)) ** (1 / 3)
        if "LQT" in codes:
            assert corrected > 0.465
        elif "PACE" not in codes and "AVB3" not in codes:
            assert corrected < 0.465


def test_elevations_and_inversions_are_in_the_signal() -> None:
    batch = draw(20, seed=21, noise=0.0, findings=["IMI", "ACUTEMI"])
    for row, codes in enumerate(batch.findings):
        assert "STE" in codes
        start = next(t for t in beats_of(batch, row) if t > 0.5)
        at = round((start + float(batch.heart.qrs.duration_s[row, 0]) + 0.06) * 500)
        level = batch.signal[row, :, at]
        assert sorted(float(level[lead]) for lead in (TWO, THREE, AVF))[1] > 0.05
        assert float(level[AVL]) < 0.05


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"findings": ["XYZ"]}, "XYZ"), ({"findings": ["AFIB", "AVB2"]}, "AFIB"),
        ({"rate_hz": 5}, "5"), ({"seconds": 0.5}, "0.5"),
    ],
)  # fmt: skip
def test_impossible_wishes_get_one_sentence(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        draw(2, 0, **settings)
    with pytest.raises(ConfigError, match="0 records"):
        draw(0)
