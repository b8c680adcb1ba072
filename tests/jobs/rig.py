"""A state folder with a book of jobs, and executors that may be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from scar_core.jobs.base import MORE_KINDS, Json
from scar_core.jobs.book import JobBook
from scar_core.jobs.info import JobInfo
from scar_core.jobs.places import Places

ROOT = Path(__file__).parents[2]
KINDS = "tests.jobs.made"
PATIENCE_S = 90.0


class Rig:
    """Starts executors for a folder of its own."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        home = folder / "jobs"
        (home / "scratch").mkdir(parents=True)
        self.places = Places(home, f"sqlite:///{home / 'jobs.sqlite'}", str(home / "files"))
        self.book = JobBook(self.places)
        self.variables = variables
        self.executor: subprocess.Popen[bytes] | None = None

    def start(self, **variables: str) -> None:
        """Start an executor; does not wait for it."""
        self.executor = subprocess.Popen(
            [sys.executable, "-m", "scar_core.jobs.executor"],
            env=os.environ
            | {"SCAR_HOME": str(self.folder), MORE_KINDS: KINDS, "PYTHONPATH": str(ROOT)}
            | self.variables
            | variables,
            cwd=ROOT,
        )

    def kill(self) -> None:
        """SIGKILL the executor."""
        if self.executor is not None:
            self.executor.send_signal(signal.SIGKILL)
            self.executor.wait()

    def stop(self) -> None:
        """Ask the executor to end, and see that it does."""
        if self.executor is not None and self.executor.poll() is None:
            self.executor.terminate()
            try:
                self.executor.wait(30)
            finally:
                self.kill()
        self.executor = None

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.book.close()

    def runners(self) -> list[psutil.Process]:
        """Processes of the executor's runners, the waiting one among them."""
        if self.executor is None or self.executor.poll() is not None:
            return []
        try:
            children = psutil.Process(self.executor.pid).children()
            return [one for one in children if "scar_core.jobs.runner" in one.cmdline()]
        except psutil.NoSuchProcess:
            return []

    def working(self, job: str) -> int | None:
        """Process id of the runner in a job's scratch folder, None if there is none."""
        output = self.places.scratch / job / ".output"
        for one in self.runners():
            try:
                if any(Path(f"/proc/{one.pid}/fd/1").resolve() == output.resolve() for _ in (0,)):
                    return one.pid
            except (OSError, psutil.Error):
                continue
        return None

    def submit(self, kind: str, **parameters: Json) -> JobInfo:
        return self.book.submit(kind, parameters)

    def ended(self, job: str) -> JobInfo:
        """Wait until a job has ended."""
        return wait_for(lambda: (info := self.book.show(job)).ended and info, f"the end of {job}")

    def done(self, kind: str, **parameters: Json) -> JobInfo:
        """Submit a job and see it done."""
        info = self.ended(self.submit(kind, **parameters).id)
        assert info.state == "done", info
        return info


def wait_for(question: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Ask until the answer is true; return it."""
    until = time.monotonic() + patience_s
    while True:
        if answer := question():
            return answer
        assert time.monotonic() < until, f"{what} did not come within {patience_s:g} s"
        time.sleep(0.03)


def lines(path: Path) -> list[str]:
    """Lines of a file that may not be there yet."""
    return path.read_text().splitlines() if path.exists() else []
