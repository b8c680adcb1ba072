"""Several machines on one database and one storage: who takes what, and what if one dies."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from scar_core.catalog import names_in
from scar_core.cli import main
from scar_core.errors import ConfigError
from scar_core.jobs import pulse
from scar_core.jobs.base import OWN_KINDS, kind
from scar_core.jobs.book import JobBook
from scar_core.jobs.database import WORKERS, workflows
from scar_core.jobs.executor import classes_here
from scar_core.jobs.memory import CLASSES_MB, class_of, classes_within, own_memory_mb
from scar_core.jobs.pulse import Pulse, Reaper, Session, beat, requeue
from scar_core.jobs.queues import needs_of, queue_name, queue_names
from scar_core.jobs.storage import Storage, sum_of
from scar_core.locks import FileLock
from tests.jobs.hosts import hosts, s3
from tests.jobs.rig import Rig, lines, wait_for

OURS = names_in(OWN_KINDS)
JOB = "count-0123456789abcdef"
TAKEN_OVER_S = 15.0


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3() as url:
        yield url


def running(book: JobBook, executor: str, name: str) -> str:
    """A job that an executor has taken, as the database shows it."""
    job = book.submit("count", {"name": name}).id
    table = workflows(book.engine)
    mine = table.c.workflow_uuid == job
    taken = {"status": "PENDING", "executor_id": executor, "owner_xid": "token"}
    with book.engine.begin() as connection:
        connection.execute(sa.update(table).where(mine).values(taken))
    return job


def test_the_jobs_of_a_dead_executor_are_queued_again_by_exactly_one(book: JobBook) -> None:
    beat(book.engine, "dead", {"lock": "/nowhere"})
    jobs = {running(book, "dead", f"{book.engine.name} {number}") for number in range(3)}
    other = running(book, "other", f"{book.engine.name} not his")
    beat(book.engine, "other", {})
    reapers = [Reaper(book.engine, "other", quiet_s=0.0) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        found = [job for one in threads.map(Reaper.look, reapers) for job in one]
    assert sorted(found) == sorted(jobs)
    assert {book.show(job).state for job in jobs} == {"waiting"}
    assert book.show(other).state == "running"
    assert [one["executor"] for one in book.executors()] == ["other"]
    with book.engine.begin() as connection:
        assert requeue(connection, "dead") == []
        assert requeue(connection, "other") == [other]


def test_who_never_gave_a_sign_is_dead_too(book: JobBook) -> None:
    job = running(book, "mute", f"{book.engine.name} mute")
    assert job in Reaper(book.engine, "me", quiet_s=0.0).look()


def test_whoever_gives_signs_keeps_its_jobs(book: JobBook, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(pulse, "time", SimpleNamespace(monotonic=lambda: clock[0], time=time.time))
    job = running(book, "busy", f"{book.engine.name} busy")
    reaper = Reaper(book.engine, "me", quiet_s=5.0)
    for _ in range(10):
        beat(book.engine, "busy", {})
        for _ in range(3):  # three looks without a sign in between
            clock[0] += 1.0
            assert reaper.look() == []
    clock[0] += 3600.0  # who looks has slept, or had no database: it counts for two seconds
    assert reaper.look() == []
    assert book.show(job).state == "running"
    clock[0] += 1.0
    assert reaper.look() == [job]


def test_who_is_slow_but_holds_its_lock_keeps_its_jobs_for_long(
    book: JobBook, tmp_path: Path
) -> None:
    session, lock = Session(book.engine, "slow"), tmp_path / "slow.lock"
    with FileLock(lock, patience_s=0.0):
        assert session.hold() and session.hold()
        beat(book.engine, "slow", {"lock": str(lock)})
        job = running(book, "slow", f"{book.engine.name} slow")
        assert Reaper(book.engine, "me", quiet_s=0.0, silent_s=60.0).look() == []
        assert book.show(job).state == "running"
        assert Reaper(book.engine, "me", quiet_s=0.0, silent_s=0.0).look() == [job]
    session.drop()
    beat(book.engine, "slow", {"lock": str(lock)})
    job = running(book, "slow", f"{book.engine.name} slow, then dead")
    assert Reaper(book.engine, "me", quiet_s=0.0, silent_s=60.0).look() == [job]


def test_two_machines_of_the_same_name_are_refused(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_DATABASE_URL", database)
    monkeypatch.setattr(pulse, "NAMED_S", 0.0)
    book = JobBook(folder=tmp_path)
    first = Pulse(book.engine, "twin", dict)
    first.start()
    with pytest.raises(ConfigError, match="different names"):
        Pulse(book.engine, "twin", dict).start()
    first.end()
    assert "twin" not in {one["executor"] for one in book.executors()}
    book.close()


def test_queues_are_by_what_a_machine_can_do_and_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = CLASSES_MB[0], class_of(20_000)
    cpu, gpu = queue_names("cpu"), queue_names("cuda:0", (small, large))
    assert not any(name.startswith("gpu") for name in cpu)
    assert set(cpu) < set(gpu) and len(gpu) == 4 * len(cpu)
    wanted = queue_name("gpu", "long", 0, large)
    assert wanted in gpu and wanted not in queue_names("cuda:0") and wanted not in cpu
    assert "GPU" in needs_of(wanted) and str(large) in needs_of(wanted)
    assert "GPU" not in needs_of(queue_name("cpu", "short", 1)) and len(set(gpu)) == len(gpu)
    assert large not in classes_within(16_000) and large in classes_within(large)
    with pytest.raises(ConfigError, match="divide"):
        class_of(1e9)
    monkeypatch.setenv("SCAR_JOB_MEMORY_MB", "900")
    assert own_memory_mb() == 900 and classes_here() == ()
    monkeypatch.setenv("SCAR_JOB_MEMORY_MB", "400000")
    assert classes_here()[0] == small and class_of(40_000) in classes_here()
    monkeypatch.setenv("SCAR_JOB_MEMORY_MB", "1000")
    short = {"embed", "project", "explain", "download"}
    assert classes_here() == (small,)
    assert {name for name in OURS if kind(name).memory_mb <= small} >= short
    monkeypatch.setenv("SCAR_JOB_MEMORY_MB", "2500")
    assert {name for name in OURS if kind(name).memory_mb <= classes_here()[-1]} == set(OURS)
    monkeypatch.setenv("SCAR_JOB_MEMORY_MB", "much")
    with pytest.raises(ConfigError, match="megabytes"):
        own_memory_mb()


def test_a_job_that_nobody_can_take_says_so(book: JobBook, tmp_path: Path) -> None:
    job = book.submit("demanding", {"name": book.engine.name}).id
    assert "no worker is alive" in (book.show(job).waits_for or "")
    beat(book.engine, "small", {"serves": queue_names("cpu"), "device": "cpu"})
    said = book.show(job).waits_for
    assert said and "GPU" in said and "60000 MB" in said and "1 living" in said
    assert book.submit("count", {"name": "easy"}).waits_for is None
    beat(book.engine, "big", {"serves": queue_names("cuda:0", classes_within(64_000))})
    assert book.show(job).waits_for is None
    with book.engine.begin() as connection:
        connection.execute(sa.delete(WORKERS))


@pytest.mark.parametrize("where", ["folder", "memory", "s3"])
def test_storage_is_the_same_everywhere(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    urls = {"folder": str(tmp_path / "f"), "memory": "memory://machines"}
    url: str = urls.get(where) or request.getfixturevalue("bucket")
    here, there = Storage(url), Storage(url)
    source, target = tmp_path / "a", tmp_path / "b"
    assert there.length("saved", JOB, "deep/state") is None
    assert there.jobs() == set()
    for text in ("first", "second one", "x" * 6_000_000):
        source.write_text(text)
        content = sum_of(source)
        here.put("saved", JOB, "deep/state", source)
        assert there.length("saved", JOB, "deep/state") == content.n_bytes  # seen at once
        assert there.holds("saved", JOB, "deep/state", content)
        assert there.get("saved", JOB, "deep/state", target, [content.sha256])
        assert target.read_text() == text
    assert not there.get("saved", JOB, "deep/state", target, ["0" * 64])
    assert not there.get("saved", JOB, "deep/none", target, [content.sha256])
    here.put("results", JOB, "deep/a.bin", source)
    with there.open(JOB, "deep/a.bin") as file:
        assert file.read(3) == b"xxx"
    assert there.jobs() == {JOB}
    here.remove("saved", JOB)
    assert there.length("saved", JOB, "deep/state") is None
    there.remove("results", JOB)
    there.remove("results", JOB)
    assert here.jobs() == set()
    with pytest.raises(ConfigError):
        here.open(JOB, "deep/a.bin")


def into(rig: Rig, job: str) -> float:
    """Seconds that the present step of a counting job has told of."""
    told = rig.book.show(job).progress or {}
    return float(told.get("done") or 0.0)


def test_another_machine_finishes_what_a_killed_one_had(
    database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    trace = tmp_path / "trace"
    with hosts(tmp_path, database, str(tmp_path / "files")) as machines:
        one, two = machines
        one.start()
        two.start()
        wait_for(lambda: len(one.book.executors()) == 2, "both machines")
        job = one.submit("count", steps=3, pause_s=1.5, trace=str(trace), name="over").id
        wait_for(lambda: len(lines(trace)) >= 1, "the first step")
        wait_for(lambda: into(one, job) < 1.0, "the second, before which the first is written down")
        first = one.book.show(job).worker
        if one.working(job) is None:
            one, two = two, one
        one.kill_all()
        reached = len(lines(trace))
        begun = time.monotonic()
        wait_for(lambda: two.book.show(job).attempts == 2, "the takeover")
        taken_s = time.monotonic() - begun
        info = two.ended(job)
        record_testsuite_property("taken_s", round(taken_s, 2))
        assert (info.state, info.summary) == ("done", {"reached": [0, 1, 2], "name": "over"})
        assert info.worker != first
        done = lines(trace)
        assert done[:reached] == [f"over {n}" for n in range(reached)]
        assert sorted(done) == [f"over {n}" for n in range(3)]  # no finished step was done again
        assert taken_s < TAKEN_OVER_S
        assert [row["executor"] for row in two.book.executors()] == [info.worker]
        said = " ".join(two.book.log(job))
        assert f"starts on {first}" in said and f"goes on on {info.worker}" in said
        capsys.readouterr()
        assert main(["jobs", "list", "--limit", "1", "--state-dir", str(two.folder)]) == 0
        assert capsys.readouterr().out.count(str(info.worker)) == 2  # has it, and is alive


@pytest.mark.slow
def test_parts_spread_over_machines(database: str, tmp_path: Path) -> None:
    with hosts(tmp_path, database, str(tmp_path / "files")) as (one, two):
        one.start()
        two.start()
        wait_for(lambda: len(one.book.executors()) == 2, "both machines")
        job = one.submit("family", parts=6, pause_s=0.5, name="spread").id
        assert one.ended(job).state == "done"
        parts = one.book.list(parent=job)
        assert len(parts) == 6 and len({part.worker for part in parts}) == 2


@pytest.mark.slow
def test_who_comes_back_finds_its_job_with_another_and_lets_go(
    database: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    with hosts(tmp_path, database, str(tmp_path / "files")) as (one, two):
        one.start()
        job = one.submit("keeper", epochs=40, pause_s=0.25, trace=str(trace), name="z").id
        wait_for(lambda: len(lines(trace)) >= 2, "two epochs")
        first = one.book.show(job).worker
        assert one.executor is not None
        frozen = [one.executor.pid, *one.runners()]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        two.start()
        wait_for(lambda: len(two.book.executors()) >= 1 and two.runners(), "the second")
        time.sleep(pulse.QUIET_S + 3)
        assert two.book.show(job).worker == first  # slow, but alive
        with two.book.engine.begin() as connection:
            assert requeue(connection, str(first)) == [job]  # as after SILENT_S
        wait_for(lambda: two.book.show(job).attempts == 2, "the takeover")
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        wait_for(lambda: one.working(job) is None, "the zombie's letting go")
        info = two.ended(job)
        assert (info.state, info.summary) == ("done", list(range(40)))
        assert info.attempts == 2 and info.worker != first
        assert len(lines(trace)) <= 44
        assert json.loads(two.book.file(job, "weights.json")) == list(range(40))


@pytest.mark.slow
def test_what_one_saved_in_s3_another_goes_on_with(bucket: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    url = f"sqlite:///{tmp_path}/jobs.sqlite"
    with hosts(tmp_path, url, f"{bucket}/over") as (one, two):
        one.start()
        job = one.submit("keeper", epochs=40, pause_s=0.5, trace=str(trace), name="s").id
        wait_for(partial(_has, trace, 4), "four epochs")
        two.start()
        wait_for(lambda: len(one.book.executors()) == 2, "the second machine")
        one.kill_all()
        info = two.ended(job)
        assert (info.state, info.summary) == ("done", list(range(40)))
        assert len(lines(trace)) <= 41 and info.attempts == 2
        assert json.loads(two.book.file(job, "weights.json")) == list(range(40))


def _has(path: Path, n: int) -> bool:
    return len(lines(path)) >= n
