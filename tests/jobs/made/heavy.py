"""Takes much memory, as it says, for a while."""

import time
from dataclasses import dataclass
from pathlib import Path

from scar_core.jobs.base import JobKind, Json, Plan, Work
from tests.jobs.made.count import trace


@dataclass(frozen=True)
class Heavy:
    """How long.

    Attributes:
        name: Tells jobs apart.
        pause_s: Seconds that each of its two steps takes.
        until: File whose coming each of its steps waits for; empty: none.
        parts: Parts that are as heavy.
        trace: File to which every step adds a line at its beginning and at its end.
    """

    name: str = "h"
    pause_s: float = 0.3
    until: str = ""
    parts: int = 0
    trace: str = ""


def _plan(parameters: Heavy, plan: Plan) -> Json:
    plan.step("lift", number=0)
    part = {"pause_s": parameters.pause_s, "trace": parameters.trace}
    plan.children(
        "heavy", [{**part, "name": f"{parameters.name}.{n}"} for n in range(parameters.parts)]
    )
    return plan.step("lift", number=1)


def _lift(parameters: Heavy, work: Work, *, number: int) -> Json:
    trace(parameters.trace, f"+ {parameters.name}")
    time.sleep(parameters.pause_s)
    while parameters.until and not Path(parameters.until).exists():
        time.sleep(0.02)
    trace(parameters.trace, f"- {parameters.name}")
    return number


KIND = JobKind("Heavy", Heavy, _plan, {"lift": _lift}, memory_mb=2000)
