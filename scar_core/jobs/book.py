"""The book of jobs: submit, look, cancel, retry, clean up; straight on the database.

Needs no running worker. Whoever holds a book may share it between threads.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, get_args

import sqlalchemy as sa

from scar_core.errors import ConfigError
from scar_core.jobs.base import Json, State, checked, kind
from scar_core.jobs.database import FILES, LOG, facts_of, open_database
from scar_core.jobs.info import JobInfo
from scar_core.jobs.names import checked_job, checked_name, job_id, part_id
from scar_core.jobs.outdated import is_outdated
from scar_core.jobs.places import Places, places
from scar_core.jobs.pulse import executors
from scar_core.jobs.queueing import again, enqueue
from scar_core.jobs.queues import checked_lane
from scar_core.jobs.room import waiting
from scar_core.jobs.storage import Storage
from scar_core.jobs.telling import BROKEN, PEOPLE, STATES, part_of, told_of
from scar_core.settings import to_mapping

MAX_LISTED = 1000

Infos = list[JobInfo]
Texts = list[str]
Executors = list[dict[str, Any]]
"""Named here: within the class, ``list`` is the method."""


class JobBook:
    """What people and the door do with jobs.

    Attributes:
        places: Where everything is.
        engine: Our own way into the database.
        client: DBOS's.
        storage: The files.
    """

    def __init__(self, where: Places | None = None, *, folder: Path | None = None) -> None:
        """Open the book that the environment names, or of a state folder.

        Raises:
            ConfigError: If database or storage cannot be used.
        """
        self.places = where or places(folder)
        self.engine, self.client = open_database(self.places)
        self.storage = Storage(self.places.storage_url)

    def close(self) -> None:
        """Hang up."""
        self.client.destroy()
        self.engine.dispose()

    def submit(
        self,
        kind_name: str,
        parameters: Mapping[str, Json],
        *,
        lane: str | None = None,
        fresh: bool = False,
    ) -> JobInfo:
        """Queue a job, or return the one that there is of this kind and these parameters.

        Args:
            kind_name: Name of the kind.
            parameters: Those that differ from its defaults.
            lane: Where to queue; None for the kind's own.
            fresh: Do it again although it is done.

        Returns:
            The job. One that failed or was cancelled goes on from where it was; one that began
            before a checkpoint that it names was replaced is done again.

        Raises:
            ConfigError: If kind, parameters or lane cannot be used; then nothing is queued.
        """
        full = to_mapping(checked(kind_name, parameters))
        chosen = checked_lane(lane or kind(kind_name).lane)
        job = job_id(kind_name, full)
        found = self._find([job])
        if not found:
            enqueue(self, job, kind_name, full, chosen, PEOPLE, 0)
        elif found[0].ended:
            anew = fresh or is_outdated(found[0])
            if found[0].state in BROKEN:
                again(self, job, renew=anew)
            elif anew or not self._is_whole(found[0]):
                again(self, job, renew=True)
        return self.show(job)

    def submit_parts(
        self, parent: str, kind_name: str, parameters: Sequence[Mapping[str, Json]], first: int
    ) -> Texts:
        """Queue parts of a job in its lane, one level deeper; those that are there go on.

        Args:
            parent: The job they belong to.
            kind_name: Their kind.
            parameters: One part each.
            first: Number of the first one among all parts of the job.
        """
        with self.engine.begin() as connection:
            facts = facts_of(connection, [parent])[parent]
        depth = int(facts["queue"].rsplit("-", 1)[1]) + 1
        full = [to_mapping(checked(kind_name, one)) for one in parameters]
        jobs = [part_id(parent, first + number) for number in range(len(full))]
        found = {info.id: info for info in self._find(jobs)}
        for job, one in zip(jobs, full, strict=True):
            if job not in found:
                enqueue(self, job, kind_name, one, facts["lane"], part_of(parent), depth)
            elif found[job].state in BROKEN:
                again(self, job)
        return jobs

    def list(
        self,
        *,
        limit: int = 50,
        state: str | None = None,
        kind: str | None = None,
        parent: str | None = None,
    ) -> Infos:
        """Return jobs, the newest first.

        Args:
            limit: At most so many.
            state: Only those in this state.
            kind: Only those of this kind.
            parent: Parts of this job; None for jobs that are no parts.

        Raises:
            ConfigError: If there is no such state.
        """
        if state is not None and state not in get_args(State):
            raise ConfigError(f"there is no state {state!r}; choose one of {get_args(State)}")
        rows = self.client.list_workflows(
            status=[name for name, ours in STATES.items() if state in (None, ours)],
            name=kind,
            user=PEOPLE if parent is None else part_of(checked_job(parent)),
            limit=max(1, min(limit, MAX_LISTED)),
            sort_desc=True,
        )
        return self._told(rows)

    def show(self, job: str) -> JobInfo:
        """Return one job.

        Raises:
            ConfigError: If there is none of this identity.
        """
        found = self._find([checked_job(job)])
        if not found:
            raise ConfigError(f"there is no job {job!r}; see `python -m scar_core jobs list`")
        return found[0]

    def log(self, job: str, tail: int = 200) -> Texts:
        """Return the last lines of a job's log, the oldest first; each begins with its time."""
        newest = sa.select(LOG.c.line).where(LOG.c.job == checked_job(job))
        with self.engine.begin() as connection:
            rows = connection.execute(newest.order_by(LOG.c.n.desc()).limit(max(0, tail)))
            return [row[0] for row in rows][::-1]

    def file(self, job: str, name: str) -> bytes:
        """Return a file of a job's result; see ``open``."""
        with self.open(job, name) as file:
            return bytes(file.read())

    def open(self, job: str, name: str) -> BinaryIO:
        """Open a file of a job's result for reading.

        Raises:
            ConfigError: If the job has no such file, or it is damaged.
        """
        n_bytes = self.show(job).files.get(checked_name(name))
        if n_bytes is None:
            raise ConfigError(f"the job {job} has no file {name[:80]!r}; look at its list of files")
        there = self.storage.length("results", job, name)
        if there != n_bytes:
            raise ConfigError(
                f"{name} of the job {job} has {there or 0} bytes of {n_bytes}; submit it again:"
                " it is made anew"
            )
        return self.storage.open(job, name)

    def cancel(self, job: str) -> JobInfo:
        """Cancel a job and its parts unless it has ended; executors notice within a second."""
        if not self.show(job).ended:
            self.client.cancel_workflows([job, *self.parts(job)])
        return self.show(job)

    def retry(self, job: str) -> JobInfo:
        """Let a job go on that failed or was cancelled, from the step that it had reached.

        Raises:
            ConfigError: If it did neither.
        """
        info = self.show(job)
        if info.state not in BROKEN:
            raise ConfigError(
                f"the job {job} is {info.state}; only what failed or was cancelled can be retried"
            )
        again(self, job)
        return self.show(job)

    def clean(
        self, keep_mb: float | None = None, older_days: float | None = None
    ) -> dict[str, Json]:
        """Remove ended jobs with all that belongs to them, the oldest first.

        Args:
            keep_mb: Remove until the rest takes no more than this.
            older_days: Remove what ended longer ago than this.

        Returns:
            ``jobs`` removed, and ``mb`` that they took.
        """
        from scar_core.jobs.cleaning import clean

        return clean(self, keep_mb, older_days)

    def parts(self, job: str) -> Texts:
        """Return the parts of a job and their parts, all the way down."""
        rows = self.client.list_workflows(user=part_of(job), load_input=False, load_output=False)
        found = [row.workflow_id for row in rows]
        return found + [below for one in found for below in self.parts(one)]

    def states(self, jobs: Sequence[str]) -> dict[str, State]:
        """Return the states of those of these jobs that exist."""
        if not jobs:
            return {}
        rows = self.client.list_workflows(
            workflow_ids=list(jobs), load_input=False, load_output=False
        )
        return {row.workflow_id: STATES[row.status] for row in rows}

    def executors(self) -> Executors:
        """Return the living executors of all machines.

        Each has ``executor``, ``host``, ``pid``, ``device``, ``memory_mb`` (the largest class of
        jobs that it takes), ``serves`` (queues), ``version``, ``jobs`` (those it runs) and
        ``seen_s_ago``.
        """
        with self.engine.begin() as connection:
            return executors(connection)

    def infos(self, jobs: Sequence[str]) -> Infos:
        """Return those of these jobs that exist, in this order."""
        found = {info.id: info for info in self._find(list(jobs))}
        return [found[job] for job in jobs if job in found]

    def _is_whole(self, info: JobInfo) -> bool:
        """Whether all files of a result have the length that they had."""
        return all(
            self.storage.length("results", info.id, name) == n_bytes
            for name, n_bytes in info.files.items()
        )

    def _find(self, jobs: Texts) -> Infos:
        return self._told(self.client.list_workflows(workflow_ids=jobs)) if jobs else []

    def _told(self, rows: Sequence[Any]) -> Infos:
        jobs = [row.workflow_id for row in rows]
        files: dict[str, dict[str, int]] = {job: {} for job in jobs}
        listed = sa.select(FILES.c.job, FILES.c.name, FILES.c.bytes)
        with self.engine.begin() as connection:
            facts = facts_of(connection, jobs)
            waits = any(STATES[row.status] == "waiting" for row in rows)
            living = executors(connection) if waits else []
            lacking = waiting(connection, jobs)
            where = FILES.c.job.in_(jobs) & (FILES.c.area == "results")
            for job, name, n_bytes in connection.execute(listed.where(where)):
                files[job][name] = n_bytes
        found = [
            told_of(row, facts.get(job), files[job], living, lacking.get(job))
            for row, job in zip(rows, jobs, strict=True)
        ]
        return sorted(found, key=lambda info: info.created_s, reverse=True)
