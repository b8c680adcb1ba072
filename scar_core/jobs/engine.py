"""How a plan runs: its steps on DBOS, each in the job's runner."""

import json
import os
import shutil
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from dbos import DBOS
from dbos import error as dbos_error

from scar_core.errors import ConfigError, ScarError
from scar_core.jobs.base import LANES, JobFailed, JobKind, Json, Lane, kind
from scar_core.jobs.book import JobBook
from scar_core.jobs.ledger import Ledger
from scar_core.jobs.names import plain_json
from scar_core.jobs.process import Runner, RunnerDied, StepFailed
from scar_core.jobs.queues import NICE, jobs_per_lane
from scar_core.jobs.storage import Sum, sum_of
from scar_core.settings import from_mapping

ATTEMPTS = "SCAR_JOB_ATTEMPTS"
STARTS = 20
PARTS_POLL_S = 0.25
LOOK_S = 0.25
TAIL_LINES = 20


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


class Engine:
    """What the plans of one executor share.

    Attributes:
        name: Identity of the executor.
        device: Torch device of its steps.
        book: The jobs.
        ledger: What this executor writes down.
        turns: The plans that run now, by job.
    """

    def __init__(self, name: str, device: str, book: JobBook) -> None:
        """Hold the places of each lane, and one process that waits warm."""
        self.name, self.device, self.book = name, device, book
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
    def place(self, lane: Lane, turn: Turn) -> Iterator[None]:
        """Wait for a place in a lane and keep it meanwhile."""
        while not self._places[lane].acquire(timeout=LOOK_S):
            if turn.lost.is_set():
                gone(turn.job)
        try:
            yield
        finally:
            self._places[lane].release()

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
            if turn.runner is not None:
                turn.runner.close()
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
            plan = EnginePlan(self, turn, kind_name, one, parameters, facts["lane"])
            summary = plain_json(one.plan(from_mapping(one.parameters, parameters), plan))
            self._finish(job, summary)
        except ScarError as error:
            self._ended(job, f"failed: {error}", turn)
            raise JobFailed(str(error)) from error
        except Exception as error:
            sentence = str(getattr(error, "message", "")) or _defect(error)
            for line in traceback.format_exc().splitlines():
                self.ledger.line(job, line)
            self._ended(job, f"failed: {sentence}", turn)
            raise JobFailed(sentence) from error
        self._ended(job, "done", turn)
        return summary

    def _finish(self, job: str, summary: Json) -> None:
        """Publish the summary, after all other files."""
        path = self.folder(job) / ".summary.json"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(json.dumps(summary, indent=1), encoding="utf-8")
        self.ledger.expect(job, "results", "summary.json", 0, sum_of(path))
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


