"""An executor's hold on a runner's process."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scar_core.jobs.base import Json
from scar_core.jobs.reasons import ending_of
from scar_core.jobs.sweeper import MARK

THREADS = "SCAR_JOB_THREADS"
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class StepFailed(Exception):  # noqa: N818 - an answer
    """The step answered that it failed; running it again would end the same."""


class RunnerDied(Exception):  # noqa: N818 - an event
    """The process ended without an answer."""


class Runner:
    """One process for the steps of one job; used by one thread, killed by any."""

    def __init__(self) -> None:
        """Start a process that waits for its first step."""
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        told = os.environ.get(THREADS)
        half = str(max(1, (os.cpu_count() or 2) // 2))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scar_core.jobs.runner"],
            env=dict.fromkeys(_THREAD_VARIABLES, half)
            | os.environ
            | (dict.fromkeys(_THREAD_VARIABLES, told) if told else {})
            | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
            | {MARK: secrets.token_hex(8)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # a group of its own, killed as a whole
        )
        self._lock = threading.Lock()
        self.used = False

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def run(self, request: Mapping[str, Json], hear: Callable[[dict[str, Any]], None]) -> Json:
        """Run a step; every message before its result goes to ``hear``.

        Raises:
            StepFailed: With its sentence.
            RunnerDied: With how it ended.
        """
        self.used = True
        self._say(request)
        for text in self._process.stdout or ():
            message = json.loads(text)
            if "result" in message:
                return message["result"]
            if "failed" in message:
                raise StepFailed(message["failed"])
            hear(message)
            if "expect" in message:
                self._say({})
        raise RunnerDied(ending_of(self._process.wait()))

    def _say(self, message: Mapping[str, Json]) -> None:
        file = self._process.stdin
        with contextlib.suppress(BrokenPipeError, ValueError):  # its output ends too, and says why
            if file is not None:
                file.write(json.dumps(message) + "\n")
                file.flush()

    def kill(self) -> None:
        """Kill it at once with all that it started; its memory is free when this returns."""
        with self._lock:
            if os.name == "posix":
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Kill it and close its pipes."""
        self.kill()
        for file in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if file is not None:
                    file.close()
