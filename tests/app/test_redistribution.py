"""The Redistribution page as a script, its link, its charts and its sentences."""

import base64
import json
from collections.abc import Callable
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.ui import redistribution_charts as drawn
from pages.ui.redistribution_choose import suggestions
from pages.ui.redistribution_link import Study, from_query
from pages.ui.redistribution_player import ABSENT, HIDDEN, LEVELS, player_data
from pages.ui.redistribution_report import whole_report
from pages.ui.text import redistribution as text
from pages.ui.text import redistribution_says as says
from scar_core.errors import WorkerUnavailable
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from tests.app.explain_fakes import fake_asks, growth, redistribution
from tests.app.fake_worker import FakeClient
from tests.app.records import make_record
from tests.app.test_pages import html, url

PAGE = "pages/2_Redistribution.py"
Open = Callable[..., AppTest]
HIDDEN_NOW = Scenario(leads=("V1", "V2", "V3"))


@pytest.fixture
def answering(client: FakeClient, gallery: Path) -> FakeClient:
    """A worker that knows the inquiries, and a gallery whose first case shows in V1."""
    client.asks.update(fake_asks())
    index = gallery / "index.json"
    rows = json.loads(index.read_text())
    rows[0] |= {
        "findings": ["CRBBB"],
        "evidence": {"CRBBB": [{"lead": "V1", "start_s": 0.6, "stop_s": 1.0}]},
    }
    index.write_text(json.dumps(rows))
    return client


def found(scenario: Scenario = HIDDEN_NOW, **more: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"method": "scar", "how": "", "finding": ""} | more
    return redistribution(make_record(), scenario, **options)


def test_nothing_hidden_is_one_press_from_something(answering: FakeClient, open_page: Open) -> None:
    at = open_page(PAGE)
    assert "Nothing is hidden" in html(at)
    assert not at.error
    label = text.evidence(("V1",), "Right bundle branch block")
    button = next(one for one in at.button if one.label == label)
    button.click().run()
    assert not at.exception
    assert url(at)["hide"] == "V1"
    assert "Hiding V1 removed" in html(at)


def test_a_link_is_taken_over_whole(answering: FakeClient, open_page: Open) -> None:
    query = {
        "record": "gallery:normal", "hide": "V1,V2,V3", "method": "merl",
        "finding": "Atrial fibrillation", "order": "random",
    }  # fmt: skip
    at = open_page(PAGE, **query)
    assert url(at) == query
    assert "Hiding V1–V3 removed" in html(at)
    assert at.selectbox(key="study method").value == "merl"
    assert at.selectbox(key="study finding").value == "Atrial fibrillation"
    assert "atrial fibrillation" in html(at)


@pytest.mark.parametrize("query", [{"method": "tea"}, {"order": "x"}, {"how": "y"}, {"hide": "V9"}])
def test_a_bad_link_gets_a_sentence_and_the_page_goes_on(
    answering: FakeClient, open_page: Open, query: dict[str, str]
) -> None:
    at = open_page(PAGE, **query)
    assert any("passed over" in one.value for one in at.warning)
    assert "class='sentence'" in html(at)


def test_the_worst_part_is_searched_and_hidden(answering: FakeClient, open_page: Open) -> None:
    at = open_page(PAGE)
    at.button(key="worst").click().run()
    assert not at.exception
    assert url(at)["hide"] == "V1"
    at.button(key="quick none").click().run()
    assert "hide" not in url(at)


def test_the_worst_part_for_a_finding_is_asked_in_its_own_words(
    answering: FakeClient, open_page: Open
) -> None:
    told: list[tuple[str, list[str]]] = []
    usual = answering.asks["worst"]

    def heard(record: Any, scenario: Any, **options: Any) -> dict[str, Any]:
        told.append((options["finding"], list(options["typed"])))
        return usual(record, scenario, **options)

    answering.asks["worst"] = heard
    for how in ("", "gradient-input"):
        at = open_page(PAGE, finding="my own finding", how=how)
        at.button(key="worst").click().run()
        assert not at.exception
    assert told == [("", []), ("my own finding", ["my own finding"])]


def test_what_cannot_be_answered_is_said(answering: FakeClient, open_page: Open) -> None:
    at = open_page(PAGE, hide=",".join(LEADS))
    assert "nothing is visible" in at.error[0].value
    assert any("Show everything" in one.label for one in at.button)


def test_worker_down_is_said(answering: FakeClient, open_page: Open) -> None:
    answering.down = True
    at = open_page(PAGE, hide="V1")
    assert any("No answers" in one.value for one in at.warning)
    assert not at.error


def test_a_worker_that_gives_up_can_be_asked_again(answering: FakeClient, open_page: Open) -> None:
    inner = answering.asks["redistribution"]

    def busy(*_: Any, **__: Any) -> dict[str, Any]:
        raise WorkerUnavailable("The worker is too busy; try again.")

    answering.asks["redistribution"] = busy
    at = open_page(PAGE, hide="V1")
    assert "too busy" in at.warning[0].value
    answering.asks["redistribution"] = inner
    at.button(key="again").click().run()
    assert not at.warning
    assert "Hiding V1 removed" in html(at)


