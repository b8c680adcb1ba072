"""Charts, each described once: maps on a canvas, the others by plotly, files by matplotlib.

A page says what is shown, not how: colours, themes, the table beside it, files and what a screen
reader hears are the same for every chart. A gesture pays for what is seen: menus and tables are
made when they are opened, pictures while they are near the screen.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from pages.ui.charts_eye import awaited, away
from pages.ui.charts_heat import heat_map
from pages.ui.charts_kinds import (
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
)
from pages.ui.charts_plotly import figure_of, height_of
from pages.ui.charts_table import csv_of, json_of, rows_of, table_html
from pages.ui.text import common as text
from scar_core.errors import ConfigError

__all__ = [
    "Bars", "Chart", "Curve", "Flow", "Group", "Heat", "Lines", "Points", "Series", "Treemap",
    "Waterfall", "file_of", "show",
]  # fmt: skip

MEDIA = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "json": "application/json",
}
BUTTONS = ["zoom2d", "pan2d", "resetScale2d"]


def show(
    chart: Chart,
    *,
    key: str,
    alt: str,
    table: Sequence[Mapping[str, Any]] | None = None,
    in_part: bool = False,
) -> None:
    """Draw a chart with its title, its table and its files.

    Args:
        chart: What to draw.
        key: Its name on this page.
        alt: What the picture shows, in a sentence, for those who do not see it.
        table: The numbers for table and files; None: the chart's own.
        in_part: It lies in a part of the page that is watched as a whole, and runs with it: what a
            fragment within a fragment drew stays on the page when the outer one leaves it out.
    """
    if in_part:
        _whole(chart, key, alt, table)
    else:
        _apart(chart, key, alt, table)


def file_of(chart: Chart, kind: str, table: Sequence[Mapping[str, Any]] | None = None) -> bytes:
    """Return a chart as a file.

    Args:
        chart: What to draw.
        kind: ``png``, ``svg``, ``pdf``, ``csv`` or ``json``.
        table: The numbers for CSV and JSON; None: the chart's own.

    Raises:
        ConfigError: Another kind.
    """
    if kind not in MEDIA:
        raise ConfigError(text.no_such_file(kind, tuple(MEDIA)))
    rows = list(rows_of(chart) if table is None else table)
    if kind == "csv":
        return csv_of(rows)
    if kind == "json":
        return json_of(chart, rows)
    from pages.ui.charts_files import drawn  # matplotlib loads where a file is wanted

    return drawn(chart, kind)


def is_empty(chart: Chart) -> bool:
    """Whether there is nothing to draw."""
    if isinstance(chart, Bars):
        return len(chart.labels) == 0 or len(chart.series) == 0
    if isinstance(chart, Lines):
        return not any(len(curve.x) for curve in chart.series)
    if isinstance(chart, Heat):
        return len(chart.rows) == 0 or len(chart.columns) == 0
    if isinstance(chart, Points):
        return not any(len(group.x) for group in chart.groups)
    if isinstance(chart, Flow):
        return not any(link[2] > 0 for link in chart.links)
    return len(chart.labels) == 0


def _whole(
    chart: Chart,
    key: str,
    alt: str,
    table: Sequence[Mapping[str, Any]] | None,
    watched: bool = False,
) -> None:
    with st.container(key=f"chart {key}"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.html(f"<h3 class='chart'>{escape(chart.title, quote=False)}</h3>", width="stretch")
            if not is_empty(chart):
                _save_menu(chart, key, table)
        if is_empty(chart):
            st.html(f"<p class='note'>{text.EMPTY_CHART}</p>")
            return
        if watched and away(key):
            awaited(height_of(chart), alt)
        else:
            _drawn(chart, key, alt)
        drawer = st.expander(text.TABLE, key=f"{key} table", on_change="rerun")
        if drawer.open:
            rows = rows_of(chart) if table is None else list(table)
            drawer.html(table_html(chart.title, rows))


@st.fragment
def _apart(chart: Chart, key: str, alt: str, table: Sequence[Mapping[str, Any]] | None) -> None:
    """Draw a chart that scrolling to it, or opening its menu or table, runs alone."""
    _whole(chart, key, alt, table, watched=True)


def _drawn(chart: Chart, key: str, alt: str) -> None:
    if isinstance(chart, Heat):
        heat_map(chart, key=key, alt=alt, height=height_of(chart))
        return
    config = {
        "displaylogo": False,
        "displayModeBar": "hover" if isinstance(chart, Points) else False,
        "modeBarButtons": [BUTTONS],
        "showTips": False,
    }
    st.plotly_chart(figure_of(chart), key=key, alt=alt, config=config)


def _save_menu(chart: Chart, key: str, table: Sequence[Mapping[str, Any]] | None) -> None:
    name = re.sub(r"[^a-z0-9]+", "-", chart.title.lower()).strip("-")[:60] or "chart"
    menu = st.popover(
        text.SAVE,
        icon=":material/download:",
        type="tertiary",
        help=text.SAVE_HELP,
        key=f"{key} save",
        on_change="rerun",
    )
    if not menu.open:
        return
    with menu:
        for kind, label in text.FORMATS.items():
            st.download_button(
                label,
                partial(file_of, chart, kind, table),
                f"{name}.{kind}",
                MEDIA[kind],
                key=f"{key} {kind}",
                on_click="ignore",
                type="tertiary",
            )
