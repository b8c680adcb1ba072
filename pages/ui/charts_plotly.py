"""Charts but maps as plotly's plain dicts: nothing of plotly is imported here.

Text, grid and background come from the page's theme; every other colour is readable on both.
"""

from typing import Any

import numpy as np

from pages.ui.charts_kinds import (
    Bars,
    Chart,
    Curve,
    Flow,
    Heat,
    Lines,
    Number,
    Points,
    Series,
    Treemap,
    Waterfall,
)
from pages.ui.charts_margins import margins_of
from pages.ui.charts_points import points
from pages.ui.charts_style import DASHES, GREY, SYMBOLS, Figure, axis, bar_of, colour, scale
from pages.ui.charts_table import words
from pages.ui.colours import CIVIDIS, SERIES
from pages.ui.text import common as text


def figure_of(chart: Chart) -> Figure:
    """Return a chart as plotly's figure.

    Raises:
        TypeError: A map, which ``charts_heat`` draws.
    """
    if isinstance(chart, Bars):
        found = _bars(chart)
    elif isinstance(chart, Lines):
        found = _lines(chart)
    elif isinstance(chart, Points):
        found = points(chart)
    elif isinstance(chart, Flow):
        found = _flow(chart)
    elif isinstance(chart, Waterfall):
        found = _waterfall(chart)
    elif isinstance(chart, Treemap):
        found = _treemap(chart)
    else:
        raise TypeError(type(chart).__name__)  # a map: ``charts_heat`` draws it
    layout = {
        "margin": margins_of(found),
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {}},
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        "height": height_of(chart),
    }
    return {"data": found["data"], "layout": layout | found["layout"]}


def height_of(chart: Chart) -> int:
    """Return a chart's height in pixels, so that its place is kept while it is not drawn."""
    if isinstance(chart, Bars):
        rows = len(chart.labels) * max(1, 0.55 * len(chart.series))
        return round(min(900, max(200, 116 + 26 * rows))) if chart.horizontal else 340
    if isinstance(chart, Heat):
        return max(220, 70 + 24 * len(chart.rows))
    if isinstance(chart, Points):
        return 480 if chart.equal else 400
    return {Flow: 400, Treemap: 420}.get(type(chart), 360)


def _errors(part: Series) -> dict[str, Any] | None:
    if part.low is None or part.high is None:
        return None
    pairs = list(zip(part.values, part.low, part.high, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [_gap(high, value) for value, _, high in pairs],
        "arrayminus": [_gap(value, low) for value, low, _ in pairs],
        "thickness": 1.4,
        "width": 3,
        "color": GREY,
    }


def _gap(high: Number, low: Number) -> Number:
    return None if high is None or low is None else max(0.0, high - low)


def _bars(chart: Bars) -> Figure:
    data = []
    labels = list(chart.labels)
    for i, part in enumerate(chart.series):
        along, across = ("x", "y") if chart.horizontal else ("y", "x")
        trace: dict[str, Any] = {
            "type": "bar",
            "name": part.name,
            "orientation": "h" if chart.horizontal else "v",
            along: list(part.values),
            across: labels,
            "marker": {"color": colour(i), "cornerradius": 2},
            "hovertemplate": f"%{{{across}}}<br>{part.name}: %{{{along}:.4g}}<extra></extra>",
        }
        errors = _errors(part)
        if errors:
            trace[f"error_{along}"] = errors
        data.append(trace)
    names = {"type": "category", "categoryorder": "array", "categoryarray": labels}
    limits = {"range": list(chart.limits)} if chart.limits else {}
    if chart.horizontal:
        x = axis(chart.x_title, **limits)
        y = axis(chart.y_title, **names, autorange="reversed", showgrid=False)
    else:
        x = axis(chart.x_title, **names, showgrid=False)
        y = axis(chart.y_title, **limits)
    layout: dict[str, Any] = {
        "xaxis": x,
        "yaxis": y,
        "barmode": "group",
        "bargap": 0.3,
        "bargroupgap": 0.06,
        "showlegend": len(chart.series) > 1,
    }
    if chart.reference is not None:
        ends = {"x0": chart.reference, "x1": chart.reference, "y0": 0, "y1": 1, "yref": "paper"}
        if not chart.horizontal:
            ends = {"y0": chart.reference, "y1": chart.reference, "x0": 0, "x1": 1, "xref": "paper"}
        line = {"color": GREY, "width": 1.5, "dash": "dash"}
        layout["shapes"] = [{"type": "line", "line": line, **ends}]
    return {"data": data, "layout": layout}


def _lines(chart: Lines) -> Figure:
    data: list[dict[str, Any]] = []
    for i, curve in enumerate(chart.series):
        data += _band(curve, colour(i))
        line = {"color": colour(i), "width": 2, "dash": DASHES[i % len(DASHES)]}
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(curve.x) <= 30 else "lines",
                "name": curve.name,
                "x": list(curve.x),
                "y": list(curve.y),
                "line": line,
                "marker": {"size": 6, "symbol": SYMBOLS[i % len(SYMBOLS)], "color": colour(i)},
                "hovertemplate": "%{x:.4g}: %{y:.4g}<extra>%{fullData.name}</extra>",
            }
        )
    x = axis(chart.x_title, type="log" if chart.log_x else "linear")
    y = axis(chart.y_title, **({"range": list(chart.limits)} if chart.limits else {}))
    return {
        "data": data,
        "layout": {"xaxis": x, "yaxis": y, "showlegend": len(chart.series) > 1},
    }


