"""A stage with the kinds made for tests, and ways to look at it."""

from collections.abc import Callable
from pathlib import Path

import psutil

from scar_core.jobs.base import Json
from scar_core.jobs.info import JobInfo
from scar_core.jobs.stage import Stage, T
from scar_core.jobs.stage import wait_for as wait_for_it

KINDS = "tests.jobs.made"
PATIENCE_S = 90.0


class Rig(Stage):
    """A stage in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, KINDS)
        self.files = folder / "jobs" / "files"
        self.scratch = self.book.places.scratch

    def working(self, job: str) -> int | None:
        """Process id of the runner that works in a job's scratch folder."""
        output = self.scratch / job / ".output"
        for pid in self.runners():
            try:
                if Path(f"/proc/{pid}/fd/1").readlink() == output:
                    return pid
            except OSError:
                continue
        return None

    def submit(self, kind: str, **parameters: Json) -> JobInfo:
        return self.book.submit(kind, parameters)

    def done(self, kind: str, **parameters: Json) -> JobInfo:
        """Submit a job and see it done."""
        info = self.ended(self.submit(kind, **parameters).id)
        assert info.state == "done", info
        return info


def wait_for(question: Callable[[], T | None], what: str) -> T:
    """Ask until the answer is something; return it."""
    return wait_for_it(question, what, PATIENCE_S)


def lines(path: Path) -> list[str]:
    """Lines of a file that may not be there yet."""
    return path.read_text().splitlines() if path.exists() else []


def alive(pid: int) -> bool:
    """Whether a process runs, zombies not counted."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
