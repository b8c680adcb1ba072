"""``Plan`` as the plans see it: steps on DBOS, each in the job's runner."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dbos import DBOS

from scar_core.errors import ConfigError
from scar_core.jobs.base import JobFailed, JobKind, Json, Lane
from scar_core.jobs.names import plain_json
from scar_core.jobs.process import RunnerDied, StepFailed
from scar_core.jobs.queues import NICE, attempts
from scar_core.jobs.storage import Sum
from scar_core.jobs.turn import Turn, gone

if TYPE_CHECKING:
    from scar_core.jobs.engine import Engine

PARTS_POLL_S = 0.25
TAIL_LINES = 20


class EnginePlan:
    """``Plan`` as the plans see it."""

    def __init__(
        self,
        engine: "Engine",
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
        self._got_on = False
        self._first: tuple[float, float] | None = None

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
            self._engine.rest(self._turn)
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
        book, done_before = self._engine.book, 0
        self._first = None
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
            self._progress("parts", {"done": done, "total": len(jobs), "unit": "parts"})
            if done > done_before:
                done_before = done
                self._engine.ledger.got_on(self.job)
            if done == len(jobs):
                return [info.summary for info in book.infos(jobs)]
            if self._turn.lost.wait(PARTS_POLL_S):
                gone(self.job)

    def _run(self, number: int, name: str, arguments: Json) -> Json:
        """Run a step in the job's process; a process that dies is replaced some times."""
        limit, tries = attempts(), 0
        while True:
            try:
                with self._engine.place(self._lane, self._turn, self._kind.memory_mb):
                    result = self._once(number, name, arguments)
            except StepFailed as error:
                raise JobFailed(str(error)) from None
            except RunnerDied as error:
                if self._turn.lost.is_set():
                    gone(self.job)
                tries = 1 if self._got_on else tries + 1
                self._tail()
                self.log_now(f"step {name}: {error} (try {tries} of {limit})")
                if tries >= limit:
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
        self._got_on, self._first = False, None

        def hear(message: dict[str, Any]) -> None:
            if "progress" in message:
                self._progress(name, message["progress"])
            elif "log" in message:
                self.log_now(message["log"])
            elif "expect" in message:
                area, file, step, n_bytes, digest = message["expect"]
                if not engine.ledger.expect(turn, area, file, step, Sum(n_bytes, digest)):
                    turn.lose()  # before the file takes the name of one that another has made
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

    def _progress(self, step: str, told: dict[str, Any]) -> None:
        """Take what a step tells, with its rate since it first told something: it may go on."""
        now_s = time.monotonic()
        if self._first is None:
            self._first = (now_s, told["done"])
        took_s, gained = now_s - self._first[0], told["done"] - self._first[1]
        rate = gained / took_s if took_s > 0 and gained > 0 else None
        left_s = max(0.0, told["total"] - told["done"]) / rate if rate else None
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
