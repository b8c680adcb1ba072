"""What the door itself costs: round trips to a real worker whose predictor does nothing."""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.prediction import ClassScore, Importance, Prediction
from scar_core.record import ECGRecord
from scar_core.serving.client import WorkerClient, start_worker, stop_worker


@dataclass(frozen=True)
class DoorFigures:
    """Round trips of a question about one record before and after hiding, in milliseconds.

    Attributes:
        p50_ms: Median.
        p95_ms: 95th percentile.
        first_ms: The first question about a record, which is sent along (10 s at 500 Hz).
        n: Number of round trips behind the percentiles.
    """

    p50_ms: float
    p95_ms: float
    first_ms: float
    n: int


class Trivial:
    """Gives everybody the same answer, as large as a real one: 24 classes, 12 × 50 patches."""

    n_bytes = 0
    device = "cpu"

    def __init__(self) -> None:
        weights = tuple((1 / 600,) * 50 for _ in LEADS)
        visible = tuple((True,) * 50 for _ in LEADS)
        scores = (ClassScore(f"Class {k}", f"class {k}", 0.5, 0.5, True) for k in range(24))
        importance = Importance(LEADS, 0.2, weights, visible)
        self._answer = Prediction(tuple(scores), importance, 1.0, "scar", "trivial")

    def predict(
        self,
        items: Sequence[tuple[ECGRecord, Scenario]],
        prompts: Mapping[str, str] | None = None,
    ) -> list[Prediction]:
        """Return the same prediction for every item."""
        return [self._answer for _ in items]


def bench_door(n: int = 300) -> DoorFigures:
    """Measure ``n`` round trips to a worker process of its own, one after the other.

    Raises:
        WorkerUnavailable: If that worker does not start.
    """
    time_s = np.arange(5000) / 500
    signal = np.tile(np.sin(time_s), (12, 1)).astype(np.float32)
    record = ECGRecord(signal, LEADS, 500.0, np.ones(signal.shape, dtype=bool))
    scenarios = (Scenario(), Scenario(leads=("V1", "V2")))
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        start_worker(state_dir, command=("-m", "scar_core.serving.bench"))
        try:
            client = WorkerClient.connect(state_dir)
            while client.health()["status"] == "loading":
                time.sleep(0.01)
            times_ms = []
            for _ in range(n + 1):
                begun = time.perf_counter()
                client.predict(record, scenarios)
                times_ms.append(1000 * (time.perf_counter() - begun))
        finally:
            stop_worker(state_dir)
    p50, p95 = np.percentile(times_ms[1:], [50, 95])
    return DoorFigures(float(p50), float(p95), times_ms[0], n)


if __name__ == "__main__":
    from scar_core.serving.process import Setup, run_worker

    sys.exit(run_worker(Setup(factories={"scar": Trivial}, executor=None)))
