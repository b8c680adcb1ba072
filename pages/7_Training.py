"""Training: start one, follow it, compare runs, make a checkpoint of one."""

from typing import Any

import streamlit as st

from pages.ui import worker
from pages.ui.charts import Curve, Lines, show
from pages.ui.curves import curve, read_figures, total_loss
from pages.ui.frame import frame, worker_missing
from pages.ui.job_form import form
from pages.ui.job_view import POLL_S, STYLE, act, head_html, is_active, show_controls, show_progress
from pages.ui.text import training as text
from pages.ui.worker import Status
from scar_core.errors import ConfigError, ScarError, WorkerUnavailable
from scar_core.jobs.client import JobInfo, JobsClient

KIND, PROMOTE = "train", "promote"
JOBS = "pages/8_Jobs.py"
BUDGETS = {"try": 100, "short": 600, "shipped": 2400}
FIRST = ("method", "data", "seed")
COMPARED = 4
FIGURES = "metrics.jsonl"
VALIDATION = "validation.jsonl"
WIDE = 3  # charts beside each other


def name_of(job: JobInfo) -> str:
    """Name a run for people; the last characters of its identity tell equal ones apart."""
    asked = job.parameters
    said = text.described(
        str(asked.get("method", "scar")), str(asked.get("data", "")), asked.get("steps", ""),
        asked.get("seed", 0),
    )  # fmt: skip
    return f"{said} · {job.id[-4:]}"


def new_training(client: JobsClient, *, opened: bool) -> None:
    """Draw the form of a new training."""
    kinds = client.kinds()
    if KIND not in kinds:
        return
    with st.expander(text.NEW, icon=":material/model_training:", expanded=opened):
        budget = st.radio(
            text.BUDGET,
            [*BUDGETS, "own"],
            format_func=lambda name: text.BUDGETS[name],
            key="budget",
        )
        steps = BUDGETS.get(budget or "try", 0)
        if budget == "own":
            steps = int(st.number_input(text.STEPS, 1, 1_000_000, 1000, step=100, key="own_steps"))
        parameters = [one for one in kinds[KIND]["parameters"] if one["name"] != "steps"]
        values = form(parameters, of=KIND, key="train", first=FIRST)
        if st.button(text.START, type="primary", key="start_training"):
            try:
                job = client.submit(KIND, values | {"steps": steps})
            except ScarError as error:
                st.error(str(error))
                return
            st.query_params["runs"] = job.id
            st.rerun()


def figures_of(client: JobsClient, job: JobInfo, name: str) -> list[dict[str, Any]]:
    """Read what a run has written so far; empty if there is nothing yet."""
    if name not in job.files:
        return []
    try:
        return read_figures(client.file(job.id, name))
    except ConfigError:  # cleared away in between
        return []


def lines(what: str, curves: list[Curve], limits: tuple[float, float] | None = None) -> None:
    """Draw one chart of the runs."""
    if not curves:
        return
    chart = Lines(
        text.CURVES[what], curves, x_title=text.STEP_AXIS, y_title=text.AXES[what], limits=limits
    )
    names = ", ".join(one.name for one in curves)
    show(chart, key=f"curve_{what}", alt=text.alt(text.CURVES[what], names))


def banded(name: str, figures: list[dict[str, Any]], figure: str) -> Curve | None:
    """Draw a validated figure with its 95 % interval."""
    rows = [one for one in figures if one.get(figure) is not None]
    if not rows:
        return None
    ends = [one.get(f"{figure}_interval") or (None, None) for one in rows]
    return Curve(
        name,
        [float(one["step"]) for one in rows],
        [float(one[figure]) for one in rows],
        [low for low, _ in ends],
        [high for _, high in ends],
    )