def _band(curve: Curve, ink: str) -> list[dict[str, Any]]:
    if curve.low is None or curve.high is None:
        return []
    red, green, blue = (int(ink[i : i + 2], 16) for i in (1, 3, 5))
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [*curve.x, *reversed(curve.x)],
        "y": [*curve.high, *reversed(curve.low)],
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},.18)",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return [band]


def _flow(chart: Flow) -> Figure:
    n = len(chart.sources)
    inks = [colour(i) for i in range(n)]
    links = [link for link in chart.links if link[2] > 0]
    faint = []
    for i, _, _ in links:
        red, green, blue = (int(inks[i][k : k + 2], 16) for k in (1, 3, 5))
        faint.append(f"rgba({red},{green},{blue},.45)")
    data = {
        "type": "sankey",
        "arrangement": "fixed",
        "valueformat": ".3g",
        "valuesuffix": f" {chart.unit}" if chart.unit else "",
        "node": {
            "label": [*chart.sources, *chart.targets],
            "color": [*inks, *(["#80848c"] * len(chart.targets))],
            "pad": 14,
            "thickness": 14,
            "line": {"width": 0},
        },
        "link": {
            "source": [i for i, _, _ in links],
            "target": [n + j for _, j, _ in links],
            "value": [value for _, _, value in links],
            "color": faint,
        },
    }
    return {"data": [data], "layout": {}}


def _waterfall(chart: Waterfall) -> Figure:
    rise, fall, whole = SERIES[0], SERIES[1], SERIES[4]
    data = {
        "type": "waterfall",
        "x": [*chart.labels, chart.total_name or text.TOTAL],
        "y": [*chart.values, chart.total],
        "measure": [*(["relative"] * len(chart.values)), "total"],
        "increasing": {"marker": {"color": rise}},
        "decreasing": {"marker": {"color": fall}},
        "totals": {"marker": {"color": whole}},
        "connector": {"line": {"color": GREY, "width": 1}},
        "text": [words(float(f"{v:.3g}")).replace("-", "−") for v in (*chart.values, chart.total)],
        "textposition": "outside",
        "hovertemplate": "%{x}: %{text}<extra></extra>",
    }
    layout = {
        "xaxis": axis("", type="category", showgrid=False),
        "yaxis": axis(chart.y_title),
        "showlegend": False,
    }
    return {"data": [data], "layout": layout}


def _treemap(chart: Treemap) -> Figure:
    first: dict[str, int] = {}
    for i, label in enumerate(chart.labels):
        first.setdefault(label, i)
    marker: dict[str, Any] = {"line": {"width": 1}, "cornerradius": 2}
    if len(chart.colours):
        values = [np.nan if v is None else v for v in chart.colours]
        marker |= {"colors": values, "colorscale": scale(CIVIDIS), "showscale": True}
        marker |= {"colorbar": bar_of(chart.unit)}
    data = {
        "type": "treemap",
        "ids": [str(i) for i in range(len(chart.labels))],
        "labels": list(chart.labels),
        "parents": [str(first[p]) if p in first else "" for p in chart.parents],
        "values": list(chart.values),
        "branchvalues": "total",
        "marker": marker,
        "tiling": {"pad": 2},
        "pathbar": {"visible": True, "thickness": 18},
        "hovertemplate": "%{label}: %{value:.4g}<extra></extra>",
    }
    return {"data": [data], "layout": {"treemapcolorway": list(SERIES)}}
