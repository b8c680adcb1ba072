"""How a process steps back behind those that people wait for; standard library only."""

import contextlib
import os
from pathlib import Path

MODEST_NICENESS = 5
"""For what people wait for, but not with a finger on the mouse."""


def step_back(niceness: int, *, batch: bool = False) -> None:
    """Lower this process's priority, and that of all it starts, where the system lets it.

    To be called by the leader of a session: see below.

    Args:
        niceness: At least this nice, as ``nice`` counts: 19 is the humblest.
        batch: Also tell the system that nobody waits (Linux: ``SCHED_BATCH``).
    """
    if not hasattr(os, "nice"):
        return
    niceness = min(19, max(niceness, os.nice(0)))
    with contextlib.suppress(OSError):
        os.nice(niceness - os.nice(0))
    with contextlib.suppress(OSError):
        # Linux may share time among sessions first; niceness counts within a session only.
        Path("/proc/self/autogroup").write_text(str(niceness))
    if batch and hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
