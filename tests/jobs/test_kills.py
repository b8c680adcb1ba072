"""SIGKILL of executor, runner and both; files cut short. No job is lost, no step done twice."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.jobs.rig import Rig, alive, lines, wait_for


def test_after_sigkill_a_job_goes_on_at_the_step_it_had_reached(rig: Rig, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    rig.start()
    job = rig.submit("count", steps=4, pause_s=0.4, trace=str(trace)).id
    waiting = rig.submit("count", steps=1, trace=str(tmp_path / "other"))
    wait_for(lambda: len(lines(trace)) >= 2, "two steps")
    rig.kill()
    assert rig.book.show(job).state == "running"
    rig.start()
    info = rig.ended(job)
    assert (info.state, info.attempts) == ("done", 2)
    assert info.summary == {"reached": [0, 1, 2, 3], "name": "a"}
    done = lines(trace)
    assert sorted(set(done)) == [f"a {n}" for n in range(4)]
    assert len(done) <= 5  # only the step that was under way may have been done again
    said = [line.split(" ", 2)[2] for line in rig.book.log(job)]
    assert said.count("counting to 4") == 1
    assert rig.ended(waiting.id).state == "done"


def test_a_step_that_saves_loses_nothing_but_its_last_epoch(rig: Rig, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    rig.start()
    job = rig.submit("keeper", epochs=6, pause_s=0.2, trace=str(trace)).id
    for reached in (2, 4):
        wait_for(partial(has_lines, trace, reached), f"{reached} epochs")
        pid = wait_for(lambda: rig.working(job), "the runner")
        os.kill(pid, signal.SIGKILL)
    info = rig.ended(job)
    assert (info.state, info.summary) == ("done", [0, 1, 2, 3, 4, 5])
    assert len(lines(trace)) <= 8
    assert set(info.files) == {"weights.json", "summary.json"}
    assert not (rig.files / "saved" / job).exists()


def test_a_file_cut_short_by_a_power_cut_is_made_again(rig: Rig, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    rig.start()
    job = rig.submit("count", steps=3, pause_s=0.2, trace=str(trace)).id
    wait_for(lambda: len(lines(trace)) >= 2, "two steps")
    rig.kill()
    files = rig.files / "results" / job / "numbers"
    last = max(files.glob("[0-9].txt"))
    last.write_bytes(last.read_bytes()[:2])
    rig.start()
    assert rig.ended(job).state == "done"
    for number in range(3):
        assert rig.book.file(job, f"numbers/{number}.txt") == f"a {number}\n".encode()
    (files / "0.txt").write_bytes(b"a")  # of a result that is done: seen when it is asked for
    again = rig.submit("count", steps=3, pause_s=0.2, trace=str(trace))
    assert again.state != "done"
    assert rig.ended(job).state == "done"
    assert rig.book.file(job, "numbers/0.txt") == b"a 0\n"


@pytest.mark.slow
def test_of_what_was_saved_the_one_before_is_taken_if_the_last_is_cut(rig: Rig) -> None:
    rig.start()
    job = rig.submit("keeper", epochs=30, pause_s=0.2).id
    state = rig.files / "saved" / job / "state.json"
    wait_for(lambda: state.exists() and len(json.loads(state.read_text())) >= 3, "three epochs")
    rig.kill()
    wait_for(lambda: not rig.runners(), "the end of the runner")
    kept = json.loads(state.read_text())
    state.write_bytes(state.read_bytes()[:-3])
    rig.start()
    wait_for(lambda: state.exists() and state.read_text().endswith("]"), "the next epoch")
    assert len(json.loads(state.read_text())) >= len(kept)
    rig.book.cancel(job)


def test_nobody_outlives_a_killed_executor(rig: Rig) -> None:
    rig.start()
    job = rig.submit("mishap", how="hang").id
    path = rig.scratch / job / "pids"
    pids = [int(pid) for pid in wait_for(lambda: lines(path), "the hanging step")[0].split()]
    rig.kill()
    wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the processes")


@pytest.mark.parametrize("killed", ["executor", "runner", "both"])
def test_nobody_that_a_step_started_outlives_its_runner(rig: Rig, killed: str) -> None:
    rig.start()
    job = rig.submit("mishap", how="breed").id
    path = rig.scratch / job / "pids"
    pids = [int(pid) for pid in wait_for(lambda: lines(path), "the children")[0].split()]
    assert len(pids) == 6 and all(alive(pid) for pid in pids)
    assert rig.working(job) == pids[0]
    if killed == "executor":
        rig.kill()
    elif killed == "both":
        rig.kill_all()
    else:
        os.kill(pids[0], signal.SIGKILL)
    wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the processes")


def test_an_executor_ends_with_its_worker_and_leaves_its_jobs_to_others(rig: Rig) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "scar_core.serving.tether", "scar_core.jobs.executor"],
        env=rig.environment,
        stdin=subprocess.PIPE,
    )
    assert worker.stdin is not None
    job = rig.submit("count", steps=2, pause_s=1.0).id
    wait_for(lambda: rig.book.show(job).state == "running", "the job")
    worker.stdin.close()  # as the system does when the worker is killed
    assert worker.wait(30) == 0
    assert rig.book.show(job).state == "waiting"
    rig.start()
    assert rig.ended(job).state == "done"


@pytest.mark.slow
def test_a_second_executor_of_the_same_name_is_not_needed(rig: Rig) -> None:
    rig.start()
    wait_for(lambda: rig.runners(), "the first")
    first = rig.executor
    rig.start()
    assert rig.executor is not None
    assert rig.executor.wait(30) == 0
    rig.executor = first
    assert first is not None and first.poll() is None


def has_lines(path: Path, n: int) -> bool:
    """Whether a file has so many lines."""
    return len(lines(path)) >= n
