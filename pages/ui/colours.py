"""Colours for people who see them differently.

Cividis for importance and PuOr for change: both keep their order in grey and for every kind of
colour vision. Interpolated between anchors, because importing a plotting library takes longer
than drawing.
"""

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CIVIDIS = (
    "#00224e", "#00285b", "#002e6a", "#053371", "#1a386f", "#273e6e", "#32436d", "#3b496c",
    "#434e6c", "#4b546c", "#535a6d", "#5a5f6e", "#61656f", "#686a71", "#6f7073", "#767676",
    "#7d7c78", "#848279", "#8c8878", "#938e78", "#9b9476", "#a39a74", "#aba072", "#b4a76f",
    "#bcae6c", "#c4b468", "#cdbb63", "#d5c25e", "#dec958", "#e7d150", "#f0d846", "#f9e03a",
    "#fee838",
)  # fmt: skip
PUOR = (
    "#7f3b08", "#b25706", "#e08214", "#fcb761", "#fee0b6", "#f6f6f7", "#d8daeb", "#b1aad1",
    "#8073ac", "#532687", "#2d004b",
)  # fmt: skip
HIDDEN = "#00538a"
SERIES = ("#2385c0", "#cf7a04", "#9b2fdc", "#c83a30", "#646481", "#a68578")
"""Lines and bars, in this order: told apart by every kind of colour vision, and with at least 3 : 1
on the light and on the dark page."""


def palette(anchors: Sequence[str], n: int = 256) -> NDArray[np.uint8]:
    """Return a colour scale.

    Args:
        anchors: Evenly spaced colours as ``#rrggbb``.
        n: Number of steps.

    Returns:
        uint8 (n, 3), red green blue.
    """
    known = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in anchors])
    at, grid = np.linspace(0, 1, n), np.linspace(0, 1, len(anchors))
    mixed = np.stack([np.interp(at, grid, known[:, i]) for i in range(3)], axis=1)
    return np.asarray(np.round(mixed), np.uint8)


def as_hex(colours: NDArray[np.uint8]) -> list[str]:
    """Return the rows of (n, 3) as ``#rrggbb``."""
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in colours.tolist()]


def data_uri(content: bytes, kind: str) -> str:
    """Return a picture as a URI that needs no request."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
