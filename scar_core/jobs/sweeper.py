"""Whatever a step has started ends with its runner, however that ended; standard library only.

A process that is killed cannot end its children, and its executor may be killed at the same
instant. So every runner has a sweeper: a process that does nothing but wait for the runner's end.
What a step starts is known by its process group or, where it has left that, by a mark that
everybody inherits with the environment (Linux).
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "SCAR_RUNNER"
"""Of the environment; its value is different for every runner."""
LOOK_S = 0.1
ROUNDS = 20
"""Who starts others while it is being ended is met again."""


def start_sweeper() -> None:
    """Have what this process starts ended after it; call it before there are threads."""
    if not hasattr(os, "fork"):
        return
    runner = os.getpid()
    if os.fork():
        return
    try:
        os.setsid()  # whoever ends the runner's group shall not end the sweeper
        os.closerange(0, 1024)  # or the executor would not hear the end of the runner's talk
        while os.getppid() == runner:
            time.sleep(LOOK_S)
        _sweep(runner)
    finally:
        os._exit(0)


def _sweep(runner: int) -> None:
    for _ in range(ROUNDS):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(runner, signal.SIGKILL)
        found = list(_marked())
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _marked() -> Iterator[int]:
    """Processes with this one's mark, itself not among them."""
    mark = f"{MARK}={os.environ.get(MARK, '')}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if int(path.parent.name) != os.getpid() and mark in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)
