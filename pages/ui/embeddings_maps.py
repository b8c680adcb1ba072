"""Which maps there are: those that are shipped and those that jobs made; and the form for more."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import worker
from pages.ui.embeddings_state import JOB, Kept
from pages.ui.job_form import form
from pages.ui.job_view import POLL_S, STYLE, head_html, is_active, show_controls, show_progress
from pages.ui.text import embeddings as text
from pages.ui.worker import Status
from scar_core.embedding_map import FILE, EmbeddingMap, map_folder, read_map, shipped_maps
from scar_core.errors import ConfigError, ScarError

if TYPE_CHECKING:
    from scar_core.jobs.client import JobInfo

KIND = "project"
MOST = 30


@st.cache_resource(max_entries=8, show_spinner=False)
def _shipped(name: str, _stamp: float) -> EmbeddingMap:
    return read_map((map_folder(name) / FILE).read_bytes())


@st.cache_resource(max_entries=8, show_spinner=False)
def _made(job: str) -> EmbeddingMap:
    return read_map(worker.jobs().file(job, FILE))


def open_map(name: str) -> EmbeddingMap:
    """Return a map by name.

    Raises:
        ConfigError: There is none, or it cannot be read.
        WorkerUnavailable: It is a job's, and the worker is down.
    """
    if name.startswith(JOB):
        return _made(name.removeprefix(JOB))
    return _shipped(name, (map_folder(name) / FILE).stat().st_mtime)


def maps_at_hand(state: Status) -> dict[str, str]:
    """Return what can be picked: names of maps and their titles; shipped ones first."""
    found = {}
    for name in shipped_maps():
        try:
            found[name] = text.map_title(open_map(name).title, shipped=True)
        except ConfigError as error:
            st.error(str(error))
    if state.ready:
        try:
            done = worker.jobs().list(limit=MOST, state="done", kind=KIND)
        except ScarError:
            done = []
        for job in done:
            found[f"{JOB}{job.id}"] = text.map_title(_title(job), shipped=False)
    return found


def _title(job: "JobInfo") -> str:
    summary = job.summary if isinstance(job.summary, dict) else {}
    return text.job_title(str(summary.get("title") or job.title), summary.get("records"), job.id)


def make_form(k: Kept, state: Status) -> None:
    """Draw the form of a new map."""
    with st.popover(text.MAKE, icon=":material/add_chart:"):
        st.write(text.MAKE_ABOUT)
        if not state.ready:
            st.info(text.MAKE_DOWN)
            return
        try:
            kinds = worker.jobs().kinds()
        except ScarError as error:
            st.error(str(error))
            return
        if KIND not in kinds:
            st.info(text.MAKE_DOWN)
            return
        usual = {"methods": ["scar", "merl", "melp"], "views": ["full", "random"]}
        values = form(
            kinds[KIND]["parameters"],
            of=KIND,
            key="make_map",
            defaults=usual,
            first=text.MAKE_FIRST,
        )
        if st.button(text.MAKE_START, type="primary", key="make_map_start"):
            try:
                k.job = worker.jobs().submit(KIND, values).id
            except ScarError as error:
                st.error(str(error))
                return
            st.rerun()


def follow(k: Kept) -> None:
    """Draw the job of the map that is being made, until the reader has seen its end."""
    if not k.job:
        try:
            going = [job for job in worker.jobs().list(limit=5, kind=KIND) if is_active(job)]
        except ScarError:
            return
        k.job = going[0].id if going else ""
    if k.job:
        st.html(STYLE)
        _followed()


@st.fragment(run_every=POLL_S)
def _followed() -> None:
    from pages.ui.embeddings_state import kept

    k = kept()
    if not k.job:
        return
    try:
        client = worker.jobs()
        job = client.show(k.job)
    except ConfigError:
        k.job = ""
        return
    except ScarError as error:
        st.warning(str(error))
        return
    with st.container(border=True, key="following"):
        st.html(head_html(job))
        show_progress(job)
        if job.error:
            st.error(job.error)
        if job.state == "done":
            st.success(text.MAKE_DONE)
            if st.button(text.MAKE_OPEN, type="primary", key="make_map_open"):
                k.change(map=f"{JOB}{job.id}")
                k.job = ""
                st.rerun()
        elif job.state in ("failed", "cancelled"):
            if st.button(text.CLOSE, key="make_map_close"):
                k.job = ""
                st.rerun()
        else:
            show_controls(client, job, opens=False)
