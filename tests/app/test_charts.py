"""Charts: one description, drawn twice; numbers, colours, picking and files agree with it."""

import base64
import csv
import io
import itertools
import json
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.ui.charts import (
    Bars,
    Chart,
    Curve,
    Flow,
    Group,
    Heat,
    Lines,
    Points,
    Series,
    Treemap,
    Waterfall,
    file_of,
    is_empty,
)
from pages.ui.charts_heat import heat_data
from pages.ui.charts_parts import bands, split, tiles
from pages.ui.charts_plotly import figure_of
from pages.ui.charts_table import rows_of, table_html
from pages.ui.colours import SERIES
from scar_core.errors import ConfigError

BARS = Bars(
    "AUROC",
    ["SCAR", "MERL"],
    (Series("full", (0.8, 0.7), (0.75, None), (0.85, None)), Series("masked", (0.6, None))),
    y_title="AUROC",
    reference=0.5,
)
HEAT = Heat(
    "Importance", ["I", "II"], [0.5, 1.5, 2.5], [[1, None, 3], [4, 5, 6]], "Seconds", "Lead",
    outlined=((1, 0, 1),), unit="%",
)  # fmt: skip
POINTS = Points(
    "Map",
    (Group("a", (0, 1), (0, 1), ("p", "q")), Group("b", (2,), (2,), ("r",), values=(0.3,))),
    arrows=((0, 0, 1, 1),),
    marked=("r",),
)
EVERY: dict[str, Chart] = {
    "bars": BARS,
    "lying bars": Bars("Drop", ["a", "b"], (Series("s", (1, 2)),), horizontal=True),
    "lines": Lines(
        "Loss", (Curve("a", (1, 2), (3, 4), (2, 3), (4, 5)), Curve("b", (2, 3), (1, None))), "Step"
    ),
    "heat": HEAT,
    "change": Heat("Change", ["I"], ["P", "QRS"], [[-1, 0.5]], diverging=True),
    "points": POINTS,
    "flow": Flow("Moved", ["V1"], ["V5", "V6"], ((0, 0, 2.0), (0, 1, 1.0)), "%"),
    "waterfall": Waterfall("Parts", ["x", "y"], (0.5, -0.2), 0.3),
    "treemap": Treemap("Where", ["a", "b", "c"], ["", "a", "a"], (3, 2, 1), (0.1, 0.2, None)),
}


PLOTTED = [name for name, chart in EVERY.items() if not isinstance(chart, Heat)]


def test_words_have_room_beside_the_drawing() -> None:
    upright, lying = (figure_of(EVERY[name])["layout"]["margin"] for name in ("bars", "lying bars"))
    assert upright["t"] > lying["t"], "the legend of two series, and none for one"
    longer = Bars("Drop", ["a", "b" * 30], (Series("s", (1, 2)),), horizontal=True)
    assert figure_of(longer)["layout"]["margin"]["l"] > lying["l"] + 29 * 5
    plain = Treemap("Where", ["a", "b", "c"], ["", "a", "a"], (3, 2, 1))
    right = [figure_of(chart)["layout"]["margin"]["r"] for chart in (EVERY["treemap"], plain)]
    assert right[0] > right[1], "the scale of colours"


@pytest.mark.parametrize("name", PLOTTED)
def test_plotly_takes_every_chart_but_maps(name: str) -> None:
    go = pytest.importorskip("plotly.graph_objects")
    go.Figure(**figure_of(EVERY[name]))


@pytest.mark.parametrize("name", EVERY)
def test_every_chart_becomes_files(name: str) -> None:
    chart = EVERY[name]
    svg = file_of(chart, "svg").decode()
    assert svg.startswith("<?xml")
    assert chart.title in svg
    rows = list(csv.DictReader(io.StringIO(file_of(chart, "csv").decode())))
    assert len(rows) == len(rows_of(chart))
    assert json.loads(file_of(chart, "json"))["table"] == json.loads(json.dumps(rows_of(chart)))


def test_pictures_and_pages_are_what_they_say_and_the_same_again() -> None:
    assert file_of(BARS, "png").startswith(b"\x89PNG")
    assert file_of(BARS, "pdf").startswith(b"%PDF")
    assert file_of(BARS, "svg") == file_of(BARS, "svg")


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(ConfigError, match="choose one of png"):
        file_of(BARS, "gif")


def test_numbers_that_are_none_stay_empty() -> None:
    odd = Lines("x", (Curve("a", (0, 1), (math.nan, math.inf)),))
    told = json.loads(file_of(odd, "json"))
    assert [row["a"] for row in told["table"]] == [None, None]
    assert rows_of(BARS)[1]["masked"] is None
    assert ",,\n" in file_of(BARS, "csv").decode() or file_of(BARS, "csv").endswith(b",\n")


def test_a_map_is_told_whole_and_what_was_not_read_is_no_number() -> None:
    told = heat_data(HEAT, "About", 300)
    values = np.frombuffer(base64.b64decode(told["values"]), "<f4").reshape(2, 3)
    np.testing.assert_array_equal(values, [[1, np.nan, 3], [4, 5, 6]])
    assert told["numbers"] and told["rows"] == ["I", "II"] and told["alt"] == "About"
    json.dumps(told)


def test_maps_share_limits_and_changes_are_centred() -> None:
    assert HEAT.ends == (1, 6)
    change: Any = EVERY["change"]
    assert change.ends == (-1, 1)
    told = heat_data(change, "", 300)
    assert (told["low"], told["high"]) == (-1, 1)
    assert not told["numbers"]
    assert HEAT.frames == [(0.0, 2.0, 0.5, 1.5)]


