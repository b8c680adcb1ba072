"""Flows and treemaps in files, and what all drawings in files share."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from pages.ui.charts_kinds import Flow, Treemap
from pages.ui.charts_parts import bands, tiles
from pages.ui.charts_style import colour
from pages.ui.colours import CIVIDIS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "#80848c"


def numbers(values: Iterable[Any]) -> Any:  # noqa: ANN401 - an array
    """Return numbers as an array; None becomes NaN, which is not drawn."""
    return np.array([np.nan if v is None else float(v) for v in values])


def ramp_of(anchors: tuple[str, ...]) -> Any:  # noqa: ANN401 - matplotlib's colour map
    """Return a colour scale as matplotlib takes it."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("scale", list(anchors))


def flow(chart: Flow, _figure: "Figure", axes: "Axes") -> None:
    """Draw bands from left to right, as wide as what flows."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path as Curve

    left, right, links = bands(len(chart.sources), len(chart.targets), chart.links)
    sides = ((left, chart.sources, 0.0, "right"), (right, chart.targets, 1.0, "left"))
    for boxes, names, x, side in sides:
        for i, ((top, bottom), name) in enumerate(zip(boxes, names, strict=True)):
            if bottom > top:
                ink = colour(i) if x == 0 else GREY
                axes.add_patch(Rectangle((x - 0.01, top), 0.02, bottom - top, color=ink))
                gap = -0.02 if x == 0 else 0.02
                axes.text(x + gap, (top + bottom) / 2, name, ha=side, va="center")
    for i, (a, b), (c, d) in links:
        points = [(0.01, a), (0.5, a), (0.5, c), (0.99, c), (0.99, d), (0.5, d), (0.5, b)]
        points += [(0.01, b), (0.01, a)]
        codes = [1, 4, 4, 4, 2, 4, 4, 4, 79]
        axes.add_patch(
            PathPatch(Curve(points, codes), facecolor=colour(i), alpha=0.45, linewidth=0)
        )
    axes.set_xlim(-0.25, 1.25)
    axes.set_ylim(1.02, -0.02)
    axes.axis("off")


def treemap(chart: Treemap, figure: "Figure", axes: "Axes") -> None:
    """Draw parts of parts as areas."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.patches import Rectangle

    values = numbers(chart.colours) if len(chart.colours) else None
    ramp, span = ramp_of(CIVIDIS), Normalize(0, 1)
    if values is not None:
        span = Normalize(np.nanmin(values), np.nanmax(values))
        figure.colorbar(ScalarMappable(span, ramp), ax=axes, label=chart.unit)
    for i, outermost, leaf, (x, y, w, h) in tiles(chart.labels, chart.parents, chart.values):
        ink: Any = colour(outermost) if values is None else GREY
        if values is not None and np.isfinite(values[i]):
            ink = ramp(span(values[i]))
        axes.add_patch(Rectangle((x, y), w, h, facecolor=ink, edgecolor="white", linewidth=1.2))
        if w * 95 > len(chart.labels[i]) * 1.2 and h > 0.045:
            bright = values is not None and span(values[i]) > 0.55
            axes.text(
                x + 0.006, y + 0.008, chart.labels[i], va="top", fontsize=8,
                color="black" if bright else "white", weight="normal" if leaf else "bold",
            )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(1, 0)
    axes.axis("off")
