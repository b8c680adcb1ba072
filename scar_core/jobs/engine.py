"""How a plan runs: its steps on DBOS, each in the job's runner."""

import json
import logging
import math
import shutil
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS

from scar_core.errors import ScarError
from scar_core.jobs.base import LANES, JobFailed, Json, Lane, kind
from scar_core.jobs.book import JobBook
from scar_core.jobs.ledger import Ledger
from scar_core.jobs.names import plain_json
from scar_core.jobs.plan import EnginePlan
from scar_core.jobs.process import Runner
from scar_core.jobs.queueing import leave_to_others
from scar_core.jobs.queues import jobs_per_lane
from scar_core.jobs.reasons import reason_of
from scar_core.jobs.room import Room
from scar_core.jobs.storage import sum_of
from scar_core.jobs.turn import Turn, gone
from scar_core.settings import from_mapping

log = logging.getLogger(__name__)

STARTS = 20
LOOK_S = 0.25


class Engine:
    """What the plans of one executor share.

    Attributes:
        name: Identity of the executor.
        device: Torch device of its steps.
        book: The jobs.
        ledger: What this executor writes down.
        turns: The plans that run now, by job.
        room: The memory of this machine.
    """

    def __init__(self, name: str, device: str, book: JobBook, limit_mb: float = math.inf) -> None:
        """Hold the places of each lane, and one process that waits warm.

        Args:
            name: Identity of the executor.
            device: Torch device of its steps.
            book: The jobs.
            limit_mb: What the steps of all jobs on this machine may take together.
        """
        self.name, self.device, self.book = name, device, book
        self.room = Room(book.engine, name, limit_mb)
        self.ledger = Ledger(book.engine)
        self.turns: dict[str, Turn] = {}
        self._places = {lane: threading.Semaphore(jobs_per_lane()) for lane in LANES}
        self._lock = threading.Lock()
        self._spare: Runner | None = None
        self.closing = False

    def warm(self) -> None:
        """Have a process wait, so that the next job starts at once."""
        with self._lock:
            if self.closing or (self._spare is not None and self._spare.alive):
                return
            self._spare = Runner()

    def runner(self) -> Runner:
        """Return a process for a job, the warm one if there is one."""
        with self._lock:
            found, self._spare = self._spare, None
        return found if found is not None and found.alive else Runner()

    @contextmanager
    def place(self, lane: Lane, turn: Turn, memory_mb: float) -> Iterator[None]:
        """Wait for a place in a lane, kept meanwhile, and for memory, kept until ``rest``.

        Who waits has no process and holds neither, so nobody can wait for it in turn.
        """
        place, job = self._places[lane], turn.job
        free = place.acquire(blocking=False)
        if not free:
            self.rest(turn)
        if not (free and self._has_room(place, job, memory_mb)):
            turn.rest()  # only the process: it had no memory, and keeps its turn for it
            self._wait(place, turn, memory_mb)
        try:
            yield
        finally:
            place.release()

    def rest(self, turn: Turn) -> None:
        """End the process of a job and give back its memory: it waits, or has ended."""
        turn.rest()
        if self.turns.get(turn.job) is turn:  # else a later start of the job has it
            self.room.give_back(turn.job)

    def _wait(self, place: threading.Semaphore, turn: Turn, memory_mb: float) -> None:
        said: str | None = None
        while not turn.lost.is_set():
            if not place.acquire(timeout=LOOK_S):
                continue
            if self._has_room(place, turn.job, memory_mb):
                return
            if not said and (said := self.room.lacking(turn.job)):
                self.ledger.line(turn.job, said)
            turn.lost.wait(LOOK_S)
        gone(turn.job)

    def _has_room(self, place: threading.Semaphore, job: str, memory_mb: float) -> bool:
        """Take memory; if there is not enough, leave the place to others."""
        taken = False
        try:
            taken = self.room.take(job, memory_mb)
        except sa.exc.OperationalError as error:  # a database that is away comes back
            log.warning("no memory could be taken for %s (%s); it is tried again", job, error)
        finally:
            if not taken:
                place.release()
        return taken

    def close(self) -> None:
        """Kill all processes; plans that start now end at once."""
        self.closing = True
        for turn in list(self.turns.values()):
            turn.lose()
        with self._lock:
            if self._spare is not None:
                self._spare.kill()

    def run(self, kind_name: str, parameters: Mapping[str, Json]) -> Json:
        """Run a job's plan from where it is; the body of its DBOS workflow.

        Raises:
            JobFailed: With the sentence that people are to read.
        """
        job = str(DBOS.workflow_id)
        facts = self.ledger.begin(job)
        turn = Turn(job, facts["turn"])
        self.turns[job] = turn
        if self.closing:
            turn.lose()
        try:
            return self._run(kind_name, parameters, facts, turn)
        finally:
            self.rest(turn)
            if self.turns.get(job) is turn:
                del self.turns[job]

    def _run(
        self, kind_name: str, parameters: Mapping[str, Json], facts: Mapping[str, Any], turn: Turn
    ) -> Json:
        job = turn.job
        if facts["renew"]:
            for area in ("results", "saved"):
                self.book.storage.remove(area, job)
            self.ledger.renewed(job)
        said = "goes on" if turn.number > 1 else "starts"
        self.ledger.line(job, f"{said} on {self.name} (start {turn.number})")
        try:
            if facts["starts"] > STARTS:
                raise JobFailed(
                    f"its worker ended {STARTS} times in a row while it ran; look at the log of the"
                    " worker, then retry"
                )
            one = kind(kind_name)
            if one.memory_mb > self.room.limit_mb:  # it was taken when this machine had more
                leave_to_others(self.book, self.name, job, kind_name)
                gone(job)
            plan = EnginePlan(self, turn, kind_name, one, parameters, facts["lane"])
            summary = plain_json(one.plan(from_mapping(one.parameters, parameters), plan))
            self._finish(turn, summary)
        except ScarError as error:
            self._ended(job, f"failed: {error}", turn)
            raise JobFailed(str(error)) from error
        except Exception as error:
            sentence = str(getattr(error, "message", "")) or reason_of(error, "its plan")
            for line in traceback.format_exc().splitlines():
                self.ledger.line(job, line)
            self._ended(job, f"failed: {sentence}", turn)
            raise JobFailed(sentence) from error
        self._ended(job, "done", turn)
        return summary

    def _finish(self, turn: Turn, summary: Json) -> None:
        """Publish the summary, after all other files."""
        job = turn.job
        path = self.folder(job) / ".summary.json"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(json.dumps(summary, indent=1), encoding="utf-8")
        if not self.ledger.expect(turn, "results", "summary.json", 0, sum_of(path)):
            gone(job)
        self.book.storage.put("results", job, "summary.json", path)
        if any(row["area"] == "saved" for row in self.ledger.files(job)):
            self.ledger.forget_saved(job)
            self.book.storage.remove("saved", job)

    def _ended(self, job: str, line: str, turn: Turn) -> None:
        if turn.lost.is_set():
            gone(job)
        self.ledger.line(job, line)
        self.ledger.flush()
        self.ledger.ended(job)
        shutil.rmtree(self.folder(job), ignore_errors=True)

    def folder(self, job: str) -> Path:
        """Scratch folder of a job."""
        return self.book.places.scratch / job
