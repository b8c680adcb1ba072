"""Counts slowly; every number is written down as it is reached, so that repetitions show."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work


@dataclass(frozen=True)
class Count:
    """How to count.

    Attributes:
        name: Tells jobs apart.
        steps: How many
            steps.
        pause_s: Seconds that each takes.
        trace: File to which every step adds a line.
        mood: How.
    """

    name: str = "a"
    steps: int = 3
    pause_s: float = 0.0
    trace: str = ""
    mood: Literal["calm", "wild"] = "calm"

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise ConfigError(f"steps is {self.steps}; give 0 or more")


def _plan(parameters: Count, plan: Plan) -> Json:
    plan.log(f"counting to {parameters.steps}")
    reached = [plan.step("one", number=number) for number in range(parameters.steps)]
    return {"reached": reached, "name": parameters.name}


def _one(parameters: Count, work: Work, *, number: int) -> Json:
    begun = time.monotonic()
    while time.monotonic() - begun < parameters.pause_s:
        work.progress(time.monotonic() - begun, parameters.pause_s, "s")
        time.sleep(0.02)
    path = work.folder / "number.txt"
    path.write_text(f"{parameters.name} {number}\n")
    work.publish(f"numbers/{number}.txt", path)
    work.log(f"reached {number}")
    trace(parameters.trace, f"{parameters.name} {number}")
    return number


def trace(name: str, line: str) -> None:
    """Add a line to a file; whole even if many processes do."""
    if name:
        handle = os.open(Path(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)


KIND = JobKind("Count", Count, _plan, {"one": _one}, names={"mood": ("calm", "wild")})
