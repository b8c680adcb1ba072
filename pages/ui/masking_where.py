"""Where the answer looked, the tables, and what a reader takes home."""

from html import escape

import streamlit as st

from pages.ui import figures, report
from pages.ui.drawing import ecg_svg
from pages.ui.exports import answers_csv, answers_json
from pages.ui.masking_shown import Answers, Shown
from pages.ui.session import Session
from pages.ui.text import masking as text
from pages.ui.words import changes, what_happened


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
        report.offer(lambda: whole_report(s, shown, found), name)


def whole_report(s: Session, shown: Shown, found: Answers) -> bytes:
    """Write what the page shows of this record as one HTML file."""
    from pages.ui.charts_kinds import Heat

    before, after = found
    scenario, swap = s.view.scenario, s.view.swap
    said = text.what_swapping_did(swap, *found) if swap else what_happened(*found, scenario)
    drawing = ecg_svg(shown.record, scenario)
    parts: list[report.Part] = [
        said,
        report.Picture(shown.title, drawing, text.drawn(scenario.describe())),
    ]
    if before.importance and after.importance:
        maps = [figures.weights(one.importance) for one in found if one.importance]
        limits = (0.0, figures.shared_limit(*(values for values, _ in maps)))
        for (values, seen), title in zip(maps, (text.MAP_BEFORE, text.MAP_NOW), strict=True):
            patch_s = after.importance.patch_s
            heat = Heat(
                title,
                after.importance.lead_names,
                [(i + 0.5) * patch_s for i in range(values.shape[1])],
                [
                    [weight if read else None for weight, read in zip(row, there, strict=True)]
                    for row, there in zip(values.tolist(), seen.tolist(), strict=True)
                ],
                x_title=text.SECONDS,
                limits=limits,
                unit=text.WEIGHT,
            )
            parts.append(report.Figure(heat, title))
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
