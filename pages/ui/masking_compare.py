"""A second ECG under the same scenario."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from pages.ui import inputs
from pages.ui.choose import listed
from pages.ui.colours import data_uri
from pages.ui.drawing import ecg_svg
from pages.ui.inputs import Case
from pages.ui.masking_beside import Column, beside_html
from pages.ui.masking_methods import answer_of
from pages.ui.masking_shown import Answers, Shown, ready, told
from pages.ui.session import Session, session
from pages.ui.state import UPLOAD
from pages.ui.text import masking as page_text
from pages.ui.text import masking_looks as text
from pages.ui.words import what_happened
from pages.ui.worker import Status
from scar_core.errors import ScarError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

PICKED = "compare_with"


def compare_look(s: Session, shown: Shown, found: Answers, state: Status) -> None:
    """Draw the choice of a second ECG, its paper, and both findings side by side."""
    cases = listed(s)[0]
    keys = ["", *(key for key in (*cases, *s.uploads) if key != s.view.record)]
    if s.view.compare not in keys:
        st.error(page_text.not_here(s.view.compare))
        s.view = replace(s.view, compare="")
    st.session_state[PICKED] = s.view.compare
    st.selectbox(
        text.COMPARE_PICK,
        keys,
        key=PICKED,
        format_func=lambda key: title_of(key, cases) or text.COMPARE_NONE,
        on_change=compare_changed,
    )
    key = s.view.compare
    if not key:
        st.html(f"<p class='note'>{text.COMPARE_HINT}</p>")
        return
    try:
        record = other_record(s, cases, key)
        if not ready(state):
            return
        with st.spinner(text.READING):
            before = answer_of(s, "scar", record, Scenario())
            after = answer_of(s, "scar", record, s.view.scenario)
    except ScarError as error:
        told(s, error)
        return
    columns = [Column(shown.title, *found), Column(title_of(key, cases), before, after)]
    hiding = not s.view.scenario.is_empty or bool(s.view.swap)
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        picture = data_uri(ecg_svg(record, s.view.scenario).encode(), "image/svg+xml")
        about = text.paper_of(title_of(key, cases), s.view.scenario.describe())
        st.html(f"<img class='masked-ecg' src='{picture}' alt='{about}'>")
        st.html(f"<p class='note'>{text.COMPARE_LONG}</p>")
    with right:
        st.html(f"<p class='sentence'>{what_happened(before, after, s.view.scenario)}</p>")
    st.html(beside_html(columns, text.COMPARE_TABLE, asked=s.view.prompts, hiding=hiding))


def compare_changed() -> None:
    """Take over the second ECG."""
    s = session()
    s.view = replace(s.view, compare=st.session_state[PICKED])


def title_of(key: str, cases: Mapping[str, Case]) -> str:
    """Name a record; empty for none."""
    if key.startswith(UPLOAD):
        return page_text.upload_title(key.removeprefix(UPLOAD))
    return cases[key].title if key in cases else ""


def other_record(s: Session, cases: Mapping[str, Case], key: str) -> ECGRecord:
    """Read the second ECG's first ten seconds.

    Raises:
        RecordError: It cannot be read.
    """
    whole = s.uploads[key] if key in s.uploads else inputs.read_case(cases[key])
    return inputs.ten_seconds(whole, 0.0)[0]
