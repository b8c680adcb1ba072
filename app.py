"""Home: what this is, what is running, where to go."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import worker
from pages.ui.colours import data_uri
from pages.ui.drawing import ecg_svg, strip_svg
from pages.ui.frame import ROOT, frame, worker_missing
from pages.ui.inputs import Case, gallery_cases, read_case, ten_seconds
from pages.ui.session import session
from pages.ui.state import UPLOAD, from_query, to_query
from pages.ui.text import common
from pages.ui.text import home as text
from pages.ui.words import joined
from scar_core.errors import RecordError, ScarError
from scar_core.missing import Scenario, Span

if TYPE_CHECKING:
    from scar_core.jobs.client import JobInfo

MASKING = "pages/1_Masking.py"
JOBS = "pages/8_Jobs.py"
LEARN = "pages/9_Learn.py"
PER_ROW = 4
ENDED_SHOWN = 3
POLL_S = 3.0
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
    about = escape(text.picture(case.title, PICTURED), quote=True)
    st.html(f"<img class='masked-ecg' src='{uri}' alt='{about}'>")


def show_way_back(cases: Sequence[Case]) -> None:
    """Draw links to the scenarios of this session; nothing if there are none."""
    s = session()
    titles = {case.key: case.title for case in cases}
    links: dict[str, Mapping[str, str]] = {}
    if s.view.record.startswith(UPLOAD):
        links[text.place(text.OWN_FILE, s.view.scenario)] = {}  # a bare link keeps the session's
    elif s.view.record:
        links[named(to_query(s.view), titles)] = to_query(s.view)
    for query in s.recent:
        links.setdefault(named(query, titles), query)
    if not links:
        return
    st.header(text.CONTINUE, help=text.CONTINUE_HELP)
    with st.container(horizontal=True, key="way_back"):
        for label, query in links.items():
            st.page_link(MASKING, label=label, icon=":material/history:", query_params=dict(query))


def named(query: Mapping[str, str], titles: Mapping[str, str]) -> str:
    """Name where a link leads."""
    view, _ = from_query(query)
    return text.place(titles.get(view.record, view.record.partition(":")[2]), view.scenario)


def show_gallery(cases: Sequence[Case]) -> None:
    """Draw a link to the masking page for every case."""
    st.header(text.CASES)
    if not cases:
        st.write(text.NO_CASES)
        st.page_link(MASKING, label=text.OPEN_MASKING, icon=":material/ecg_heart:")
        return
    st.write(text.ABOUT_CASES)
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


@st.fragment(run_every=POLL_S)
def show_jobs() -> None:
    """Draw the jobs that run or wait, and the last that ended."""
    try:
        jobs = worker.jobs().list(limit=50)
    except ScarError as error:
        st.write(str(error))
        return
    busy = sorted((job for job in jobs if not job.ended), key=lambda job: job.state != "running")
    ended = [job for job in jobs if job.ended][:ENDED_SHOWN]
    if not jobs:
        st.write(text.NO_JOBS)
        return
    st.html("".join(job_line(job) for job in [*busy, *ended]))


def job_line(job: "JobInfo") -> str:
    """Write a job as a line: what it is, how it stands, how far it is."""
    told = job.progress or {}
    total, done = float(told.get("total") or 0), float(told.get("done") or 0)
    said = [text.state(job.state)]
    bar = ""
    if job.state == "running" and total > 0:
        share = min(1.0, done / total)
        said = [f"{100 * share:.0f} %"]
        bar = (
            f"<progress max='1' value='{share:.3f}' aria-label='{escape(job.title, quote=True)}'>"
            "</progress>"
        )
        if told.get("left_s") is not None:
            said.append(text.left(float(told["left_s"])))
    if job.error:
        said.append(job.error)
    return (
        f"<div class='job {escape(job.state)}'><b>{escape(job.title)}</b>{bar}"
        f"<span>{escape(', '.join(said))}</span></div>"
    )


def show_running(state: worker.Status) -> None:
    """Draw the worker's state and its jobs."""
    st.header(text.RUNNING)
    if not state.ready:
        worker_missing(state)
        return
    show_jobs()
    if (ROOT / JOBS).is_file():
        st.page_link(JOBS, label=text.ALL_JOBS, icon=":material/list_alt:")


def main() -> None:
    """Draw the page."""
    state = frame("Home")
    cases = gallery_cases()
    st.title(text.TITLE)
    with st.container(key="hero"):
        words, drawn = st.columns([1, 1.4], gap="large", vertical_alignment="center")
    with words:
        st.write(text.WHAT)
        with st.container(horizontal=True, key="ways"):
            st.page_link(MASKING, label=text.BEGIN, icon=":material/arrow_forward:")
            if (ROOT / LEARN).is_file():
                st.page_link(LEARN, label=text.LEARN, icon=":material/school:")
        st.write(common.NOT_MEDICAL)
    with drawn:
        if cases:
            show_picture(cases[0])
    show_way_back(cases)
    show_running(state)
    show_gallery(cases)


main()
