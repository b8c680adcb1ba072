"""Masking: one ECG, what the reader hides of it, and the answer before and after."""

from contextlib import nullcontext
from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from pages.ui import figures, inputs
from pages.ui.choose import about, choose_record, choose_window, folder_setting
from pages.ui.ecg_canvas import canvas_data, ecg_canvas, send_signal, send_strip
from pages.ui.frame import frame, worker_missing
from pages.ui.link import section
from pages.ui.masking_faults import exchanged
from pages.ui.masking_shown import Answers, Shown
from pages.ui.masking_under import under
from pages.ui.session import Session, answers, on_scene, on_view, session
from pages.ui.state import with_prompt
from pages.ui.text import masking as text
from pages.ui.words import limb_note, what_happened
from pages.ui.worker import Status
from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.leads import LIMB, exchanged_limb_leads
from scar_core.missing import Scenario, apply
from scar_core.record import ECGRecord

ASKED = "findings_asked"


def asked_changed() -> None:
    """Take over the reader's findings."""
    prompts: tuple[str, ...] = ()
    for said in st.session_state[ASKED]:
        prompts = with_prompt(prompts, said)
    s = session()
    s.view = replace(s.view, prompts=prompts)


def ask_box(s: Session) -> None:
    """Draw the list of findings that the reader asks for."""
    st.session_state[ASKED] = list(s.view.prompts)
    st.multiselect(
        text.ASK,
        list(s.view.prompts),
        key=ASKED,
        accept_new_options=True,
        placeholder=text.ASK_HINT,
        on_change=asked_changed,
    )


@st.fragment
def bench(shown: Shown, state: Status) -> None:
    """Canvas, answers and what lies under them: the part that a gesture runs again."""
    s = session()
    if s.revision != s.pushed[0]:  # something under the ECG hid or showed parts of it
        s.pushed = (s.revision, s.view.scenario, s.view.paper)
    with st.container(key="bench"):
        left, right = st.columns([2, 1], gap="medium")
    with right:
        section(text.ANSWER)
        found = diagnosis(s, shown, state)
    with left:
        section(text.ECG)
        if s.view.swap:
            leads = exchanged_limb_leads(*s.view.swap.split("/"))
            st.html(f"<p class='note swap'>{escape(text.swapped(s.view.swap, leads))}</p>")
        data = canvas_data(shown.record, shown.record_id, s.pushed)
        ecg_canvas(data | {"title": shown.title}, on_scene, on_view)
        note = about_limbs(shown.record, s.view.scenario)
        if note:
            st.html(f"<p class='note'>{escape(note)}</p>")
    s.write_url()
    if found and found[0].importance and found[1].importance:
        send_strip(found[0].importance, found[1].importance, shown.record_id)
    section(text.LOOKS)
    under(s, shown, found, state)
    s.write_url()
    s.fresh = False


def diagnosis(s: Session, shown: Shown, state: Status) -> Answers | None:
    """Draw the sentence and the findings; return both answers, or None if there are none."""
    scenario, swap = s.view.scenario, s.view.swap
    found = None
    waiting = st.empty()
    if state.ready:
        try:
            # A gesture leaves the earlier answer in place, dimmed; a new page has none to leave.
            with waiting, st.spinner(text.READING) if s.fresh else nullcontext():
                found = answers(s, shown.record, shown.record_id, scenario)
                if swap:
                    right = answers(s, shown.true, f"{shown.record_id} as it was", Scenario())
                    found = (right[0], found[1])
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
        happened = text.what_swapping_did(swap, *found) if swap else what_happened(*found, scenario)
        said = escape(happened).replace(" %", "&nbsp;%")
        st.html(f"<p class='sentence'>{said}</p>")
        if found[1].visible_share > 0:
            number = s.number((shown.record_id, scenario, s.view.prompts))
            st.html(
                figures.diagnosis_html(
                    *found,
                    answer_id=f"{number}-{found[1].checkpoint}",
                    asked=s.view.prompts,
                    hiding=not scenario.is_empty or bool(swap),
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


def main() -> None:
    """Draw the page."""
    state = frame("Masking")
    s = session()
    s.begin()
    st.title(text.TITLE)
    for problem in s.problems:
        st.warning(problem)
    folder_setting(s)
    record, case, beside = choose_record(s)
    if record is None:
        st.write(text.EMPTY)
        return
    true = choose_window(s, record)
    about(true, case, beside)
    paper = exchanged(true, s.view.swap)
    record_id = f"{s.view.record}@{s.view.start_s:g}#{paper.fingerprint()[:12]}"
    s.pushed = (s.revision, s.view.scenario, s.view.paper)
    send_signal(paper, record_id)
    shown = Shown(
        record=paper,
        record_id=record_id,
        true=true,
        stored=inputs.as_stored(record, s.view.start_s),
        title=case.title if case is not None else (record.name or text.UPLOADED),
        case=case,
    )
    bench(shown, state)


main()
