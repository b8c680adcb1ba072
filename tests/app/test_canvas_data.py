"""What the canvas is told about a record."""

import base64
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from pages.ui.ecg_canvas import canvas_data, encode_signal
from pages.ui.masks import runs
from pages.ui.state import Paper
from scar_core.missing import Scenario
from tests.app.records import make_record


def test_signal_survives_to_a_microvolt() -> None:
    record = make_record()
    counts = np.frombuffer(base64.b64decode(encode_signal(record.signal)), "<i2")
    np.testing.assert_allclose(counts.reshape(12, -1) / 1000, record.signal, atol=0.00051)


def test_amplitudes_beyond_int16_are_clipped_not_wrapped() -> None:
    counts = np.frombuffer(
        base64.b64decode(encode_signal(np.array([[99.0, -99.0]], np.float32))), "<i2"
    )
    assert counts.tolist() == [32767, -32768]


@given(some.lists(some.booleans(), max_size=40))
def test_runs_rebuild_the_mask(bits: list[bool]) -> None:
    again = np.zeros(len(bits), np.bool_)
    for start, stop in runs(np.array(bits, np.bool_)):
        assert start < stop
        again[start:stop] = True
    assert again.tolist() == bits


def test_what_was_not_recorded_is_told_in_seconds() -> None:
    record = make_record()
    present = record.present.copy()
    present[6] = False
    present[1, 500:1000] = False
    data = canvas_data(replace(record, present=present), "r", (0, Scenario(), Paper()))
    assert data["absent"]["V1"] == [[0.0, 10.0]]
    assert data["absent"]["II"] == [[1.0, 2.0]]
    assert data["absent"]["I"] == []
    assert data["takes"]["LA"] == [
        "I",
        "III",
        "aVR",
        "aVL",
        "aVF",
        "V1",
        "V2",
        "V3",
        "V4",
        "V5",
        "V6",
    ]
    assert data["mv"] is True
