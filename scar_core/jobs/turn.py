"""One start of a job's plan, from here until it ends or is taken away."""

import threading
from typing import NoReturn

from dbos import error as dbos_error

from scar_core.jobs.process import Runner


class Turn:
    """One start of a job's plan by this executor.

    Attributes:
        job: The job.
        number: How often its plan was started before, and now.
        lost: Set when the job is no longer ours: cancelled, or somebody else's.
        runner: Process of its steps, once there is one.
    """

    def __init__(self, job: str, number: int) -> None:
        """Begin."""
        self.job, self.number = job, number
        self.lost = threading.Event()
        self.runner: Runner | None = None
        self._lock = threading.Lock()

    def lose(self) -> None:
        """Let go of the job: kill its process."""
        with self._lock:
            self.lost.set()
            if self.runner is not None:
                self.runner.kill()

    def take(self, runner: Runner) -> Runner:
        """Use this process from now on."""
        with self._lock:
            self.runner = runner
            if self.lost.is_set():
                runner.kill()
        return runner

    def rest(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            if self.runner is not None:
                self.runner.close()
            self.runner = None


def gone(job: str) -> NoReturn:
    """Leave a plan whose job is no longer ours; DBOS records nothing of it."""
    raise dbos_error.DBOSWorkflowCancelledError(f"{job} is no longer run here")
