"""How jobs come into the queue, the first time and again."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa
from dbos import error as dbos_error

from scar_core.errors import ConfigError
from scar_core.jobs.base import Json, Lane, kind
from scar_core.jobs.database import FACTS, VERSION, facts_of, workflows
from scar_core.jobs.memory import class_of
from scar_core.jobs.names import plain_json
from scar_core.jobs.pulse import requeue
from scar_core.jobs.queues import capability, queue_name

if TYPE_CHECKING:
    from scar_core.jobs.book import JobBook

MAX_PARAMETERS = 2**18


def enqueue(
    book: "JobBook",
    job: str,
    kind_name: str,
    parameters: Mapping[str, Json],
    lane: Lane,
    owner: str,
    depth: int,
) -> None:
    """Queue a job that there is not.

    Args:
        book: The book of jobs.
        job: Its identity.
        kind_name: Its kind.
        parameters: All of them.
        lane: Where it queues.
        owner: PEOPLE, or the job that it is a part of, as ``part_of`` says it.
        depth: How deep it lies; 0 if it is no part.

    Raises:
        ConfigError: If the parameters are too long, it lies too deep or needs too much memory.
    """
    if len(str(parameters)) > MAX_PARAMETERS:
        raise ConfigError("the parameters are too long; name files instead of their content")
    one = kind(kind_name)
    queue = queue_name(capability(one), lane, depth, class_of(one.memory_mb))
    try:
        with book.engine.begin() as connection:
            connection.execute(
                sa.insert(FACTS).values(job=job, lane=lane, queue=queue, created_s=time.time())
            )
    except sa.exc.IntegrityError:  # somebody submits the same at this moment
        pass
    book.client.enqueue(
        {
            "workflow_name": kind_name,
            "queue_name": queue,
            "workflow_id": job,
            "app_version": VERSION,
            "authenticated_user": owner,
        },
        plain_json(dict(parameters)),
    )


def leave_to_others(book: "JobBook", executor: str, job: str, kind_name: str) -> None:
    """Queue a job again where executors take from that have the memory it needs.

    Args:
        book: The book of jobs.
        executor: Who has it.
        job: Its identity.
        kind_name: Its kind.
    """
    one, table = kind(kind_name), workflows(book.engine)
    with book.engine.begin() as connection:
        facts = facts_of(connection, [job])[job]
        depth = int(facts["queue"].rsplit("-", 1)[1])
        queue = queue_name(capability(one), facts["lane"], depth, class_of(one.memory_mb))
        if requeue(connection, executor, [job]):
            mine = table.c.workflow_uuid == job
            connection.execute(sa.update(table).where(mine).values(queue_name=queue))
            connection.execute(sa.update(FACTS).where(FACTS.c.job == job).values(queue=queue))


def again(book: "JobBook", job: str, *, renew: bool = False) -> None:
    """Queue an ended job again.

    Args:
        book: The book of jobs.
        job: Its identity.
        renew: Do all of it again, its parts too, instead of going on from the first step that has
            no result.
    """
    if renew:
        from scar_core.jobs.cleaning import remove

        for part in book.parts(job):
            remove(book, part)
    steps = book.client.list_workflow_steps(job)
    failed = [step["function_id"] for step in steps if step["error"] is not None]
    start = min(failed, default=1 + max((step["function_id"] for step in steps), default=0))
    with book.engine.begin() as connection:
        facts = facts_of(connection, [job])[job]
        connection.execute(
            sa.update(FACTS)
            .where(FACTS.c.job == job)
            .values(
                starts=0,
                progress=None,
                renew=renew or facts["renew"],
                created_s=time.time() if renew else facts["created_s"],
            )
        )
    try:
        book.client.rewind_workflow(
            job, start_step=1 if renew else start, queue_name=facts["queue"]
        )
    except dbos_error.DBOSException:  # somebody else was quicker
        if book.show(job).ended:
            raise
