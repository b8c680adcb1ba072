"""Where the answer looked, the tables, and what a reader takes home."""

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from pages.ui import charts, figures, report
from pages.ui.charts_eye import part
from pages.ui.drawing import ecg_svg
from pages.ui.exports import answers_csv, answers_json
from pages.ui.masking_maps import Map, importance_maps
from pages.ui.masking_shown import Answers, Shown
from pages.ui.session import Session
from pages.ui.text import masking as text
from pages.ui.text.figures import of_maps
from pages.ui.words import changes, what_happened


def where_look(s: Session, shown: Shown, found: Answers) -> None:
    """Draw importance before and now, the tables and the downloads."""
    before, after = found
    scenario = s.view.scenario
    hiding = not scenario.is_empty or bool(s.view.swap)
    old, new = before.importance, after.importance
    if old is not None and new is not None:
        drawn = importance_maps(old, new, hiding=hiding)
        part("importance", text.MAPS, partial(maps, drawn, new.patch_s))
        st.html(figures.shares_html(old, new, hiding=hiding))
    for note in after.notes:
        st.html(f"<p class='note'>{escape(note)}</p>")
    with st.expander(text.TABLES):
        st.html(figures.diagnosis_table(before, after))
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
        report.offer(lambda: whole_report(s, shown, found), name)


def maps(drawn: Sequence[Map], patch_s: float) -> None:
    """Draw maps of importance side by side."""
    st.html(f"<p class='note'>{of_maps(patch_s)}</p>")
    with st.container(key="importance_maps"):
        columns = st.columns(len(drawn))
    for number, (column, one) in enumerate(zip(columns, drawn, strict=True)):
        with column:
            charts.show(one.chart, key=f"importance {number}", in_part=True, alt=one.alt)


def whole_report(s: Session, shown: Shown, found: Answers) -> bytes:
    """Write what the page shows of this record as one HTML file."""
    before, after = found
    scenario, swap = s.view.scenario, s.view.swap
    said = text.what_swapping_did(swap, *found) if swap else what_happened(*found, scenario)
    drawing = ecg_svg(shown.record, scenario)
    parts: list[report.Part] = [
        said,
        report.Picture(shown.title, drawing, text.drawn(scenario.describe())),
    ]
    if before.importance and after.importance:
        hiding = not scenario.is_empty or bool(swap)
        drawn = importance_maps(before.importance, after.importance, hiding=hiding)
        parts += [report.Figure(one.chart, one.alt) for one in drawn]
    rows = [
        {
            text.FINDING: new.name,
            text.BEFORE: round(old.probability, 3),
            text.NOW: round(new.probability, 3),
            text.CURVE: text.OWN if new.calibrated else text.APPROXIMATE,
        }
        for old, new in changes(before, after)
    ]
    parts.append(report.Table(text.PROBABILITIES, rows))
    return report.html_report(
        shown.title,
        parts,
        record=shown.record,
        scenario=scenario,
        checkpoints={after.method: after.checkpoint},
        facts={text.CABLES: swap} if swap else None,
    )
