"""Words of the jobs page, and of everything that queues and follows jobs."""

from collections.abc import Mapping
from typing import Any

TITLE = "What is the worker doing?"
NOTHING = "Nothing has been queued yet."
NOTHING_HERE = "No job is in this state."
HOW_IT_WORKS = (
    "A job goes on when this page is closed, and begins again where it was when the worker, or the "
    "machine, was stopped in between."
)
QUEUE_TITLE = "Queue a job"
KIND = "What is to be done"
QUEUE = "Queue it"
FRESH = "Do it again even if the same was done before"
ADVANCED = "More settings"
STATES = {
    "waiting": "waiting",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
FILTERS = {"all": "All", "active": "Active", "done": "Done", "failed": "Failed or cancelled"}
SHOW = "Show"
DETAILS = "Job"
CLOSE = "Back to the list"
CANCEL = "Cancel"
RETRY = "Try again"
OPEN = "Details"
LOG = "Log"
NO_LOG = "The job has said nothing yet."
PARAMETERS = "Asked for"
SUMMARY = "Result"
FILES = "Files"
CHILDREN = "Parts of this job"
CLEAN_TITLE = "Make room"
CLEAN_WORDS = "Results of finished jobs are kept until they are cleared here; the oldest go first."
CLEAN_KEEP = "Keep at most, in MB"
CLEAN_DAYS = "Keep what is younger than, in days (0: whatever its age)"
CLEAN = "Clear older results"
GONE = "There is no such job any more; it may have been cleared away."
COMMAND_NOTE = "The same from a terminal:"
EMPTY_LIST = "Separate several with commas."


def counts(running: int, waiting: int) -> str:
    """Say how much is going on."""
    if not running and not waiting:
        return "No job is running or waiting."
    said = []
    if running:
        said.append(f"{running} running")
    if waiting:
        said.append(f"{waiting} waiting")
    return ", ".join(said) + "."


def queued(title: str, new: bool) -> str:
    """Say that a job was queued, or is there already."""
    if new:
        return f"{title}: queued."
    return f"{title}: the same was asked for before, so that job is shown."


def cleared(freed: Mapping[str, Any]) -> str:
    """Say what a clean-up did."""
    number = int(freed.get("jobs") or 0)
    return f"Cleared {number} {'job' if number == 1 else 'jobs'}, {freed.get('mb') or 0:.1f} MB."


def ago(seconds: float) -> str:
    """Say how long ago something was."""
    if seconds < 45:
        return "just now"
    return f"{span(seconds)} ago"


def span(seconds: float) -> str:
    """Say how long something takes, roughly."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 0.9 * size:
            number = max(1, round(seconds / size))
            return f"{number} {unit}{'s' if number > 1 else ''}"
    number = max(1, round(seconds))
    return f"{number} second{'s' if number > 1 else ''}"


def progress(found: Mapping[str, Any] | None) -> str:
    """Say how far a job is, how fast, and how long it will take; empty if it has not said."""
    if not found or not found.get("total"):
        return ""
    unit = str(found.get("unit") or "").strip()
    said = f"{found['done']:,.0f} of {found['total']:,.0f}{' ' + unit if unit else ''}"
    if found.get("rate"):
        rate = float(found["rate"])
        said += f", {rate:,.0f} a second" if rate >= 2 else f", {60 * rate:,.0f} a minute"
    if found.get("left_s") is not None:
        said += f", about {span(float(found['left_s']))} left"
    return said


def attempts(number: int) -> str:
    """Say that a job was begun more than once."""
    return f"begun {number} times" if number > 1 else ""
