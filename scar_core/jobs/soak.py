"""Jobs under random kills: what was lost, what was done twice."""

import random
import time
from pathlib import Path
from typing import Any

from scar_core.jobs.base import Json
from scar_core.jobs.stage import Stage, stage, wait_for

BACKLOG = 8
WAIT_S = (0.02, 1.6)
STARTING = 0.2
"""Share of the kills that do not wait until the executor has come up."""
ATTEMPTS = "40"
"""Of a step; in a soak a step that dies is no poison."""
KINDS: tuple[dict[str, Json], ...] = (
    {"steps": 0},
    {"steps": 1},
    {"steps": 4, "pause_s": 0.05},
    {"steps": 2, "saves": 6, "pause_s": 0.1},
    {"steps": 1, "parts": 3, "pause_s": 0.1},
)


def soak(kills: int, jobs: int, seed: int = 0) -> dict[str, Json]:
    """Kill executor, runners or both at random while jobs run; start the executor again each time.

    Args:
        kills: How many.
        jobs: At least so many jobs; more are submitted while kills remain.
        seed: Of who is killed when.

    Returns:
        ``kills``, ``by_target``, ``jobs``, ``parts``, ``done``, ``lost`` (not done in the end),
        ``resumed`` (how often a plan went on after its executor was killed),
        ``twice`` (steps that ran again after the next one had begun, which proves that they had
        returned), ``damaged`` (published files that are not what they should be), ``seconds``.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    begun_s = time.monotonic()
    with stage(SCAR_JOB_ATTEMPTS=ATTEMPTS, SCAR_JOBS="2") as one:
        trace = one.folder / "trace"
        submitted: list[str] = []
        by_target = {"executor": 0, "runner": 0, "all": 0}
        one.start()
        while sum(by_target.values()) < kills or len(submitted) < jobs:
            _feed(one, submitted, trace, chance)
            if chance.random() > STARTING:
                wait_for(one.runners, "an executor that works")
            time.sleep(chance.uniform(*WAIT_S))
            if sum(by_target.values()) < kills:
                _kill(one, by_target, chance)
        infos = [one.ended(job) for job in submitted]
        parts = [part for job in submitted for part in one.book.list(parent=job)]
        return {
            "kills": sum(by_target.values()),
            "by_target": by_target,
            "jobs": len(infos),
            "parts": len(parts),
            "done": sum(info.state == "done" for info in infos),
            "lost": [f"{info.id}: {info.error}" for info in infos if info.state != "done"],
            "resumed": sum(info.attempts - 1 for info in [*infos, *parts]),
            "twice": repeated(trace.read_text().splitlines()),
            "damaged": _damaged(one, [*infos, *parts]),
            "seconds": round(time.monotonic() - begun_s, 1),
        }


def repeated(trace: list[str]) -> list[str]:
    """Return the steps that began again after a later one of the same job had begun.

    Args:
        trace: Lines ``JOB STEP`` in the order in which steps began.
    """
    reached: dict[str, int] = {}
    found = []
    for line in trace:
        job, step = line.rsplit(" ", 1)
        if int(step) < reached.get(job, 0):
            found.append(line)
        reached[job] = max(reached.get(job, 0), int(step))
    return found


def _feed(one: Stage, submitted: list[str], trace: Path, chance: random.Random) -> None:
    """Submit more where little is left to do."""
    states = one.book.states(submitted[-4 * BACKLOG :])
    open_jobs = sum(state in ("waiting", "running") for state in states.values())
    for _ in range(BACKLOG - open_jobs):
        wanted = {**chance.choice(KINDS), "name": f"job {len(submitted)}", "trace": str(trace)}
        lane = chance.choice(("interactive", "short", "long"))
        submitted.append(one.book.submit("trial", wanted, lane=lane).id)


def _kill(one: Stage, by_target: dict[str, int], chance: random.Random) -> None:
    target = chance.choice(("executor", "runner", "runner", "all"))
    if target == "runner":
        by_target["runner"] += one.kill_runner(chance.randrange(8))
        return
    if target == "executor":
        one.kill()
    else:
        one.kill_all()
    by_target[target] += 1
    one.start()


def _damaged(one: Stage, infos: list[Any]) -> list[str]:
    found = []
    for info in infos:
        for number in range(info.parameters["steps"]):
            expected = f"{info.parameters['name']} {number}".encode()
            if info.files.get(f"step-{number}") != len(expected) or (
                one.book.file(info.id, f"step-{number}") != expected
            ):
                found.append(f"{info.id} step-{number}")
    return found


def many(jobs: int) -> dict[str, Json]:
    """Run jobs that are only a plan, none with a process of its own; see that none is lost.

    Returns:
        ``jobs``, ``done``, ``lost``, ``submit_s``, ``seconds`` and ``per_minute``.
    """
    with stage(SCAR_JOBS="8") as one:
        begun_s = time.monotonic()
        submitted = [one.book.submit("trial", {"name": f"{n}"}).id for n in range(jobs)]
        submit_s = time.monotonic() - begun_s
        one.start()
        begun_s = time.monotonic()
        infos = [one.ended(job) for job in submitted]
        seconds = time.monotonic() - begun_s
        done = sum(info.state == "done" and "summary.json" in info.files for info in infos)
        wait_for(lambda: not one.book.list(state="running"), "the end of all")
        return {
            "jobs": jobs,
            "done": done,
            "lost": jobs - done,
            "submit_s": round(submit_s, 1),
            "seconds": round(seconds, 1),
            "per_minute": round(60 * jobs / seconds),
        }
