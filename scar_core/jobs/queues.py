"""The queues: what a worker can do and hold, how urgent it is, how deep it lies.

Each lane has places of its own, so a training of days never keeps a short job waiting. Parts of
jobs queue one level deeper than the job that waits for them: they could wait for ever behind it.
"""

import os
from collections.abc import Sequence
from typing import Literal

from scar_core.errors import ConfigError
from scar_core.jobs.base import LANES, JobKind, Lane
from scar_core.jobs.memory import CLASSES_MB

JOBS = "SCAR_JOBS"
ATTEMPTS = "SCAR_JOB_ATTEMPTS"
Capability = Literal["cpu", "gpu"]
DEPTHS = 3
POLL_S: dict[Lane, float] = {"interactive": 0.1, "short": 0.15, "long": 0.3}
POLL_PARTS_S = 0.5
"""Times the depth. Every look costs 2 ms; parts are many at once or none, and take longer."""
POLL_LARGE_S = 1.0
"""Of what needs much memory; such jobs take long as well."""
SMALL_MB = CLASSES_MB[0]
NICE: dict[Lane, int] = {"interactive": 0, "short": 4, "long": 9}
"""How much more a lane steps back than all jobs do."""


def capability(kind: JobKind) -> Capability:
    """Return what a worker must be able to do for this kind of job."""
    return "gpu" if kind.device == "gpu" else "cpu"


def capabilities(device: str) -> tuple[Capability, ...]:
    """Return what a worker of this device can do."""
    return ("cpu",) if device == "cpu" else ("gpu", "cpu")


def queue_name(able: Capability, lane: Lane, depth: int, class_mb: int = SMALL_MB) -> str:
    """Return the name of a queue.

    Args:
        able: What a worker must be able to do.
        lane: How urgent it is.
        depth: 0 for jobs, one more for parts, parts of parts.
        class_mb: Memory that a worker must have, one of ``CLASSES_MB``.

    Raises:
        ConfigError: If parts of parts of jobs go too deep.
    """
    if depth >= DEPTHS:
        raise ConfigError(
            f"a job has parts {depth} levels deep; {DEPTHS - 1} are possible, so flatten its plan"
        )
    large = "" if class_mb == SMALL_MB else f"{class_mb}"
    return f"{able}{large}-{lane}-{depth}"


def queue_names(device: str, classes_mb: Sequence[int] = (SMALL_MB,)) -> list[str]:
    """Return the queues that a worker of this device serves, for jobs of these memory classes."""
    return [
        queue_name(able, lane, depth, class_mb)
        for class_mb in classes_mb
        for able in capabilities(device)
        for lane in LANES
        for depth in range(DEPTHS)
    ]


def needs_of(queue: str) -> str:
    """Say what a worker needs to serve a queue."""
    able = queue.split("-", maxsplit=1)[0]
    device = "a GPU (worker --device cuda:0)" if able.startswith("gpu") else "a processor"
    return f"{device} and {able[3:] or SMALL_MB} MB of memory"


def poll_s(name: str) -> float:
    """Return how often a queue is looked at, in seconds."""
    able, lane, depth = name.split("-")
    pause_s = POLL_S[checked_lane(lane)] if depth == "0" else POLL_PARTS_S * int(depth)
    return pause_s if able[3:] == "" else max(pause_s, POLL_LARGE_S)


def jobs_per_lane() -> int:
    """Return how many jobs of one lane a worker runs at once: ``SCAR_JOBS``, else 1.

    Raises:
        ConfigError: If it is no number from 1 to 64.
    """
    told = os.environ.get(JOBS, "1")
    if not told.isdecimal() or not 1 <= int(told) <= 64:
        raise ConfigError(f"{JOBS} is {told!r}; give the jobs at once in each lane, from 1 to 64")
    return int(told)


def attempts() -> int:
    """Return how often a step is tried whose process dies: ``SCAR_JOB_ATTEMPTS``, else 3.

    Raises:
        ConfigError: If it is no number from 1 to 100.
    """
    told = os.environ.get(ATTEMPTS, "3")
    if not told.isdecimal() or not 1 <= int(told) <= 100:
        raise ConfigError(f"{ATTEMPTS} is {told!r}; give the tries of a step, from 1 to 100")
    return int(told)


def checked_lane(lane: str) -> Lane:
    """Return ``lane`` if it is one.

    Raises:
        ConfigError: If it is not.
    """
    for one in LANES:
        if one == lane:
            return one
    raise ConfigError(f"there is no lane {lane!r}; choose one of {', '.join(LANES)}")
