"""Where the answer looked, the tables, and what a reader takes home."""

from html import escape

import streamlit as st

from pages.ui import figures
from pages.ui.exports import answers_csv, answers_json
from pages.ui.masking_shown import Answers, Shown
from pages.ui.session import Session
from pages.ui.text import masking as text


def where_look(s: Session, shown: Shown, found: Answers) -> None:
    """Draw importance before and now, the tables and the downloads."""
    before, after = found
    scenario = s.view.scenario
    hiding = not scenario.is_empty or bool(s.view.swap)
    old, new = before.importance, after.importance
    if old is not None and new is not None:
        st.html(figures.importance_html(old, new, hiding=hiding))
        st.html(figures.shares_html(old, new, hiding=hiding))
    for note in after.notes:
        st.html(f"<p class='note'>{escape(note)}</p>")
    with st.expander(text.TABLES):
        st.html(figures.diagnosis_table(before, after))
        if old is not None and new is not None:
            st.html(figures.importance_table(old, text.BEFORE_TABLE))
            st.html(figures.importance_table(new, text.NOW_TABLE))
    name = shown.record.name or "ecg"
    with st.container(horizontal=True):
        st.download_button(
            text.SAVE_JSON,
            lambda: answers_json(shown.record, scenario, before, after),
            f"{name}.json",
            "application/json",
            on_click="ignore",
        )
        st.download_button(
            text.SAVE_CSV,
            lambda: answers_csv(before, after),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
        )
