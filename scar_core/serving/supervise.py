"""A child process that is kept alive: started late, replaced if it dies, ended with us."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from scar_core.jobs.priority import MODEST_NICENESS
from scar_core.serving.logs import event_of
from scar_core.serving.spawn import child_environment

log = logging.getLogger(__name__)

REST_S = 4.0
STOP_S = 5.0
STEADY_S = 60.0
MAX_PAUSE_S = 30.0
MAX_LINE = 2**16


class Keeper:
    """Keeps one tethered child alive; belongs to an event loop.

    Attributes:
        name: What the child is called in the log.
        n_restarts: How often it has been replaced.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        command: Callable[[], Sequence[str]],
        *,
        rest_s: float = REST_S,
        pause_s: float = 1.0,
    ) -> None:
        """Keep a module running.

        Args:
            name: What it is called in the log.
            folder: The state folder.
            command: Returns module and arguments; asked when the child is first started.
            rest_s: Seconds after the signal to begin; first answers have the machine till then.
            pause_s: Seconds before a dead child is replaced; they double while it keeps dying.
        """
        self.name = name
        self.n_restarts = 0
        self._folder = folder
        self._command = command
        self._rest_s = rest_s
        self._first_pause_s = pause_s
        self._child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while there is none."""
        return None if self._child is None else self._child.pid

    async def run(self, after: asyncio.Event) -> None:
        """Begin some seconds after ``after`` is set; when cancelled, end the child."""
        pause_s = self._first_pause_s
        await after.wait()
        await asyncio.sleep(self._rest_s)
        try:
            while True:
                born_s = time.monotonic()
                status = await self._live()
                if time.monotonic() - born_s > STEADY_S:
                    pause_s = self._first_pause_s
                log.warning(
                    f"the {self.name} ended and is started again",
                    extra={"status": status, "pause_s": pause_s},
                )
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, MAX_PAUSE_S)
                self.n_restarts += 1
        finally:
            await self._end()

    async def _live(self) -> int:
        """Start the child and wait for its end."""
        threads = str(max(1, (os.cpu_count() or 1) // 2))
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "scar_core.serving.tether", "--niceness", str(MODEST_NICENESS)),
            *self._command(),
            stdin=asyncio.subprocess.PIPE,  # held open and never written: its end is our end
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=MAX_LINE,
            env={"OMP_NUM_THREADS": threads} | child_environment(self._folder),
            start_new_session=True,
        )
        log.info(f"the {self.name} was started", extra={"pid": self._child.pid})
        await self._relay(self._child)
        status = await self._child.wait()
        self._child = None
        return status

    async def _relay(self, child: asyncio.subprocess.Process) -> None:
        """Log what the child says; ends with the last process that could say anything."""
        while child.stdout is not None:
            try:
                line = (await child.stdout.readline()).decode("utf-8", "replace")
            except ValueError:  # a line beyond the limit is left out
                continue
            if not line:
                return
            if line.strip():
                log.info(event_of(line.rstrip()), extra={"from": self.name})

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            await asyncio.wait_for(child.wait(), STOP_S)
        except TimeoutError:
            log.warning(f"the {self.name} did not end in time and is killed")
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
