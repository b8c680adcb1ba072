"""What inspect says of a record."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scar_core.formats import open_record
from scar_core.inspect import as_text, describe, describe_quality, quality_text
from scar_core.leads import LEADS
from tests.made import made_record


def test_figures() -> None:
    record = made_record(leads=("I", "II", "V1"))
    signal, present = record.signal.copy(), record.present.copy()
    signal[1, 100:250] = 0.2  # flat, though said to be present
    present[2], signal[2] = False, 0
    record = replace(
        record,
        signal=signal,
        present=present,
        metadata={"age": np.float64(7), "x": {1: (float("nan"),)}},
    )
    said = describe(record)
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    one, two, three = said["leads"]
    assert one["present_share"] == 1
    assert one["min"] == pytest.approx(signal[0].min())
    assert one["peak_to_peak"] == pytest.approx(np.ptp(signal[0]))
    assert two["absent_spans"] == [[1.0, 2.5]]
    assert 0 < one["sqi"] <= 1
    assert three["sqi"] == 0
    reasons = {(item["lead"], item["reason"]) for item in said["quality"]["absent"]}
    assert reasons == {("II", "flat"), ("V1", "not stored")}
    assert len(said["quality"]["sqi"]["I"]["seconds"]) == 4
    assert two["present_share"] == pytest.approx(250 / 400)
    assert (three["min"], three["present_share"]) == (None, 0)
    assert three["absent_spans"] == [[0.0, 4.0]]
    assert said["missing_leads"] == [lead for lead in LEADS if lead not in ("I", "II")]
    assert said["recoverable_leads"] == ["III", "aVR", "aVL", "aVF"]
    assert said["limb_residual"] is None
    assert said["metadata"] == {"age": 7.0, "x": {"1": [None]}}
    assert said["fingerprint"] == record.fingerprint()


def test_text() -> None:
    record = replace(made_record(), metadata={"age": 61.0, "dx": ("1", "2")}, notes=("Done.",))
    text = as_text(describe(record))
    assert text.startswith("made: 12 leads, 4 s at 100 Hz (400 samples per lead), unit mV")
    assert "obey Einthoven's identities" in text
    assert "Age: 61\n" in text
    assert "Dx: 1; 2\n" in text
    assert text.endswith("Note: Done.")
    exchanged = replace(record, lead_names=("II", "I", *LEADS[2:]))
    assert "I and II seem to be swapped" in as_text(describe(exchanged))
    assert "not checked (z-scored)" in as_text(describe(replace(record, unit="sd")))
    alone = as_text(describe(made_record(leads=("V1",))))
    assert "1 lead, " in alone
    assert "not all six" in alone


def test_many_gaps_are_counted() -> None:
    record = made_record()
    present = record.present.copy()
    present[0, ::20] = False
    assert "and 15 more" in as_text(describe(replace(record, present=present)))


def test_real_flat_leads(real_ecg: Path) -> None:
    said = describe(open_record(real_ecg / "cinc2021/chapman_shaoxing_ningbo/JS45544.hea"))
    assert said["missing_leads"] == ["V2", "V3", "V4", "V5", "V6"]
    assert said["leads"][6]["absent_spans"] == [[1.7, 10.0]]
    assert said["limb_residual"] < 0.03


def test_quality_in_words() -> None:
    record = made_record()
    signal = record.signal.copy()
    signal[7, 200:] = signal[7, 200]
    said = describe_quality(replace(record, signal=signal))
    assert "Absent: V2 2.00–4.00 s, flat" in quality_text(said)
    assert "Absent: V2 2.00–4.00 s, flat" in as_text(describe(replace(record, signal=signal)))
    text = quality_text(describe_quality(replace(record, unit="sd")))
    assert "Absent: nothing" in text
    assert "Suspicions: none" in text
    assert "Note: The record is z-scored" in text
