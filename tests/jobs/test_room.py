"""The memory of jobs that run at once is added up, and nobody waits for ever."""

import os
import random
import signal
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import error as dbos_error
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.jobs.book import JobBook
from scar_core.jobs.database import MEMORY
from scar_core.jobs.engine import Engine
from scar_core.jobs.pulse import requeue
from scar_core.jobs.room import Claim, Room, may_start, waiting
from scar_core.jobs.turn import Turn
from tests.jobs.hosts import hosts
from tests.jobs.rig import Rig, lines, wait_for


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_sum_stays_below_the_limit_and_everybody_comes_to_start(seed: int) -> None:
    """Small steps come for ever; large ones start nevertheless."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    limit, claims, left = 10.0, list[Claim](), dict[int, int]()
    large_ones = 0
    for now in range(400):
        if now < 300 or large_ones:
            size = 8.0 if now % 60 == 5 else chance.choice([1.0, 2.0, 3.0])
            large_ones += size == 8.0
            claims.append(Claim(now, str(now), size, False))
        for k, one in enumerate(claims):
            others = [other for other in claims if other is not one]
            if not one.granted and may_start(one, others, limit):
                claims[k] = one._replace(granted=True)
                left[one.n] = chance.randint(1, 6)
                large_ones -= one.memory_mb == 8.0
        running = [one for one in claims if one.granted]
        assert sum(one.memory_mb for one in running) <= limit
        assert running or not claims, "nothing runs although something waits"
        for one in running:
            left[one.n] -= 1
        claims = [one for one in claims if not one.granted or left[one.n] > 0]
        if now >= 300 and not large_ones:
            break
    assert not large_ones, "a large one never started"


def test_who_could_not_start_anyway_lets_others_pass() -> None:
    training, large = Claim(1, "training", 6.0, True), Claim(2, "large", 8.0, False)
    small = Claim(3, "small", 2.0, False)
    assert may_start(small, [training, large], 10.0)
    assert not may_start(small, [large], 10.0), "it is the next one's turn"
    assert not may_start(large, [training, small], 10.0)
    assert may_start(large, [small._replace(granted=True)], 10.0)


def test_executors_of_a_machine_count_together(book: JobBook) -> None:
    here, there = (Room(book.engine, name, 3000) for name in ("here", "there"))
    assert here.take("a", 2000) and not there.take("b", 2000) and there.take("c", 1000)
    said = there.lacking("b") or ""
    assert "2,000 MB" in said and "3,000 of 3,000 MB" in said and "a, c" in said
    there.settle()
    assert not there.take("b", 2000)
    here.give_back("a")
    assert there.take("b", 2000) and there.lacking("b") is None
    with book.engine.begin() as connection:
        requeue(connection, "there")  # as whoever finds it dead does
        assert waiting(connection, ["b"]) == {}
    assert here.take("a", 3000)
    again = Room(book.engine, "here", 3000)  # killed and started again
    assert again.take("d", 3000)
    again.give_back("d")


def test_who_waits_keeps_its_turn_from_the_first_refusal_on(tmp_path: Path) -> None:
    """A turn given up for a moment is one that somebody else may take."""
    book = JobBook(folder=tmp_path)
    engine = Engine("here", "cpu", book, 3000)
    assert engine.room.take("first", 2000)
    turn = engine.turns["second"] = Turn("second", 1)
    given_up: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.room, "give_back", given_up.append)
        turn.lost.set()  # it waits no longer than for its first look
        cancelled = pytest.raises(dbos_error.DBOSWorkflowCancelledError)
        with cancelled, engine.place("short", turn, 2000):
            pytest.fail("there is no room")
    assert given_up == [] and "first" in (engine.room.lacking("second") or "")
    book.close()


def overlap(said: list[str]) -> int:
    """Most steps that ran at once."""
    running = most = 0
    for line in said:
        running += 1 if line.startswith("+") else -1
        most = max(most, running)
    return most


def taken(rig: Rig) -> list[str]:
    with rig.book.engine.begin() as connection:
        return list(connection.scalars(sa.select(MEMORY.c.job)))


def test_jobs_that_do_not_fit_together_run_one_after_the_other(rig: Rig, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    rig.environment["SCAR_JOB_MEMORY_MB"] = "3000"
    rig.start()
    asked, gate = {"trace": str(trace)}, tmp_path / "gate"
    first = rig.book.submit("heavy", {**asked, "name": "first", "until": str(gate)}).id
    wait_for(lambda: lines(trace), "the first one")
    second = rig.book.submit("heavy", {**asked, "name": "second", "parts": 2}, lane="long").id
    said = wait_for(lambda: rig.book.show(second).waits_for, "the second one's reason")
    assert "2,000 MB" in said and "2,000 of 3,000 MB" in said and first in said
    small = rig.book.submit("count", {"name": "small"}, lane="interactive").id
    assert rig.ended(small).state == "done"
    assert rig.book.show(first).state == "running" and len(lines(trace)) == 1
    gate.touch()
    for job in (first, second):
        assert rig.ended(job).state == "done"
    told = lines(trace)
    assert len(told) == 16 and overlap(told) == 1
    assert any("waits for 2,000 MB" in line for line in rig.book.log(second))
    wait_for(lambda: not taken(rig), "all memory's being given back")


def test_what_a_killed_executor_had_taken_is_free(rig: Rig, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    rig.environment["SCAR_JOB_MEMORY_MB"] = "3000"
    rig.start()
    asked = {"pause_s": 3.0, "trace": str(trace)}
    jobs = [
        rig.book.submit("heavy", {**asked, "name": lane}, lane=lane).id
        for lane in ("short", "long")
    ]
    wait_for(lambda: len(taken(rig)) == 2, "one that runs and one that waits")
    rig.kill_all()
    assert len(taken(rig)) == 2
    rig.start()
    assert [rig.ended(job).state for job in jobs] == ["done", "done"]
    wait_for(lambda: not taken(rig), "all memory's being given back")


def test_a_job_taken_when_there_was_more_memory_is_left_to_others(rig: Rig) -> None:
    rig.start()
    job = rig.submit("heavy", pause_s=30.0).id
    wait_for(lambda: rig.working(job), "its first step")
    rig.kill_all()
    rig.environment["SCAR_JOB_MEMORY_MB"] = "1000"
    rig.start()
    said = wait_for(lambda: rig.book.show(job).waits_for, "that it waits")
    assert "none of the 1 living executors" in said and rig.book.show(job).state == "waiting"


@pytest.mark.slow
def test_two_executors_of_one_machine_do_not_run_what_fits_one_only(
    database: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    with hosts(tmp_path, database, str(tmp_path / "files")) as both:
        for rig in both:
            rig.environment["SCAR_JOB_MEMORY_MB"] = "3000"
            rig.start()
        wait_for(lambda: len(both[0].book.executors()) == 2, "both executors")
        asked = {"pause_s": 1.0, "trace": str(trace)}
        book = both[0].book
        jobs = [book.submit("heavy", {**asked, "name": f"{k}"}).id for k in range(4)]
        wait_for(lambda: len(lines(trace)) > 3, "the second job")
        holder = next(one for one in both if any(one.working(job) for job in jobs))
        for pid in (holder.executor.pid, *holder.runners()) if holder.executor else ():
            os.kill(pid, signal.SIGKILL)
        cut = len(lines(trace))
        assert [both[0].ended(job).state for job in jobs] == ["done"] * 4
        assert overlap(lines(trace)[:cut]) == 1 and overlap(lines(trace)[cut:]) == 1
