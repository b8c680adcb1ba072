"""Masking: one ECG, what the reader hides of it, and the answer before and after."""

from contextlib import nullcontext
from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from pages.ui import figures
from pages.ui.choose import about, choose_record, choose_window, folder_setting
from pages.ui.ecg_canvas import canvas_data, ecg_canvas, send_signal, send_strip
from pages.ui.exports import answers_csv, answers_json
from pages.ui.frame import frame, worker_missing
from pages.ui.session import Session, answers, on_scene, on_view, session
from pages.ui.state import UPLOAD, with_prompt
from pages.ui.words import limb_note, what_happened
from pages.ui.worker import Status
from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.leads import LIMB
from scar_core.missing import Scenario, apply
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord

ASKED = "findings_asked"


def asked_changed() -> None:
    """Take over the reader's findings."""
    prompts: tuple[str, ...] = ()
    for text in st.session_state[ASKED]:
        prompts = with_prompt(prompts, text)
    s = session()
    s.view = replace(s.view, prompts=prompts)


def ask_box(s: Session) -> None:
    """Draw the list of findings that the reader asks for."""
    st.session_state[ASKED] = list(s.view.prompts)
    st.multiselect(
        "Ask for any finding, in your own words",
        list(s.view.prompts),
        key=ASKED,
        accept_new_options=True,
        placeholder="Type a finding and press Enter",
        on_change=asked_changed,
    )


@st.fragment
def bench(record: ECGRecord, record_id: str, title: str, linkable: bool, state: Status) -> None:
    """Canvas and answers: the part of the page that a gesture runs again."""
    s = session()
    with st.container(key="bench"):
        left, right = st.columns([2.2, 1], gap="medium")
    with right:
        found = diagnosis(s, record, record_id, state)
    with left:
        data = canvas_data(record, record_id, s.pushed, linkable=linkable)
        ecg_canvas(data | {"title": title}, on_scene, on_view)
        note = about_limbs(record, s.view.scenario)
        if note:
            st.html(f"<p class='note'>{escape(note)}</p>")
    s.write_url()
    if found:
        details(record, record_id, s.view.scenario, *found)
    s.fresh = False


def diagnosis(
    s: Session, record: ECGRecord, record_id: str, state: Status
) -> tuple[Prediction, Prediction] | None:
    """Draw the sentence and the findings; return both answers, or None if there are none."""
    scenario = s.view.scenario
    found = None
    waiting = st.empty()
    if state.ready:
        try:
            # A gesture leaves the earlier answer in place, dimmed; a new page has none to leave.
            with waiting, st.spinner("Reading the ECG …") if s.fresh else nullcontext():
                found = answers(s, record, record_id, scenario)
        except WorkerUnavailable as error:
            s.client = None
            if not s.fresh:
                st.rerun(scope="app")
            worker_missing(Status(ready=False, says=str(error)))
        except ScarError as error:
            st.error(str(error))
    else:
        worker_missing(state)
    if found is not None:
        said = escape(what_happened(*found, scenario)).replace(" %", "&nbsp;%")
        st.html(f"<p class='sentence'>{said}</p>")
        if found[1].visible_share > 0:
            number = s.number((record_id, scenario, s.view.prompts))
            st.html(
                figures.diagnosis_html(
                    *found,
                    answer_id=f"{number}-{found[1].checkpoint}",
                    asked=s.view.prompts,
                    hiding=not scenario.is_empty,
                )
            )
    ask_box(s)
    return found


def about_limbs(record: ECGRecord, scenario: Scenario) -> str:
    """Say whether hidden limb leads could be recomputed."""
    hidden = scenario.hidden(record.lead_names, record.n_samples, record.sampling_rate_hz)
    hidden &= record.present
    lost = [n for n, row in zip(record.lead_names, hidden, strict=True) if n in LIMB and row.any()]
    if not lost or record.unit != "mV":
        return limb_note(lost, (), record.unit, scenario.recover)
    again = apply(record, replace(scenario, recover=True))[1] & hidden
    follows = [n for n, row in zip(record.lead_names, np.any(again, axis=1), strict=True) if row]
    return limb_note(lost, follows, record.unit, scenario.recover)


def details(
    record: ECGRecord,
    record_id: str,
    scenario: Scenario,
    before: Prediction,
    after: Prediction,
) -> None:
    """Draw where the answer looked, the tables and the downloads."""
    hiding = not scenario.is_empty
    old, new = before.importance, after.importance
    if old is not None and new is not None:
        send_strip(old, new, record_id)
        st.subheader("Where the answer looked")
        st.html(figures.importance_html(old, new, hiding=hiding))
        st.html(figures.shares_html(old, new, hiding=hiding))
    for note in after.notes:
        st.html(f"<p class='note'>{escape(note)}</p>")
    with st.expander("The same as tables"):
        st.html(figures.diagnosis_table(before, after))
        if old is not None and new is not None:
            st.html(figures.importance_table(old, "Importance before, in per cent per second"))
            st.html(figures.importance_table(new, "Importance now, in per cent per second"))
    name = record.name or "ecg"
    with st.container(horizontal=True):
        st.download_button(
            "Save answers (JSON)",
            lambda: answers_json(record, scenario, before, after),
            f"{name}.json",
            "application/json",
            on_click="ignore",
        )
        st.download_button(
            "Save findings (CSV)",
            lambda: answers_csv(before, after),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
        )


def main() -> None:
    """Draw the page."""
    arrived = st.session_state.get("page") != "Masking"
    state = frame("Masking")
    s = session()
    s.begin(arrived)
    st.title("What does an ECG still say when part of it is missing?")
    for problem in s.problems:
        st.warning(problem)
    folder_setting(s)
    record, case, beside = choose_record(s)
    if record is None:
        st.write("Choose an ECG, or open a file, to begin.")
        return
    shown = choose_window(s, record)
    about(shown, case, beside)
    record_id = f"{s.view.record}@{s.view.start_s:g}#{shown.fingerprint()[:12]}"
    s.pushed = (s.revision, s.view.scenario, s.view.paper)
    send_signal(shown, record_id)
    title = case.title if case is not None else (record.name or "Uploaded ECG")
    bench(shown, record_id, title, not s.view.record.startswith(UPLOAD), state)


main()
