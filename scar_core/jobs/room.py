"""Who may start on a machine, by the memory that the steps running there have taken.

Every job takes what its kind declares before its first step, and gives it back when it ends or
waits; what a dead executor had is given back when its jobs are queued again. All executors of a
machine that share a database count together.

Whoever comes later goes first only as long as those that were there before the waiting one are
reason enough for it to wait. So nobody waits behind a large job that could not start anyway, and
no large job waits for ever while small ones come and go.
"""

import platform
import threading
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

import sqlalchemy as sa

from scar_core.jobs.database import MEMORY


class Claim(NamedTuple):
    """A job that runs, or wants to.

    Attributes:
        n: Earlier ones have smaller numbers.
        job: Which.
        memory_mb: What it takes.
        granted: Whether it has it.
    """

    n: int
    job: str
    memory_mb: float
    granted: bool


def may_start(asks: Claim, others: Sequence[Claim], limit_mb: float) -> bool:
    """Whether a job may start now, beside those that are there or wait."""
    running = [one for one in others if one.granted]
    if sum(one.memory_mb for one in running) + asks.memory_mb > limit_mb:
        return False
    return all(
        sum(one.memory_mb for one in running if one.n < waits.n) + waits.memory_mb > limit_mb
        for waits in others
        if not waits.granted and waits.n < asks.n
    )


class Room:
    """The memory of this machine, as one executor takes it for its jobs.

    Attributes:
        limit_mb: What the steps of all jobs here may take together.
    """

    def __init__(self, engine: sa.Engine, executor: str, limit_mb: float) -> None:
        """Begin with nothing taken: what an executor of this name had went with its process."""
        self.limit_mb = limit_mb
        self._engine, self._executor = engine, executor
        self._granted: dict[str, bool] = {}
        self._lock = threading.Lock()
        self.settle()

    def take(self, job: str, memory_mb: float) -> bool:
        """Take memory for a job if it may start now, or has it; else it keeps its turn."""
        if self._granted.get(job):
            return True
        here = platform.node()
        with self._lock, self._engine.begin() as connection:
            self._granted[job] = False
            _serialise(connection, here)
            claims = {one.job: one for one in _claims(connection, here)}
            mine = claims.pop(job, None)
            number = mine.n if mine else 1 + max((one.n for one in claims.values()), default=0)
            granted = may_start(
                Claim(number, job, memory_mb, False), list(claims.values()), self.limit_mb
            )
            if mine is None:
                row = {"job": job, "n": number, "host": here, "executor": self._executor}
                row |= {"memory_mb": memory_mb, "limit_mb": min(self.limit_mb, 1e12)}
                connection.execute(sa.insert(MEMORY).values(granted=granted, **row))
            elif granted:
                changed = sa.update(MEMORY).where(MEMORY.c.job == job)
                connection.execute(changed.values(granted=True))
        self._granted[job] = granted
        return granted

    def give_back(self, job: str) -> None:
        """Give back what a job has taken, or its turn; nothing happens if it has neither."""
        if job not in self._granted:
            return
        with self._lock, suppress(sa.exc.SQLAlchemyError):  # then ``settle`` does it
            del self._granted[job]
            with self._engine.begin() as connection:
                forget(connection, self._executor, [job])

    def settle(self) -> None:
        """Give back what could not be given back in time."""
        mine = MEMORY.c.executor == self._executor
        with self._lock, self._engine.begin() as connection:
            theirs = mine & MEMORY.c.job.not_in(list(self._granted))
            connection.execute(sa.delete(MEMORY).where(theirs))

    def lacking(self, job: str) -> str | None:
        """Say what memory a job waits for, if it does."""
        with suppress(sa.exc.OperationalError), self._engine.begin() as connection:
            return waiting(connection, [job]).get(job)
        return None


def _serialise(connection: sa.Connection, host: str) -> None:
    """Let nobody else of this machine count at the same time, until the transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        key = sha256(f"scar memory {host}".encode()).digest()[:8]
        lock = sa.func.pg_advisory_xact_lock(int.from_bytes(key, "big", signed=True))
        connection.execute(sa.select(lock))


def forget(connection: sa.Connection, executor: str, jobs: Sequence[str] | None = None) -> None:
    """Forget what an executor has taken for these jobs; None: for all."""
    theirs = MEMORY.c.executor == executor
    if jobs is not None:
        theirs &= MEMORY.c.job.in_(jobs)
    connection.execute(sa.delete(MEMORY).where(theirs))


def waiting(connection: sa.Connection, jobs: Sequence[str]) -> dict[str, str]:
    """Say what those of these jobs wait for that wait for memory."""
    waits = sa.select(MEMORY).where(MEMORY.c.job.in_(jobs) & ~MEMORY.c.granted)
    found = {}
    for row in connection.execute(waits).mappings():
        others = [one for one in _claims(connection, row["host"]) if one.granted]
        taken = f"{sum(one.memory_mb for one in others):,.0f} of {row['limit_mb']:,.0f} MB"
        by = ", ".join(one.job for one in others) or "nobody any more"
        found[row["job"]] = (
            f"waits for {row['memory_mb']:,.0f} MB of memory on {row['host']}, where {taken}"
            f" are taken by {by}; it starts as soon as they are free"
        )
    return found


def _claims(connection: sa.Connection, host: str) -> list[Claim]:
    columns = (MEMORY.c.n, MEMORY.c.job, MEMORY.c.memory_mb, MEMORY.c.granted)
    rows = connection.execute(sa.select(*columns).where(MEMORY.c.host == host))
    return [Claim(*row) for row in rows]
