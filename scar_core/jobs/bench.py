"""How quickly jobs start, how many pass, how soon a killed executor's work goes on."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from scar_core.jobs.base import Json
from scar_core.jobs.soak import many, soak
from scar_core.jobs.stage import Stage, stage, wait_for


def measure(quick: bool = False) -> dict[str, Json]:
    """Measure everything about jobs on this machine, in temporary folders.

    Args:
        quick: Fewer of everything: about a minute instead of about ten.

    Returns:
        ``submit_to_start_ms`` and ``step_started_ms`` (p50, p95, n), ``jobs_per_minute`` (of jobs
        with a process of their own), ``cancel_s`` and ``recovery_s`` (p50, max, n), ``soak`` and
        ``many``: see the functions of these names.
    """
    return {
        **starts(5 if quick else 40),
        **throughput(10 if quick else 60),
        **cancellation(2 if quick else 10),
        **recovery(2 if quick else 10),
        "soak": soak(6 if quick else 100, 10 if quick else 50),
        "many": many(50 if quick else 1000),
    }


def starts(n: int) -> dict[str, Json]:
    """Measure from submitting a job to the start of its plan, and of its first step.

    One after the other, so each finds the executor idle.
    """
    plans, steps = [], []
    with _running() as one:
        trace = one.folder / "trace"
        for number in range(n):
            begun_s = time.time()
            wanted = {"name": f"{number}", "steps": 1, "trace": str(trace)}
            job = one.book.submit("trial", wanted).id
            wait_for(partial(_has_lines, trace, number + 1), "the first step")
            steps.append(time.time() - begun_s)
            plans.append((one.ended(job).started_s or 0.0) - begun_s)
            time.sleep(0.5)  # until a process waits warm again, as it does between people's jobs
    return {"submit_to_start_ms": _spread(plans, 1000), "step_started_ms": _spread(steps, 1000)}


def throughput(n: int) -> dict[str, Json]:
    """Measure how many jobs of one step pass in a minute, each in a process of its own."""
    with _running() as one:
        begun_s = time.monotonic()
        jobs = [one.book.submit("trial", {"name": f"{k}", "steps": 1}).id for k in range(n)]
        for job in jobs:
            one.ended(job)
        return {"jobs_per_minute": round(60 * n / (time.monotonic() - begun_s))}


def cancellation(n: int) -> dict[str, Json]:
    """Measure from cancelling a job to the death of its process."""
    took = []
    with _running() as one:
        for number in range(n):
            waiting = set(one.runners())
            job = one.book.submit("trial", {"name": f"{number}", "steps": 1, "pause_s": 99.0}).id
            output = one.book.places.scratch / job / ".output"
            wait_for(output.exists, "the step")
            busy = wait_for(partial(_among, one, waiting), "its process")
            begun_s = time.monotonic()
            one.book.cancel(job)
            wait_for(partial(_without, one, busy), "its end")
            took.append(time.monotonic() - begun_s)
            wait_for(one.runners, "the next process")
    return {"cancel_s": _spread(took)}


def recovery(n: int) -> dict[str, Json]:
    """Measure from SIGKILL of an executor, started again at once, to the plan going on."""
    took = []
    with _running() as one:
        job = one.book.submit("trial", {"steps": 1000, "pause_s": 0.05}).id
        for _ in range(n):
            reached = one.book.show(job).attempts
            wait_for(partial(_has_file, one, job), "a step")
            begun_s = time.monotonic()
            one.kill()
            one.start()
            wait_for(partial(_started_more, one, job, reached), "going on")
            took.append(time.monotonic() - begun_s)
            time.sleep(1.0)
        one.book.cancel(job)
    return {"recovery_s": _spread(took)}


@contextmanager
def _running() -> Iterator[Stage]:
    """Set up a stage whose executor takes jobs."""
    with stage() as one:
        one.start()
        one.ended(one.book.submit("trial", {"name": "first", "steps": 1}).id)
        wait_for(one.runners, "a warm process")
        yield one


def _spread(values: Sequence[float], factor: float = 1.0) -> dict[str, Json]:
    ordered = sorted(value * factor for value in values)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2),
        "max": round(ordered[-1], 2),
        "n": len(ordered),
    }


def _has_lines(path: Path, n: int) -> bool:
    return path.exists() and len(path.read_text().splitlines()) >= n


def _has_file(one: Stage, job: str) -> bool:
    return "step-0" in one.book.show(job).files


def _started_more(one: Stage, job: str, before: int) -> bool:
    return one.book.show(job).attempts > before


def _among(one: Stage, pids: set[int]) -> set[int]:
    return set(one.runners()) & pids


def _without(one: Stage, pids: set[int]) -> bool:
    return not set(one.runners()) & pids
