"""Maps and scatters as plotly's plain dicts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pages.ui.charts_kinds import Heat, Number, Points
from pages.ui.charts_style import FRAME, GREY, SYMBOLS, Figure, axis, bar_of, colour, scale
from pages.ui.charts_table import words
from pages.ui.colours import CIVIDIS, PUOR, SERIES
from pages.ui.text import common as text

GAP = "#9cc3e0"
"""Light blue: on neither scale, and seen on both pages."""
MANY = 3000
"""More points than this are drawn by WebGL."""
ARROWS_WITH_HEADS = 1500


def heat(chart: Heat, *, select: bool) -> Figure:
    """Return a map's traces and layout; what was not read is blue."""
    grid = np.array(
        [[np.nan if v is None else v for v in row] for row in chart.values], np.float32
    ).reshape(len(chart.rows), len(chart.columns))
    columns, rows = list(chart.columns), list(chart.rows)
    low, high = chart.ends
    common = {"x": columns, "y": rows}
    said = f"%{{y}}, %{{x}}: %{{z:.4g}} {chart.unit}<extra></extra>"
    data: list[dict[str, Any]] = []
    if np.isnan(grid).any():
        gaps = {"colorscale": [[0, GAP], [1, GAP]], "showscale": False}
        there = np.where(np.isnan(grid), 1.0, np.nan).astype(np.float32)
        note = f"%{{y}}, %{{x}}: {text.NOT_READ}<extra></extra>"
        data.append({"type": "heatmap", "z": there, **common, **gaps, "hovertemplate": note})
    shown = {
        "type": "heatmap",
        "z": grid,
        **common,
        "zmin": low,
        "zmax": high,
        "colorscale": scale(PUOR if chart.diverging else CIVIDIS),
        "colorbar": bar_of(chart.unit),
        "hoverongaps": False,
        "hovertemplate": said,
    }
    data.append(shown)
    if select:
        data.append(_clickable(rows, columns, grid, chart.unit))
    line = {"color": FRAME, "width": 2}
    shapes = [
        {"type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": line}
        for x0, x1, y0, y1 in frames(chart)
    ]
    whole = frames(replace(chart, outlined=((0, 0, len(columns) - 1),)))[0]
    plain: dict[str, Any] = {"showgrid": False, "zeroline": False}
    room = {}
    if not isinstance(columns[0], str):  # labels whose size is known: measuring them takes long
        plain["automargin"] = False
        left = 16 + 7 * max(map(len, rows)) + 20 * bool(chart.y_title)
        room = {"margin": {"l": left, "r": 76, "t": 8, "b": 54, "autoexpand": False}}
    layout = room | {
        "xaxis": axis(chart.x_title, **plain, range=[whole[0], whole[1]]),
        "yaxis": axis(chart.y_title, **plain, type="category", range=[len(rows) - 0.5, -0.5]),
        "shapes": shapes,
        "showlegend": False,
    }
    return {"data": data, "layout": layout}


def frames(chart: Heat) -> list[tuple[float, float, float, float]]:
    """Return what is outlined as (left, right, top, bottom); rows and names count from 0."""
    named = isinstance(chart.columns[0], str)
    n = len(chart.columns)
    at = [float(i) for i in range(n)] if named else [float(c) for c in chart.columns]
    half = (at[1] - at[0]) / 2 if len(at) > 1 else 0.5
    return [
        (at[first] - half, at[last] + half, row - 0.5, row + 0.5)
        for row, first, last in chart.outlined
    ]


def _clickable(
    rows: list[str], columns: list[Any], grid: "np.ndarray[Any, Any]", unit: str
) -> dict[str, Any]:
    """Lay unseen markers over a map: plotly tells clicks on markers, not on maps."""
    unseen = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [c for _ in rows for c in columns],
        "y": [r for r in rows for _ in columns],
        "text": [words(v) or text.NOT_READ for v in grid.ravel().tolist()],
        "hovertemplate": f"%{{y}}, %{{x}}: %{{text}} {unit}<extra></extra>",
        "marker": {"symbol": "square", "size": 22, "opacity": 0},
        "selected": unseen,
        "unselected": unseen,
        "showlegend": False,
    }


def points(chart: Points, *, select: bool) -> Figure:
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
                "unselected": {"marker": {"opacity": 0.15}},
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
        "dragmode": "lasso" if select else "pan",
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
