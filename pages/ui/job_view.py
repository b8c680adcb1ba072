"""One job: its state, how far it is, its log, result and files; with what can be done about it."""

import json
import shlex
import time
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.ui.text import jobs as text
from scar_core.errors import ScarError

if TYPE_CHECKING:
    from scar_core.jobs.client import JobInfo, JobsClient

STYLE = Path(__file__).resolve().parents[2] / "assets" / "jobs.css"
POLL_S = 2.0
ACTIVE = ("waiting", "running")
ENDED_BADLY = ("failed", "cancelled")


def is_active(job: "JobInfo") -> bool:
    """Whether the job still goes on, or will."""
    return job.state in ACTIVE


def head_html(job: "JobInfo", now_s: float | None = None) -> str:
    """A job's title, state and age as one line of HTML."""
    now = time.time() if now_s is None else now_s
    began = text.ago(now - job.created_s)
    said = [began, text.attempts(job.attempts)]
    if job.ended_s is not None and job.started_s is not None:
        said.insert(1, f"took {text.span(job.ended_s - job.started_s)}")
    about = " · ".join(part for part in said if part)
    return (
        f"<p class='job'><b>{escape(job.title)}</b> "
        f"<span class='state {escape(job.state)}'>{escape(text.STATES[job.state])}</span> "
        f"<span class='about'>{escape(about)}</span></p>"
    )


def show_progress(job: "JobInfo") -> None:
    """Draw how far a job is, or what it waits for; nothing if it has not said, or has ended."""
    if is_active(job) and job.waits_for:
        st.html(f"<p class='note'>{escape(job.waits_for[:1].upper() + job.waits_for[1:])}.</p>")
    said = text.progress(job.progress)
    if is_active(job) and job.progress and said:
        share = float(job.progress["done"]) / float(job.progress["total"])
        st.progress(min(max(share, 0.0), 1.0), text=said)


def show_controls(
    client: "JobsClient",
    job: "JobInfo",
    *,
    opens: bool = True,
    words: tuple[str, str] = (text.CANCEL, text.RETRY),
) -> None:
    """Draw the buttons that the job's state allows.

    Args:
        client: Line to the jobs.
        job: The job.
        opens: Whether one of them opens the job's details.
        words: Of the buttons that end a job and take it up again.
    """
    end, again = words
    with st.container(horizontal=True):
        if opens and st.button(text.OPEN, key=f"open_{job.id}", icon=":material/open_in_full:"):
            st.query_params["job"] = job.id
            st.rerun()
        if is_active(job) and st.button(end, key=f"cancel_{job.id}", icon=":material/stop:"):
            act(lambda: client.cancel(job.id))
        if job.state in ENDED_BADLY and st.button(
            again, key=f"retry_{job.id}", icon=":material/replay:"
        ):
            act(lambda: client.retry(job.id))


def act(action: Any) -> None:  # noqa: ANN401 - any call without arguments
    """Do something about a job and draw the page again; say why if it cannot be done."""
    try:
        action()
    except ScarError as error:
        st.error(str(error))
        return
    st.rerun()


def show_details(client: "JobsClient", job: "JobInfo") -> None:
    """Draw all that is known of a job."""
    if job.error:
        st.error(job.error)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(text.PARAMETERS)
        st.json(job.parameters, expanded=1)
        st.write(text.COMMAND_NOTE)
        st.code(command_of(job), language="sh", wrap_lines=True)
    with right:
        if job.summary is not None:
            st.subheader(text.SUMMARY)
            st.json(job.summary, expanded=1)
        if job.files:
            st.subheader(text.FILES)
        for name, size in sorted(job.files.items()):
            st.download_button(
                f"{name} ({size / 1024:,.0f} kB)",
                partial(client.file, job.id, name),
                name.rsplit("/", 1)[-1],
                key=f"file_{job.id}_{name}",
                on_click="ignore",
            )
    st.subheader(text.LOG)
    lines = client.log(job.id)
    if lines:
        st.code("\n".join(lines), language=None, height=260)
    else:
        st.write(text.NO_LOG)


def command_of(job: "JobInfo") -> str:
    """The shell command that queues the same job."""
    words = [f"{name}={_written(value)}" for name, value in sorted(job.parameters.items())]
    return shlex.join(["python", "-m", "scar_core", "jobs", "submit", job.kind, *words])


def _written(value: Any) -> str:  # noqa: ANN401 - JSON
    """Write a value as the command reads it: JSON, or plain text that is no JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)
