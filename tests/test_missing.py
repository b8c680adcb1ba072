"""Scenarios: what they hide, how they travel, and what applying them leaves behind."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scar_core.errors import ConfigError
from scar_core.formats import open_record
from scar_core.leads import ELECTRODES, LEADS, LIMB, leads_of_electrode
from scar_core.missing import Scenario, Span, absent, apply, parse_span
from tests.made import made_record

leads = st.sampled_from(LEADS)
times = st.floats(0, 20, allow_nan=False)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(times)
    return Span(draw(st.sampled_from(("*", *LEADS))), start, start + draw(st.floats(0.001, 20)))


scenarios = st.builds(
    Scenario,
    leads=st.lists(leads, max_size=4).map(tuple),
    electrodes=st.lists(st.sampled_from(ELECTRODES), max_size=2).map(tuple),
    spans=st.lists(spans(), max_size=4).map(tuple),
    recover=st.booleans(),
)


@given(scenarios)
def test_json_round_trip(scenario: Scenario) -> None:
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario


@given(scenarios)
def test_url_round_trip(scenario: Scenario) -> None:
    url = urlencode(scenario.to_query())
    assert Scenario.from_query(dict(parse_qsl(url))) == scenario


def slowly_hidden(scenario: Scenario, names: tuple[str, ...], n: int, rate_hz: float) -> np.ndarray:
    mask = np.zeros((len(names), n), bool)
    for row, lead in enumerate(names):
        for sample in range(n):
            whole = lead in scenario.leads or any(
                lead in leads_of_electrode(electrode) for electrode in scenario.electrodes
            )
            inside = any(
                span.lead in ("*", lead) and span.start_s <= sample / rate_hz < span.stop_s
                for span in scenario.spans
            )
            mask[row, sample] = whole or inside
    return mask


@given(scenarios)
def test_hidden_is_the_union_of_its_parts(scenario: Scenario) -> None:
    """Times on a grid of 0.1 ms never fall on a sample of 8 Hz by rounding alone."""
    names = ("V2", "I", "aVF")
    np.testing.assert_array_equal(
        scenario.hidden(names, 90, 8.0), slowly_hidden(scenario, names, 90, 8.0)
    )


@given(scenarios, scenarios)
def test_hiding_more_never_shows_more(one: Scenario, other: Scenario) -> None:
    both = Scenario(
        one.leads + other.leads, one.electrodes + other.electrodes, one.spans + other.spans
    )
    first, second, joint = (s.hidden(LEADS, 200, 20.0) for s in (one, other, both))
    np.testing.assert_array_equal(joint, first | second)


def test_spans_end_with_the_record_and_start_on_their_sample() -> None:
    mask = Scenario(spans=(Span("II", 0.3, 99),)).hidden(("I", "II"), 10, 10.0)
    np.testing.assert_array_equal(mask[1], np.arange(10) >= 3)
    assert not mask[0].any()
    assert not Scenario(spans=(Span("II", 5, 99),)).hidden(("I", "II"), 10, 10.0).any()
    assert not Scenario(leads=("V1",)).hidden(("I", "II"), 10, 10.0).any()


def test_values_are_put_in_order() -> None:
    scenario = Scenario(leads=("v2", "avr", "V2"), electrodes=("la", "RA"))
    assert scenario.leads == ("aVR", "V2")
    assert scenario.electrodes == ("RA", "LA")
    assert scenario.hidden_leads() == LEADS
    assert Scenario(electrodes=("RA",)).hidden_leads() == tuple(x for x in LEADS if x != "III")
    assert Scenario().is_empty
    assert Scenario(recover=True).is_empty
    assert not scenario.is_empty


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("II:2.0-4.5", Span("II", 2, 4.5)),
        (" avf : 0 – 1 s", Span("aVF", 0, 1)),
        ("*:2-3", Span("*", 2, 3)),
        ("V1:0.0001-0.5", Span("V1", 0.0001, 0.5)),
    ],
)
def test_spans_are_read(text: str, span: Span) -> None:
    assert parse_span(text) == span
    assert parse_span(str(span)) == span


@pytest.mark.parametrize(
    "text",
    ["", "II", "II:2", "II:4-2", "II:2-2", "II:-1-2", "II:a-b", "II:1.2.3-4", "II:1-1e400",
     "II:0-9999999", "XX:1-2", ":1-2", "II:nan-2"],
)  # fmt: skip
def test_no_spans(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_span(text)


def test_unknown_leads_and_electrodes_are_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'V9'; the leads are I, II.*V6"):
        Scenario(leads=("V9",))
    with pytest.raises(ConfigError, match=r"'XX'; the electrodes are RA, LA, LL"):
        Scenario(electrodes=("xx",))
    with pytest.raises(ConfigError, match="the leads are"):
        Scenario.from_query({"hide": "V1,foo"})


@pytest.mark.parametrize(
    "data",
    [{"lead": ["V1"]}, {"leads": "V1"}, {"leads": [1]}, {"leads": 5}, {"spans": [3]},
     {"spans": [{"lead": "I"}]}, {"spans": [{"lead": "I", "start_s": "a", "stop_s": 2}]},
     {"spans": 1}, {"electrodes": [None]}],
)  # fmt: skip
def test_json_that_is_no_scenario(data: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Scenario.from_json(data)


def test_other_url_parameters_are_passed_over_and_nonsense_is_not() -> None:
    assert Scenario.from_query({"record": "a", "hide": "V1,"}) == Scenario(leads=("V1",))
    with pytest.raises(ConfigError, match="recover"):
        Scenario.from_query({"recover": "maybe"})


def test_words() -> None:
    assert Scenario().describe() == "nothing hidden"
    scenario = Scenario(("V1", "V2", "V3"), ("V5",), (Span("II", 2, 4.5), Span("*", 0, 1)), True)
    assert scenario.describe() == (
        "V1–V3 hidden; electrode V5 off; all leads 0–1 s hidden; II 2–4.5 s hidden; "
        "limb leads recovered where two remain"
    )


@given(scenarios.map(lambda scenario: replace(scenario, recover=False)), st.integers(0, 9))
def test_nothing_hidden_leaks(scenario: Scenario, seed: int) -> None:
    record = made_record(seed, rate_hz=20.0, seconds=5)
    present = np.random.default_rng(seed).random(record.present.shape) < 0.9
    record = replace(record, present=present)
    shown, visible = apply(record, scenario)
    hidden = scenario.hidden(LEADS, record.n_samples, 20.0)
    np.testing.assert_array_equal(visible, present & ~hidden)
    np.testing.assert_array_equal(shown.signal, np.where(visible, record.signal, 0))
    np.testing.assert_array_equal(shown.present, present)


@given(scenarios.map(lambda scenario: replace(scenario, recover=True)))
def test_what_was_hidden_does_not_matter_to_what_is_shown(scenario: Scenario) -> None:
    record = made_record(1, rate_hz=20.0, seconds=5)
    hidden = scenario.hidden(LEADS, record.n_samples, 20.0)
    other = replace(record, signal=np.where(hidden, np.float32(777), record.signal))
    (one, one_seen), (two, two_seen) = apply(record, scenario), apply(other, scenario)
    np.testing.assert_array_equal(one.signal, two.signal)
    np.testing.assert_array_equal(one_seen, two_seen)
    assert not one.signal[~one_seen].any()
    assert not (one_seen[6:] & hidden[6:]).any()


def test_recovery() -> None:
    record = made_record()
    scenario = Scenario(("I", "III", "V1"), spans=(Span("*", 1, 2), Span("II", 2, 3)), recover=True)
    shown, visible = apply(record, scenario)
    np.testing.assert_allclose(shown.signal[visible], record.signal[visible], atol=1e-5)
    gone = np.zeros_like(visible)
    gone[:, 100:200] = True
    gone[LEADS.index("V1")] = True
    np.testing.assert_array_equal(visible, ~gone)
    assert "Recovered from the visible limb leads: I, II, III." in shown.notes


def test_no_recovery_from_one_lead_from_z_scores_or_where_nothing_was_measured() -> None:
    record = made_record()
    _, visible = apply(record, Scenario(electrodes=("LA",), recover=True))
    assert [lead for lead, row in zip(LEADS, visible, strict=True) if row.any()] == ["II"]
    z_scored, visible = apply(replace(record, unit="sd"), Scenario(("I",), recover=True))
    assert not visible[0].any()
    assert "not in millivolt" in z_scored.notes[-1]
    present = record.present.copy()
    present[0, :50] = False
    _, visible = apply(replace(record, present=present), Scenario(("I",), recover=True))
    np.testing.assert_array_equal(visible[0], present[0])


def test_recovery_on_a_real_record(real_ecg: Path) -> None:
    record = open_record(sorted(real_ecg.glob("ptbxl/records500/**/*.hea"))[0])
    shown, visible = apply(record, Scenario(("II", "aVR", "aVL", "aVF"), recover=True))
    assert visible.all()
    rows = [record.lead_names.index(lead) for lead in LIMB]
    np.testing.assert_allclose(shown.signal[rows], record.signal[rows], atol=0.005)


def test_flat_runs_are_absent() -> None:
    record = made_record(rate_hz=100.0)
    signal = record.signal.copy()
    signal[1] = 0.7  # flat from start to end
    signal[2, 50:150] = 0.3  # one second
    # One sample too few: the run and the sample before it may join; and no rail, but the middle.
    signal[3, 50:148] = np.median(signal[3])
    signal[4, 300:] = np.linspace(0, 1e-5, 100)  # a drift that no converter would resolve
    present = record.present.copy()
    present[0, 10:20] = False
    gone = absent(replace(record, signal=signal, present=present))
    expected = ~present
    expected[1] = True
    expected[2, 50:150] = True
    expected[4, 300:] = True
    np.testing.assert_array_equal(gone, expected)


def test_real_records_are_rarely_flat(real_ecg: Path) -> None:
    record = open_record(real_ecg / "cinc2021/chapman_shaoxing_ningbo/JS11438.hea")
    assert [lead for lead, row in zip(LEADS, record.present, strict=True) if not row.any()] == [
        "V1", "V2", "V3", "V4", "V5", "V6"
    ]  # fmt: skip
    for path in sorted(real_ecg.glob("ludb/data/*.hea"))[::40]:
        assert open_record(path).present.all()
