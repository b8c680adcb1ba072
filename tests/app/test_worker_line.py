"""The pages' line to the worker: started once, its state in a sentence."""

import threading

import pytest

from pages.ui import worker
from scar_core.errors import WorkerUnavailable
from tests.app.fake_worker import FakeClient

real_start = worker.start


def test_one_attempt_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    go, calls = threading.Event(), []

    def slow(anew: bool) -> None:
        assert not anew
        calls.append(1)
        go.wait(5)

    monkeypatch.setattr(worker, "start", slow)
    starter = worker.Starter()
    starter.begin()
    starter.begin()
    assert starter.busy
    go.set()
    assert starter._thread is not None
    starter._thread.join(5)
    assert not starter.busy
    assert len(calls) == 1


def test_why_it_failed_is_kept(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(anew: bool) -> None:
        raise WorkerUnavailable("The worker did not start; its log ends with: no model.")

    monkeypatch.setattr(worker, "start", fail)
    client.down = True
    attempt = worker.starter()
    assert attempt._thread is not None
    attempt._thread.join(5)
    state = worker.status()
    assert not state.ready
    assert "no model" in state.says


@pytest.mark.parametrize(
    ("health", "ready", "starting"),
    [("ready", True, False), ("loading", False, True), ("failed", False, False)],
)
def test_states(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch, health: str, ready: bool, starting: bool
) -> None:
    monkeypatch.setattr(client, "health", lambda: {"status": health, "error": "No checkpoint."})
    state = worker.status()
    assert (state.ready, state.starting) == (ready, starting)
    assert state.says.endswith(".")


def test_a_worker_without_its_model_is_started_anew(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(worker, "stop_worker", lambda: told.append("stop"))
    monkeypatch.setattr(worker, "worker_running", lambda: False)
    monkeypatch.setattr(worker, "start_worker", lambda: told.append("start"))
    real_start(anew=True)
    assert told == ["stop", "start"]
    real_start()
    assert told == ["stop", "start", "start"]
