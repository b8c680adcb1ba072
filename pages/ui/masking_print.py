"""The print view: one sheet of A4 at true size."""

import streamlit as st

from pages.ui.assets import asset
from pages.ui.masking_sheet import sheet, sheet_pdf, sheet_svg
from pages.ui.masking_shown import Answers, Shown
from pages.ui.session import Session
from pages.ui.text import masking_looks as text
from pages.ui.words import what_happened

_view = st.components.v2.component(
    "scar_ecg_sheet",
    html=asset("ecg_sheet.html"),
    css=asset("ecg_sheet.css"),
    js=asset("ecg_sheet.js"),
)


def print_look(s: Session, shown: Shown, found: Answers | None) -> None:
    """Draw the sheet, and offer to print or save it."""
    scenario = s.view.scenario
    # A file's name may be a patient's: only the cases that are shipped are named.
    named = shown.case is not None and shown.case.key.startswith("gallery:")
    title = text.sheet_title(shown.title if named else "", s.view.swap)
    about = what_happened(*found, scenario) if found and not s.view.swap else ""
    parts = sheet(shown.record, scenario, title, about)
    svg = sheet_svg(parts)
    st.html(f"<p class='note'>{text.PRINT_ABOUT}</p>")
    with st.container(horizontal=True):
        name = "ecg-sheet"
        st.download_button(
            text.PRINT_PDF, lambda: sheet_pdf(parts), f"{name}.pdf", "application/pdf",
            key="sheet pdf", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            text.PRINT_SVG, svg, f"{name}.svg", "image/svg+xml", key="sheet svg", on_click="ignore"
        )
    _view(
        key="sheet",
        data={
            "svg": svg,
            "label": text.PRINT_BUTTON,
            "title": text.PRINT_TITLE,
            "alt": text.paper_of(title, about),
        },
    )
