"""The process that runs plans: ``python -m scar_core.jobs.executor --device cpu``.

One for each device of a machine. It may be killed at any time: the next one of the same name goes
on where it was, the runners of the killed one end by themselves.
"""

import argparse
import contextlib
import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dbos import DBOS

from scar_core import __version__
from scar_core.errors import ScarError
from scar_core.jobs.base import Json, kind, kind_names
from scar_core.jobs.book import JobBook
from scar_core.jobs.database import APPLICATION, SERIALIZER, VERSION
from scar_core.jobs.engine import Engine
from scar_core.jobs.memory import MEMORY, class_of, classes_within, own_memory_mb
from scar_core.jobs.places import executor_id
from scar_core.jobs.pulse import Pulse, requeue
from scar_core.jobs.queues import jobs_per_lane, poll_s, queue_names
from scar_core.jobs.reasons import reason_of
from scar_core.jobs.telling import ENDED
from scar_core.locks import FileLock
from scar_core.stopping import told_to_stop

log = logging.getLogger(__name__)

TICK_S = 0.3
SWEEP_S = 3.0
STUCK_S = 10.0
TIDY_S = 120.0
KEEP_MB = "SCAR_JOBS_KEEP_MB"
"""If set, ended jobs are removed, the oldest first, until their files take no more."""
TAKEOVER_S = 6.0
STOP_S = 1.5


def run_executor(device: str = "cpu") -> int:
    """Run jobs until told to stop; return the exit status.

    Args:
        device: Torch device of the steps, ``cpu`` or ``cuda:N``.

    Raises:
        ConfigError: If database, storage or a setting cannot be used.
    """
    book = JobBook()
    name = executor_id(book.places.home, device)
    lock_file = lock_of(book.places.home, name)
    with FileLock(lock_file, patience_s=TAKEOVER_S) as lock, told_to_stop() as told:
        if not lock.held:
            sys.stdout.write(f"An executor {name} runs already; this one is not needed.\n")
            return 0
        engine = Engine(name, device, book, own_memory_mb())
        engine.warm()
        classes_mb = classes_here()
        pulse = Pulse(book.engine, name, partial(about, engine, classes_mb))
        pulse.start()  # before it has jobs: nobody takes them from one who has shown that it lives
        launch(engine, classes_mb)
        sys.stdout.write(f"The executor {name} takes jobs (pid {os.getpid()}).\n")
        sys.stdout.flush()
        Keeper(engine).run(told)
        leave(engine, pulse)
    return 0


def leave(engine: Engine, pulse: Pulse) -> None:
    """End now, and leave the jobs under way to whoever comes next, here or on another machine."""
    engine.close()
    stopping = threading.Thread(target=DBOS.destroy, daemon=True)
    stopping.start()  # first of all it stops taking jobs
    stopping.join(STOP_S)
    with contextlib.suppress(Exception):
        with engine.book.engine.begin() as connection:
            requeue(connection, engine.name)
        engine.ledger.flush()
        pulse.end()
    sys.stdout.flush()
    os._exit(0)  # nothing is left that could be lost; DBOS's threads may wait for long


def launch(engine: Engine, classes_mb: Sequence[int]) -> None:
    """Register all kinds and queues with DBOS and begin to take jobs."""
    book, device = engine.book, engine.device
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": book.places.database_url,
            "application_version": VERSION,
            "executor_id": engine.name,
            "serializer": SERIALIZER,
            "log_level": os.environ.get("SCAR_DBOS_LOG", "CRITICAL"),
            "run_migrations": False,  # the book has made the tables
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": 60.0,  # no plan waits for notifications
        }
    )
    for name in kind_names():
        DBOS.workflow(name=name, max_recovery_attempts=None)(_workflow(engine, name))
    queues = queue_names(device, classes_mb)
    for name in queues:
        book.client.register_queue(
            name, worker_concurrency=jobs_per_lane(), polling_interval_sec=poll_s(name)
        )
    DBOS.listen_queues(queues)
    DBOS.launch()


def _workflow(engine: Engine, kind_name: str) -> Any:  # noqa: ANN401 - DBOS wraps it
    def plan(parameters: dict[str, Any]) -> Json:
        return engine.run(kind_name, parameters)

    plan.__qualname__ = f"plan_of_{kind_name}"
    return plan


def jobs_of(engine: Engine) -> set[str]:
    """Return the jobs that are said to run on this executor."""
    rows = engine.book.client.list_workflows(
        status="PENDING", executor_id=engine.name, load_input=False, load_output=False
    )
    return {row.workflow_id for row in rows}


