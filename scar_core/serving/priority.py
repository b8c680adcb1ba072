"""How a process steps back behind those that people wait for."""

import contextlib
import os

MODEST_NICENESS = 5
"""People wait for the answer, but not with a finger on the mouse."""


def be_modest(niceness: int = MODEST_NICENESS) -> None:
    """Lower this process's priority, where the system lets it."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(niceness)
