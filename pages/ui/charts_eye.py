"""Whether a chart is near the reader's screen: drawing it costs more than all else on a page."""

from pathlib import Path

import streamlit as st

_eye = st.components.v2.component(
    "scar_eye",
    html="<i></i>",
    js=(Path(__file__).resolve().parents[2] / "assets" / "eye.js").read_text(encoding="utf-8"),
)


def is_away(key: str) -> bool:
    """Watch the chart around this call; call it inside a fragment.

    Args:
        key: The chart's name on this page.

    Returns:
        True if the browser has said that the chart is off the screen, and so for a chart that comes
        back to the page until the browser has looked again. The fragment runs again when that
        changes.
    """
    name = f"eye {key}"
    kept: dict[str, bool] = st.session_state.setdefault("eyes", {})
    told = st.session_state.get(name)
    if told is not None and "away" in told:
        kept[key] = bool(told["away"])
    away = kept.get(key, False)
    _eye(key=name, data={"away": away}, on_away_change=lambda: None)
    return away
