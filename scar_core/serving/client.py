"""How pages and commands ask the worker: standard library and foundation only.

A client may be shared by threads and lives through restarts of the worker: it reads the address
file again and repeats what it asked, which is safe since no question changes anything.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scar_core.config import state_dir as default_state_dir
from scar_core.errors import WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord
from scar_core.serving.address import (
    LOG_FILE,
    live_address,
    lock_is_held,
    private_folder,
    read_address,
)
from scar_core.serving.line import Line
from scar_core.serving.spawn import last_line, spawn_detached
from scar_core.serving.wire import UnknownRecord, encode_record

NOTHING_HIDDEN = Scenario()


class WorkerClient:
    """A line to the worker; connections are kept alive and used by one thread at a time.

    Attributes:
        deadline_s: Seconds that the worker may take for a prediction before it gives up.
    """

    def __init__(self, state_dir: Path | None = None, *, deadline_s: float = 30.0) -> None:
        """Look up who serves ``state_dir``; ``connect`` also makes sure that it answers.

        Raises:
            WorkerUnavailable: If no worker is alive there.
        """
        self.deadline_s = deadline_s
        self._line = Line((state_dir or default_state_dir()).resolve())

    @classmethod
    def connect(cls, state_dir: Path | None = None) -> "WorkerClient":
        """Return a client of the worker that serves ``state_dir`` (None: this user's).

        Raises:
            WorkerUnavailable: If none is alive or it does not answer; it says what to do.
        """
        client = cls(state_dir)
        client.health()
        return client

    def health(self) -> dict[str, Any]:
        """Return what the worker says about itself, at once even while it loads its models.

        Returns:
            ``status`` (``"loading"``, ``"ready"`` or ``"failed"``), ``error`` (a sentence or None),
            ``methods``, ``pid``, ``version``, ``n_records``, ``n_waiting``.

        Raises:
            WorkerUnavailable: If it does not answer.
        """
        return self._line.ask("GET", "/health", timeout_s=5.0)

    def status(self) -> dict[str, Any]:
        """Return all that the worker says about itself: models, memory, processes, device.

        Raises:
            WorkerUnavailable: If it does not answer.
        """
        return self._line.ask("GET", "/status", timeout_s=5.0)

    def metrics(self) -> str:
        """Return the worker's figures in Prometheus's text format.

        Raises:
            WorkerUnavailable: If it does not answer.
        """
        text: str = self._line.ask("GET", "/metrics", timeout_s=5.0)["text"]
        return text

    def predict(
        self,
        record: ECGRecord,
        scenarios: Sequence[Scenario],
        prompts: Mapping[str, str] | None = None,
        method: str = "scar",
    ) -> list[Prediction]:
        """Return the method's answer for ``record`` under each scenario.

        The record is sent only if the worker does not hold it yet. Its name, metadata and notes
        stay here; notes of the answer are about the prediction alone.

        Raises:
            RecordError: If the record does not suit the method.
            ConfigError: If a scenario, prompt or the method's name does not.
            CheckpointError: If the method's weights cannot be used.
            WorkerUnavailable: If the worker is down, too busy, or too slow.
        """
        asked = {
            "scenarios": [scenario.to_json() for scenario in scenarios],
            "prompts": None if prompts is None else dict(prompts),
            "method": method,
        }
        answer = self._about(record, "/predict", asked)
        return [Prediction.from_json(one) for one in answer["predictions"]]

    def ask(
        self,
        name: str,
        record: ECGRecord | None = None,
        scenario: Scenario = NOTHING_HIDDEN,
        *,
        method: str = "scar",
        **options: Any,  # noqa: ANN401 - each inquiry has its own
    ) -> dict[str, Any]:
        """Ask an inquiry of the catalogue in ``scar_core.serving.inquiries``.

        Args:
            name: Name of the inquiry, that of its file.
            record: What it is about; None for an inquiry without a record.
            scenario: What is hidden of it.
            method: Name of the method that shall answer.
            options: Of the inquiry; what is left out has its default.

        Returns:
            The inquiry's answer, as JSON types.

        Raises:
            RecordError: If the record does not suit the inquiry.
            ConfigError: If the inquiry, the method or an option is none.
            CheckpointError: If the method's weights cannot be used.
            WorkerUnavailable: If the worker is down, too busy, or too slow.
        """
        asked = {"scenario": scenario.to_json(), "method": method, "options": options}
        answer: dict[str, Any] = self._about(record, f"/ask/{quote(name, safe='')}", asked)[
            "answer"
        ]
        return answer

    def _about(
        self, record: ECGRecord | None, path: str, asked: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Ask about a record, which is sent first if the worker does not hold it."""
        key = None if record is None else record.fingerprint()
        question = json.dumps({**asked, "record": key, "deadline_s": self.deadline_s}).encode()
        timeout_s = self.deadline_s + 5.0
        try:
            return self._line.ask("POST", path, question, timeout_s=timeout_s)
        except UnknownRecord:
            if record is None:
                raise
            self._line.ask("POST", "/records", encode_record(record), timeout_s=30.0)
        try:
            return self._line.ask("POST", path, question, timeout_s=timeout_s)
        except UnknownRecord as error:
            raise WorkerUnavailable(
                "The worker lost the record right after it was sent; try again."
            ) from error

    def stop(self) -> None:
        """Ask the worker to end.

        Raises:
            WorkerUnavailable: If it does not answer.
        """
        self._line.ask("POST", "/stop", b"", timeout_s=5.0)
        self.close()

    def close(self) -> None:
        """Hang up; the client can still be used and connects anew."""
        self._line.close()


def worker_running(state_dir: Path | None = None) -> bool:
    """Whether a worker process is alive for ``state_dir``; costs microseconds, asks nobody."""
    return lock_is_held((state_dir or default_state_dir()).resolve())


def start_worker(
    state_dir: Path | None = None,
    *,
    command: Sequence[str] = ("-m", "scar_core", "worker"),
    patience_s: float = 30.0,
) -> int:
    """Start a worker that outlives this process, unless one runs; return its process id.

    Args:
        state_dir: Folder of the worker's files; None for this user's.
        command: Arguments of the Python interpreter; the state folder is told by SCAR_HOME.
        patience_s: Seconds to wait until it answers; models may still be loading then.

    Raises:
        WorkerUnavailable: If it does not come up; with the last line of its log.
    """
    folder = private_folder(state_dir or default_state_dir())
    child = None if worker_running(folder) else spawn_detached(folder, command)
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        ended = child is not None and child.poll() is not None
        try:
            return int(WorkerClient.connect(folder).health()["pid"])
        except WorkerUnavailable:
            if ended and not worker_running(folder):
                break
        time.sleep(0.05)
    last = last_line(folder / LOG_FILE)
    raise WorkerUnavailable(
        f"The worker did not start; its log {folder / LOG_FILE} ends with: {last}"
    )


def stop_worker(state_dir: Path | None = None, *, patience_s: float = 10.0) -> bool:
    """Stop the worker of ``state_dir``; return False if none ran.

    Raises:
        WorkerUnavailable: If it does not answer, or has not gone after ``patience_s`` seconds.
    """
    folder = (state_dir or default_state_dir()).resolve()
    if not worker_running(folder):
        return False
    stopped = live_address(folder)
    WorkerClient(folder).stop()
    until = time.monotonic() + patience_s
    while worker_running(folder) and read_address(folder) in (stopped, None):
        if time.monotonic() > until:
            raise WorkerUnavailable(
                f"The worker was asked to stop but has not within {patience_s:g} s; end it by hand."
            )
        time.sleep(0.02)
    return True
