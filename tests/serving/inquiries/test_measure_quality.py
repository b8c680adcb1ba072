"""Intervals and quality: as measured directly, and as stretches that can be hidden."""

import numpy as np
import pytest

from scar_core.analysis.measure import measure
from scar_core.errors import ConfigError
from scar_core.missing import Scenario, Span
from scar_core.quality import assess
from scar_core.record import ECGRecord
from tests.serving.inquiries.shipped import ask, gallery_record


def test_intervals_are_the_measurement() -> None:
    found = ask("measure", Scenario.from_query({"span": "*:5-10", "hide": "V1"}))
    direct = {one.name: one for one in measure(gallery_record())}
    for told in found["before"]:
        assert told["value"] == pytest.approx(direct[told["name"]].value)
        assert told["over_leads"] == pytest.approx(direct[told["name"]].over_leads)
    assert len(found["leads"]) == 11
    assert found["error_leads"] == 6
    assert found["now"][0]["beats"] < found["before"][0]["beats"]


def test_hidden_from_end_to_end_is_not_measurable() -> None:
    found = ask("measure", Scenario.from_query({"span": "*:0-10"}))
    assert all(one["value"] is None and one["why_not"] for one in found["now"])


def test_atrial_fibrillation_has_no_pr() -> None:
    found = ask("measure", record=gallery_record("atrial-fibrillation"))
    pr = next(one for one in found["now"] if one["name"] == "PR")
    assert pr["value"] is None
    assert "P wave" in pr["why_not"]


def test_noise_is_proposed_where_it_was_put() -> None:
    clean = gallery_record("normal")
    signal = clean.signal.copy()
    rate = round(clean.sampling_rate_hz)
    rng = np.random.default_rng(0)
    row = clean.lead_names.index("V3")
    signal[row, 2 * rate : 5 * rate] += rng.normal(0, 1.0, 3 * rate).astype(np.float32)
    record = ECGRecord(signal, clean.lead_names, clean.sampling_rate_hz, clean.present)
    found = ask("quality", record=record)
    worst = found["noisy"][0]
    assert worst["lead"] == "V3"
    assert worst["start_s"] <= 2.0
    assert worst["stop_s"] >= 5.0
    assert Span(worst["lead"], worst["start_s"], worst["stop_s"])
    sqi = assess(record).sqi[row, int(worst["start_s"]) : int(worst["stop_s"])]
    assert worst["figure"] == pytest.approx(sqi.mean())
    with pytest.raises(ConfigError, match="below"):
        ask("quality", below=0)


def test_absent_stretches_have_a_reason() -> None:
    clean = gallery_record("normal")
    signal = clean.signal.copy()
    signal[3, :] = 0.2
    record = ECGRecord(signal, clean.lead_names, clean.sampling_rate_hz, clean.present)
    assert ask("quality", record=record)["absent"] == [
        {"lead": clean.lead_names[3], "start_s": 0.0, "stop_s": 10.0, "reason": "flat"}
    ]
