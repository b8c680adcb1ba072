"""Gestures of many people at once, alone and beside a training, and how jobs come through."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.benches import Bench, Figures
from scar_core.errors import ConfigError

if TYPE_CHECKING:
    from scar_core.serving.client import WorkerClient

SESSIONS = (1, 8, 32)
BESIDE = (1, 8)
SECONDS = 12.0
PATIENCE_S = 300.0
TRAINING = {"steps": 100_000, "simulated_records": 64, "validate": 0}


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    from scar_core.serving.bench import bench_door

    del root, checkpoint
    door = {name: round(value, 2) for name, value in vars(bench_door()).items()}
    figures: Figures = {"door_without_a_model": door}
    with tempfile.TemporaryDirectory() as folder:
        figures |= _gestures(Path(folder))
    if find_spec("scar_core.jobs.bench") is not None:
        from scar_core.jobs.bench import measure

        figures["jobs"] = measure()
    return figures


def _gestures(folder: Path) -> Figures:
    """Measure each number of sessions alone, beside a training, and alone again."""
    from scar_core.serving.client import start_worker, stop_worker

    start_worker(folder, patience_s=PATIENCE_S)
    try:
        client = _ready(folder)
        before = {n: _measured(client, n) for n in SESSIONS}
        with _training(folder):
            beside = {n: _measured(client, n) for n in BESIDE}
        after = {n: _measured(client, n) for n in BESIDE}
    finally:
        stop_worker(folder)
    figures: Figures = {f"sessions_{n}": one for n, one in before.items()}
    for n in BESIDE:
        alone = (before[n]["p95_ms"] + after[n]["p95_ms"]) / 2
        figures[f"beside_a_training_sessions_{n}"] = beside[n] | {
            "p95_ms_before_and_after": [before[n]["p95_ms"], after[n]["p95_ms"]],
            "p95_ratio": round(beside[n]["p95_ms"] / alone, 2),
        }
    return figures


def _measured(client: "WorkerClient", sessions: int) -> dict[str, Any]:
    from scar_core.serving.load import made_records, under_load

    return asdict(under_load(client, made_records(sessions), SECONDS))


def _ready(folder: Path) -> "WorkerClient":
    """Wait until the worker, its inquiries and its executor have all come up and are quiet."""
    from scar_core.serving.client import WorkerClient

    client = WorkerClient.connect(folder)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        told = client.status()
        if told["status"] != "loading" and "executor" in told["processes"]:
            time.sleep(8.0)  # for what they load
            return client
        time.sleep(0.2)
    raise ConfigError(f"the worker was not ready within {PATIENCE_S:g} s; is the machine busy?")


@contextlib.contextmanager
def _training(folder: Path) -> Iterator[None]:
    """Run a training as people do, as a job of this very worker; until it is left."""
    from scar_core.jobs.client import JobsClient

    jobs = JobsClient.connect(folder)
    job = jobs.submit("train", TRAINING)
    until = time.monotonic() + PATIENCE_S
    while not (job.progress and job.progress["done"] > 0):
        if job.ended or time.monotonic() > until:
            raise ConfigError(f"the training did not get on ({job.state}: {job.error})")
        time.sleep(0.2)
        job = jobs.show(job.id)
    try:
        yield
        state = jobs.show(job.id).state
        if state != "running":
            raise ConfigError(f"the training was {state} before the measurement was over")
    finally:
        jobs.cancel(job.id)


BENCH = Bench(
    "Gestures of 1, 8 and 32 people who never pause, alone and beside a training; jobs", _run
)
