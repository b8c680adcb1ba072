"""A worker in a thread of the test: the real server, lock and files, a fake predictor."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scar_core.serving.address import lock_is_held
from scar_core.serving.client import WorkerClient, stop_worker
from scar_core.serving.models import PredictorLike
from scar_core.serving.process import Setup, run_worker
from tests.serving.fake_asker import ASKER, find
from tests.serving.fakes import FakePredictor

Start = Callable[[Callable[[], PredictorLike]], WorkerClient]
Run = Callable[..., WorkerClient]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Start a worker of this setup; the client has waited until it was warm."""
    monkeypatch.setattr("scar_core.serving.door.inquiry", find)
    threads: list[threading.Thread] = []

    def begin(setup: Setup, said: list[str] | None = None) -> WorkerClient:
        say = (lambda _: None) if said is None else said.append
        thread = threading.Thread(target=run_worker, args=(setup, tmp_path), kwargs={"say": say})
        threads.append(thread)
        threads[-1].start()
        return wait_ready(tmp_path)

    yield begin
    if lock_is_held(tmp_path):
        stop_worker(tmp_path)
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def start(run: Run) -> Start:
    """Start a worker around the given factory."""

    def begin(factory: Callable[[], PredictorLike]) -> WorkerClient:
        return run(Setup(factories={"scar": factory}, asker=ASKER, executor=None))

    return begin


@pytest.fixture
def fake() -> FakePredictor:
    return FakePredictor()


@pytest.fixture
def client(start: Start, fake: FakePredictor) -> WorkerClient:
    return start(lambda: fake)


def wait_ready(folder: Path, patience_s: float = 10.0) -> WorkerClient:
    until = time.monotonic() + patience_s
    while True:
        try:
            client = WorkerClient.connect(folder)
            if client.health()["status"] != "loading":
                return client
        except Exception:
            if time.monotonic() > until:
                raise
        time.sleep(0.02)
