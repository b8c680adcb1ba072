"""A stage for trials: a state folder of its own, and an executor that may be killed on it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from scar_core.errors import WorkerUnavailable
from scar_core.jobs.base import MORE_KINDS
from scar_core.jobs.book import JobBook
from scar_core.jobs.info import JobInfo
from scar_core.jobs.places import DATABASE, STORAGE, places

T = TypeVar("T")
TRIALS = "scar_core.jobs.trials"
PATIENCE_S = 300.0
LOOK_S = 0.01


class Stage:
    """Jobs in a folder, and the executor that runs them.

    Attributes:
        folder: The state folder.
        book: Its jobs.
        executor: The executor's process, None if it was never started.
    """

    def __init__(self, folder: Path, kinds: str = TRIALS, **variables: str) -> None:
        """Prepare a folder.

        Args:
            folder: The state folder.
            kinds: Package of kinds to be known besides the project's own; this process must know
                them too, see ``MORE_KINDS``.
            **variables: Of the executor's environment.
        """
        self.folder = folder
        self.book = JobBook(folder=folder)
        self.executor: subprocess.Popen[bytes] | None = None
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = os.environ | {
            "SCAR_HOME": str(folder),
            MORE_KINDS: kinds,
            "PYTHONPATH": os.pathsep.join(paths),
        }
        self.environment |= variables

    def start(self) -> None:
        """Start an executor; it takes jobs a moment later."""
        self.executor = subprocess.Popen(
            [sys.executable, "-m", "scar_core.jobs.executor"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """SIGKILL the executor."""
        if self.executor is not None:
            self.executor.kill()
            self.executor.wait()

    def kill_runner(self, number: int) -> bool:
        """SIGKILL one of the executor's runners; return whether there was one."""
        pids = self.runners()
        if not pids:
            return False
        with suppress(ProcessLookupError):
            os.kill(pids[number % len(pids)], signal.SIGKILL)
        return True

    def kill_all(self) -> None:
        """SIGKILL the executor and all its runners at once."""
        pids = self.runners()
        if self.executor is not None and self.executor.poll() is None:
            for pid in [self.executor.pid, *pids]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.executor.wait()

    def runners(self) -> list[int]:
        """Process ids of the executor's runners, the waiting one among them; Linux only."""
        if self.executor is None or self.executor.poll() is not None:
            return []
        found = []
        for path in Path(f"/proc/{self.executor.pid}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(pid) for pid in path.read_text().split()]
        return sorted(found)

    def stop(self) -> None:
        """Ask the executor to end, and see that it does."""
        if self.executor is not None and self.executor.poll() is None:
            self.executor.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.executor.wait(30)
        self.kill()

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.book.close()

    def ended(self, job: str) -> JobInfo:
        """Wait until a job has ended."""
        return wait_for(lambda: info if (info := self.book.show(job)).ended else None, job)


@contextmanager
def stage(**variables: str) -> Iterator[Stage]:
    """Set up a stage in a temporary folder, apart from all that the environment names."""
    names = (MORE_KINDS, DATABASE, STORAGE)
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ[MORE_KINDS] = TRIALS
    try:
        with tempfile.TemporaryDirectory(prefix="scar-jobs-") as folder:
            places(Path(folder))
            one = Stage(Path(folder), **variables)
            try:
                yield one
            finally:
                one.close()
    finally:
        del os.environ[MORE_KINDS]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def wait_for(question: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """Ask until the answer is something; return it.

    Raises:
        WorkerUnavailable: If it is not in time.
    """
    until = time.monotonic() + patience_s
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise WorkerUnavailable(f"{what} did not come within {patience_s:g} s")
        time.sleep(LOOK_S)
