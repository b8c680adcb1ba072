"""Measures of known records are known, and distances agree with slow, obvious counting."""

import cmath
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scar_core.analysis.realism import (
    QUANTITIES,
    RATE_HZ,
    amplitudes,
    axis,
    beats_of,
    density,
    intervals,
    measure,
    residual,
    rests,
    spectrum,
)
from scar_core.analysis.realism_compare import (
    SIMULATED,
    chance_limit,
    compare,
    compare_tables,
    ks_distance,
    ks_interval,
    ptbxl_records,
    simulated_records,
    tabulate,
)
from scar_core.analysis.realism_figure import as_svg
from scar_core.analysis.realism_report import as_markdown, differences, direction
from scar_core.cli import main
from scar_core.errors import DatasetError, RecordError
from scar_core.leads import LEADS
from scar_core.quality.delineate import Wave
from scar_core.record import ECGRecord

SECONDS, RR_S = 10.0, 0.8
R_MV = np.array([0.8, 1.2, 0.4, 0.1, 0.2, 0.8, 0.2, 0.5, 0.9, 1.5, 1.4, 1.0])
S_MV = np.array([0.1, 0.2, 0.1, 1.0, 0.1, 0.1, 1.0, 1.3, 0.8, 0.4, 0.2, 0.1])
T_MV = np.array([0.2, 0.3, 0.1, -0.25, 0.1, 0.2, -0.1, 0.5, 0.6, 0.5, 0.4, 0.3])
P_MV = np.array([0.1, 0.15, 0.05, -0.12, 0.04, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05])


def bump(time_s: NDArray[np.float64], at_s: float, sd_s: float) -> NDArray[np.float64]:
    return np.exp(-(((time_s - at_s) / sd_s) ** 2) / 2)


def made(offset_mv: float = 0.3) -> ECGRecord:
    """Beats of known sizes every 0.8 s on a level of its own: P, R, S and T do not overlap."""
    time = np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ
    signal = np.full((12, len(time)), offset_mv)
    for at in np.arange(0.5, SECONDS - 0.5, RR_S):
        signal += P_MV[:, None] * bump(time, at - 0.17, 0.018)
        signal += R_MV[:, None] * bump(time, at, 0.009)
        signal -= S_MV[:, None] * bump(time, at + 0.036, 0.009)
        signal += T_MV[:, None] * bump(time, at + 0.28, 0.035)
    return ECGRecord(signal, LEADS, RATE_HZ, np.ones(signal.shape, np.bool_), "made")


def test_known_waves_are_measured() -> None:
    found = measure(made())
    assert set(found) == {one.name for one in QUANTITIES}
    assert found["R"] == pytest.approx(R_MV, abs=0.03)
    assert found["S"] == pytest.approx(S_MV, abs=0.03)
    assert found["T"] == pytest.approx(T_MV, abs=0.03)
    assert found["P"] == pytest.approx(P_MV, abs=0.025)
    assert found["RR mean"][0] == pytest.approx(800, abs=1)
    assert found["RR variation"][0] < 0.5
    assert found["PR"][0] == pytest.approx(170, abs=30)  # from 1.5–2 sd before P to before R
    assert found["QTc"][0] == pytest.approx(found["QT"][0] / 0.8 ** (1 / 3))
    assert found["QRS axis"][0] == pytest.approx(
        math.degrees(math.atan2((0.8 - 0.1) * 2 / math.sqrt(3), 0.8 - 0.1)), abs=3
    )
    assert found["residual"][0] < 1 and found["wander"][0] < 5


def test_level_does_not_matter_and_absent_leads_are_not_measured() -> None:
    high, low = measure(made(0.3)), measure(made(-2.0))
    assert high["R"] == pytest.approx(low["R"], abs=1e-3)
    record = made()
    signal, present = record.signal.copy(), record.present.copy()
    signal[2], present[7] = 0.0, False
    found = measure(ECGRecord(signal, LEADS, RATE_HZ, present))
    for one in QUANTITIES:
        assert len(found[one.name]) == (12 if one.by_lead else 1)
        if one.by_lead:
            assert np.flatnonzero(np.isnan(found[one.name])).tolist() == [2, 7]
    flat = ECGRecord(np.zeros((12, 5000), np.float32), LEADS, RATE_HZ, present)
    assert all(np.isnan(values).all() for values in measure(flat).values())


def test_z_scored_records_are_refused() -> None:
    record = made()
    scored = ECGRecord(record.signal, LEADS, RATE_HZ, record.present, "z", unit="sd")
    with pytest.raises(RecordError, match="give a record in mV"):
        measure(scored)


