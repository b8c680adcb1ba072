"""Computing a result again: its command to copy, and the job that does it, followed to its end."""

from collections.abc import Iterable, Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from pages.ui import worker
from pages.ui.benchmarks_command import KINDS, alike, command_of, parameters_of
from pages.ui.benchmarks_data import Json
from pages.ui.cmrs_data import number
from pages.ui.job_view import is_active, show_progress
from pages.ui.text import benchmarks as text
from scar_core.errors import ScarError

JOBS = "pages/8_Jobs.py"
POLL_S = 2.0


def again(results: Iterable[Json], section: str, *, follows: bool = True) -> None:
    """Draw where figures come from, the command for each, and a button that queues its job.

    Args:
        results: Those that the section shows.
        section: Its name, for keys; jobs that were queued are remembered in the link.
        follows: Whether the queued job is followed here; one place of a page does.
    """
    groups = alike(results)
    if not groups:
        return
    drawer = st.expander(
        text.AGAIN,
        icon=":material/replay:",
        expanded=follows and _followed() is not None,
        key=f"again {section}",
        on_change="rerun",
    )
    if not drawer.open:  # commands and their buttons cost a gesture more than the table above
        return
    with drawer:
        for place, group in enumerate(groups):
            lines = "".join(f"<li>{escape(_origin(one))}</li>" for one in group)
            st.html(f"<ul class='aside'>{lines}</ul>")
            st.code(command_of(group), language="bash", wrap_lines=True)
            if (group[0].get("configuration") or {}).get("prompts", "built-in") != "built-in":
                st.html(f"<p class='aside'>{escape(text.PROMPTS_NOTE)}</p>")
            kind = KINDS.get(str(group[0].get("what")))
            if kind is not None and st.button(
                text.RUN_AGAIN, key=f"again {section} {place}", icon=":material/play_arrow:"
            ):
                queue(kind, group)
        job_id = _followed()
        if job_id is not None and follows:
            follow(job_id)


def _origin(result: Json) -> str:
    count = number(result.get("records"))
    return text.result_line(
        str(result.get("name")),
        str(result.get("commit") or ""),
        result.get("seed"),
        None if count is None else int(count),
    )


def _followed() -> str | None:
    """The job that this page follows: it stands in the link and so survives a reload."""
    found: str | None = st.query_params.get("job")
    return found


def queue(kind: str, group: Sequence[Json]) -> None:
    """Queue the job of a result's own configuration; say why if that cannot be done."""
    try:
        client = worker.jobs()
        told = client.kinds().get(kind) or {}
        parameters = parameters_of(group, told.get("parameters") or ())
        job = client.submit(kind, parameters, fresh=True)
    except ScarError as error:
        st.error(f"{text.NO_JOBS} {error}")
        return
    st.query_params["job"] = job.id


def follow(job_id: str) -> None:
    """Draw how a job is doing, again and again while it goes on, and the page anew at its end."""
    job = _look(job_id)
    if job is None:
        return
    if is_active(job):
        st.fragment(partial(_live, job_id), run_every=POLL_S)()
    elif job.state == "done":
        st.success(text.DONE)
    else:
        st.error(text.failed(job.error))


def _look(job_id: str) -> Any:  # noqa: ANN401 - a JobInfo, or None
    try:
        return worker.jobs().show(job_id)
    except ScarError as error:
        st.warning(str(error))
        return None


def _live(job_id: str) -> None:
    job = _look(job_id)
    if job is None:
        return
    if not is_active(job):
        st.rerun()  # the figures above are new
    said = f"{text.job_state(job.title, job.state)} {text.QUEUED}"
    st.html(f"<p class='aside' role='status'>{escape(said)}</p>")
    show_progress(job)
    st.page_link(JOBS, label=text.JOBS_PAGE, query_params={"job": job_id})