def classes_here() -> tuple[int, ...]:
    """Return the memory classes that this machine has room for, as far as any kind needs them."""
    needed = {class_of(kind(name).memory_mb) for name in kind_names()}
    memory_mb = own_memory_mb()
    within = tuple(one for one in classes_within(memory_mb) if one in needed)
    if not within:
        sys.stdout.write(
            f"Jobs need {min(needed)} MB of memory or more, here are {memory_mb:.0f}: all are left"
            f" to other machines; set {MEMORY} to take them nevertheless.\n"
        )
    return within


def about(engine: Engine, classes_mb: Sequence[int]) -> dict[str, Json]:
    """Return what this executor can do and does."""
    return {
        "pid": os.getpid(),
        "device": engine.device,
        "memory_mb": max(classes_mb, default=0),
        "serves": queue_names(engine.device, classes_mb),
        "version": __version__,
        "jobs": sorted(engine.turns),
        "lock": str(lock_of(engine.book.places.home, engine.name)),
    }


def lock_of(home: Path, name: str) -> Path:
    """Return the file that the executor of this name holds locked."""
    return home / f"{name}.lock"


class Keeper:
    """Looks after the plans while they run: logs, cancellation, what got stuck."""

    def __init__(self, engine: Engine) -> None:
        """Look after this engine's plans."""
        self._engine = engine
        self._idle_s: dict[str, float] = {}
        self._next: dict[str, float] = {}

    def run(self, told: Callable[[float], bool]) -> None:
        """Go round until told to stop."""
        duties = (
            ("warm", 0.0, self._engine.warm),
            ("tell", 0.0, self._engine.ledger.flush),
            ("lost", 0.0, self.let_go),
            ("sweep", SWEEP_S, self.sweep),
            ("memory", SWEEP_S, self._engine.room.settle),
            ("tidy", TIDY_S, self.tidy),
        )
        while not told(TICK_S):
            for name, pause_s, duty in duties:
                if time.monotonic() < self._next.get(name, 0.0):
                    continue
                self._next[name] = time.monotonic() + pause_s
                try:
                    duty()
                except Exception as error:  # a full disk or a lost database comes back
                    log.error("%s; it is tried again", reason_of(error, f"the duty {name}"))

    def let_go(self) -> None:
        """Kill the processes of jobs that were cancelled or that somebody else has taken."""
        turns = dict(self._engine.turns)
        if not turns:
            return
        rows = self._engine.book.client.list_workflows(
            workflow_ids=list(turns), load_input=False, load_output=False
        )
        ours = {
            row.workflow_id
            for row in rows
            if row.status == "PENDING" and row.executor_id == self._engine.name
        }
        numbers = self._engine.ledger.turns(list(turns))
        for job, turn in turns.items():
            if turn.lost.is_set():
                continue
            if job not in ours or numbers.get(job) != turn.number:
                log.info("the job %s is let go", job)
                turn.lose()

    def sweep(self) -> None:
        """Queue jobs again that are said to run here but do not, as after a full disk."""
        idle = jobs_of(self._engine) - set(self._engine.turns)
        now_s = time.monotonic()
        self._idle_s = {job: self._idle_s.get(job, now_s) for job in idle}
        for job, since_s in list(self._idle_s.items()):
            if now_s - since_s > STUCK_S:  # so it is not just starting or ending
                log.warning("the job %s had stopped; it is queued again", job)
                with self._engine.book.engine.begin() as connection:
                    requeue(connection, self._engine.name, [job])
                del self._idle_s[job]

    def tidy(self) -> None:
        """Remove what ended jobs have left behind, and old results if there is a limit."""
        book = self._engine.book
        folders = [path for path in book.places.scratch.iterdir() if path.is_dir()]
        states = book.states([path.name for path in folders])
        for path in folders:
            if states.get(path.name) in (None, *ENDED) and path.name not in self._engine.turns:
                shutil.rmtree(path, ignore_errors=True)
                (path.parent / f".{path.name}.lock").unlink(missing_ok=True)
        if os.environ.get(KEEP_MB):
            book.clean(keep_mb=float(os.environ[KEEP_MB]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m scar_core.jobs.executor", description=__doc__)
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(
        level=os.environ.get("SCAR_LOG", "WARNING"), format="%(asctime)s %(levelname)s %(message)s"
    )
    try:
        return run_executor(chosen.device)
    except ScarError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
