"""The lane of inquiries: a bounded queue in front of one child process that answers them.

Questions are answered in the order they came, one at a time. Whoever has waited too long, or has
gone, is forgotten; if the child is busy for nobody, it is ended and another one takes its place.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.asker import frame
from scar_core.serving.spawn import child_environment
from scar_core.serving.wire import DeadlinePassed, QueueFull, error_from_json

log = logging.getLogger(__name__)

PAUSES_S = (0.1, 1.0, 5.0, 30.0)
"""Before a child that died is replaced; the last one for ever."""
GRACE_S = 1.0
"""Starting a child costs more than letting the present one end a short answer for nobody."""
REST_S = 3.0
MAX_ANSWER_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Inquest:
    """One question for the lane.

    Attributes:
        inquiry: Name of the inquiry.
        record: The record, shared with the cache; None for a question without one.
        scenario: What is hidden of it.
        options: The inquiry's options, already checked.
        method: Name of the method that shall answer.
    """

    inquiry: str
    record: ECGRecord | None
    scenario: Scenario
    options: Mapping[str, Any]
    method: str

    def frame(self) -> bytes:
        """Return it as the child reads it."""
        header = {
            "inquiry": self.inquiry,
            "scenario": self.scenario.to_json(),
            "options": dict(self.options),
            "method": self.method,
        }
        return frame(header, self.record)


@dataclass(eq=False)
class _Waiting:
    inquest: Inquest
    answer: "asyncio.Future[bytes]"


class AskLane:
    """The queue and the child behind it; all methods belong to one event loop.

    Attributes:
        n_restarts: How often the child has been replaced.
    """

    def __init__(self, folder: Path, command: Sequence[str], *, max_waiting: int = 16) -> None:
        """Answer with ``python *command``; refuse beyond ``max_waiting`` questions."""
        self.n_restarts = 0
        self._folder = folder
        self._command = command
        self._max_waiting = max_waiting
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._child: asyncio.subprocess.Process | None = None
        self._failures = 0

    @property
    def n_waiting(self) -> int:
        """Questions that have not been answered yet, the present one included."""
        return len(self._queue)

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while there is none."""
        return None if self._child is None else self._child.pid

    async def ask(self, inquest: Inquest, deadline_s: float) -> bytes:
        """Return the answer within ``deadline_s`` seconds; being cancelled gives it up.

        Returns:
            ``{"answer": ...}`` as JSON, just as the child wrote it: reading large ones would hold
            up the gestures.

        Raises:
            QueueFull: If too many wait already.
            DeadlinePassed: If the answer takes longer.
            ScarError: Whatever the inquiry raises.
        """
        if len(self._queue) >= self._max_waiting:
            raise QueueFull(
                f"The worker has {len(self._queue)} inquiries waiting already;"
                " try again in a moment."
            )
        waiting = _Waiting(inquest, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wake.set()
        try:
            return await asyncio.wait_for(waiting.answer, deadline_s)
        except TimeoutError:
            raise DeadlinePassed(
                f"The worker had no answer to this inquiry within {deadline_s:g} s;"
                " ask for less, or try again."
            ) from None
        finally:
            if waiting in self._queue and waiting is not self._queue[0]:
                self._queue.remove(waiting)

    async def run(self, after: asyncio.Event) -> None:
        """Answer until cancelled; the child is replaced if it dies.

        Args:
            after: Nothing is started before it is set, nor for some seconds then unless a question
                waits: the first gestures and the page want the machine for themselves.
        """
        try:
            await after.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), REST_S)
            while True:
                try:
                    await self._serve()
                except _ChildGone as error:
                    self._settle(WorkerUnavailable(str(error)))
                    await self._end()
                    await self._pause(at_fault=not isinstance(error, _ChildEnded))
        finally:
            await self._end()
            while self._queue:
                self._settle(WorkerUnavailable("The worker is stopping; try again."))

    async def _serve(self) -> None:
        """Start a child and answer with it until it dies or must be ended."""
        child = self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=child_environment(self._folder),
            limit=MAX_ANSWER_BYTES,
            start_new_session=True,  # a Ctrl-C in the terminal is the worker's business
        )
        await self._line(child)  # it is ready
        while True:
            while not self._queue:
                self._wake.clear()
                await self._wake.wait()
            waiting = self._queue[0]
            if waiting.answer.done():
                self._queue.popleft()
                continue
            begun = time.monotonic()
            answer = await self._answer(child, waiting)
            self._failures = 0
            log.info(
                "inquiry answered",
                extra={
                    "inquiry": waiting.inquest.inquiry,
                    "method": waiting.inquest.method,
                    "ms": round(1000 * (time.monotonic() - begun), 1),
                },
            )
            self._settle(answer)

    async def _answer(
        self, child: asyncio.subprocess.Process, waiting: _Waiting
    ) -> bytes | ScarError:
        """Let the child answer; raises ``_ChildGone`` if it dies or works on for nobody."""
        if child.stdin is None:
            raise _ChildGone("The process for inquiries has no input.")
        try:
            child.stdin.write(waiting.inquest.frame())
            await child.stdin.drain()
        except OSError as error:
            raise _ChildGone from error
        reading = asyncio.ensure_future(self._line(child))
        try:
            await asyncio.wait({reading, waiting.answer}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                await asyncio.wait({reading}, timeout=GRACE_S)
            if not reading.done():
                raise _ChildEnded
            said = reading.result()
        finally:
            reading.cancel()
        return said if said.startswith(b'{"answer":') else error_from_json(json.loads(said))

    async def _line(self, child: asyncio.subprocess.Process) -> bytes:
        try:
            line = await child.stdout.readline() if child.stdout else b""
        except ValueError as error:  # too long
            raise _ChildGone from error
        if not line.endswith(b"\n"):  # cut off by its death
            raise _ChildGone
        return line

    def _settle(self, answer: bytes | ScarError) -> None:
        """Give the first in the queue its answer."""
        if not self._queue:
            return
        future = self._queue.popleft().answer
        if future.done():
            return
        if isinstance(answer, ScarError):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    async def _pause(self, *, at_fault: bool) -> None:
        self.n_restarts += 1
        if not at_fault:
            return
        pause_s = PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
        self._failures += 1
        await asyncio.sleep(pause_s)

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()  # it holds nothing that could be lost
        await child.wait()


class _ChildGone(Exception):  # noqa: N818 - what happened
    """The child died or talked nonsense."""

    def __init__(self, why: str = "") -> None:
        super().__init__(
            why or "The process that answers inquiries ended on this one; ask for less, or again."
        )


class _ChildEnded(_ChildGone):
    """The child was busy for nobody, so it must make room."""
