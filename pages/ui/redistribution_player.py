"""The animation of growing masks: all steps are in the browser, so playing asks nobody."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.assets import asset
from pages.ui.colours import CIVIDIS, as_hex, palette
from pages.ui.redistribution_charts import hidden_by_step
from pages.ui.text import redistribution as text
from pages.ui.text import redistribution_says as says
from scar_core.leads import LEADS

LEVELS = 64
BRIGHT = 0.97
"""Quantile of the weights at which the scale ends: late steps, with few patches, are brighter."""
HIDDEN = 255
ABSENT = 254


_player = st.components.v2.component(
    "scar_growth_player",
    html=asset("growth_player.html"),
    css=asset("growth_player.css"),
    js=asset("growth_player.js"),
)


def player_data(grown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the player is told: a byte for each step, lead and patch, and its sentences.

    Args:
        grown: Answer of inquiry ``redistribution_growth``.
    """
    weights = np.array([frame["weights"] for frame in grown["frames"]], dtype=np.float64)
    positive = weights[weights > 0]
    top = float(np.quantile(positive, BRIGHT)) if positive.size else 1.0
    level = np.round(np.clip(weights / top, 0, 1) * (LEVELS - 1)).astype(np.uint8)
    level[:, ~np.array(grown["read"], dtype=bool)] = ABSENT
    level[hidden_by_step(grown)] = HIDDEN
    rows = [k for k, _ in sorted(enumerate(grown["leads"]), key=lambda one: LEADS.index(one[1]))]
    frames, patches = grown["frames"], weights.shape[2]
    return {
        "leads": [grown["leads"][k] for k in rows],
        "patches": patches,
        "seconds": round(patches * grown["patch_s"], 3),
        "frames": base64.b64encode(np.ascontiguousarray(level[:, rows]).tobytes()).decode(),
        "says": [
            says.step(k, len(frames) - 1, frame, grown["finding"]) for k, frame in enumerate(frames)
        ],
        "palette": as_hex(palette(CIVIDIS, LEVELS)),
        "top": f"{100 * top:.2g} %",
        "words": dict(text.PLAYER),
    }


def player(grown: Mapping[str, Any], key: str) -> None:
    """Mount the player."""
    _player(key=key, data=player_data(grown))
