"""What the worker says of itself: in a word, in full, and as figures over time."""

import os
import platform
import time
from dataclasses import dataclass, field
from typing import Any

from scar_core import __version__
from scar_core.serving.asking import AskLane
from scar_core.serving.batching import Batcher
from scar_core.serving.metrics import Labels, Metrics, resident_mb
from scar_core.serving.records import RecordCache
from scar_core.serving.supervise import Keeper

Gauges = dict[str, tuple[str, dict[Labels, float]]]


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a worker.

    Attributes:
        batcher: Answers gestures.
        lane: Answers inquiries.
        executor: Keeps the process that works on jobs; None for a worker without jobs.
        records: What pages have left here.
        metrics: What has happened at the door.
        born_s: When this was made, by the monotonic clock.
    """

    batcher: Batcher
    lane: AskLane
    executor: Keeper | None = None
    records: RecordCache = field(default_factory=RecordCache)
    metrics: Metrics = field(default_factory=Metrics)
    born_s: float = field(default_factory=time.monotonic)

    def health(self) -> dict[str, Any]:
        """Return the least that pages need to know."""
        models = self.batcher.models
        return {
            "status": models.status,
            "error": models.error,
            "methods": list(models.methods),
            "pid": os.getpid(),
            "version": __version__,
            "n_records": len(self.records),
            "n_waiting": self.batcher.n_waiting,
            "n_asking": self.lane.n_waiting,
        }

    def status(self) -> dict[str, Any]:
        """Return everything that can be told without asking anybody."""
        models = self.batcher.models
        return self.health() | {
            "machine": platform.node(),
            "uptime_s": round(time.monotonic() - self.born_s, 1),
            "device": models.device,
            "models_mb": {name: round(n / 2**20, 1) for name, n in models.loaded.items()},
            "models_limit_mb": models.max_mb,
            "records_mb": round(self.records.n_bytes / 2**20, 1),
            "jobs": self.executor is not None,
            "processes": {
                name: {"pid": pid, "memory_mb": resident_mb(pid), "restarts": restarts}
                for name, pid, restarts in self._processes()
            },
        }

    def _processes(self) -> list[tuple[str, int, int]]:
        known: list[tuple[str, int | None, int]] = [
            ("worker", os.getpid(), 0),
            ("inquiries", self.lane.pid, self.lane.n_restarts),
        ]
        if self.executor is not None:
            known.append(("executor", self.executor.pid, self.executor.n_restarts))
        return [(name, pid, n) for name, pid, n in known if pid is not None]

    def exposition(self) -> str:
        """Return the figures in Prometheus's text format."""
        models = self.batcher.models
        gauges: Gauges = {
            "scar_ready": ("1 if gestures are answered.", {(): float(models.status == "ready")}),
            "scar_waiting": (
                "Questions that wait, by lane.",
                {
                    (("lane", "gesture"),): float(self.batcher.n_waiting),
                    (("lane", "inquiry"),): float(self.lane.n_waiting),
                },
            ),
            "scar_predictions_total": ("Predictions made.", {(): float(self.batcher.n_items)}),
            "scar_calls_total": ("Calls of a model.", {(): float(self.batcher.n_calls)}),
            "scar_model_bytes": (
                "Weights in memory, by method.",
                {(("method", name),): float(n) for name, n in models.loaded.items()},
            ),
            "scar_records": ("Records in memory.", {(): float(len(self.records))}),
            "scar_record_bytes": ("Memory of records.", {(): float(self.records.n_bytes)}),
            "scar_uptime_seconds": ("Age of the worker.", {(): time.monotonic() - self.born_s}),
            "scar_process_bytes": (
                "Memory in use, by process.",
                {
                    (("process", name),): (resident_mb(pid) or 0.0) * 2**20
                    for name, pid, _ in self._processes()
                },
            ),
            "scar_restarts_total": (
                "Children replaced, by process.",
                {
                    (("process", name),): float(n)
                    for name, _, n in self._processes()
                    if name != "worker"
                },
            ),
        }
        return self.metrics.text(gauges)
