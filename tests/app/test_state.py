"""URL and canvas: values survive the way there and back, and nonsense never breaks a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pages.ui.state import (
    GAINS,
    LAYOUTS,
    MAX_PROMPT_LENGTH,
    MAX_PROMPTS,
    SPEEDS,
    Paper,
    View,
    decode_paper,
    decode_scene,
    encode_scene,
    from_query,
    to_query,
    with_prompt,
)
from scar_core.errors import ConfigError
from scar_core.leads import ELECTRODES, LEADS
from scar_core.missing import Scenario, Span

spans = some.builds(
    lambda lead, a, d: Span(lead, a / 100, (a + d) / 100),
    some.sampled_from(LEADS),
    some.integers(0, 900),
    some.integers(4, 500),
)
scenarios = some.builds(
    Scenario,
    leads=some.lists(some.sampled_from(LEADS), max_size=4).map(tuple),
    electrodes=some.lists(some.sampled_from(ELECTRODES), max_size=2).map(tuple),
    spans=some.lists(spans, max_size=4).map(tuple),
    recover=some.booleans(),
)
prompts = some.lists(some.text(max_size=40), max_size=6).map(
    lambda texts: _prompts(texts),
)


def _prompts(texts: list[str]) -> tuple[str, ...]:
    kept: tuple[str, ...] = ()
    for text in texts:
        kept = with_prompt(kept, text)
    return kept


views = some.builds(
    View,
    record=some.sampled_from(["", "gallery:rbbb", "folder:A 1.hea"]),
    scenario=scenarios,
    prompts=prompts,
    start_s=some.sampled_from([0.0, 2.5, 600.0]),
    paper=some.builds(
        Paper, some.sampled_from(LAYOUTS), some.sampled_from(SPEEDS), some.sampled_from(GAINS)
    ),
)


@given(views)
def test_a_link_reproduces_the_view(view: View) -> None:
    assert from_query(to_query(view)) == (view, ())


def test_usual_values_are_not_in_the_link() -> None:
    assert to_query(View(record="gallery:normal")) == {"record": "gallery:normal"}


def test_uploads_are_not_in_the_link() -> None:
    assert "record" not in to_query(View(record="upload:mine"))


@given(scenarios)
def test_the_canvas_keeps_the_scenario(scenario: Scenario) -> None:
    assert decode_scene(encode_scene(scenario)) == scenario


@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("hide", "V9"),
        ("off", "XX"),
        ("span", "II:4-2"),
        ("span", "<script>"),
        ("recover", "perhaps"),
        ("layout", "6x2"),
        ("speed", "33"),
        ("gain", "nan"),
        ("start", "-1"),
        ("start", "inf"),
    ],
)
def test_one_bad_value_is_passed_over_with_a_sentence(key: str, bad: str) -> None:
    good = View(record="gallery:normal", scenario=Scenario(leads=("V1",)), prompts=("delta wave",))
    query = {**to_query(good), key: bad}
    view, problems = from_query(query)
    assert len(problems) == 1
    assert f"{key}=" in problems[0]
    assert problems[0].endswith(".")
    assert view.prompts == good.prompts
    if key != "hide":
        assert view.scenario == good.scenario


def test_a_span_on_all_leads_becomes_one_on_each() -> None:
    view, _ = from_query({"span": "*:1-2"})
    assert [span.lead for span in view.scenario.spans] == list(LEADS)


@pytest.mark.parametrize(
    "scene",
    [None, 3, [], {}, {"leads": 1}, {"leads": [], "electrodes": [], "spans": [["II", 1]]},
     {"leads": ["V9"], "electrodes": [], "spans": [], "recover": False},
     {"leads": [], "electrodes": [], "spans": [["II", "x", 2]], "recover": False},
     {"leads": [], "electrodes": [], "spans": [["II", float("nan"), 2]], "recover": False}],
)  # fmt: skip
def test_nonsense_from_the_browser_is_refused(scene: object) -> None:
    with pytest.raises(ConfigError):
        decode_scene(scene)


def test_paper_from_the_browser() -> None:
    usual = Paper()
    assert decode_paper({"layout": "3x4", "speed": 50, "gain": 5}, usual) == Paper("3x4", 50, 5)
    assert decode_paper({"layout": "9", "speed": "fast", "gain": None}, usual) == usual
    assert decode_paper("x", usual) == usual


def test_findings_are_trimmed_counted_and_kept_once() -> None:
    assert with_prompt((), "  delta   wave ") == ("delta wave",)
    assert with_prompt(("delta wave",), "Delta Wave") == ("delta wave",)
    assert with_prompt((), "   ") == ()
    assert len(with_prompt((), "x" * 999)[0]) == MAX_PROMPT_LENGTH
    many = _prompts([f"finding {i}" for i in range(40)])
    assert len(many) == MAX_PROMPTS
