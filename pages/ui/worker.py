"""The pages' line to the worker: one function to connect, one to make sure that it runs."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import streamlit as st

from pages.ui.text import frame as text
from scar_core.errors import WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord
from scar_core.serving.client import WorkerClient, start_worker, stop_worker, worker_running

if TYPE_CHECKING:
    from scar_core.jobs.client import JobsClient

NOTHING_HIDDEN = Scenario()


class Answerer(Protocol):
    """What pages use of a worker client."""

    def health(self) -> dict[str, Any]:
        """Return what the worker says about itself."""
        ...

    def predict(
        self,
        record: ECGRecord,
        scenarios: Sequence[Scenario],
        prompts: Mapping[str, str] | None = None,
        method: str = "scar",
    ) -> list[Prediction]:
        """Return one answer per scenario."""
        ...

    def ask(
        self,
        name: str,
        record: ECGRecord | None = None,
        scenario: Scenario = NOTHING_HIDDEN,
        *,
        method: str = "scar",
        **options: Any,  # noqa: ANN401 - each inquiry its own
    ) -> dict[str, Any]:
        """Return an inquiry's answer."""
        ...


def connect() -> Answerer:
    """Return a client of this user's worker.

    Raises:
        WorkerUnavailable: None runs, or it does not answer.
    """
    return WorkerClient.connect()


def jobs() -> "JobsClient":
    """Return a client of this user's queue of jobs.

    Raises:
        WorkerUnavailable: No worker runs, or it does not answer.
    """
    from scar_core.jobs.client import JobsClient

    return JobsClient.connect()


def start(anew: bool = False) -> None:
    """Start this user's worker unless one runs; blocks until it answers.

    Args:
        anew: End a worker that runs first: it could not load its model.

    Raises:
        WorkerUnavailable: It does not come up.
    """
    if anew:
        stop_worker()
    if not worker_running():
        start_worker()


@dataclass
class Starter:
    """One attempt to start the worker, in a thread of its own, for all sessions of this server.

    Attributes:
        problem: Why the last attempt failed; empty while it runs and after it succeeded.
    """

    problem: str = ""
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def busy(self) -> bool:
        """Whether an attempt is under way."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, anew: bool = False) -> None:
        """Begin an attempt unless one is under way; ``anew`` ends a running worker first."""
        with self._lock:
            if self.busy:
                return
            self.problem = ""
            self._thread = threading.Thread(target=self._run, args=(anew,), daemon=True)
            self._thread.start()

    def _run(self, anew: bool) -> None:
        try:
            start(anew)
        except WorkerUnavailable as error:
            self.problem = str(error)


@st.cache_resource(show_spinner=False)
def starter() -> Starter:
    """Return this server's starter; the first call begins to start the worker."""
    first = Starter()
    first.begin()
    return first


@dataclass(frozen=True)
class Status:
    """The worker's state for people.

    Attributes:
        ready: It can answer now.
        says: One sentence.
        starting: It is coming up; asking again soon is worth while.
        failed: It runs, but could not load its model.
        methods: Names of the methods that can be asked for; empty while it is not ready.
    """

    ready: bool
    says: str
    starting: bool = False
    failed: bool = False
    methods: tuple[str, ...] = ()


def status() -> Status:
    """Ask the worker how it is; starts it if this server has not tried yet."""
    attempt = starter()
    try:
        health = connect().health()
    except WorkerUnavailable as error:
        if attempt.busy:
            return Status(False, text.STARTING, starting=True)
        return Status(False, attempt.problem or str(error))
    if health.get("status") == "loading":
        return Status(False, text.LOADING, starting=True)
    if health.get("status") == "failed":
        if attempt.busy:
            return Status(False, text.STARTING_AGAIN, starting=True)
        said = str(health.get("error") or "no reason given")
        return Status(False, text.no_model(said), failed=True)
    return Status(True, text.READY, methods=tuple(health.get("methods") or ()))
