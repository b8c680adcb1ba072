"""Scatters as plotly's plain dicts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pages.ui.charts_kinds import Number, Points
from pages.ui.charts_style import FRAME, GREY, SYMBOLS, Figure, axis, bar_of, colour, scale
from pages.ui.colours import CIVIDIS, SERIES

MANY = 3000
"""More points than this are drawn by WebGL."""
ARROWS_WITH_HEADS = 1500


def points(chart: Points) -> Figure:
    """Return a scatter's traces, arrows first and rings last, and its layout."""
    n = sum(len(group.x) for group in chart.groups)
    kind = "scattergl" if n > MANY else "scatter"
    size = 7 if n <= 500 else 5 if n <= MANY else 3.5
    data: list[dict[str, Any]] = []
    if len(chart.arrows):
        data.append(_arrows(chart.arrows))
    ends = chart.ends
    for i, group in enumerate(chart.groups):
        marker: dict[str, Any] = {"size": size, "symbol": SYMBOLS[i // len(SERIES) % len(SYMBOLS)]}
        if group.values is None:
            marker |= {"color": colour(i), "opacity": 0.8}
        else:
            values = np.array([np.nan if v is None else v for v in group.values], np.float32)
            marker |= {"color": values, "colorscale": scale(CIVIDIS), "cmin": ends[0]}
            marker |= {"cmax": ends[1], "showscale": i == 0, "colorbar": bar_of(chart.unit)}
        said = list(group.hover if len(group.hover) else group.ids)
        data.append(
            {
                "type": kind,
                "mode": "markers",
                "name": group.name,
                "x": np.asarray(group.x, np.float32),
                "y": np.asarray(group.y, np.float32),
                "marker": marker,
                "text": said or None,
                "hovertemplate": f"{'%{text}' if said else '%{x:.4g}, %{y:.4g}'}"
                "<extra>%{fullData.name}</extra>",
                **_errors("x", group.x, group.x_ends, colour(i)),
                **_errors("y", group.y, group.y_ends, colour(i)),
            }
        )
    data += _rings(chart)
    bare = (
        {"showticklabels": False, "zeroline": False, "showgrid": False}
        if chart.equal
        else {"zeroline": False}
    )
    y = axis(chart.y_title, **bare, **({"scaleanchor": "x"} if chart.equal else {}))
    layout: dict[str, Any] = {
        "xaxis": axis(chart.x_title, **bare),
        "yaxis": y,
        "showlegend": len(chart.groups) > 1,
        "dragmode": "pan",
    }
    return {"data": data, "layout": layout}


def _errors(
    way: str,
    values: Sequence[float],
    ends: Sequence[tuple[float, float] | None] | None,
    ink: str,
) -> dict[str, Any]:
    if ends is None:
        return {}
    pairs = [(v, *(e or (v, v))) for v, e in zip(values, ends, strict=True)]
    bars = {
        "type": "data", "symmetric": False, "thickness": 1.4, "width": 4, "color": ink,
        "array": [max(0.0, high - v) for v, _, high in pairs],
        "arrayminus": [max(0.0, v - low) for v, low, _ in pairs],
    }  # fmt: skip
    return {f"error_{way}": bars}


def _arrows(arrows: Sequence[tuple[float, float, float, float]]) -> dict[str, Any]:
    xs: list[Number] = []
    ys: list[Number] = []
    for x0, y0, x1, y1 in arrows:
        xs += [x0, x1, None]
        ys += [y0, y1, None]
    trace: dict[str, Any] = {
        "type": "scatter", "x": xs, "y": ys, "mode": "lines", "hoverinfo": "skip",
        "line": {"color": GREY, "width": 1}, "showlegend": False,
    }  # fmt: skip
    if len(arrows) <= ARROWS_WITH_HEADS:
        sizes = [size for _ in arrows for size in (0, 8, 0)]
        head = {"symbol": "arrow", "angleref": "previous", "size": sizes, "color": GREY}
        trace |= {"mode": "lines+markers", "marker": head}
    return trace


def _rings(chart: Points) -> list[dict[str, Any]]:
    wanted = set(chart.marked)
    found = [
        (x, y)
        for group in chart.groups
        for x, y, name in zip(group.x, group.y, group.ids, strict=False)
        if name in wanted
    ]
    if not found:
        return []
    ring = {"size": 14, "symbol": "circle-open", "line": {"width": 2.5}, "color": FRAME}
    return [
        {
            "type": "scatter", "mode": "markers", "marker": ring, "hoverinfo": "skip",
            "x": [float(x) for x, _ in found], "y": [float(y) for _, y in found],
            "showlegend": False,
        }
    ]  # fmt: skip
