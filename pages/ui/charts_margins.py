"""How much room a drawing's words take, so that plotly draws it once.

Plotly finds out by drawing: where labels do not fit it widens the margins and draws everything a
second time, which is more than half of a chart's cost. A guess that is too small costs that again
and cuts nothing; one that is too large leaves a little paper empty.
"""

from collections.abc import Mapping
from typing import Any

EDGE = 16
END = 16
"""Beyond an axis of numbers: half of its last tick."""
NUMBERS = 74
"""Left of an axis: ticks such as 100 or 0.25, and the axis title."""
UNDER = 68
"""Under an axis: one line of ticks, and the axis title."""
LEGEND = 48
"""Over the drawing: one line of a legend."""
SCALE = 88
"""Right of areas: the scale of their colours."""
NAMES, LETTER, TITLE = 49, 5.4, 14
"""Left of an axis of names: alone, for each letter of the longest, for its title."""


def margins_of(figure: Mapping[str, Any]) -> dict[str, int]:
    """Return margins in pixels in which the words of a figure fit, at the page's sizes of type.

    Args:
        figure: Plotly's ``data`` and ``layout``.
    """
    layout = figure["layout"]
    if "xaxis" not in layout:  # areas, whose words lie within
        scaled = any(trace.get("marker", {}).get("showscale") for trace in figure["data"])
        return dict.fromkeys("ltb", EDGE) | {"r": SCALE if scaled else EDGE}
    x, y = layout["xaxis"], layout["yaxis"]
    return {
        "l": _left(y) if y.get("showticklabels", True) else EDGE,
        "r": END if y.get("type") == "category" else EDGE,
        "t": LEGEND if layout.get("showlegend") else EDGE,
        "b": UNDER if x.get("showticklabels", True) else EDGE,
    }


def _left(axis: Mapping[str, Any]) -> int:
    names = axis.get("categoryarray")
    if not names:
        return NUMBERS
    letters = max(len(name) for name in names)
    return round(NAMES + LETTER * letters + (TITLE if axis["title"]["text"] else 0))
