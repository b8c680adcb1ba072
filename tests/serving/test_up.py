import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scar_core.errors import ConfigError
from scar_core.serving.address import PAGE_FILE, live_address
from scar_core.serving.client import start_worker, stop_worker
from scar_core.serving.status import page_address
from scar_core.serving.up import page_command, run_up
from tests.serving.conftest import wait_ready
from tests.serving.test_process import FAKE_WORKER, gone, released

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


class Up:
    """A running ``up`` and what it has said so far."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.serving.fake_up", *arguments],
            env=os.environ | {"SCAR_HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.said = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)

    def expect(self, pattern: str, patience_s: float = 15.0) -> re.Match[str]:
        """Wait until it has said something that matches."""
        until = time.monotonic() + patience_s
        while not (found := re.search(pattern, self.said)):
            try:
                self.said += self._lines.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no {pattern!r} in:\n{self.said}")
        return found


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    begun: list[Up] = []

    def begin(*arguments: str) -> Up:
        begun.append(Up(tmp_path, *arguments))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(15)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_starts_both_and_stops_both(
    up: Callable[..., Up], tmp_path: Path, port: int, number: signal.Signals
) -> None:
    running = up(str(port))
    page_pid = int(running.expect(r"page \| page pid (\d+)")[1])
    running.expect(rf"open at http://127\.0\.0\.1:{port}\b")
    running.expect(r"worker \| .*listening")
    worker_pid = wait_ready(tmp_path).health()["pid"]
    assert page_address(tmp_path) == f"http://127.0.0.1:{port}"
    running.process.send_signal(number)
    assert running.process.wait(10) == 0
    assert gone(page_pid, 1)
    assert gone(worker_pid, 1)
    assert not (tmp_path / PAGE_FILE).exists()
    assert released(tmp_path)


def test_children_do_not_outlive_a_killed_up(
    up: Callable[..., Up], tmp_path: Path, port: int
) -> None:
    running = up(str(port))
    page_pid = int(running.expect(r"page \| page pid (\d+)")[1])
    running.expect("open at")
    worker_pid = wait_ready(tmp_path).health()["pid"]
    running.process.kill()
    running.process.wait(5)
    assert gone(page_pid)
    assert gone(worker_pid)


def test_a_dead_worker_is_replaced(up: Callable[..., Up], tmp_path: Path, port: int) -> None:
    running = up(str(port))
    running.expect("open at")
    client = wait_ready(tmp_path)
    pid = client.health()["pid"]
    os.kill(pid, signal.SIGKILL)
    running.expect(r"The worker ended \(status -9\); starting it again")
    running.expect(r"(?s)listening.*listening")
    assert client.health()["pid"] != pid


def test_a_worker_that_runs_already_is_used_and_left(
    up: Callable[..., Up], tmp_path: Path, port: int
) -> None:
    pid = start_worker(tmp_path, command=FAKE_WORKER)
    try:
        running = up(str(port))
        running.expect("open at")
        running.expect("running already; it is used")
        running.process.terminate()
        assert running.process.wait(10) == 0
        assert live_address(tmp_path).pid == pid
    finally:
        stop_worker(tmp_path)


def test_a_taken_port_gives_the_next(up: Callable[..., Up], port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        running = up(str(port))
        running.expect(f"Port {port} is taken")
        found = running.expect(r"open at http://127\.0\.0\.1:(\d+)")
    assert int(found[1]) > port


def test_a_killed_page_is_back_on_its_port(
    up: Callable[..., Up], tmp_path: Path, port: int
) -> None:
    running = up(str(port))
    pid = int(running.expect(r"page \| page pid (\d+)")[1])
    running.expect("open at")
    worker_pid = wait_ready(tmp_path).health()["pid"]
    os.kill(pid, signal.SIGKILL)
    running.expect(r"The page ended \(status -9\); starting it again")
    running.expect(rf"open at http://127\.0\.0\.1:{port} again")
    assert wait_ready(tmp_path).health()["pid"] == worker_pid, "the worker had to go too"
    assert page_address(tmp_path) == f"http://127.0.0.1:{port}"


def test_a_page_that_ends_again_and_again_ends_it_all(
    up: Callable[..., Up], tmp_path: Path, port: int
) -> None:
    running = up(str(port), "0.1")
    running.expect(r"The page ended by itself 5 times in a row \(status 3\)", 60)
    assert len(re.findall(r"starting it again in", running.said)) >= 4
    assert running.process.wait(10) == 1
    assert released(tmp_path)


def test_a_page_for_other_machines_is_said_aloud(
    up: Callable[..., Up], tmp_path: Path, port: int
) -> None:
    running = up(str(port), "--host", "0.0.0.0")  # noqa: S104 - that is what is tested
    running.expect(r"authenticates people and encrypts \(TLS\) is required in front")
    running.expect(rf"open at http://127\.0\.0\.1:{port}\b")


def test_a_host_that_is_not_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="an address of this machine"):
        run_up(8501, host="192.0.2.1", state_dir=tmp_path)


def test_ports_that_do_not_exist_are_config_errors(tmp_path: Path) -> None:
    for port in (0, -1, 65536):
        with pytest.raises(ConfigError, match=str(port)):
            run_up(port, state_dir=tmp_path)


def test_the_page_asks_nobody_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: True)
    command = page_command(8501)
    assert "--server.address=0.0.0.0" in page_command(8501, "0.0.0.0")  # noqa: S104 - when told so
    assert "--browser.gatherUsageStats=false" in command
    assert "--server.address=127.0.0.1" in command


def test_starting_imports_nothing_heavy() -> None:
    code = (
        "import sys, scar_core.serving.up, scar_core.serving.tether\n"
        "print([n for n in ('numpy', 'torch', 'streamlit', 'uvicorn') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_client_imports_the_foundation_only() -> None:
    code = (
        "import sys, scar_core.serving.client\n"
        "print([n for n in ('torch', 'starlette', 'uvicorn', 'scipy') if n in sys.modules])\n"
        "print(sorted(n for n in sys.modules if n.startswith('scar_core.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, ours = done.stdout.splitlines()
    assert heavy == "[]"
    for room in ("batching", "door", "process", "evaluation", "methods", "nn"):
        assert room not in ours
