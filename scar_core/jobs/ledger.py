"""What an executor writes down of the jobs it runs."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from scar_core.jobs.database import FACTS, FILES, LOG
from scar_core.jobs.storage import Area, Sum
from scar_core.jobs.turn import Turn

MAX_LINE = 2000
KEPT_LINES = 5000


class Ledger:
    """Writes of one executor; used by all its threads."""

    def __init__(self, engine: sa.Engine) -> None:
        """Write through this engine."""
        self._engine = engine
        self._lock = threading.Lock()
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._progress: dict[str, dict[str, Any]] = {}

    def begin(self, job: str) -> Mapping[str, Any]:
        """Count one more start of a job's plan; return its facts, with ``turn`` and ``starts``."""
        mine = FACTS.c.job == job
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(FACTS)
                .where(mine)
                .values(
                    turn=FACTS.c.turn + 1,
                    starts=FACTS.c.starts + 1,
                    started_s=sa.func.coalesce(FACTS.c.started_s, time.time()),
                )
            )
            return dict(connection.execute(sa.select(FACTS).where(mine)).mappings().one())

    def renewed(self, job: str) -> None:
        """Forget the files of a job that begins from the start."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(FILES).where(FILES.c.job == job))
            connection.execute(
                sa.update(FACTS)
                .where(FACTS.c.job == job)
                .values(renew=False, lines=0, started_s=time.time())
            )

    def got_on(self, job: str) -> None:
        """A job has something that it will not lose: its starts are counted anew."""
        changed = sa.update(FACTS).where((FACTS.c.job == job) & (FACTS.c.starts != 1))
        with self._engine.begin() as connection:
            connection.execute(changed.values(starts=1))

    def count_line(self, job: str, number: int) -> bool:
        """Whether the plan's line of this number is new; a plan that is replayed says all again."""
        fresh = (FACTS.c.job == job) & (FACTS.c.lines < number)
        with self._engine.begin() as connection:
            return bool(
                connection.execute(sa.update(FACTS).where(fresh).values(lines=number)).rowcount
            )

    def line(self, job: str, sentence: str) -> None:
        """Keep a line for the job's log until the next ``flush``."""
        told = " ".join(str(sentence).split("\n"))[:MAX_LINE]
        with self._lock:
            self._lines[job].append(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {told}")

    def progress(self, job: str, told: dict[str, Any]) -> None:
        """Keep how far a job is until the next ``flush``."""
        with self._lock:
            self._progress[job] = told

    def flush(self) -> None:
        """Write what was kept; if that fails it stays for the next time."""
        with self._lock:
            lines, self._lines = self._lines, defaultdict(list)
            progress, self._progress = self._progress, {}
        if not lines and not progress:
            return
        try:
            self._write(lines, progress)
        except sa.exc.SQLAlchemyError:
            with self._lock:
                for job, said in lines.items():
                    self._lines[job] = [*said, *self._lines[job]][-KEPT_LINES:]
                self._progress = progress | self._progress
            raise

    def _write(self, lines: dict[str, list[str]], progress: dict[str, dict[str, Any]]) -> None:
        rows = [{"job": job, "line": line} for job, said in lines.items() for line in said]
        with self._engine.begin() as connection:
            if rows:
                connection.execute(sa.insert(LOG), rows)
            for job, told in progress.items():
                connection.execute(
                    sa.update(FACTS).where(FACTS.c.job == job).values(progress=json.dumps(told))
                )

    def ended(self, job: str) -> None:
        """Note when a job ended, and keep the last lines of its log only."""
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(FACTS).where(FACTS.c.job == job).values(ended_s=time.time())
            )
        self._shorten(job)

    def _shorten(self, job: str) -> None:
        mine = LOG.c.job == job
        oldest = sa.select(LOG.c.n).where(mine).order_by(LOG.c.n.desc()).offset(KEPT_LINES).limit(1)
        with self._engine.begin() as connection:
            last = connection.scalar(oldest)
            if last is not None:
                connection.execute(sa.delete(LOG).where(mine & (LOG.c.n <= last)))

    def expect(self, turn: Turn, area: Area, name: str, step: int, content: Sum) -> bool:
        """Note a file before it takes its name, and what the one before was.

        Returns:
            False, with nothing noted, if the job's plan has been started by somebody else since.
        """
        job = turn.job
        latest = sa.select(FACTS.c.turn).where(FACTS.c.job == job).with_for_update()
        mine = (FILES.c.job == job) & (FILES.c.area == area) & (FILES.c.name == name)
        values = {"step": step, "bytes": content.n_bytes, "sha256": content.sha256}
        with self._engine.begin() as connection:
            if connection.scalar(latest) != turn.number:
                return False
            before = connection.scalar(sa.select(FILES.c.sha256).where(mine))
            if before is None:
                row = {"job": job, "area": area, "name": name, "before": None, **values}
                connection.execute(sa.insert(FILES).values(row))
            else:
                connection.execute(sa.update(FILES).where(mine).values(before=before, **values))
        return True

    def files(self, job: str, step: int | None = None) -> list[Mapping[str, Any]]:
        """Return what is noted of a job's files, or of those that one step made."""
        mine = FILES.c.job == job
        if step is not None:
            mine &= FILES.c.step == step
        with self._engine.begin() as connection:
            rows = connection.execute(sa.select(FILES).where(mine)).mappings()
            return [dict(row) for row in rows]

    def forget_saved(self, job: str) -> None:
        """Forget what was saved for going on."""
        saved = (FILES.c.job == job) & (FILES.c.area == "saved")
        with self._engine.begin() as connection:
            connection.execute(sa.delete(FILES).where(saved))

    def turns(self, jobs: list[str]) -> dict[str, int]:
        """Return how often the plans of these jobs were started, by anybody."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                sa.select(FACTS.c.job, FACTS.c.turn).where(FACTS.c.job.in_(jobs))
            )
            return {job: turn for job, turn in rows}
