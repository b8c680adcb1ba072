"""Removing old jobs with all that belongs to them."""

import time

import sqlalchemy as sa

from scar_core.errors import ConfigError
from scar_core.jobs.base import Json
from scar_core.jobs.book import MAX_LISTED, JobBook
from scar_core.jobs.database import FACTS, FILES, LOG
from scar_core.jobs.info import JobInfo
from scar_core.jobs.telling import ENDED

MB = 1e6
DAY_S = 86400.0


def clean(book: JobBook, keep_mb: float | None, older_days: float | None) -> dict[str, Json]:
    """Remove ended jobs, the oldest first; see ``JobBook.clean``.

    Raises:
        ConfigError: If a limit is negative.
    """
    for limit in (keep_mb, older_days):
        if limit is not None and not limit >= 0:
            raise ConfigError(f"the limit is {limit}; give megabytes or days of 0 or more")
    infos = [info for state in ENDED for info in book.list(state=state, limit=MAX_LISTED)]
    infos.sort(key=lambda info: info.ended_s or 0.0)
    sizes = {
        info.id: sum(_size(book, job) for job in [info.id, *book.parts(info.id)]) for info in infos
    }
    total = sum(sizes.values())
    removed = 0
    freed = 0
    for info in infos:
        if not (_is_old(info, older_days) or _is_over(total - freed, keep_mb)):
            continue
        remove(book, info.id)
        removed, freed = removed + 1, freed + sizes[info.id]
    _remove_strays(book)
    return {"jobs": removed, "mb": freed / MB}


def remove(book: JobBook, job: str) -> None:
    """Remove an ended job and its parts.

    Its entry goes first: a job without files would be taken for done, files without a job are
    found and removed the next time.
    """
    jobs = [job, *book.parts(job)]
    book.client.delete_workflows(jobs)
    with book.engine.begin() as connection:
        for table in (FACTS, FILES, LOG):
            connection.execute(sa.delete(table).where(table.c.job.in_(jobs)))
    for one in jobs:
        _remove_files(book, one)


def _is_old(info: JobInfo, older_days: float | None) -> bool:
    if older_days is None:
        return False
    return time.time() - (info.ended_s or 0.0) > older_days * DAY_S


def _is_over(total: int, keep_mb: float | None) -> bool:
    return keep_mb is not None and total > keep_mb * MB


def _size(book: JobBook, job: str) -> int:
    with book.engine.begin() as connection:
        taken = sa.select(sa.func.sum(FILES.c.bytes)).where(FILES.c.job == job)
        return int(connection.scalar(taken) or 0)


def _remove_strays(book: JobBook) -> None:
    there = sorted(book.storage.jobs())
    known = book.states(there)
    for job in there:
        if job not in known:
            _remove_files(book, job)


def _remove_files(book: JobBook, job: str) -> None:
    book.storage.remove("results", job)
    book.storage.remove("saved", job)
