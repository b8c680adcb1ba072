"""Keeping worker and page alive, as ``up`` does; standard library and foundation only."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from scar_core.serving.address import lock_is_held
from scar_core.serving.logs import event_of
from scar_core.serving.spawn import child_environment

STEADY_S = 60.0
MAX_PAUSE_S = 30.0
PAGE_DEATHS = 5
"""In a row; a page that has lived for ``STEADY_S`` is forgiven those before."""


class PageKeeper:
    """Keeps the page alive on its port, unless it dies again and again.

    Attributes:
        deaths: How often it has ended in a row.
        unsaid: It has been started since people were last told where it is.
    """

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        """Keep a module with its arguments running for a state folder."""
        self.deaths, self.unsaid = 0, True
        self._folder, self._command = folder, command
        self._child: subprocess.Popen[str] | None = None
        self._next_s = self._born_s = 0.0

    def children(self) -> "list[subprocess.Popen[str]]":
        """Return the process that there is, if any."""
        return [] if self._child is None else [self._child]

    def start(self) -> None:
        """Start a process."""
        self._child = _start("page", self._folder, self._command)
        self._born_s, self.unsaid = time.monotonic(), True

    def look_after(self) -> bool:
        """Start the page again if it has ended; return whether there is hope."""
        now = time.monotonic()
        if self._child is None:
            if now >= self._next_s:
                self.start()
            return True
        status = self._child.poll()
        if status is None:
            return True
        self._child = None
        self.deaths = 1 + (self.deaths if now - self._born_s < STEADY_S else 0)
        if self.deaths >= PAGE_DEATHS:
            say(
                f"The page ended by itself {self.deaths} times in a row (status {status}), so"
                " everything stops; what it said last is above. Jobs go on after the next start."
            )
            return False
        pause_s = min(0.5 * 2 ** (self.deaths - 1), MAX_PAUSE_S)
        say(f"The page ended (status {status}); starting it again in {pause_s:g} s.")
        self._next_s = now + pause_s
        return True


class WorkerKeeper:
    """Keeps one worker alive for the folder: ours, or one that somebody else started."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        """Keep a module with its arguments running for a state folder."""
        self._folder, self._command = folder, command
        self._child: subprocess.Popen[str] | None = None
        self._born_s = 0.0
        self._next_look_s = 0.0
        self._pause_s = 1.0

    def children(self) -> "list[subprocess.Popen[str]]":
        """Return the process that there is, if any."""
        return [] if self._child is None else [self._child]

    def start(self) -> None:
        """Start a process."""
        self._child = _start("worker", self._folder, self._command)
        self._born_s = time.monotonic()

    def look_after(self) -> None:
        """Start a worker if none serves the folder."""
        now = time.monotonic()
        if self._child is not None:
            status = self._child.poll()
            if status is not None:
                self._child = None
                self._mourn(status, now)
        elif now >= self._next_look_s:
            self._next_look_s = now + 1.0
            if not lock_is_held(self._folder):
                self.start()

    def _mourn(self, status: int, now: float) -> None:
        """Decide when to look again whether a worker is needed."""
        if status == 0 and lock_is_held(self._folder):
            say("A worker was running already; it is used, and left running at the end.")
            self._next_look_s = now + 1.0
            return
        if now - self._born_s > STEADY_S:
            self._pause_s = 1.0
        say(f"The worker ended (status {status}); starting it again in {self._pause_s:g} s.")
        self._next_look_s = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, MAX_PAUSE_S)


def _start(name: str, folder: Path, module: Sequence[str]) -> "subprocess.Popen[str]":
    """Start a tethered child, in a session of its own so that Ctrl-C reaches only this process."""
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "scar_core.serving.tether", *module],
        env=child_environment(folder),
        stdin=subprocess.PIPE,  # held open and never written: its end is our end
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    threading.Thread(target=_relay, args=(name, child), daemon=True).start()
    return child


def _relay(name: str, child: "subprocess.Popen[str]") -> None:
    for line in child.stdout or ():
        if line.strip():
            say(f"{name} | {event_of(line.rstrip())}")


def say(sentence: str) -> None:
    """Tell people at the terminal."""
    with contextlib.suppress(OSError):  # the terminal may be gone; the children still need us
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()
