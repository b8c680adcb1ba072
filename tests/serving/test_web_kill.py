"""The web server is killed, then all of it: the page is back, and the job under way is finished."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from scar_core.errors import WorkerUnavailable
from scar_core.jobs.book import JobBook
from scar_core.jobs.client import JobsClient
from scar_core.serving.address import PAGE_FILE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 400.0


@contextmanager
def product(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Worker and page, as a newcomer starts them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen(
        [sys.executable, "-m", "scar_core", "up", "--no-browser", "--port", str(port)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"SCAR_HOME": str(home), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        yield child
    finally:
        child.terminate()
        child.wait(60)


def until(true: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        try:
            if true():
                return
        except (WorkerUnavailable, OSError, ValueError, psutil.Error):
            pass
        time.sleep(0.1)
    pytest.fail(f"{what} did not happen within {PATIENCE_S:g} s")


def pages(up: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Living web servers of an ``up``."""
    children = psutil.Process(up.pid).children()
    return [one for one in children if "streamlit" in one.cmdline()]


def answers(address: str) -> bool:
    with urlopen(f"{address}/_stcore/health") as answer:  # noqa: S310 - our own
        return bool(answer.status == 200)


def kill_page(up: "subprocess.Popen[bytes]") -> None:
    (page,) = pages(up)
    page.kill()


@pytest.mark.slow
def test_a_job_outlives_the_web_server_and_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_HOME", str(tmp_path))
    monkeypatch.setenv("SCAR_DATA", str(tmp_path / "none"))
    client = JobsClient.connect(tmp_path)

    def steps() -> float:
        told = JobBook().show(job).progress
        return float(told["done"]) if told else 0.0

    with product(tmp_path) as up:
        until(lambda: bool(client.kinds()), "the start")
        job = client.submit(
            "train",
            {"data": "simulated", "simulated_records": 64, "steps": 60, "batch": 16,
             "save_every": 5, "validate": 0},
        ).id  # fmt: skip
        until(lambda: steps() > 0, "the first step")
        (killed,), worker = pages(up), json.loads((tmp_path / "worker.json").read_text())["pid"]
        kill_page(up)
        until(lambda: [one.pid != killed.pid for one in pages(up)] == [True], "the page again")
        address = (tmp_path / PAGE_FILE).read_text().split()[1]
        until(lambda: answers(address), "its answer")
        assert json.loads((tmp_path / "worker.json").read_text())["pid"] == worker
        assert JobBook().show(job).attempts == 1
        before = steps()
        until(lambda: steps() > before or JobBook().show(job).ended, "the job's going on")
    assert JobBook().show(job).state != "failed"
    with product(tmp_path) as up:
        until(lambda: JobBook().show(job).attempts > 1, "going on")
        up.kill()
        psutil.Process(json.loads((tmp_path / "worker.json").read_text())["pid"]).kill()
    with product(tmp_path):
        until(lambda: JobBook().show(job).state == "done", "the end")
    assert steps_of(job) == list(range(1, 61))


def steps_of(job: str) -> list[int]:
    """Steps in the job's figures: none is missing, none is there twice."""
    with JobBook().storage.open(job, "metrics.jsonl") as stream:
        return [json.loads(line)["step"] for line in stream.read().splitlines()]
