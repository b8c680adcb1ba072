"""Signs of life of executors, and what becomes of the jobs of one that gives none.

Every second an executor counts up a number, from a thread that does little else, and holds a lock
that goes with its process, however that ends: on PostgreSQL a lock of its session, which the server
drops as soon as the connection ends, else a file's. The others watch the number by clocks of their
own, so clocks need not agree. Who stands still for ``QUIET_S`` without the lock is dead. Who stands
still but holds the lock is alive and slow: starved, swapped out or frozen; its jobs stay its own
for ``SILENT_S``. A machine that loses its power answers no keep-alive, so its lock is dropped too.
"""

import json
import logging
import platform
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scar_core.errors import ConfigError
from scar_core.jobs.database import WORKERS, now_s, workflows
from scar_core.jobs.room import forget
from scar_core.locks import is_held

log = logging.getLogger(__name__)

BEAT_S = 1.0
QUIET_S = 5.0
"""Five beats; also the time in which one that lost the database for a moment gets its lock back."""
SILENT_S = 120.0
SHOWN_S = 15.0
"""An executor is shown as alive for so long after its last sign of life."""
NAMED_S = 20.0
KEEP_ALIVE = {"tcp_keepalives_idle": 4, "tcp_keepalives_interval": 2, "tcp_keepalives_count": 3}


class Session:
    """An executor's lock in the database; does nothing where files have locks enough."""

    def __init__(self, engine: sa.Engine, executor: str) -> None:
        """Hold nothing yet."""
        self._engine, self._executor = engine, executor
        self._connection: sa.Connection | None = None

    def hold(self) -> bool:
        """See that the lock is held, after a broken connection again; return whether it is."""
        if self._engine.dialect.name != "postgresql":
            return True
        if self._connection is not None:
            try:
                self._connection.execute(sa.text("SELECT 1"))
            except sa.exc.SQLAlchemyError:
                self.drop()
            else:
                return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        for name, value in KEEP_ALIVE.items():
            connection.execute(sa.text(f"SET {name} = {value}"))
        if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_key(self._executor)))):
            self._connection = connection
            return True
        connection.close()
        return False

    def drop(self) -> None:
        """Let the lock go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sa.exc.SQLAlchemyError):
                connection.invalidate()  # not back to the pool, which would keep the lock
                connection.close()


class Reaper:
    """Watches the other executors and queues the jobs of dead ones again."""

    def __init__(
        self,
        engine: sa.Engine,
        executor: str,
        *,
        quiet_s: float = QUIET_S,
        silent_s: float = SILENT_S,
    ) -> None:
        """Watch all but ``executor``; see the module for the limits, in seconds."""
        self._engine, self._executor = engine, executor
        self._quiet_s, self._silent_s = quiet_s, silent_s
        self._still: dict[str, tuple[tuple[Any, ...] | None, float]] = {}
        self._looked_s: float | None = None

    def look(self) -> list[str]:
        """Look at all others once; return the jobs that were queued again.

        Time counts only between looks that follow each other quickly: whoever slept, or could not
        reach the database, has not seen that others were silent.
        """
        now = time.monotonic()
        passed = min(now - self._looked_s, 2 * BEAT_S) if self._looked_s is not None else 0.0
        self._looked_s = now
        signs = self._signs()
        before, self._still = self._still, {}
        found: list[str] = []
        for executor, sign in signs.items():
            was, still_s = before.get(executor, (sign, -passed))
            still_s = still_s + passed if was == sign else 0.0
            self._still[executor] = (sign, still_s)
            if still_s >= self._quiet_s:
                found += self._reap(executor, sign, frozen=still_s >= self._silent_s)
        return found

    def _signs(self) -> dict[str, tuple[Any, ...] | None]:
        """Last sign of every other executor; None for one that has jobs and never gave any."""
        table = workflows(self._engine)
        busy = sa.select(table.c.executor_id).distinct().where(table.c.status == "PENDING")
        signed = sa.select(WORKERS.c.executor, WORKERS.c.beat, WORKERS.c.seen_s)
        with self._engine.begin() as connection:
            signs: dict[str, tuple[Any, ...] | None] = dict.fromkeys(
                connection.scalars(busy).all(), None
            )
            signs |= {row[0]: (row[1], row[2]) for row in connection.execute(signed)}
        return {name: sign for name, sign in signs.items() if name and name != self._executor}

    def _reap(self, executor: str, sign: tuple[Any, ...] | None, *, frozen: bool) -> list[str]:
        """Take an executor's jobs from it unless it, or another reaper, was quicker."""
        mine = WORKERS.c.executor == executor
        with self._engine.begin() as connection:
            if not frozen and self._is_held(connection, executor):
                return []
            if sign is None:
                if connection.scalar(sa.select(WORKERS.c.beat).where(mine)) is not None:
                    return []
            else:
                same = mine & (WORKERS.c.beat == sign[0]) & (WORKERS.c.seen_s == sign[1])
                if not connection.execute(sa.delete(WORKERS).where(same)).rowcount:
                    return []
            jobs = requeue(connection, executor)
        log.warning("the executor %s is dead; its jobs are queued again: %s", executor, jobs)
        return jobs

    def _is_held(self, connection: sa.Connection, executor: str) -> bool:
        """Whether an executor's process holds its lock; keeps it till the transaction ends."""
        if connection.dialect.name == "postgresql":
            free = sa.select(sa.func.pg_try_advisory_xact_lock(_key(executor)))
            return not connection.scalar(free)
        about = connection.scalar(sa.select(WORKERS.c.about).where(WORKERS.c.executor == executor))
        lock = json.loads(about).get("lock") if about else None
        return isinstance(lock, str) and is_held(Path(lock))


