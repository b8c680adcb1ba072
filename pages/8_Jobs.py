"""Jobs: what the worker is doing, has done and is to do next."""

import streamlit as st

from pages.ui import worker
from pages.ui.frame import frame, worker_missing
from pages.ui.job_form import form
from pages.ui.job_view import (
    ENDED_BADLY,
    POLL_S,
    STYLE,
    act,
    head_html,
    is_active,
    show_controls,
    show_details,
    show_progress,
)
from pages.ui.text import jobs as text
from pages.ui.worker import Status
from scar_core.errors import ConfigError, ScarError, WorkerUnavailable
from scar_core.jobs.client import JobInfo, JobsClient

LISTED = 50


def wanted(job: JobInfo, chosen: str) -> bool:
    """Whether a job belongs to the chosen filter."""
    if chosen == "active":
        return is_active(job)
    if chosen == "failed":
        return job.state in ENDED_BADLY
    return chosen != "done" or job.state == "done"


def job_list(client: JobsClient) -> None:
    """Draw the jobs that nobody else queued; drawn again by itself while one is active."""
    jobs = [job for job in client.list(limit=LISTED) if job.parent is None]
    active = [job for job in jobs if is_active(job)]
    running = sum(job.state == "running" for job in active)
    st.html(f"<p class='sentence'>{text.counts(running, len(active) - running)}</p>")
    chosen = st.segmented_control(
        text.SHOW,
        list(text.FILTERS),
        format_func=lambda name: text.FILTERS[name],
        default="all",
        key="job_filter",
        label_visibility="collapsed",
    )
    shown = [job for job in jobs if wanted(job, chosen or "all")]
    if not shown:
        st.write(text.NOTHING_HERE if jobs else text.NOTHING)
    for job in shown:
        with st.container(border=True, key=f"job_{job.id}"):
            st.html(head_html(job))
            show_progress(job)
            if job.error:
                st.write(job.error)
            show_controls(client, job)


def one_job(client: JobsClient, job_id: str) -> bool:
    """Draw one job; return whether it is active."""
    try:
        job = client.show(job_id)
    except ConfigError as error:
        st.warning(f"{text.GONE} {error}")
        return False
    st.html(head_html(job))
    show_progress(job)
    show_controls(client, job, opens=False)
    show_details(client, job)
    parts = client.list(limit=LISTED, parent=job.id)
    if parts:
        st.subheader(text.CHILDREN)
        for part in parts:
            st.html(head_html(part))
            show_progress(part)
    return is_active(job)


def queue_form(client: JobsClient) -> None:
    """Draw the form for a new job."""
    kinds = {name: about for name, about in client.kinds().items() if about.get("forms", True)}
    with st.expander(text.QUEUE_TITLE, icon=":material/add:"):
        name = st.selectbox(
            text.KIND, sorted(kinds), format_func=lambda one: kinds[one]["title"], key="new_kind"
        )
        if name is None:
            return
        values = form(kinds[name]["parameters"], of=name, key=f"new_{name}")
        fresh = st.checkbox(text.FRESH, key="new_fresh")
        if st.button(text.QUEUE, type="primary", key="new_job"):
            try:
                job = client.submit(name, values, fresh=fresh)
            except ScarError as error:
                st.error(str(error))
                return
            st.session_state["job_said"] = text.queued(job.title, is_active(job))
            st.query_params["job"] = job.id
            st.rerun()


def clean_up(client: JobsClient) -> None:
    """Draw the way to clear old results."""
    with st.expander(text.CLEAN_TITLE, icon=":material/delete_sweep:"):
        st.write(text.CLEAN_WORDS)
        keep = st.number_input(text.CLEAN_KEEP, min_value=0, value=2000, step=100, key="keep_mb")
        days = st.number_input(text.CLEAN_DAYS, min_value=0, value=0, step=1, key="keep_days")
        if st.button(text.CLEAN, key="clean"):

            def clean() -> None:
                freed = client.clean(keep_mb=keep, older_days=days or None)
                st.session_state["job_said"] = text.cleared(freed)

            act(clean)


def follow() -> None:
    """Draw the list or one job; runs by itself while the page is open."""
    try:
        client = worker.jobs()
        job_id = st.query_params.get("job")
        if job_id:
            one_job(client, job_id)
        else:
            job_list(client)
    except WorkerUnavailable as error:
        worker_missing(Status(ready=False, says=str(error)))
    except ScarError as error:
        st.error(str(error))


def main() -> None:
    """Draw the page."""
    frame("Jobs")
    st.html(STYLE)
    st.title(text.TITLE)
    said = st.session_state.pop("job_said", "")
    if said:
        st.success(said)
    if st.query_params.get("job") and st.button(text.CLOSE, icon=":material/arrow_back:"):
        del st.query_params["job"]
        st.rerun()
    st.fragment(follow, run_every=POLL_S)()
    if st.query_params.get("job"):
        return
    try:
        client = worker.jobs()
        queue_form(client)
        clean_up(client)
    except ScarError:  # the list above has said why
        return
    st.html(f"<p class='note'>{text.HOW_IT_WORKS}</p>")


main()
