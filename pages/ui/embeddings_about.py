"""What the scores mean, and the map as tables."""

from html import escape
from typing import Any

import streamlit as st

from pages.ui.charts_table import table_html
from pages.ui.embeddings_export import table_rows
from pages.ui.embeddings_state import Kept, methods_of, view_of
from pages.ui.text import embeddings as text
from scar_core.embedding_map import EmbeddingMap


def about(k: Kept, whole: EmbeddingMap) -> None:
    """Draw what the scores mean, and everything as tables."""
    view, shown = view_of(k.choice, whole), methods_of(k.choice, whole)
    with st.expander(text.MEANING):
        st.write(text.SCORES_ABOUT)
        quality = {m: whole.panel(m, view).quality for m in shown}
        rows = [
            {text.MEASURE: name}
            | {text.method_name(m): _rounded(quality[m].get(key)) for m in shown}
            | {"": meaning}
            for key, name, meaning in text.SCORES
        ]
        st.html(f"<div class='wide'>{table_html(text.MEANING, rows)}</div>")
        labels = {one["label"]: one["records"] for one in quality[shown[0]].get("by_label", [])}
        by_group = [
            {text.GROUP: label, text.RECORDS: n}
            | {text.method_name(m): _rounded(_of_label(quality[m], label)) for m in shown}
            for label, n in labels.items()
        ]
        if by_group:
            st.html(f"<div class='wide'>{table_html(text.BY_GROUP, by_group)}</div>")
        st.html(f"<p class='note'>{escape(text.made_notes(whole.notes))}</p>")
    with st.expander(text.POINTS_TABLE):
        rows = table_rows(k, whole)
        st.html(f"<div class='wide'>{table_html(text.POINTS_CAPTION, rows, most=60)}</div>")


def _of_label(quality: Any, label: str) -> float | None:  # noqa: ANN401 - a JSON object
    return next((one["purity"] for one in quality["by_label"] if one["label"] == label), None)


def _rounded(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
