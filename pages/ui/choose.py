"""The masking page's controls for what ECG it shows."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import inputs
from pages.ui.inputs import Case
from pages.ui.session import Session, session
from pages.ui.state import UPLOAD
from pages.ui.words import in_text, lead_names
from scar_core.errors import RecordError
from scar_core.leads import LEADS, LIMB, PRECORDIAL
from scar_core.missing import Scenario, Span
from scar_core.record import ECGRecord


def cases_at_hand(s: Session) -> dict[str, Case]:
    """Return every record that can be picked, by key; says so where a source cannot be read."""
    found = list(inputs.gallery_cases())
    if not found:
        st.info("The gallery of simulated cases is not there; open a file of your own instead.")
    folder = inputs.records_folder(s.folder)
    if folder is not None:
        try:
            found += inputs.folder_cases(folder)
        except RecordError as error:
            st.error(str(error))
    return {case.key: case for case in found}


def choose_record(s: Session) -> tuple[ECGRecord | None, Case | None, DeltaGenerator]:
    """Draw the record's choice; return record and case, None where missing, and a place beside."""
    cases = cases_at_hand(s)
    keys = [*cases, *s.uploads]
    if s.view.record and s.view.record not in keys:
        gone = s.view.record
        st.error(
            f"This link asks for the record {gone[:80]!r}, which is not here; another one is shown."
            if not gone.startswith(UPLOAD)
            else "The uploaded file is gone; open it again."
        )
    if s.view.record not in keys:
        s.view = replace(s.view, record=keys[0] if keys else "")
    row = st.container(horizontal=True, vertical_alignment="bottom", key="choice")
    with row:
        if keys:
            st.session_state["case"] = s.view.record
            st.selectbox(
                "ECG",
                keys,
                key="case",
                format_func=lambda key: title_of(key, cases),
                on_change=case_changed,
            )
        with st.popover("Open a file", icon=":material/upload_file:"):
            upload_form()
        if keys:
            preset_menu(cases.get(s.view.record))
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
        return f"Your file: {name}"
    return f"{'Simulated' if source == 'gallery' else 'Folder'}: {cases[key].title}"


def case_changed() -> None:
    """Another record begins with nothing hidden."""
    s = session()
    s.push(replace(s.view, record=st.session_state["case"], scenario=Scenario(), start_s=0.0))


def preset_menu(case: Case | None) -> None:
    """Draw things that often go missing, one press each."""
    with st.popover("Try hiding", icon=":material/visibility_off:"):
        for name, scenario in presets(case).items():
            st.button(name, key=f"preset {name}", on_click=preset_chosen, args=(scenario,))


def presets(case: Case | None) -> dict[str, Scenario]:
    """Return scenarios by name; for a case of known evidence, its evidence too."""
    found = {
        "All but lead II": Scenario(leads=tuple(lead for lead in LEADS if lead != "II")),
        "The chest leads": Scenario(leads=PRECORDIAL),
        "The limb leads": Scenario(leads=LIMB),
        "Electrode LA off": Scenario(electrodes=("LA",)),
        "The middle four seconds": Scenario(spans=tuple(Span(lead, 3, 7) for lead in LEADS)),
        "Nothing": Scenario(),
    }
    for code, name in zip(case.findings, case.finding_names, strict=True) if case else ():
        seen = {span.lead for span in case.evidence.get(code, ())} if case else set()
        if 0 < len(seen) < len(LEADS):
            found[f"Where {in_text(name)} shows"] = Scenario(leads=tuple(seen))
    return found


def preset_chosen(scenario: Scenario) -> None:
    """Hide what a preset hides, and nothing else."""
    s = session()
    s.push(replace(s.view, scenario=scenario))


def upload_form() -> None:
    """Draw the upload of one record; it is empty again once a record was read."""
    st.file_uploader(
        "One record: a file, or for WFDB the .hea together with its .dat or .mat",
        type=[suffix.removeprefix(".") for suffix in inputs.record_suffixes()],
        accept_multiple_files=True,
        key=files_key(),
        on_change=files_changed,
        help=f"Read are {inputs.format_titles()}.",
    )
    st.number_input(
        "Samples per second, if the file does not say",
        min_value=0.0,
        value=0.0,
        step=50.0,
        format="%g",
        key="files_rate",
        on_change=files_changed,
        help="0 means that the file says it; a CSV or NPY file often does not.",
    )
    st.write("The file stays on this machine, and no link can show it to somebody else.")
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
    s.push(replace(s.view, record=key, scenario=Scenario(), start_s=0.0))


def choose_window(s: Session, record: ECGRecord) -> ECGRecord:
    """Return the ten seconds to show; a longer record gets a slider."""
    shown, start_s = inputs.ten_seconds(record, s.view.start_s)
    s.view = replace(s.view, start_s=start_s)
    if record.duration_s > inputs.WINDOW_S:
        latest = record.duration_s - inputs.WINDOW_S
        st.session_state["start"] = start_s
        st.slider(
            f"Ten seconds are shown, of {record.duration_s:.0f} s, from second",
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
            "Records folder",
            value=str(inputs.records_folder(s.folder) or ""),
            key="records_folder",
            placeholder="/path/to/records",
            help="Its records can be picked under ECG, whatever their format.",
            on_change=folder_changed,
        )


def folder_changed() -> None:
    """Remember the folder for this session."""
    session().folder = st.session_state["records_folder"]


def about(record: ECGRecord, case: Case | None, place: DeltaGenerator) -> None:
    """Say what is known about the record, besides the trace."""
    for note in record.notes:
        if "do not obey Einthoven" in note:
            st.warning(note)
    with place, st.popover("About this ECG", icon=":material/info:"):
        if case is not None and case.key.startswith("gallery:"):
            st.write("Simulated: no patient stands behind it.")
        for code, name in zip(case.findings, case.finding_names, strict=True) if case else ():
            seen = {span.lead for span in case.evidence.get(code, ())} if case else set()
            where = (
                ""
                if not seen
                else f", seen in {'all leads' if len(seen) == 12 else lead_names(seen)}"
            )
            st.write(f"{name}{where}.")
        if case is not None and case.report:
            st.write(f"Report: “{case.report}”")
        missing = [
            lead
            for lead, there in zip(record.lead_names, record.present, strict=True)
            if not there.any()
        ]
        st.write(
            f"{record.n_leads - len(missing)} leads, {record.duration_s:g} s at "
            f"{record.sampling_rate_hz:g} samples per second."
            + (f" Not recorded: {lead_names(missing)}." if missing else "")
        )
        for note in record.notes:
            st.write(note)
