"""What a reader picks in a chart, by pointer or by keyboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.charts_kinds import Bars, Chart, Heat, Points
from pages.ui.text import common as text


@dataclass(frozen=True)
class Selection:
    """What is picked.

    Attributes:
        items: For points (group, identity), for bars (series, label), for a map (row, column).
    """

    items: tuple[tuple[str, str | float], ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The second part of every item: identities of points, labels of bars."""
        return tuple(str(item[1]) for item in self.items)


def picked(chart: Chart, points: Sequence[Mapping[str, Any]]) -> Selection | None:
    """Read what plotly says was picked; what does not belong to the chart is passed over.

    Args:
        chart: What was drawn.
        points: Each with ``curve_number`` and ``point_index``, as Streamlit hands them on.
    """
    items: list[tuple[str, str | float]] = []
    for point in points:
        curve = int(point.get("curve_number", -1))
        index = int(point.get("point_index", point.get("point_number", -1)))
        item = _item(chart, curve, index)
        if item is not None and item not in items[-1:]:
            items.append(item)
    return Selection(tuple(items)) if items else None


def _item(chart: Chart, curve: int, index: int) -> tuple[str, str | float] | None:
    if isinstance(chart, Points):
        curve -= len(chart.arrows) > 0
        if 0 <= curve < len(chart.groups) and 0 <= index < len(chart.groups[curve].x):
            return _point(chart, curve, index)
    if isinstance(chart, Bars) and 0 <= curve < len(chart.series) and index >= 0:
        return (chart.series[curve].name, chart.labels[index])
    if isinstance(chart, Heat) and 0 <= index < len(chart.rows) * len(chart.columns):
        row, column = divmod(index, len(chart.columns))
        return (chart.rows[row], chart.columns[column])
    return None


def _point(chart: Points, group: int, index: int) -> tuple[str, str | float]:
    found = chart.groups[group]
    return found.name, found.ids[index] if len(found.ids) else str(index)


def within(
    chart: Points, groups: Sequence[str], x: tuple[float, float], y: tuple[float, float]
) -> Selection | None:
    """Return the points of some groups inside a rectangle, edges included."""
    items = tuple(
        _point(chart, number, i)
        for number, group in enumerate(chart.groups)
        if group.name in groups
        for i, (px, py) in enumerate(zip(group.x, group.y, strict=True))
        if x[0] <= px <= x[1] and y[0] <= py <= y[1]
    )
    return Selection(items) if items else None


def by_keyboard(chart: Chart, key: str) -> None:
    """Draw a menu that picks without a pointer; what it picks is kept as ``"{key} typed"``."""
    if not isinstance(chart, (Bars, Heat, Points)):
        return
    with (
        st.popover(text.BY_KEYBOARD, icon=":material/keyboard:", type="tertiary"),
        st.form(f"{key} by keyboard", border=False),
    ):
        found = _ask_points(chart, key) if isinstance(chart, Points) else _ask_cell(chart, key)
        pick = st.form_submit_button(text.PICK, type="primary")
        clear = st.form_submit_button(text.PICK_CLEAR)
    if pick:
        st.session_state[f"{key} typed"] = found
    if clear:
        st.session_state.pop(f"{key} typed", None)


def _ask_cell(chart: Bars | Heat, key: str) -> Selection | None:
    if isinstance(chart, Heat):
        row = st.selectbox(text.PICK_ROW, list(chart.rows), key=f"{key} row")
        columns: list[str | float] = [*chart.columns]
        column = st.selectbox(text.PICK_COLUMN, columns, key=f"{key} column")
        return Selection(((row, column),))
    names = [part.name for part in chart.series]
    name = names[0]
    if len(names) > 1:
        name = st.selectbox(text.PICK_SERIES, names, key=f"{key} series")
    label = st.selectbox(text.PICK_LABEL, list(chart.labels), key=f"{key} label")
    return Selection(((name, label),))


def _ask_points(chart: Points, key: str) -> Selection | None:
    names = [group.name for group in chart.groups]
    groups = st.multiselect(text.PICK_GROUPS, names, default=names, key=f"{key} groups")
    ranges = []
    for axis, title in (("x", chart.x_title or "x"), ("y", chart.y_title or "y")):
        values = [float(v) for group in chart.groups for v in getattr(group, axis)]
        low, high = min(values), max(values)
        high = high if high > low else low + 1.0
        label = text.range_of(title)
        ranges.append(st.slider(label, low, high, (low, high), key=f"{key} {axis} range"))
    return within(chart, groups, *ranges)
