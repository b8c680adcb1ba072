"""The masking page's controls for what ECG it shows."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import inputs, named
from pages.ui.inputs import Case
from pages.ui.masking_faults import fault_menu
from pages.ui.session import Session, session
from pages.ui.state import UPLOAD
from pages.ui.text import masking as text
from pages.ui.text.figures import NOT_EINTHOVEN
from scar_core.errors import RecordError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord


def listed(s: Session) -> tuple[dict[str, Case], str, bool]:
    """Return every record that can be picked, by key; why a folder cannot be read; gallery there.

    Nothing is drawn.
    """
    found = list(inputs.gallery_cases())
    gallery, problem = bool(found), ""
    folder = inputs.records_folder(s.folder)
    if folder is not None:
        try:
            found += inputs.folder_cases(folder)
        except RecordError as error:
            problem = str(error)
    return {case.key: case for case in found}, problem or named.bring(s), gallery


def cases_at_hand(s: Session) -> dict[str, Case]:
    """Return every record that can be picked, by key; says so where a source cannot be read."""
    cases, problem, gallery = listed(s)
    if not gallery:
        st.info(text.NO_GALLERY)
    if problem:
        st.error(problem)
    return cases


def choose_record(s: Session) -> tuple[ECGRecord | None, Case | None, DeltaGenerator]:
    """Draw the record's choice; return record and case, None where missing, and a place beside."""
    cases = cases_at_hand(s)
    keys = [*cases, *s.uploads]
    if s.view.record and s.view.record not in keys:
        gone = s.view.record
        st.error(text.GONE_UPLOAD if gone.startswith(UPLOAD) else text.not_here(gone))
    if s.view.record not in keys:
        s.view = replace(s.view, record=keys[0] if keys else "")
    row = st.container(horizontal=True, vertical_alignment="bottom", key="choice")
    with row:
        if keys:
            st.session_state["case"] = s.view.record
            st.selectbox(
                text.ECG,
                keys,
                key="case",
                format_func=lambda key: title_of(key, cases),
                on_change=case_changed,
            )
        with st.popover(text.OPEN, icon=":material/upload_file:"):
            upload_form()
        if keys:
            fault_menu(cases.get(s.view.record))
    if not keys:
        return None, None, row
    if s.view.record in s.uploads:
        return s.uploads[s.view.record], None, row
    case = cases[s.view.record]
    try:
        return inputs.read_case(case), case, row
    except RecordError as error:
        st.error(str(error))
        return None, case, row


def title_of(key: str, cases: Mapping[str, Case]) -> str:
    """Say where a record comes from and what it is called."""
    source, _, name = key.partition(":")
    if source == "upload":
        return text.upload_title(name)
    if key.startswith(named.DATASET):
        return name.replace(":", ", ")
    return text.folder_title(cases[key].title, source)


def case_changed() -> None:
    """Another record begins with nothing hidden."""
    s = session()
    record = st.session_state["case"]
    s.push(replace(s.view, record=record, scenario=Scenario(), start_s=0.0, swap=""))


def upload_form() -> None:
    """Draw the upload of one record; it is empty again once a record was read."""
    st.file_uploader(
        text.FILES,
        type=[suffix.removeprefix(".") for suffix in inputs.record_suffixes()],
        accept_multiple_files=True,
        key=files_key(),
        on_change=files_changed,
        help=text.read_are(inputs.format_titles()),
    )
    st.number_input(
        text.RATE,
        min_value=0.0,
        value=0.0,
        step=50.0,
        format="%g",
        key="files_rate",
        on_change=files_changed,
        help=text.RATE_HELP,
    )
    st.write(text.STAYS)
    if session().upload_problem:
        st.error(session().upload_problem)


def files_key() -> str:
    """Return the uploader's key: a new one for each record, or the next would join the last."""
    return f"files_{session().opened}"


def files_changed() -> None:
    """Read what was uploaded; a bad file leaves the page as it is and says why."""
    s = session()
    files = {file.name: file.getvalue() for file in st.session_state.get(files_key()) or ()}
    s.upload_problem = ""
    if not files:
        return
    try:
        record = inputs.read_upload(files, st.session_state.get("files_rate") or None)
    except RecordError as error:
        s.upload_problem = str(error)
        return
    key = f"{UPLOAD}{Path(inputs.main_file(tuple(files))).stem}"
    s.uploads[key] = record
    s.opened += 1
    s.push(replace(s.view, record=key, scenario=Scenario(), start_s=0.0, swap=""))


def choose_window(s: Session, record: ECGRecord) -> ECGRecord:
    """Return the ten seconds to show; a longer record gets a slider."""
    shown, start_s = inputs.ten_seconds(record, s.view.start_s)
    s.view = replace(s.view, start_s=start_s)
    if record.duration_s > inputs.WINDOW_S:
        latest = record.duration_s - inputs.WINDOW_S
        st.session_state["start"] = start_s
        st.slider(
            text.window(record.duration_s),
            0.0,
            float(latest),
            step=min(0.5, float(latest)),
            key="start",
            on_change=start_changed,
        )
    return shown


def start_changed() -> None:
    """Another stretch of the record begins with nothing hidden."""
    s = session()
    s.push(replace(s.view, start_s=float(st.session_state["start"]), scenario=Scenario()))


def folder_setting(s: Session) -> None:
    """Draw the records folder's setting in the sidebar."""
    with st.sidebar:
        st.text_input(
            text.FOLDER,
            value=str(inputs.records_folder(s.folder) or ""),
            key="records_folder",
            placeholder=text.FOLDER_HINT,
            help=text.FOLDER_HELP,
            on_change=folder_changed,
        )


def folder_changed() -> None:
    """Remember the folder for this session."""
    session().folder = st.session_state["records_folder"]


def about(record: ECGRecord, case: Case | None, place: DeltaGenerator) -> None:
    """Say what is known about the record, besides the trace."""
    for note in record.notes:
        if NOT_EINTHOVEN in note:
            st.warning(note)
    with place, st.popover(text.ABOUT, icon=":material/info:"):
        if case is not None and case.key.startswith("gallery:"):
            st.write(text.SIMULATED)
        for code, name in zip(case.findings, case.finding_names, strict=True) if case else ():
            seen = {span.lead for span in case.evidence.get(code, ())} if case else set()
            st.write(text.shown_in(name, seen))
        if case is not None and case.report:
            st.write(text.report(case.report))
        missing = [
            lead
            for lead, there in zip(record.lead_names, record.present, strict=True)
            if not there.any()
        ]
        st.write(
            text.recorded(
                record.n_leads - len(missing), record.duration_s, record.sampling_rate_hz, missing
            )
        )
        for note in record.notes:
            st.write(note)
