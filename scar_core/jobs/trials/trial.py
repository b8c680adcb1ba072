"""A job that counts, saves, publishes or has parts, and says so in a trace."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work


@dataclass(frozen=True)
class Trial:
    """What to do.

    Attributes:
        name: Tells trials apart.
        steps: Steps, one after the other.
        saves: Files that each step saves before it is done.
        parts: Parts, which count as well.
        pause_s: Seconds between saves.
        trace: File to which every step adds a line.
    """

    name: str = ""
    steps: int = 0
    saves: int = 1
    parts: int = 0
    pause_s: float = 0.0
    trace: str = ""

    def __post_init__(self) -> None:
        if min(self.steps, self.saves, self.parts) < 0:
            raise ConfigError("steps, saves and parts are counts; give 0 or more")


def _plan(parameters: Trial, plan: Plan) -> Json:
    part = {
        "steps": 2,
        "saves": parameters.saves,
        "pause_s": parameters.pause_s,
        "trace": parameters.trace,
    }
    parts = [{**part, "name": f"{parameters.name}.{number}"} for number in range(parameters.parts)]
    told = plan.children("trial", parts) if parts else []
    return {"parts": told, "steps": [plan.step("one", number=n) for n in range(parameters.steps)]}


def _one(parameters: Trial, work: Work, *, number: int) -> Json:
    _trace(parameters.trace, f"{work.job} {number}")
    there = work.load(f"state-{number}")
    done = 0 if there is None else int(json.loads(there.read_text()))
    path = work.folder / "state"
    for save in range(done, parameters.saves):
        time.sleep(parameters.pause_s)
        path.write_text(json.dumps(save + 1))
        work.save(f"state-{number}", path)
        work.progress(save + 1, parameters.saves, "saves")
    path.write_text(f"{parameters.name} {number}")
    work.publish(f"step-{number}", path)
    return number


def _trace(name: str, line: str) -> None:
    """Add a line to a file; whole, even if many processes do."""
    if name:
        handle = os.open(Path(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)


KIND = JobKind("Trial", Trial, _plan, {"one": _one}, forms=False)