def waves_by_hand() -> list[Wave]:
    return [
        Wave("P", 0.10, 0.14, 0.18), Wave("QRS", 0.30, 0.34, 0.38), Wave("T", 0.50, 0.60, 0.68),
        Wave("QRS", 1.30, 1.34, 1.40), Wave("T", 1.54, 1.62, 1.70),
        Wave("P", 2.12, 2.15, 2.20), Wave("QRS", 2.30, 2.34, 2.38),
    ]  # fmt: skip


def test_beats_and_intervals_by_hand() -> None:
    beats = beats_of(waves_by_hand())
    assert [(beat.p is not None, beat.t is not None) for beat in beats] == [
        (True, True), (False, True), (True, False),
    ]  # fmt: skip
    found = {name: float(value[0]) for name, value in intervals(beats).items()}
    assert found["RR mean"] == pytest.approx(1000)
    assert math.isnan(found["RR variation"])  # two intervals only
    assert found["PR"] == pytest.approx(190)
    assert found["QRS"] == pytest.approx(80)
    assert found["QT"] == found["QTc"] == pytest.approx(390)
    rest = rests(waves_by_hand(), 1500)
    inside = [t for t in range(1500) if 0.72 <= t / 500 < 1.26 or 1.74 <= t / 500 < 2.08]
    assert np.flatnonzero(rest).tolist() == inside


def test_variation_is_the_standard_deviation_over_the_mean() -> None:
    at = [1.0, 1.8, 2.8, 3.7]
    found = intervals(beats_of([Wave("QRS", t - 0.04, t, t + 0.04) for t in at]))
    rr = [0.8, 1.0, 0.9]
    sd = math.sqrt(sum((x - 0.9) ** 2 for x in rr) / 2)
    assert found["RR variation"][0] == pytest.approx(100 * sd / 0.9)


def test_peaks_agree_with_loops() -> None:
    rng = np.random.default_rng(5)
    signal = rng.normal(size=(2, 1500))
    found = amplitudes(signal, beats_of(waves_by_hand()))
    for lead in range(2):
        tall, deep = [], []
        for start, stop in ((150, 190), (650, 700), (1150, 1190)):
            level = sum(signal[lead, t] for t in range(start - 10, start)) / 10
            tall.append(max(0.0, *(signal[lead, t] - level for t in range(start, stop + 1))))
            deep.append(max(0.0, *(level - signal[lead, t] for t in range(start, stop + 1))))
        assert found["R"][lead] == pytest.approx(sorted(tall)[1])
        assert found["S"][lead] == pytest.approx(sorted(deep)[1])


@pytest.mark.parametrize(
    ("one", "foot", "degrees"),
    [(1, 0, 0), (-1, 0, 180), (0, 1, 90), (0, -1, -90), (1, 3**0.5 / 2, 45)],
)
def test_axis(one: float, foot: float, degrees: float) -> None:
    net = np.zeros(12)
    net[0], net[5] = one, foot
    assert axis(net)[0] == pytest.approx(degrees)


def test_density_is_the_fourier_sum() -> None:
    signal = np.random.default_rng(1).normal(size=(1, 60)) + 3
    hz, power = density(signal)
    window = [0.5 - 0.5 * math.cos(2 * math.pi * t / 59) for t in range(60)]
    mean = sum(signal[0]) / 60
    for k in (0, 1, 7, 29):
        total = sum(
            (signal[0, t] - mean) * window[t] * cmath.exp(-2j * math.pi * k * t / 60)
            for t in range(60)
        )
        assert power[0, k] == pytest.approx(2 * abs(total) ** 2 / 500 / sum(w * w for w in window))
        assert hz[k] == pytest.approx(k * 500 / 60)


def test_tones_are_measured_where_they_are() -> None:
    time = np.arange(5000) / RATE_HZ

    def tone(hz: float, rms: float) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(2) * rms * np.sin(2 * np.pi * hz * time))

    signal = np.stack([tone(3, 0.3) + tone(10, 0.4) + tone(0.2, 0.05), tone(50, 0.01)])
    found = {name: values.tolist() for name, values in spectrum(signal).items()}
    assert found["RMS"] == pytest.approx([0.5, 0.01], rel=0.01)
    assert found["0.5–5 Hz"][0] == pytest.approx(36, abs=0.5)
    assert found["5–15 Hz"][0] == pytest.approx(64, abs=0.5)
    assert found["40–100 Hz"][1] == pytest.approx(100, abs=0.1)
    assert found["wander"][0] == pytest.approx(50, rel=0.05)
    assert found["mains 50 Hz"] == pytest.approx([0, 10], abs=0.2)
    assert found["mains 60 Hz"] == pytest.approx([0, 0], abs=0.2)


