"""Real processes: what is left on disk, who may live beside whom, what a kill leaves behind."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scar_core.errors import ConfigError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.serving.address import (
    ADDRESS_FILE,
    LOCK_FILE,
    LOG_FILE,
    Address,
    InstanceLock,
    live_address,
    lock_is_held,
    read_address,
    this_machine,
    write_address,
)
from scar_core.serving.client import WorkerClient, start_worker, stop_worker, worker_running
from scar_core.serving.process import Setup, run_worker
from tests.serving.conftest import wait_ready
from tests.serving.fakes import FakePredictor, make_record

FAKE_WORKER = ("-m", "tests.serving.fake_worker")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    state = tmp_path / "state"
    yield state
    while worker_running(state):  # of several that started at once, the next may have moved up
        with contextlib.suppress(WorkerUnavailable):
            stop_worker(state)


def gone(pid: int, patience_s: float = 10.0) -> bool:
    """Whether the process ends in time; one that only waits to be collected has ended."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def released(folder: Path, patience_s: float = 5.0) -> bool:
    """Whether the lock falls in time: a dead process's last thread takes a moment longer."""
    until = time.monotonic() + patience_s
    while worker_running(folder) and time.monotonic() < until:
        time.sleep(0.01)
    return not worker_running(folder)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_what_is_written_is_for_the_user_only(folder: Path) -> None:
    old = os.umask(0)
    try:
        start_worker(folder, command=FAKE_WORKER)
    finally:
        os.umask(old)
    for name in (ADDRESS_FILE, LOCK_FILE, LOG_FILE):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    address = live_address(folder)
    assert len(bytes.fromhex(address.token)) == 32
    assert address.token not in repr(address)


def test_starting_twice_gives_the_same_worker_and_stopping_leaves_nothing(folder: Path) -> None:
    pid = start_worker(folder, command=FAKE_WORKER)
    assert start_worker(folder, command=FAKE_WORKER) == pid
    assert worker_running(folder)
    assert stop_worker(folder)
    assert gone(pid)
    assert released(folder)
    assert not (folder / ADDRESS_FILE).exists()
    assert not stop_worker(folder)


def test_two_starts_at_once_make_one_worker(folder: Path) -> None:
    pids: list[int] = []
    starts = [
        threading.Thread(target=lambda: pids.append(start_worker(folder, command=FAKE_WORKER)))
        for _ in range(3)
    ]
    for one in starts:
        one.start()
    for one in starts:
        one.join()
    assert len(pids) == 3
    assert len(set(pids)) == 1
    time.sleep(0.5)  # for those that came too late to leave again


def test_the_second_worker_leaves(folder: Path) -> None:
    pid = start_worker(folder, command=FAKE_WORKER)
    said: list[str] = []
    assert run_worker(Setup(factories={"scar": FakePredictor}), folder, say=said.append) == 0
    url = live_address(folder).url
    assert said == [f"A worker is already running at {url} (pid {pid})."]
    assert WorkerClient.connect(folder).health()["pid"] == pid


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_clients_survive_a_killed_worker(folder: Path) -> None:
    record = make_record()
    pid = start_worker(folder, command=FAKE_WORKER)
    client = wait_ready(folder)
    before = client.predict(record, [Scenario()])
    token = live_address(folder).token

    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert released(folder)
    assert read_address(folder) is not None  # a killed process cannot tidy up
    with pytest.raises(WorkerUnavailable, match=r"python -m scar_core worker"):
        client.predict(record, [Scenario()])
    with pytest.raises(WorkerUnavailable, match="No worker is running"):
        WorkerClient.connect(folder)

    again = start_worker(folder, command=FAKE_WORKER)
    assert again != pid
    assert live_address(folder).token != token
    assert client.predict(record, [Scenario()]) == before


def test_a_worker_killed_in_the_middle_of_a_question(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DELAY_S", "1")
    pid = start_worker(folder, command=FAKE_WORKER)
    client = wait_ready(folder)
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    begun = time.monotonic()
    with pytest.raises(WorkerUnavailable):
        client.predict(make_record(), [Scenario()])
    assert time.monotonic() - begun < 5


def test_sigterm_is_a_clean_end(folder: Path) -> None:
    folder.mkdir()
    worker = subprocess.Popen(
        [sys.executable, *FAKE_WORKER],
        env=os.environ | {"SCAR_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_ready(folder)
    worker.send_signal(signal.SIGTERM)
    output, _ = worker.communicate(timeout=10)
    assert worker.returncode == 0
    assert "stopped" in output
    assert not (folder / ADDRESS_FILE).exists()


def test_a_worker_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(WorkerUnavailable, match="the models do not exist"):
        start_worker(folder, command=(*FAKE_WORKER, "--broken"), patience_s=20)


def test_a_taken_port_and_a_useless_folder_are_config_errors(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="port 99999"):
        run_worker(Setup(port=99999), folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="SCAR_HOME"):
        run_worker(Setup(), tmp_path / "file" / "deeper")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"port": "x", "pid": 1}', "\x00\xff"])
def test_a_damaged_address_is_said_not_thrown(tmp_path: Path, text: str) -> None:
    (tmp_path / ADDRESS_FILE).write_text(text, encoding="latin-1")
    with InstanceLock(tmp_path), pytest.raises(WorkerUnavailable, match="delete it"):
        WorkerClient(tmp_path)


def test_an_address_of_another_machine_is_not_knocked_at(tmp_path: Path) -> None:
    write_address(tmp_path, Address(1, 1, "t", f"not-{this_machine()}"))
    with InstanceLock(tmp_path), pytest.raises(WorkerUnavailable, match="runs on not-"):
        WorkerClient(tmp_path)


def test_a_dead_workers_port_is_never_used(tmp_path: Path) -> None:
    write_address(tmp_path, Address(1, 1, "t", this_machine()))
    with pytest.raises(WorkerUnavailable, match="No worker is running"):
        WorkerClient(tmp_path)


def test_a_link_in_place_of_the_address_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ADDRESS_FILE).symlink_to(victim)
    (tmp_path / f"{ADDRESS_FILE}.7").symlink_to(victim)
    write_address(tmp_path, Address(1, 7, "t", this_machine()))
    assert victim.read_text() == "mine"
    assert not (tmp_path / ADDRESS_FILE).is_symlink()


def test_the_lock_has_one_holder_and_asking_does_not_take_it(tmp_path: Path) -> None:
    assert not lock_is_held(tmp_path)
    with InstanceLock(tmp_path) as first:
        assert first.held
        assert lock_is_held(tmp_path)
        with InstanceLock(tmp_path, patience_s=0.0) as second:
            assert not second.held
        assert lock_is_held(tmp_path)
    assert not lock_is_held(tmp_path)
    with InstanceLock(tmp_path) as third:
        assert third.held
