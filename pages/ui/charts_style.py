"""What all of plotly's drawings share: colours, axes, scales."""

from collections.abc import Sequence
from typing import Any

from pages.ui.colours import SERIES

Figure = dict[str, Any]
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
GREY = "rgba(128,132,140,.75)"
FRAME = "#d81b60"
"""Around what is pointed out; seen on every colour of both scales."""


def colour(index: int) -> str:
    """Return the colour of the series at this place."""
    return SERIES[index % len(SERIES)]


def axis(title: str, **more: object) -> dict[str, Any]:
    """Return an axis with its title; labels take the room that they need."""
    told = {"automargin": True, "exponentformat": "none"}  # 0.0004, where plotly writes 400µ
    return {"title": {"text": title}, **told, **more}


def scale(anchors: Sequence[str]) -> list[list[Any]]:
    """Return a colour scale as plotly takes it."""
    return [[i / (len(anchors) - 1), anchor] for i, anchor in enumerate(anchors)]


def bar_of(unit: str) -> dict[str, Any]:
    """Return a colour scale's legend."""
    return {"thickness": 10, "title": {"text": unit, "side": "right"}, "outlinewidth": 0}
