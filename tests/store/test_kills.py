"""Packings that are killed: at every step that reaches the disk, at any moment, with helpers."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scar_core.errors import DatasetError
from scar_core.store import PackSettings, Store, files, is_store, pack, packing, shard
from tests.store.made import content, rows

ROOT = Path(__file__).parents[2]
SMALL = PackSettings(shard_records=2)
BAD = (1,)

STEPS = [
    (os, "fsync"), (os, "rename"), (os, "replace"), (os, "mkdir"), (os, "unlink"),
    (np, "save"), (shard.ShardWriter, "add"), (shard, "write_json"), (packing, "write_json"),
]  # fmt: skip
"""Everything by which a packing changes what is on disk."""


@contextmanager
def counted(act: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Call ``act`` with the number of each step before the step is done."""
    count = [0]

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            act(count[0])
            count[0] += 1
            return original(*arguments, **named)

        return step

    with monkeypatch.context() as patch:
        for place, name in STEPS:
            patch.setattr(place, name, watched(getattr(place, name)))
        yield count


def crash_at(step: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pack in a process that is killed before a step, as by ``kill -9``."""

    def act(number: int) -> None:
        if number == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def run() -> None:
        with counted(act, monkeypatch):
            pack(rows(range(3), bad=BAD), folder, settings=SMALL)

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL


def whole(folder: Path) -> None:
    """Whatever can be opened is complete, and shards are whole or not there."""
    if is_store(folder):
        assert Store.open(folder).verify() == ()
    else:
        with pytest.raises(DatasetError):
            Store.open(folder)
    for place in (folder / "shards").glob("0*"):
        assert shard.problems_of(place) == []


def test_a_kill_before_any_step_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command goes on, also when it is killed again, and ends in the same bytes."""
    rng = np.random.default_rng(0)
    with counted(lambda number: None, monkeypatch) as count:
        pack(rows(range(3), bad=BAD), tmp_path / "whole", settings=SMALL)
    expected, steps = content(tmp_path / "whole"), count[0]
    assert steps > 25
    for step in range(steps):
        folder = tmp_path / str(step)
        crash_at(step, folder, monkeypatch)
        whole(folder)
        if step > 5 and step % 4 == 0:
            crash_at(int(rng.integers(3)), folder, monkeypatch)
            whole(folder)
        pack(rows(range(3), bad=BAD), folder, settings=SMALL)
        assert content(folder) == expected, step


def test_a_kill_while_a_store_grows_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(rows(range(2)), tmp_path, settings=SMALL)
    child = multiprocessing.get_context("fork").Process(
        target=pack,
        args=(rows(range(40), wait_s=0.05), tmp_path),
        kwargs={"settings": SMALL, "append": True},
    )
    child.start()
    wait_for(lambda: len(list((tmp_path / "shards").glob("0*"))) > 2)
    child.kill()
    child.join()
    assert len(Store.open(tmp_path)) == 2
    assert Store.open(tmp_path).verify() == ()
    with pytest.raises(DatasetError, match="unfinished packing of other records"):
        pack(rows(range(50)), tmp_path, settings=SMALL, append=True)
    grown = pack(rows(range(40)), tmp_path, settings=SMALL, append=True)
    assert len(grown) == 40
    assert grown.verify() == ()


CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
import sys
from pathlib import Path
from scar_core.store import PackSettings, pack
from tests.store.made import rows
print("begun", flush=True)
pack(rows(range(60), wait_s=float(sys.argv[2])), Path(sys.argv[1]), workers=2,
     settings=PackSettings(shard_records=6))
"""


def packer(folder: Path, wait_s: float = 0.02) -> "subprocess.Popen[str]":
    """Start a packing with two workers in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(folder), str(wait_s)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def wait_for(true: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.005)


def partial(folder: Path) -> list[Path]:
    return list(folder.glob("shards/.*.part"))


def workers_of(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children")
    if not children.is_file():
        pytest.skip("this system does not tell a process's children")
    return [int(child) for child in children.read_text().split()]


def test_packers_with_workers_are_killed_at_any_moment(tmp_path: Path) -> None:
    """Three kills on the way; the workers end with their parent, and nothing is half written."""
    rng = np.random.default_rng(1)
    for _ in range(3):
        process = packer(tmp_path / "killed")
        wait_for(lambda: bool(partial(tmp_path / "killed")))
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        process.communicate()
        whole(tmp_path / "killed")
    given = rows(range(60), wait_s=0.02)
    settings = PackSettings(shard_records=6)
    pack(given, tmp_path / "killed", settings=settings, workers=2)
    pack(given, tmp_path / "whole", settings=settings)
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def test_a_killed_worker_is_said_so(tmp_path: Path) -> None:
    process = packer(tmp_path, wait_s=0.2)
    wait_for(lambda: bool(partial(tmp_path)))
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "DatasetError: a packing process was ended from outside" in said
    whole(tmp_path)


def test_two_packers_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE_S", 0.1)
    process = packer(tmp_path, wait_s=0.2)
    wait_for(lambda: bool(partial(tmp_path)))
    with pytest.raises(DatasetError, match="is being packed by another process"):
        pack(rows(range(60)), tmp_path, settings=PackSettings(shard_records=6))
    process.kill()
    process.communicate()


def test_an_interrupted_packing_cleans_up(tmp_path: Path) -> None:
    """Ctrl-C reaches the parent and its workers alike."""
    process = packer(tmp_path, wait_s=0.05)
    wait_for(lambda: bool(partial(tmp_path)))
    crew = workers_of(process.pid)
    for one in (process.pid, *crew):
        os.kill(one, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in said
    assert partial(tmp_path) == []
    assert not any(Path(f"/proc/{one}").exists() for one in crew)
    whole(tmp_path)