def test_intervals_are_drawn_from_the_value() -> None:
    errors = figure_of(BARS)["data"][0]["error_y"]
    assert errors["array"][0] == pytest.approx(0.05)
    assert errors["arrayminus"][0] == pytest.approx(0.05)
    assert errors["array"][1] is None


def test_many_points_are_drawn_by_webgl_and_hold_no_identities() -> None:
    place: Any = np.zeros(20_000)
    many = Points("Map", (Group("a", place, place),))
    trace = figure_of(many)["data"][0]
    assert trace["type"] == "scattergl"
    assert trace["x"].dtype == np.float32
    assert trace["text"] is None


def test_tables_are_escaped_cut_and_can_be_scrolled() -> None:
    html = table_html("<T>", [{"a": "<b>", "n": 0.123456}] * 5, most=3)
    assert "<b>" not in html
    assert "0.1235" in html
    assert html.count("<tr>") == 1 + 3
    assert "first 3 of 5 rows" in html
    assert "tabindex='0'" in html


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(0, 10)), min_size=1, max_size=12
    )
)
def test_a_flow_is_as_wide_as_its_value(links: list[tuple[int, int, float]]) -> None:
    left, right, drawn = bands(4, 3, links)
    total = sum(value for *_, value in links)
    if total < 1e-6:
        return
    unit = sum(b - a for a, b in left) / total
    for ends, place in ((left, 0), (right, 1)):
        for i, (a, b) in enumerate(ends):
            assert b - a == pytest.approx(unit * sum(v[2] for v in links if v[place] == i))
    assert all(b - a == pytest.approx(d - c) for _, (a, b), (c, d) in drawn)


@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=9))
def test_a_box_is_divided_in_proportion(values: list[float]) -> None:
    found = split(list(enumerate(values)), (0, 0, 2, 1))
    areas = {i: w * h for i, (_, _, w, h) in found}
    for i, value in enumerate(values):
        assert areas[i] == pytest.approx(2 * value / sum(values))


def test_children_lie_inside_their_parent() -> None:
    chart: Any = EVERY["treemap"]
    found = {i: box for i, _, _, box in tiles(chart.labels, chart.parents, chart.values)}
    x, y, w, h = found[0]
    for child in (1, 2):
        cx, cy, cw, ch = found[child]
        assert x <= cx
        assert y <= cy
        assert cx + cw <= x + w + 1e-9
        assert cy + ch <= y + h + 1e-9


VISION = {  # Machado et al. 2009, severity 1
    "all": np.eye(3),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def linear(colour: str) -> Any:
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: Any) -> Any:
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_series_are_told_apart_by_every_eye_and_on_both_pages() -> None:
    for matrix in VISION.values():
        seen = [lab(np.array(matrix) @ linear(colour)) for colour in SERIES]
        assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 18
    for colour in SERIES:
        light = float(linear(colour) @ [0.2126, 0.7152, 0.0722])
        dark_page = float(linear("#12161c") @ [0.2126, 0.7152, 0.0722])
        assert 1.05 / (light + 0.05) >= 3
        assert (light + 0.05) / (dark_page + 0.05) >= 3


def drawn() -> None:
    from pages.ui.charts import Bars, Series, show
    from tests.app.test_charts import EVERY

    for key, chart in EVERY.items():
        show(chart, key=key, alt=f"About {key}")
    show(Bars("Nothing", [], (Series("s", ()),)), key="none", alt="Nothing")


def test_the_page_draws_every_chart_with_words_table_and_files() -> None:
    at = AppTest.from_function(drawn, default_timeout=60).run()
    assert not at.exception
    charts = at.get("plotly_chart")
    assert [chart.proto.alt for chart in charts] == [f"About {key}" for key in PLOTTED]
    maps = [one for one in at.get("bidi_component") if one.proto.component_name == "scar_heat_map"]
    assert len(maps) == len(EVERY) - len(PLOTTED)
    assert "There are no numbers to draw yet." in written(at)
    assert "<table" not in written(at) and not at.get("download_button")
    for key in EVERY:
        at.session_state[f"{key} table"] = at.session_state[f"{key} save"] = True
    at.run()
    assert written(at).count("<table class='plain'>") == len(EVERY)
    assert len(at.get("download_button")) == 5 * len(EVERY)


def written(at: AppTest) -> str:
    """Return all HTML of a page."""
    return "\n".join(element.proto.body for element in at.get("html"))


def test_a_chart_off_the_screen_keeps_its_place_and_its_words() -> None:
    at = AppTest.from_function(drawn, default_timeout=60)
    at.session_state["eyes"] = {"flow": 500, "bars": 300}
    at.run()
    assert not at.exception
    assert "About flow" not in [chart.proto.alt for chart in at.get("plotly_chart")]
    assert len(at.get("plotly_chart")) == len(PLOTTED) - 2
    assert "aria-label='About flow' style='height:400px'" in written(at)


def test_empty_charts_are_known() -> None:
    assert is_empty(Heat("x", [], [], []))
    assert is_empty(Flow("x", ["a"], ["b"], ((0, 0, 0.0),)))
    assert not any(map(is_empty, EVERY.values()))


def test_names_are_plain_in_svg() -> None:
    svg = file_of(BARS, "svg").decode()
    assert re.search(r">SCAR</text>", svg)
