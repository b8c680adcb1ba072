"""How pages ask for jobs: over the worker's door, with nothing heavy.

A client keeps no state: it may be shared by threads and lives through restarts of the worker. All
that it asks may be asked twice.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from scar_core.errors import WorkerUnavailable
from scar_core.jobs.info import JobInfo
from scar_core.jobs.line import Line
from scar_core.jobs.names import checked_job, checked_name

__all__ = ["JobInfo", "JobsClient"]

Infos = list[JobInfo]
Texts = list[str]
Told = list[dict[str, Any]]
"""Named here: within the class, ``list`` is the method."""


class JobsClient:
    """Submit jobs, follow them, fetch what they made."""

    def __init__(self, line: Line) -> None:
        """Ask over this line."""
        self._line = line

    @classmethod
    def connect(cls, state_dir: Path | None = None) -> "JobsClient":
        """Return a client of the worker that serves ``state_dir`` (None: this user's).

        It asks nothing yet: a worker that starts later is found when the first question is asked.
        """
        return cls(Line(state_dir))

    def kinds(self) -> dict[str, dict[str, Any]]:
        """Return every kind by name: ``title``, ``lane``, ``device``, ``forms``, ``parameters``.

        Each parameter has ``name``, ``type`` ("int", "float", "str", "bool" or "list"),
        ``default``, ``required``, ``help`` and ``choices`` (None for free ones).
        """
        return self._ask("GET", "/jobs/kinds")

    def submit(
        self,
        kind: str,
        parameters: Mapping[str, Any],
        *,
        lane: str | None = None,
        fresh: bool = False,
    ) -> JobInfo:
        """Queue a job, or return the one that there is of this kind and these parameters.

        Args:
            kind: Name of the kind.
            parameters: Those that differ from its defaults.
            lane: Where to queue; None for the kind's own.
            fresh: Do it again although it is done.

        Raises:
            ConfigError: If kind, parameters or lane cannot be used; then nothing is queued.
            WorkerUnavailable: If no worker answers.
        """
        question = {"kind": kind, "parameters": dict(parameters), "lane": lane, "fresh": fresh}
        return self._info("POST", "/jobs", question)

    def list(
        self,
        *,
        limit: int = 50,
        state: str | None = None,
        kind: str | None = None,
        parent: str | None = None,
    ) -> Infos:
        """Return jobs, the newest first; parts of a job only if it is named as ``parent``."""
        asked = {"limit": limit, "state": state, "kind": kind, "parent": parent}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return [JobInfo.from_json(one) for one in self._ask("GET", f"/jobs?{query}")["jobs"]]

    def show(self, job: str) -> JobInfo:
        """Return one job.

        Raises:
            ConfigError: If there is none of this identity.
        """
        return self._info("GET", _path(job))

    def log(self, job: str, tail: int = 200) -> Texts:
        """Return the last lines of a job's log, the oldest first; each begins with its time."""
        return [str(line) for line in self._ask("GET", f"{_path(job)}/log?tail={tail}")["lines"]]

    def cancel(self, job: str) -> JobInfo:
        """Cancel a job and its parts; one that has ended stays as it is."""
        return self._info("POST", f"{_path(job)}/cancel", {})

    def retry(self, job: str) -> JobInfo:
        """Let a job go on that failed or was cancelled, from the step that it had reached."""
        return self._info("POST", f"{_path(job)}/retry", {})

    def file(self, job: str, name: str) -> bytes:
        """Return a file of a job's result.

        Raises:
            ConfigError: If the job has no such file.
        """
        return self._line.ask("GET", f"{_path(job)}/files/{quote(checked_name(name))}")

    def executors(self) -> Told:
        """Return the living executors of all machines; see ``JobBook.executors``."""
        told: Told = self._ask("GET", "/jobs/executors")["executors"]
        return told

    def clean(
        self, keep_mb: float | None = None, older_days: float | None = None
    ) -> dict[str, Any]:
        """Remove ended jobs, the oldest first; return ``jobs`` removed and ``mb`` freed.

        Args:
            keep_mb: Remove until the rest takes no more than this.
            older_days: Remove what ended longer ago than this.
        """
        return self._ask("POST", "/jobs/clean", {"keep_mb": keep_mb, "older_days": older_days})

    def _info(self, method: str, path: str, question: Mapping[str, Any] | None = None) -> JobInfo:
        return JobInfo.from_json(self._ask(method, path, question))

    def _ask(
        self, method: str, path: str, question: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            told = json.loads(self._line.ask(method, path, question))
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise WorkerUnavailable("What answers is not the worker; restart it.")
        return told


def _path(job: str) -> str:
    return f"/jobs/{checked_job(job)}"
