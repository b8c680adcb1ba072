"""Charts in files: matplotlib draws what plotly draws on the page, on white paper.

Figures are made without pyplot and one at a time: several readers may save at once.
"""

import io
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pages.ui.charts_areas import GREY, flow, numbers, ramp_of, treemap
from pages.ui.charts_kinds import (
    Bars,
    Chart,
    Flow,
    Heat,
    Lines,
    Points,
    Treemap,
    Waterfall,
)
from pages.ui.charts_style import FRAME, colour
from pages.ui.charts_table import words
from pages.ui.colours import CIVIDIS, HIDDEN, PUOR, SERIES
from pages.ui.text import common as text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = ("-", "--", ":", "-.", (0, (8, 2)), (0, (8, 2, 2, 2)))
MARKERS = ("o", "s", "D", "^", "P", "X")
STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.axisbelow": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "scar",
}
_one_at_a_time = threading.Lock()
"""matplotlib's settings are the process's."""


def drawn(chart: Chart, kind: str) -> bytes:
    """Return a chart as a file.

    Args:
        chart: What to draw.
        kind: ``png``, ``svg`` or ``pdf``.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with _one_at_a_time, mpl.rc_context(STYLE):
        figure = Figure(figsize=_size(chart), layout="constrained")
        axes = figure.subplots()
        _draw(chart, figure, axes)
        axes.set_title(chart.title)
        out = io.BytesIO()
        undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
        figure.savefig(out, format=kind, dpi=150, metadata=undated[kind])
    return out.getvalue()


def _size(chart: Chart) -> tuple[float, float]:
    if isinstance(chart, Bars) and chart.horizontal:
        rows = len(chart.labels) * max(1.0, 0.5 * len(chart.series))
        return 7.0, min(14.0, max(2.2, 1.2 + 0.26 * rows))
    if isinstance(chart, Heat):
        return 7.0, max(2.4, 1.2 + 0.24 * len(chart.rows))
    if isinstance(chart, Points) and chart.equal:
        return 6.0, 5.5
    return 7.0, 4.0


def _draw(chart: Chart, figure: "Figure", axes: "Axes") -> None:
    painters: dict[type[Any], Callable[[Any, Any, Any], None]] = {
        Bars: _bars,
        Lines: _lines,
        Heat: _heat,
        Points: _points,
        Flow: flow,
        Waterfall: _waterfall,
        Treemap: treemap,
    }
    painters[type(chart)](chart, figure, axes)


def _bars(chart: Bars, _figure: "Figure", axes: "Axes") -> None:
    places = np.arange(len(chart.labels))
    width = 0.76 / max(1, len(chart.series))
    for i, part in enumerate(chart.series):
        at = places + (i - (len(chart.series) - 1) / 2) * width
        values = numbers(part.values)
        draw = axes.barh if chart.horizontal else axes.bar
        draw(at, values, 0.92 * width, color=colour(i), label=part.name)
        if part.low is not None and part.high is not None:
            ends = np.clip([values - numbers(part.low), numbers(part.high) - values], 0, None)
            x, y = (values, at) if chart.horizontal else (at, values)
            way = {"xerr": ends} if chart.horizontal else {"yerr": ends}
            axes.errorbar(x, y, fmt="none", ecolor="#3b3f46", elinewidth=1, capsize=2, **way)
    names = list(chart.labels)
    if chart.horizontal:
        axes.set_yticks(places, names)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
    else:
        _name_columns(axes, places, names)
        axes.grid(visible=False, axis="x")
    if chart.limits:
        (axes.set_xlim if chart.horizontal else axes.set_ylim)(*chart.limits)
    if chart.reference is not None:
        line = axes.axvline if chart.horizontal else axes.axhline
        line(chart.reference, color=GREY, linestyle="--", linewidth=1.2)
    _named(chart, axes, legend=len(chart.series) > 1)


def _name_columns(axes: "Axes", places: Any, names: list[str]) -> None:  # noqa: ANN401 - an array
    steep = sum(map(len, names)) > 70
    axes.set_xticks(places, names, rotation=40 if steep else 0, ha="right" if steep else "center")


def _named(chart: Bars | Lines | Heat | Points, axes: "Axes", *, legend: bool) -> None:
    axes.set_xlabel(chart.x_title)
    axes.set_ylabel(chart.y_title)
    if legend:
        axes.legend(frameon=False, fontsize=8)


def _lines(chart: Lines, _figure: "Figure", axes: "Axes") -> None:
    for i, curve in enumerate(chart.series):
        x = numbers(curve.x)
        if curve.low is not None and curve.high is not None:
            ends = numbers(curve.low), numbers(curve.high)
            axes.fill_between(x, *ends, color=colour(i), alpha=0.18, linewidth=0)
        marker = MARKERS[i % len(MARKERS)] if len(curve.x) <= 30 else None
        style: Any = LINES[i % len(LINES)]
        axes.plot(
            x, numbers(curve.y), color=colour(i), linestyle=style, marker=marker, markersize=4,
            label=curve.name,
        )  # fmt: skip
    if chart.log_x:
        axes.set_xscale("log")
    if chart.limits:
        axes.set_ylim(*chart.limits)
    _named(chart, axes, legend=len(chart.series) > 1)


def _heat(chart: Heat, figure: "Figure", axes: "Axes") -> None:
    from matplotlib.patches import Rectangle

    grid = np.array([numbers(row) for row in chart.values]).reshape(len(chart.rows), -1)
    named = isinstance(chart.columns[0], str)
    at = np.arange(len(chart.columns)) if named else np.array(chart.columns, dtype=float)
    half = (at[1] - at[0]) / 2 if len(at) > 1 else 0.5
    box = (at[0] - half, at[-1] + half, len(chart.rows) - 0.5, -0.5)
    axes.set_facecolor("#d5e2ec")
    axes.add_patch(
        Rectangle(
            (box[0], -0.5), box[1] - box[0], len(chart.rows), hatch="////", fill=False,
            edgecolor=HIDDEN, linewidth=0, zorder=0,
        )
    )  # fmt: skip
    low, high = chart.ends
    shown = axes.imshow(
        grid, aspect="auto", interpolation="nearest", extent=box, vmin=low, vmax=high,
        cmap=ramp_of(PUOR if chart.diverging else CIVIDIS),
    )  # fmt: skip
    for x0, x1, y0, y1 in chart.frames:
        axes.add_patch(
            Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=FRAME, linewidth=1.6)
        )
    axes.set_yticks(range(len(chart.rows)), list(chart.rows))
    if named:
        _name_columns(axes, at, [str(c) for c in chart.columns])
    axes.grid(visible=False)
    figure.colorbar(shown, ax=axes, label=chart.unit)
    _named(chart, axes, legend=False)


def _points(chart: Points, figure: "Figure", axes: "Axes") -> None:
    n = sum(len(group.x) for group in chart.groups)
    size = 22 if n <= 500 else 10 if n <= 3000 else 4
    low, high = chart.ends
    shown: Any = None
    for i, group in enumerate(chart.groups):
        look: dict[str, Any] = {"s": size, "linewidths": 0, "label": group.name, "alpha": 0.8}
        look["marker"] = MARKERS[i // len(SERIES) % len(MARKERS)]
        if group.values is None:
            look["color"] = colour(i)
        else:
            look |= {"c": numbers(group.values), "cmap": ramp_of(CIVIDIS)}
            look |= {"vmin": low, "vmax": high}
        dots = axes.scatter(group.x, group.y, **look)
        for way, values, pairs in (("x", group.x, group.x_ends), ("y", group.y, group.y_ends)):
            if pairs is not None:
                ends = np.array([pair or (v, v) for v, pair in zip(values, pairs, strict=True)])
                gaps = np.clip([values - ends[:, 0], ends[:, 1] - values], 0, None)
                bars: dict[str, Any] = {
                    f"{way}err": gaps,
                    "ecolor": colour(i),
                    "elinewidth": 1,
                    "capsize": 2,
                }
                axes.errorbar(group.x, group.y, fmt="none", **bars)
        shown = shown if group.values is None else dots
        for x, y, name in zip(group.x, group.y, group.ids, strict=False):
            if name in chart.marked:
                axes.scatter([x], [y], s=90, facecolors="none", edgecolors=FRAME, linewidths=1.8)
    if len(chart.arrows):
        x0, y0, x1, y1 = np.array(chart.arrows, float).T
        look = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.002, "color": GREY}
        axes.quiver(x0, y0, x1 - x0, y1 - y0, zorder=0, **look)
    if shown is not None:
        figure.colorbar(shown, ax=axes, label=chart.unit)
    if chart.equal:
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xticks([])
        axes.set_yticks([])
    _named(chart, axes, legend=len(chart.groups) > 1)


def _waterfall(chart: Waterfall, _figure: "Figure", axes: "Axes") -> None:
    ends = np.cumsum(chart.values) if len(chart.values) else np.zeros(0)
    bottoms = ends - np.array(chart.values)
    inks = [SERIES[0] if v >= 0 else SERIES[1] for v in chart.values]
    names = [*chart.labels, chart.total_name or text.TOTAL]
    places = np.arange(len(names))
    axes.bar(places[:-1], chart.values, 0.7, bottom=bottoms, color=inks)
    axes.bar(places[-1:], [chart.total], 0.7, color=SERIES[4])
    heights = [*np.maximum(ends, bottoms).tolist(), max(0.0, chart.total)]
    for x, y, value in zip(places, heights, [*chart.values, chart.total], strict=True):
        axes.annotate(
            words(round(value, 4)), (x, y), (0, 2), textcoords="offset points", ha="center",
            fontsize=8,
        )  # fmt: skip
    _name_columns(axes, places, names)
    axes.set_ylabel(chart.y_title)
    axes.grid(visible=False, axis="x")
