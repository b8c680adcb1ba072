import socket
import tempfile
from pathlib import Path

import numpy as np
import pytest

from scar_core.benches import worker
from scar_core.errors import ConfigError
from scar_core.serving.bench import bench_door
from scar_core.serving.client import WorkerClient
from scar_core.serving.load import gesture, under_load
from scar_core.serving.process import listen
from tests.serving.fakes import FakePredictor, make_record


def test_the_bench_times_the_door() -> None:
    figures = bench_door(n=20)
    assert figures.n == 20
    assert 0 < figures.p50_ms <= figures.p95_ms


def test_the_door_turns_off_nagle() -> None:
    (listener,) = listen("127.0.0.1", 0)
    with listener:  # asyncio does so only for a socket that names its protocol
        assert listener.proto == socket.IPPROTO_TCP


def test_sessions_ask_at_once_and_all_are_counted(
    client: WorkerClient, fake: FakePredictor
) -> None:
    records = [make_record(seed) for seed in range(4)]
    figures = under_load(client, records, 0.5)
    assert figures.sessions == 4
    assert 0 < figures.p50_ms <= figures.p95_ms
    assert 4 <= figures.n <= sum(fake.calls)
    assert client.health()["n_records"] == 4


def test_a_refusal_ends_the_measurement(client: WorkerClient) -> None:
    client.deadline_s = 1e9
    with pytest.raises(ConfigError, match="deadline"):
        under_load(client, [make_record()], 0.2)


def test_gestures_are_drawn_and_differ() -> None:
    draw, again = np.random.default_rng(0), np.random.default_rng(0)
    drawn = [gesture(draw) for _ in range(50)]
    assert len(set(drawn)) > 25
    assert not any(one.is_empty for one in drawn)
    assert drawn == [gesture(again) for _ in range(50)]


@pytest.mark.slow
def test_the_workers_bench_runs_with_a_real_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SECONDS", 1.0)
    with tempfile.TemporaryDirectory() as folder:
        figures = worker._gestures(Path(folder))
    assert figures["sessions_32"]["n"] >= 32
    assert figures["beside_a_training_sessions_8"]["p95_ratio"] > 0