class EnginePlan:
    """``Plan`` as the plans see it."""

    def __init__(
        self,
        engine: Engine,
        turn: Turn,
        kind_name: str,
        one: JobKind,
        parameters: Mapping[str, Json],
        lane: Lane,
    ) -> None:
        """Begin at the first step; those that have a result return it."""
        self.job = turn.job
        self._engine, self._turn, self._lane = engine, turn, lane
        self._kind_name, self._kind, self._parameters = kind_name, one, parameters
        self._number, self._parts, self._lines = 0, 0, 0

    def step(self, name: str, **arguments: Json) -> Json:
        """Run a step of this kind, or return what it returned before a restart."""
        if name not in self._kind.steps:
            raise ConfigError(
                f"{self._kind_name} has no step {name!r}; it has {', '.join(self._kind.steps)}"
            )
        self._number += 1
        number, ran = self._number, False
        told = plain_json(arguments)

        def once() -> Json:
            nonlocal ran
            ran = True
            return self._run(number, name, told)

        result = DBOS.run_step({"name": name}, once)
        if not ran and not self._files_are_whole(number):
            self.log_now(f"files of the step {name} are damaged or gone; it is done again")
            self._run(number, name, told)
        return result

    def children(self, kind: str, parameters: Sequence[Mapping[str, Json]]) -> list[Json]:
        """Queue jobs that belong to this one and wait; return their summaries, in order.

        Raises:
            JobFailed: One of them failed; the others are cancelled.
        """
        self._number += 1
        first, self._parts = self._parts, self._parts + len(parameters)
        told = plain_json([dict(one) for one in parameters])

        def once() -> Json:
            jobs = self._engine.book.submit_parts(self.job, kind, told, first)
            return self._wait_for(jobs)

        return list(DBOS.run_step({"name": f"parts:{kind}"}, once))

    def log(self, sentence: str) -> None:
        """Add a line to the job's log, once."""
        self._lines += 1
        if self._engine.ledger.count_line(self.job, self._lines):
            self.log_now(sentence)

    def log_now(self, sentence: str) -> None:
        """Add a line to the job's log, whether it is there already or not."""
        self._engine.ledger.line(self.job, sentence)

    def _wait_for(self, jobs: list[str]) -> list[Json]:
        book, begun_s = self._engine.book, time.monotonic()
        done_before = 0
        while True:
            states = book.states(jobs)
            bad = [job for job in jobs if states.get(job) in ("failed", "cancelled")]
            if bad:
                for job in jobs:
                    book.cancel(job)
                info = book.show(bad[0])
                raise JobFailed(
                    f"part {jobs.index(bad[0]) + 1} of {len(jobs)} ({bad[0]})"
                    f" {'failed: ' + str(info.error) if info.error else 'was cancelled'}"
                )
            done = sum(state == "done" for state in states.values())
            self._progress("parts", begun_s, {"done": done, "total": len(jobs), "unit": "parts"})
            if done > done_before:
                done_before = done
                self._engine.ledger.got_on(self.job)
            if done == len(jobs):
                return [info.summary for info in book.infos(jobs)]
            if self._turn.lost.wait(PARTS_POLL_S):
                gone(self.job)

    def _run(self, number: int, name: str, arguments: Json) -> Json:
        """Run a step in the job's process; a process that dies is replaced some times."""
        attempts = int(os.environ.get(ATTEMPTS, "3"))
        tries = 0
        while True:
            try:
                with self._engine.place(self._lane, self._turn):
                    result = self._once(number, name, arguments)
            except StepFailed as error:
                raise JobFailed(str(error)) from None
            except RunnerDied as error:
                if self._turn.lost.is_set():
                    gone(self.job)
                tries = 1 if self._got_on else tries + 1
                self._tail()
                self.log_now(f"step {name}: {error} (try {tries} of {attempts})")
                if tries >= attempts:
                    raise JobFailed(
                        f"the step {name} was tried {tries} times: {error}; free memory or ask for"
                        " less, then retry"
                    ) from None
            else:
                self._engine.ledger.got_on(self.job)
                return result

    def _once(self, number: int, name: str, arguments: Json) -> Json:
        engine, turn, job = self._engine, self._turn, self.job
        if turn.lost.is_set():
            gone(job)
        runner = turn.runner
        if runner is None or not runner.alive:
            runner = turn.take(engine.runner())
        self._got_on, begun_s = False, time.monotonic()

        def hear(message: dict[str, Any]) -> None:
            if "progress" in message:
                self._progress(name, begun_s, message["progress"])
            elif "log" in message:
                self.log_now(message["log"])
            elif "expect" in message:
                area, file, step, n_bytes, digest = message["expect"]
                engine.ledger.expect(job, area, file, step, Sum(n_bytes, digest))
            elif "got_on" in message:
                self._got_on = True
                engine.ledger.got_on(job)

        request = {
            "job": job,
            "kind": self._kind_name,
            "parameters": dict(self._parameters),
            "step": name,
            "number": number,
            "arguments": arguments,
            "folder": str(engine.folder(job)),
            "device": "cpu" if self._kind.device == "cpu" else engine.device,
            "storage": engine.book.places.storage_url,
            "nice": NICE[self._lane],
            "files": [
                [row["area"], row["name"], row["sha256"], row["before"]]
                for row in engine.ledger.files(job)
            ],
        }
        return runner.run(request, hear)

    def _progress(self, step: str, begun_s: float, told: dict[str, Any]) -> None:
        took_s = time.monotonic() - begun_s
        rate = told["done"] / took_s if took_s > 0 and told["done"] else None
        left_s = (told["total"] - told["done"]) / rate if rate else None
        self._engine.ledger.progress(
            self.job, {**told, "rate": rate, "left_s": left_s, "step": step}
        )

    def _files_are_whole(self, number: int) -> bool:
        storage = self._engine.book.storage
        return all(
            storage.holds(row["area"], self.job, row["name"], Sum(row["bytes"], row["sha256"]))
            for row in self._engine.ledger.files(self.job, number)
        )

    def _tail(self) -> None:
        """Take the last that a dead process printed into the log."""
        try:
            printed = (self._engine.folder(self.job) / ".output").read_text(errors="replace")
        except OSError:
            return
        for line in printed.splitlines()[-TAIL_LINES:]:
            self.log_now(line)


def gone(job: str) -> NoReturn:
    """Leave a plan whose job is no longer ours; DBOS records nothing of it."""
    raise dbos_error.DBOSWorkflowCancelledError(f"{job} is no longer run here")


def _defect(error: Exception) -> str:
    told = " ".join(str(error).split())[:300]
    return f"its plan broke with {type(error).__name__} ({told}); the job's log says more"