class Pulse:
    """The signs of life of one executor, and its watch over the others, in a thread."""

    def __init__(
        self, engine: sa.Engine, executor: str, about: Callable[[], Mapping[str, Any]]
    ) -> None:
        """Prepare.

        Args:
            engine: Way into the database.
            executor: Who lives.
            about: Says what it can do and does.
        """
        self._engine, self._executor, self._about = engine, executor, about
        self._session = Session(engine, executor)
        self._reaper = Reaper(engine, executor)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="pulse")

    def start(self) -> None:
        """Give the first sign of life, then one every second.

        Raises:
            ConfigError: Another machine's executor lives under this name.
        """
        until = time.monotonic() + NAMED_S
        while not self._session.hold():
            if time.monotonic() > until:
                raise ConfigError(
                    f"Another machine has an executor {self._executor} on this database; give the"
                    " machines different names, or this worker another --state-dir."
                )
            time.sleep(0.5)
        beat(self._engine, self._executor, self._about())
        self._thread.start()

    def end(self) -> None:
        """Say that there are no more signs to come."""
        self._stop.set()
        self._thread.join(2 * BEAT_S)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(WORKERS).where(WORKERS.c.executor == self._executor))
        self._session.drop()

    def _run(self) -> None:
        while not self._stop.wait(BEAT_S):
            try:
                self._session.hold()
                beat(self._engine, self._executor, self._about())
                self._reaper.look()
            except Exception as error:  # a database that is away comes back
                log.error("no sign of life could be given (%s); it is tried again", error)


def beat(engine: sa.Engine, executor: str, about: Mapping[str, Any]) -> None:
    """Give one sign of life."""
    mine = WORKERS.c.executor == executor
    with engine.begin() as connection:
        told = json.dumps({"host": platform.node(), **about})
        values = {"seen_s": now_s(connection), "about": told}
        changed = sa.update(WORKERS).where(mine).values(beat=WORKERS.c.beat + 1, **values)
        if not connection.execute(changed).rowcount:
            connection.execute(sa.insert(WORKERS).values(executor=executor, beat=1, **values))


def executors(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return the living executors: ``executor``, ``seen_s_ago``, and what they tell."""
    rows = connection.execute(sa.select(WORKERS).order_by(WORKERS.c.executor)).mappings().all()
    now = now_s(connection)
    return [
        {"executor": row["executor"], "seen_s_ago": round(max(0.0, now - row["seen_s"]), 1)}
        | json.loads(row["about"])
        for row in rows
        if now - row["seen_s"] < SHOWN_S
    ]


def requeue(
    connection: sa.Connection, executor: str, jobs: Collection[str] | None = None
) -> list[str]:
    """Queue again the jobs that an executor has, from the steps that they had reached.

    What it still writes of them is refused: it no longer owns them.

    Args:
        connection: In a transaction.
        executor: Who has them; those that another one has taken stay where they are.
        jobs: Which of them; None for all.

    Returns:
        The jobs that are queued now.
    """
    table = workflows(connection.engine)
    theirs = (table.c.status == "PENDING") & (table.c.executor_id == executor)
    if jobs is not None:
        theirs &= table.c.workflow_uuid.in_(jobs)
    values = {
        "status": "ENQUEUED",
        "owner_xid": None,
        "started_at_epoch_ms": None,
        "updated_at": int(now_s(connection) * 1000),
    }
    changed = sa.update(table).where(theirs).values(values).returning(table.c.workflow_uuid)
    queued = sorted(connection.scalars(changed).all())
    forget(connection, executor, queued if jobs is not None else None)
    return queued


def _key(executor: str) -> int:
    digest = sha256(f"scar executor {executor}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
