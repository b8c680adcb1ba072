"""The worker and the process that works on jobs, with one that does nothing."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from scar_core.errors import ConfigError, ScarError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.address import Address, live_address, this_machine, write_address
from scar_core.serving.client import WorkerClient, stop_worker, worker_running
from scar_core.serving.process import Setup
from tests.serving.conftest import Run, wait_ready
from tests.serving.fake_asker import ASKER
from tests.serving.fakes import FakePredictor, make_record
from tests.serving.test_door import knock
from tests.serving.test_process import gone

EXECUTOR = ("tests.serving.fake_executor",)
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def notes(folder: Path, n: int = 1, patience_s: float = 20.0) -> list[dict[str, Any]]:
    """What the first ``n`` executors said of themselves."""
    until = time.monotonic() + patience_s
    lines: list[str] = []
    while len(lines) < n:
        assert time.monotonic() < until, lines
        time.sleep(0.02)
        if (folder / "executors").exists():
            lines = (folder / "executors").read_text().splitlines()
    return [json.loads(line) for line in lines]


def setup(*arguments: str, **changes: Any) -> Setup:
    return Setup(
        factories={"scar": FakePredictor},
        asker=ASKER,
        executor=(*EXECUTOR, *arguments),
        rest_s=0.05,
        **changes,
    )


def test_the_executor_is_started_humbly_and_ended_gracefully(run: Run, tmp_path: Path) -> None:
    client = run(setup())
    (about,) = notes(tmp_path)
    assert about["arguments"] == ["--device", "cpu"]
    assert about["niceness"] > os.nice(0)
    assert int(about["threads"]) >= 1
    told = client.status()
    assert told["jobs"] is True
    assert told["processes"]["executor"]["pid"] == about["pid"]
    stop_worker(tmp_path)
    assert gone(about["pid"])
    assert (tmp_path / "ended").exists()


def test_a_killed_executor_is_replaced(run: Run, tmp_path: Path) -> None:
    client = run(setup())
    os.kill(notes(tmp_path)[0]["pid"], signal.SIGKILL)
    second = notes(tmp_path, 2)[1]["pid"]
    assert client.status()["processes"]["executor"] | {"memory_mb": 0} == {
        "pid": second, "memory_mb": 0, "restarts": 1
    }  # fmt: skip
    assert client.health()["status"] == "ready"


def test_one_that_keeps_dying_is_started_ever_more_rarely(run: Run, tmp_path: Path) -> None:
    run(setup("--dying"))
    notes(tmp_path, 2)
    time.sleep(1.5)  # 1 s, then 2 s, then 4 s
    assert len(notes(tmp_path, 2)) <= 3


def test_after_a_killed_worker_jobs_go_on_without_rest(run: Run, tmp_path: Path) -> None:
    write_address(tmp_path, Address(1, 1, "left behind", this_machine()))
    run(replace(setup(), rest_s=600.0))
    assert notes(tmp_path)


def test_without_jobs_there_is_none(run: Run, tmp_path: Path) -> None:
    client = run(Setup(factories={"scar": FakePredictor}, asker=ASKER, executor=None))
    time.sleep(0.3)
    told = client.status()
    assert told["jobs"] is False
    assert "executor" not in told["processes"]
    assert not (tmp_path / "executors").exists()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """A worker in a process of its own, with an executor."""
    begun: list[subprocess.Popen[str]] = []

    def begin() -> "subprocess.Popen[str]":
        begun.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.serving.fake_worker", "--jobs"],
                env=os.environ | {"SCAR_HOME": str(tmp_path)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        wait_ready(tmp_path)
        return begun[-1]

    yield begin
    for one in begun:
        if one.poll() is None:
            one.kill()
        one.communicate()


def test_children_do_not_outlive_a_killed_worker(
    process: Callable[[], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    worker = process()
    executor = notes(tmp_path)[0]["pid"]
    client = WorkerClient.connect(tmp_path)
    asker = client.ask("anything")["pid"]
    assert client.status()["processes"]["inquiries"]["pid"] == asker
    worker.kill()
    assert gone(executor)
    assert gone(asker)


def test_sigterm_ends_all_and_every_line_of_the_log_is_json(
    process: Callable[[], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    worker = process()
    executor = notes(tmp_path)[0]["pid"]
    private = provoke(tmp_path)
    worker.send_signal(signal.SIGTERM)
    _, log = worker.communicate(timeout=20)
    assert worker.returncode == 0
    assert gone(executor, 1)
    assert not worker_running(tmp_path)
    events = [json.loads(line) for line in log.splitlines()]
    assert all({"time", "level", "event", "from"} <= event.keys() for event in events)
    spoken = [one["event"] for one in events if one["from"] == "executor"]
    assert "the executor speaks" in spoken
    assert any("stopped" in event["event"] for event in events)
    assert {"inquiry answered", "an inquiry failed", "the predictor failed"} <= {
        event["event"] for event in events
    }
    for text in private:
        assert text not in log


def provoke(folder: Path) -> list[str]:
    """Let everything fail that quotes what it fails on; return what no log may hold."""
    prompt, patient, option = "fear of a lawsuit", "Jane Doe 1950", "a private option"
    client = WorkerClient.connect(folder)
    signal_of = make_record()
    for rate_hz in (100.0, 13.0, 17.0, 19.0):  # answered, refused, refused, a defect
        record = ECGRecord(
            signal_of.signal, signal_of.lead_names, rate_hz, signal_of.present, name=patient
        )
        with contextlib.suppress(ScarError):
            client.predict(record, [Scenario()], {patient: prompt})
    for how in ("echo", "defect", "nan", "refuse", option):
        with contextlib.suppress(ScarError):
            client.ask("anything", how=how)
    for path in ("/ask/anything", "/predict", "/records", f"/{patient.split()[0]}"):
        knock(folder, path, method="POST", body=json.dumps({patient: prompt}).encode())
    address = live_address(folder)
    return [address.token, prompt, patient, "Jane", "private", option]


def job_routes(folder: Path) -> list[Route]:
    async def show(request: Request) -> Response:
        if request.path_params["job"] == "bad":
            raise ConfigError("There is no such job; look at the list.")
        return PlainTextResponse(f"{request.path_params['job']} of {folder.name}")

    async def submit(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    return [
        Route("/jobs", submit, methods=["POST"]),
        Route("/jobs/{job}", show, methods=["GET"]),
    ]


def test_the_routes_of_jobs_are_behind_the_door(run: Run, tmp_path: Path) -> None:
    client = run(setup(routes=job_routes))
    assert client._line.ask("GET", "/jobs/7", timeout_s=5)["text"] == f"7 of {tmp_path.name}"
    with pytest.raises(ConfigError, match="no such job"):
        client._line.ask("GET", "/jobs/bad", timeout_s=5)
    assert client._line.ask("POST", "/jobs", b"x" * 1000, timeout_s=5)["text"] == "1000"
    with pytest.raises(ConfigError, match="larger"):
        client._line.ask("POST", "/jobs", b"x" * (2**20 + 1), timeout_s=5)
    assert knock(tmp_path, "/jobs/7", headers={"Authorization": "Bearer wrong"})[0] == 401
    assert knock(tmp_path, "/jobs/7/nowhere")[0] == 404
    assert knock(tmp_path, "/jobs/7", method="POST", body=b"")[0] == 405
    assert 'route="/jobs/{job}"' in client.metrics()


def test_routes_that_cannot_be_loaded_are_told_and_tried_again(run: Run, tmp_path: Path) -> None:
    attempts: list[int] = []

    def routes(folder: Path) -> list[Route]:
        attempts.append(1)
        if len(attempts) < 2:
            raise ConfigError("The database is away; start it.")
        return job_routes(folder)

    client = run(setup(routes=routes))
    with pytest.raises(ConfigError, match="database is away"):
        client._line.ask("GET", "/jobs/7", timeout_s=5)
    assert "7 of" in client._line.ask("GET", "/jobs/7", timeout_s=5)["text"]


def test_what_is_not_installed_is_said_without_ending_the_door(run: Run) -> None:
    def routes(_folder: Path) -> list[Route]:
        raise ImportError("no module named dbos")

    client = run(setup(routes=routes))
    with pytest.raises(WorkerUnavailable, match="dbos"):
        client._line.ask("GET", "/jobs", timeout_s=5)
    assert client.health()["status"] == "ready"


def test_starting_the_door_loads_neither_models_nor_the_engine_of_jobs() -> None:
    code = (
        "import sys, scar_core.serving.process\n"
        "print([n for n in ('torch', 'dbos', 'sqlalchemy', 'pandas', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