def test_answers_are_kept(answering: FakeClient, open_page: Open) -> None:
    asked: list[str] = []
    inner = answering.asks["redistribution"]

    def counting(*args: Any, **more: Any) -> dict[str, Any]:
        asked.append("once")
        return inner(*args, **more)

    answering.asks["redistribution"] = counting
    at = open_page(PAGE, hide="V1")
    at.run()
    assert asked == ["once"]


def test_no_gallery_and_no_record(answering: FakeClient, open_page: Open, gallery: Path) -> None:
    (gallery / "index.json").unlink()
    at = open_page(PAGE)
    assert any(text.CHOOSE in one.value for one in at.markdown)


def test_three_maps_on_one_scale_and_hidden_is_no_number() -> None:
    answer = found()
    before, removed, after = drawn.maps(answer)
    assert before.ends == removed.ends == after.ends
    v1 = LEADS.index("V1")
    assert all(value is None for value in after.values[v1])
    assert removed.values[v1] == before.values[v1]
    assert set(removed.values[0]) == {0.0}
    low, high = drawn.change(answer).ends
    assert low == -high


def test_flow_adds_up_to_what_moved() -> None:
    answer = found()
    chart = drawn.flow(answer)
    assert fsum(value for *_, value in chart.links) == pytest.approx(100 * answer["moved"])
    assert "V1" in chart.sources
    assert "V1" not in chart.targets


@given(st.sets(st.sampled_from(LEADS), min_size=1, max_size=11))
def test_every_flow_adds_up(leads: set[str]) -> None:
    answer = found(Scenario(leads=tuple(leads)))
    links = drawn.flow(answer).links
    assert fsum(value for *_, value in links) == pytest.approx(100 * answer["moved"])


def test_evidence_is_framed_in_runs() -> None:
    row = {"patches": {"V1": [3, 4, 9], "I": [0]}}
    assert drawn.outlines(row, LEADS) == ((6, 3, 4), (6, 9, 9), (0, 0, 0))


def test_the_sentence_names_who_received() -> None:
    parts = {
        "V1": {"before": 0.4, "removed": 0.4, "gained": 0, "lost": 0, "after": 0, "scaled": 0},
        "V4": {"before": 0.1, "removed": 0, "gained": 0.3, "lost": 0, "after": 0.4, "scaled": 0.2},
        "I": {"before": 0.5, "removed": 0, "gained": 0.1, "lost": 0, "after": 0.6, "scaled": 0.8},
    }
    answer = {"how": "selector", "leads": parts, "removed": 0.4, "moved": 0.4, "compensated": 0.23}
    said = says.sentence(answer, Scenario(leads=("V1",)))
    assert said.startswith("Hiding V1 removed 40 % of what the answer rested on; 75 % of what")
    assert "went to V4." in said
    assert "would have sent them 25 %" in said
    little = answer | {"removed": 0.001}
    assert "almost nothing" in says.sentence(little, Scenario(leads=("V1",)))
    same = answer | {"compensated": 0.01}
    assert "rescaling of the rest explains it" in says.sentence(same, Scenario(leads=("V1",)))


def test_the_player_holds_every_step() -> None:
    grown = growth(make_record(), Scenario(), method="scar", order="random", finding="")
    grown["read"][0][0] = False
    data = player_data(grown)
    levels = np.frombuffer(base64.b64decode(data["frames"]), np.uint8).reshape(5, 12, 50)
    assert [(step == HIDDEN).sum() for step in levels] == [0, 120, 240, 360, 480]
    assert ((levels[1:] == HIDDEN) >= (levels[:-1] == HIDDEN)).all()  # nested
    assert levels[0, 0, 0] == ABSENT
    assert levels[levels < ABSENT].max() == LEVELS - 1
    assert len(data["says"]) == 5
    assert "20 % hidden" in data["says"][1]


def test_growth_charts_follow_the_steps() -> None:
    grown = growth(make_record(), Scenario(), method="scar", order="leads", finding="")
    chart = drawn.growth_map(grown)
    assert list(chart.columns) == [0, 20, 40, 60, 80]
    assert fsum(row[0] or 0 for row in chart.values) == pytest.approx(100, abs=0.1)
    assert len(drawn.growth_lines(grown).series) == 3
    assert "gives way to right bundle branch block once 60 %" in says.growth_sentence(
        grown["frames"], grown["finding"]
    )


def test_suggestions_without_case_or_answer() -> None:
    assert list(suggestions(None, None)) == [text.CHEST]
    assert next(iter(suggestions(None, found()))).startswith("Hide ")


@given(
    st.builds(
        Study,
        method=st.sampled_from(("scar", "merl", "melp")),
        finding=st.text(max_size=30),
        how=st.sampled_from(("", "selector", "gradient-input")),
        order=st.sampled_from(("weightiest", "leads", "random")),
    )
)
def test_a_study_survives_its_link(study: Study) -> None:
    assert from_query(study.to_query()) == (study, ())


@pytest.mark.parametrize("scenario", [HIDDEN_NOW, Scenario()])
def test_the_report_is_one_file(scenario: Scenario) -> None:
    answer = found(scenario, evidence={"CRBBB": []})
    told = whole_report(make_record(), scenario, answer).decode()
    assert told.count("<svg") == (6 if not scenario.is_empty else 3)
    assert says.sentence(answer, scenario) in told
    assert "http" not in told.replace("http://www.w3.org", "").replace("http-equiv", "")
    assert "fake0000" in told