def test_residual_is_what_is_fast_at_rest() -> None:
    time = np.arange(5000) / RATE_HZ
    rest = (time % 1) > 0.5
    signal = np.stack([0.01 * np.sin(2 * np.pi * 80 * time), np.sin(2 * np.pi * 2 * time)])
    signal[:, ~rest] += np.where(time[~rest] % 1 < 0.2, 0.02, 0) * np.sin(600 * time[~rest])
    assert residual(signal, rest) == pytest.approx([10 / np.sqrt(2), 0], abs=0.5)
    assert np.isnan(residual(signal, np.zeros(5000, np.bool_))).all()


def slow_distance(one: list[float], other: list[float]) -> float:
    return max(
        abs(sum(v <= x for v in one) / len(one) - sum(v <= x for v in other) / len(other))
        for x in one + other
    )


def test_distance_agrees_with_counting_and_its_interval_holds_it() -> None:
    rng = np.random.default_rng(2)
    for n, m in ((1, 1), (7, 4), (30, 50)):
        one, other = np.round(rng.uniform(0, 9, n)), np.round(rng.uniform(2, 12, m))
        assert ks_distance(one, other) == pytest.approx(slow_distance(list(one), list(other)))
    same, again = rng.normal(size=60), rng.normal(size=60)
    low, high = ks_interval(same, again, np.random.default_rng(0))
    assert 0 <= low <= ks_distance(same, again) <= high < 0.5
    assert ks_interval(same, again, np.random.default_rng(0)) == (low, high)
    low, high = ks_interval(same, again + 5, np.random.default_rng(0))
    assert 0.9 < low <= high <= 1
    assert chance_limit(100, 100) == pytest.approx(1.358 * math.sqrt(0.02))


def test_what_differs_is_said_and_drawn() -> None:
    table = tabulate([record for record, _ in simulated_records(6, 1)])
    moved = {name: values.copy() for name, values in table.items()}
    moved["R"][:, 6] += 5.0
    rows = compare_tables({SIMULATED: table, "LUDB": moved, "PTB-XL": moved}, 0)
    assert len(rows) == sum(12 if one.by_lead else 1 for one in QUANTITIES)
    (said,) = differences(rows)
    assert said.startswith("**R** is smaller in V1 (median simulated")
    counts = {SIMULATED: 6, "LUDB": 6, "PTB-XL": 6}
    root = ET.fromstring(as_svg(rows, counts))  # noqa: S314 - our own
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 1
    assert root[0].tag.endswith("title") and root[1].tag.endswith("desc")
    figures = {"seed": 0, "records": {"all": counts, "normal": counts}, "missing": {}}
    page = as_markdown(figures | {"rows": {"all": rows, "normal": rows}})
    assert page.count("1.00 (1.00–1.00) **●**") == 4
    assert "nan" not in page


def test_negative_medians_are_larger_away_from_zero() -> None:
    def row(*medians: float) -> dict[str, object]:
        named = zip((SIMULATED, "LUDB", "PTB-XL"), medians, strict=True)
        return {
            "sources": {n: {"median": m, "low": m - 1, "high": m + 1} for n, m in named},
            "distances": {f"{SIMULATED} – {name}": {} for name in ("LUDB", "PTB-XL")},
        }

    assert direction(row(-3, -2, -1)) == direction(row(3, 2, 1)) == "larger"
    assert direction(row(-1, -2, -3)) == direction(row(1, 2, 3)) == "smaller"
    assert direction(row(-1, 2, 3)) == "lower"
    assert direction(row(2, 1, 3)) == "otherwise distributed"


def test_without_real_records_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DatasetError, match="to get it"):
        compare(tmp_path, records=2)
    with pytest.raises(DatasetError, match="--root"):
        ptbxl_records(tmp_path, 2)
    assert main(["simulate"]) == 2
    assert "name one with --out" in capsys.readouterr().err


def test_the_command_writes_the_report(real_ecg: Path, tmp_path: Path) -> None:
    if not (real_ecg / "ptbxl_native_more").is_dir():
        pytest.skip("no native PTB-XL records")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "ptbxl_native_more").symlink_to(real_ecg / "ptbxl_native_more")
    out = tmp_path / "out"
    asked = ["simulate", "--compare", "--records", "6", "--root", str(tmp_path / "root")]
    assert main([*asked, "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "simulator.json", "simulator.md", "simulator.svg",
    ]  # fmt: skip
    figures = json.loads((out / "simulator.json").read_text())
    assert figures["records"]["all"]["PTB-XL"] >= 20 and "LUDB" in figures["missing"]
    assert "Left out: Lobachevsky" in (out / "simulator.md").read_text()
