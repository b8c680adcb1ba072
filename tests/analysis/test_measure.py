"""Rate and intervals: what simulated and marked records say they are, and when there are none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scar_core.analysis.measure import (
    ERRORS,
    NAMES,
    Measured,
    as_seen,
    error_of,
    measure,
    measurement_errors,
)
from scar_core.missing import Scenario, apply
from tests.app.records import make_record


def by_name(found: tuple[Measured, ...]) -> dict[str, Measured]:
    return {one.name: one for one in found}


def test_a_regular_rhythm_is_measured() -> None:
    found = by_name(measure(make_record(rr_s=0.8)))
    assert set(found) == set(NAMES)
    assert found["rate"].value == pytest.approx(75, abs=0.5)
    assert found["rate"].over_beats == pytest.approx((75, 75), abs=1.5)
    values = {name: one.value or 0.0 for name, one in found.items()}
    assert values["QT"] == pytest.approx(values["QTc"] * 0.8 ** (1 / 3), rel=0.01)
    assert 40 < values["QRS"] < 120
    assert 60 < values["PR"] < 220
    assert found["QRS"].leads == 12
    low, high = found["QT"].over_leads or (1.0, 0.0)
    assert low <= high


def test_fewer_whole_beats_are_no_measurement() -> None:
    record = make_record(rr_s=0.8)
    shown, visible = apply(record, Scenario.from_query({"span": "*:2-10"}))
    found = by_name(measure(as_seen(shown, visible)))
    assert found["rate"].value is None
    assert "are needed" in found["QT"].why_not
    shown, visible = apply(record, Scenario.from_query({"span": "*:5-10"}))
    half = by_name(measure(as_seen(shown, visible)))
    assert half["rate"].value == pytest.approx(75, abs=0.5)
    assert half["rate"].beats <= 6


def test_no_interval_reaches_over_what_is_hidden() -> None:
    record = make_record(rr_s=0.8)
    shown, visible = apply(record, Scenario.from_query({"span": "*:4-6"}))
    rate = by_name(measure(as_seen(shown, visible)))["rate"]
    assert rate.value == pytest.approx(75, abs=0.5)
    assert rate.over_beats == pytest.approx((75, 75), abs=1.5)


def test_nothing_present_is_said() -> None:
    record = make_record()
    nothing = replace(record, present=np.zeros_like(record.present))
    assert all(one.value is None and one.why_not for one in measure(nothing))


def test_errors_are_those_of_so_many_leads_or_fewer() -> None:
    assert error_of(12)[0] == 12
    assert error_of(5)[0] == 3
    assert error_of(0)[0] == 1
    assert set(ERRORS[12]) == set(NAMES)


def test_cardiologists_agree(real_ecg: Path) -> None:
    headers = [real_ecg / "ludb" / "data" / f"{number}.hea" for number in (30, 90, 150, 170)]
    if not headers[0].is_file():
        pytest.skip("LUDB is not there")
    found = measurement_errors(headers, 12)
    assert abs(found["rate"][0]) < 3
    assert abs(found["QRS"][0]) < 25
    assert abs(found["QT"][0]) < 50


@pytest.mark.slow
def test_errors_are_what_ludb_says(real_ecg: Path) -> None:
    headers = [real_ecg / "ludb" / "data" / f"{number}.hea" for number in range(21, 201)]
    if not headers[0].is_file():
        pytest.skip("LUDB is not there")
    for n_leads, known in ERRORS.items():
        found = measurement_errors(headers, n_leads)
        for name, (mean, deviation) in known.items():
            assert found[name][0] == pytest.approx(mean, abs=1.0)
            assert found[name][1] == pytest.approx(deviation, abs=1.0)