def curves(client: JobsClient, jobs: list[JobInfo]) -> None:
    """Draw the curves of the chosen runs."""
    trained = {job.id: total_loss(figures_of(client, job, FIGURES)) for job in jobs}
    checked = {job.id: figures_of(client, job, VALIDATION) for job in jobs}
    if not any(trained.values()):
        st.write(text.NO_CURVES)
        return
    names = {job.id: name_of(job) if len(jobs) > 1 else text.CURVES["loss"] for job in jobs}

    def plain(figure: str) -> list[Curve]:
        found = [(names[job], *curve(rows, figure)) for job, rows in trained.items()]
        return [Curve(name, x, y) for name, x, y in found if x]

    def validated(figure: str, what: str) -> list[Curve]:
        said = [f"{names[job]}, {what}" if len(jobs) > 1 else what for job in checked]
        rows = [banded(name, checked[job], figure) for name, job in zip(said, checked, strict=True)]
        return [one for one in rows if one is not None]

    auroc = validated("auroc", text.FULL_VIEW) + validated("auroc_random", text.HIDDEN_VIEW)
    drawn = {
        "loss": plain("loss"),
        "auroc": auroc,
        "cmrs": validated("cmrs", text.HIDDEN_VIEW),
        "masker": plain("removed_share"),
        "rate": plain("learning_rate"),
        "speed": plain("records_per_s"),
    }
    there = [what for what in drawn if drawn[what]]
    for begin in range(0, len(there), WIDE):
        columns = st.columns(WIDE, gap="medium")
        for column, what in zip(columns, there[begin : begin + WIDE], strict=False):
            with column:
                lines(what, drawn[what], (0.0, 1.0) if what == "masker" else None)
    judged = {str(row.get("on")) for rows in checked.values() for row in rows}
    for note in [text.VALIDATED_ON[on] for on in text.VALIDATED_ON if on in judged] or [
        text.NO_VALIDATION
    ]:
        st.html(f"<p class='note'>{note}</p>")


def promotion(client: JobsClient, job: JobInfo) -> None:
    """Offer to make a checkpoint of a finished run."""
    if job.state != "done" or PROMOTE not in client.kinds():
        return
    with st.popover(text.PROMOTE, icon=":material/verified:"):
        st.write(text.PROMOTE_HELP)
        usual = f"{job.parameters.get('method', 'scar')}-{job.id[-4:]}"
        name = st.text_input(text.PROMOTE_NAME, usual, key=f"name_{job.id}")
        if st.button(text.PROMOTE, key=f"promote_{job.id}", type="primary"):

            def promote() -> None:
                queued = client.submit(PROMOTE, {"run": job.id, "name": name.strip()})
                st.session_state["promotion"] = queued.id

            act(promote)


def job_link(job: str, label: str) -> None:
    """Draw the way to a job's log and files."""
    st.page_link(JOBS, label=label, icon=":material/list_alt:", query_params={"job": job})


def runs(client: JobsClient) -> None:
    """Draw the runs that are compared."""
    found = [job for job in client.list(limit=100, kind=KIND) if job.parent is None]
    if not found:
        st.write(text.NOTHING)
        return
    by_id = {job.id: job for job in found}
    linked = [one for one in st.query_params.get("runs", "").split(",") if one in by_id]
    if "compared" not in st.session_state or linked != st.session_state.get("compared_link"):
        st.session_state["compared"] = linked or [found[0].id]
    chosen = st.multiselect(
        text.COMPARE,
        list(by_id),
        format_func=lambda one: name_of(by_id[one]),
        key="compared",
        max_selections=COMPARED,
    )
    link = ",".join(chosen)
    st.session_state["compared_link"] = chosen
    if link and st.query_params.get("runs") != link:
        st.query_params["runs"] = link
    for one in chosen:
        job = by_id[one]
        with st.container(border=True, key=f"run_{one}"):
            st.html(head_html(job))
            st.html(f"<p class='note'>{name_of(job)}</p>")
            show_progress(job)
            if job.error:
                st.error(job.error)
            show_controls(client, job, opens=False, words=(text.STOP, text.RESUME))
            job_link(one, text.LOG)
            promotion(client, job)
    if chosen:
        curves(client, [by_id[one] for one in chosen])


def follow() -> None:
    """Draw the runs; runs by itself while one is active."""
    try:
        runs(worker.jobs())
    except WorkerUnavailable as error:
        worker_missing(Status(ready=False, says=str(error)))
    except ScarError as error:
        st.error(str(error))


def main() -> None:
    """Draw the page."""
    frame("Training")
    st.html(STYLE)
    st.title(text.TITLE)
    st.write(text.LEAD)
    promoting = st.session_state.pop("promotion", "")
    if promoting:
        st.success(text.PROMOTED)
        job_link(promoting, text.PROMOTION)
    busy = True
    try:
        client = worker.jobs()
        there = client.list(limit=100, kind=KIND)
        busy = any(is_active(job) for job in there)
        new_training(client, opened=not there)
    except ScarError:  # said where the runs are drawn
        pass
    st.header(text.RUNS)
    st.fragment(follow, run_every=POLL_S if busy else None)()


main()
