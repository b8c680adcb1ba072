"""Home: what this is, what is running, where to go."""

import streamlit as st

from pages.ui.colours import data_uri
from pages.ui.drawing import ecg_svg, strip_svg
from pages.ui.frame import frame, worker_missing
from pages.ui.inputs import Case, gallery_cases, read_case, ten_seconds
from pages.ui.words import joined
from scar_core.errors import RecordError
from scar_core.missing import Scenario, Span

MASKING = "pages/1_Masking.py"
PER_ROW = 4
PICTURED = Scenario(leads=("V1", "V2", "V3"), spans=(Span("II", 0.9, 2.1),))


@st.cache_data(show_spinner=False)
def picture(path: str, _case: Case) -> str:
    """Return the gallery's first case, partly hidden, as an image that needs no request."""
    record, _ = ten_seconds(read_case(_case), 0.0)
    return data_uri(ecg_svg(record, PICTURED).encode(), "image/svg+xml")


@st.cache_data(show_spinner=False)
def thumbnail(path: str, _case: Case) -> str:
    """Return a strip of the lead in which the case's first finding shows, else of lead II."""
    record, _ = ten_seconds(read_case(_case), 0.0)
    shown = [span.lead for code in _case.findings for span in _case.evidence.get(code, ())]
    lead = "II" if not shown or "II" in shown else shown[0]
    return data_uri(strip_svg(record, lead).encode(), "image/svg+xml")


def show_picture(case: Case) -> None:
    """Draw one masked ECG."""
    try:
        uri = picture(str(case.path), case)
    except RecordError as error:
        st.error(str(error))
        return
    about = f"{case.title}: twelve-lead ECG with {PICTURED.describe()}"
    st.html(f"<img class='masked-ecg' src='{uri}' alt='{about}'>")


def show_gallery(cases: tuple[Case, ...]) -> None:
    """Draw a link to the masking page for every case."""
    st.header("Cases to begin with")
    if not cases:
        st.write("The gallery of simulated cases is not there; the masking page opens your files.")
        st.page_link(MASKING, label="Open the masking page", icon=":material/ecg_heart:")
        return
    st.write("Simulated ECGs whose findings, and where they show, are known.")
    for first in range(0, len(cases), PER_ROW):
        for column, case in zip(st.columns(PER_ROW), cases[first : first + PER_ROW], strict=False):
            with column:
                show_case(case)


def show_case(case: Case) -> None:
    """Draw one case: what it looks like, and the way to it."""
    try:
        st.html(f"<img class='strip' src='{thumbnail(str(case.path), case)}' alt=''>")
    except RecordError as error:
        st.error(str(error))
        return
    st.page_link(
        MASKING,
        label=case.title,
        icon=":material/arrow_forward:",
        query_params={"record": case.key},
        help=joined(case.finding_names) if case.findings else None,
    )


def main() -> None:
    """Draw the page."""
    state = frame("Home")
    cases = gallery_cases()
    st.title("What an ECG still says when part of it is missing")
    words, drawn = st.columns([1, 1.4], gap="large", vertical_alignment="center")
    with words:
        st.write(
            "Electrodes fall off, leads are noisy, strips are torn: real ECGs are often "
            "incomplete. Here you hide any part of a twelve-lead ECG and see at once what a model "
            "that has learnt ECGs together with their reports still finds in it. "
            "You also see which leads and moments its answer rests on, before and after."
        )
        st.page_link(MASKING, label="Hide part of an ECG", icon=":material/arrow_forward:")
        st.write(
            "For research and teaching. SCAR Explorer is not a medical device and must not be "
            "used to diagnose or treat anybody."
        )
    with drawn:
        if cases:
            show_picture(cases[0])
    show_gallery(cases)
    st.header("What is running")
    if state.ready:
        st.write("The worker is ready: it holds the model and answers the pages.")
    else:
        worker_missing(state)


main()
