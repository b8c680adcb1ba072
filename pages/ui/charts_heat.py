"""Maps on a canvas: plotly takes a tenth of a second for each, and a gesture changes three."""

import base64
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.assets import asset
from pages.ui.charts_kinds import Heat
from pages.ui.colours import CIVIDIS, PUOR, as_hex, palette
from pages.ui.text import common as text

LEVELS = 128


_map = st.components.v2.component(
    "scar_heat_map",
    html=asset("heat_map.html"),
    css=asset("heat_map.css"),
    js=asset("heat_map.js"),
)


def heat_data(chart: Heat, alt: str, height: int) -> dict[str, Any]:
    """Return what the canvas is told; what was not read is NaN.

    Args:
        chart: The map, not empty.
        alt: What it shows, for those who do not see it.
        height: Pixels of the whole.
    """
    values = [[np.nan if v is None else v for v in row] for row in chart.values]
    low, high = chart.ends
    return {
        "rows": list(chart.rows),
        "columns": list(chart.columns),
        "numbers": not isinstance(chart.columns[0], str),
        "values": base64.b64encode(np.array(values, "<f4").tobytes()).decode(),
        "low": float(low),
        "high": float(high),
        "palette": as_hex(palette(PUOR if chart.diverging else CIVIDIS, LEVELS)),
        "outlined": [list(one) for one in chart.outlined],
        "x": chart.x_title,
        "y": chart.y_title,
        "unit": chart.unit,
        "alt": alt,
        "height": height,
        "notRead": text.NOT_READ,
    }


def heat_map(chart: Heat, *, key: str, alt: str, height: int) -> None:
    """Draw a map; arguments as of ``heat_data``."""
    _map(key=key, data=heat_data(chart, alt, height))
