"""Charts as HTML: the right rows, shared limits, escaped text; pictures that decode."""

import base64
import json
import re

import numpy as np
import pytest

from pages.ui import figures
from pages.ui.colours import CIVIDIS, PUOR, palette
from pages.ui.drawing import ecg_svg, strip_svg
from pages.ui.exports import answers_csv, answers_json
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from tests.app.fake_worker import FakeClient
from tests.app.records import make_record

RECORD = make_record()
HIDE = Scenario(leads=("V1", "V2", "V3"))


@pytest.fixture(scope="module")
def pair() -> tuple[Prediction, Prediction]:
    before, after = FakeClient().predict(RECORD, [Scenario(), HIDE])
    return before, after


def test_bars_are_sorted_by_the_higher_probability(pair: tuple[Prediction, Prediction]) -> None:
    rows = figures.picked(*pair)
    heights = [max(old.probability, new.probability) for old, new in rows]
    assert heights == sorted(heights, reverse=True)
    assert len(rows) == figures.SHOWN


def test_the_biggest_changes_are_shown_and_marked(pair: tuple[Prediction, Prediction]) -> None:
    deltas = {
        new.name: abs(new.probability - old.probability)
        for old, new in zip(pair[0].classes, pair[1].classes, strict=True)
    }
    biggest = sorted(deltas, key=lambda name: -deltas[name])[: figures.MARKED]
    assert figures.marked(*pair) == set(biggest)
    html = figures.diagnosis_html(*pair, answer_id="7")
    assert html.count("class='mark'") == figures.MARKED
    assert all(name in html for name in biggest)


def test_what_was_asked_for_is_always_shown_and_escaped() -> None:
    bad = "<img src=x onerror=alert(1)>"
    client = FakeClient()
    usual = {score.name: score.prompt for score in client.predict(RECORD, [Scenario()])[0].classes}
    pair = client.predict(RECORD, [Scenario(), HIDE], usual | {bad: bad})
    html = figures.diagnosis_html(*pair, answer_id="1", asked=(bad,))
    assert bad not in html
    assert "&lt;img" in html
    assert "≈" in html
    assert bad not in figures.diagnosis_table(*pair)


def test_the_answer_id_is_where_others_wait_for_it(pair: tuple[Prediction, Prediction]) -> None:
    assert "data-answer-id='12-abc'" in figures.diagnosis_html(*pair, answer_id="12-abc")


def test_tables_hold_every_number(pair: tuple[Prediction, Prediction]) -> None:
    html = figures.diagnosis_table(*pair)
    assert html.count("<tr>") == 1 + len(pair[0].classes)
    assert pair[1].importance is not None
    shares = figures.shares_html(pair[1].importance, pair[1].importance)
    assert shares.count("not read") == 3


def test_palettes_are_the_published_ones() -> None:
    colormaps = pytest.importorskip("matplotlib").colormaps
    for name, anchors in (("cividis", CIVIDIS), ("PuOr", PUOR)):
        published = np.round(255 * colormaps[name](np.linspace(0, 1, 256))[:, :3])
        assert np.abs(palette(anchors).astype(int) - published).max() <= 8


def test_drawings_show_leads_and_hidden_parts() -> None:
    svg = ecg_svg(RECORD, HIDE)
    assert svg.count("<polyline") == 12
    assert svg.count("url(#hatch)") == 3
    assert "V1–V3 hidden" in svg
    assert strip_svg(RECORD, "II").count("<polyline") == 1


def test_a_millivolt_is_ten_millimetres_and_a_second_is_twenty_five() -> None:
    flat = make_record()
    flat.signal[:] = 0
    flat.signal[0, 500:505] = 1.0
    points = re.search(r"points='([^']+)'", ecg_svg(flat, Scenario()))
    assert points is not None
    xy = np.array([[float(v) for v in pair.split(",")] for pair in points[1].split()])
    raised = xy[xy[:, 1] < xy[0, 1] - 1]
    assert xy[0, 1] - raised[:, 1].min() == pytest.approx(10, abs=0.02)
    assert raised[:, 0].min() == pytest.approx(25, abs=0.2)


def test_exports(pair: tuple[Prediction, Prediction]) -> None:
    told = json.loads(answers_json(RECORD, HIDE, *pair))
    assert Prediction.from_json(told["after"]) == pair[1]
    assert Scenario.from_json(told["scenario"]) == HIDE
    lines = answers_csv(*pair).splitlines()
    assert len(lines) == 1 + len(pair[0].classes)


def test_the_strip_says_what_was_not_read(pair: tuple[Prediction, Prediction]) -> None:
    from pages.ui.ecg_canvas import NOT_READ, strip_data

    assert pair[1].importance is not None
    data = strip_data(pair[1].importance, "r", 0.01)
    levels = np.frombuffer(base64.b64decode(data["strip"]), np.uint8).reshape(12, -1)
    assert levels.shape[1] == data["patches"]
    np.testing.assert_array_equal(
        levels == NOT_READ, ~np.array(pair[1].importance.visible, np.bool_)
    )
