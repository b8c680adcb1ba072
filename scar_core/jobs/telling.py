"""How an entry of the database is told to people."""

from collections.abc import Mapping, Sequence
from typing import Any

from scar_core.jobs.base import State, kind, kind_names
from scar_core.jobs.database import progress_of
from scar_core.jobs.info import JobInfo
from scar_core.jobs.queues import needs_of

PEOPLE = "people"
STATES: dict[str, State] = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "cancelled",
}
BROKEN: tuple[State, ...] = ("failed", "cancelled")
ENDED: tuple[State, ...] = ("done", *BROKEN)


def part_of(parent: str) -> str:
    """Return under whose name DBOS keeps the parts of a job; PEOPLE have the jobs themselves."""
    return f"part of {parent}"


def told_of(
    row: Any,  # noqa: ANN401 - DBOS's
    facts: Mapping[str, Any] | None,
    files: dict[str, int],
    living: Sequence[Mapping[str, Any]] = (),
    lacking: str | None = None,
) -> JobInfo:
    """Return what is told of a job.

    Args:
        row: DBOS's entry, a ``WorkflowStatus``.
        facts: Our own columns of it.
        files: Bytes of the files of its result, by name.
        living: The living executors, as they tell of themselves.
        lacking: What it waits for although an executor has taken it.
    """
    state = STATES[row.status]
    facts = facts or {}
    owner = row.authenticated_user or PEOPLE
    arguments: Sequence[Any] = (row.input or {}).get("args") or ({},)
    title = kind(row.name).title if row.name in kind_names() else row.name
    return JobInfo(
        id=row.workflow_id,
        kind=row.name,
        title=title,
        state=state,
        lane=facts.get("lane", "short"),
        created_s=facts.get("created_s", row.created_at / 1000),
        started_s=facts.get("started_s"),
        ended_s=_ended_s(row.completed_at, facts) if state in ENDED else None,
        progress=progress_of(facts),
        error=_sentence(row.error) if state == "failed" else None,
        worker=None if state == "waiting" else row.executor_id,
        attempts=facts.get("turn", 0),
        parameters=dict(arguments[0]),
        summary=row.output if state == "done" else None,
        parent=None if owner == PEOPLE else owner.removeprefix("part of "),
        files=dict(sorted(files.items())),
        waits_for=_lacking(facts.get("queue"), living) if state == "waiting" else lacking,
    )


def _lacking(queue: str | None, living: Sequence[Mapping[str, Any]]) -> str | None:
    """Say why no executor takes from a queue, if none does."""
    if not living:
        return "no worker is alive; start one with `python -m scar_core worker`"
    if queue is None or any(queue in one.get("serves", ()) for one in living):
        return None
    return f"none of the {len(living)} living executors has what it needs: {needs_of(queue)}"


def _ended_s(completed_at: int | None, facts: Mapping[str, Any]) -> float:
    """When a job ended; DBOS knows it of every job, but only in whole seconds."""
    rough = (completed_at or 0) / 1000
    exact = facts.get("ended_s") or rough
    return exact if abs(exact - rough) < 2 else max(rough, facts.get("started_s") or rough)


def _sentence(error: object) -> str:
    told = str(getattr(error, "message", None) or error or "")
    return told or "it failed without saying why; retry it"
