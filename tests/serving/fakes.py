"""A predictor without weights, and records to ask it about."""

import threading
import time
from collections.abc import Mapping, Sequence

import numpy as np

from scar_core.errors import CheckpointError, RecordError
from scar_core.leads import LEADS
from scar_core.missing import Scenario, apply
from scar_core.prediction import ClassScore, Prediction
from scar_core.record import ECGRecord

DEFAULT = {"Mean": "mean of lead I"}


def make_record(seed: int = 0, n_samples: int = 1000, name: str = "") -> ECGRecord:
    rng = np.random.default_rng(seed)
    present = rng.random((12, n_samples)) < 0.9
    signal = np.where(present, rng.normal(size=present.shape), 0).astype(np.float32)
    return ECGRecord(signal, LEADS, 100.0, present, name=name)


class FakePredictor:
    """Scores are the sum of what is visible, so an answer tells whose question it was for."""

    n_bytes = 1000
    device = "cpu"

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.calls: list[int] = []
        self.threads: set[int] = set()

    def predict(
        self,
        items: Sequence[tuple[ECGRecord, Scenario]],
        prompts: Mapping[str, str] | None = None,
    ) -> list[Prediction]:
        self.calls.append(len(items))
        self.threads.add(threading.get_ident())
        time.sleep(self.delay_s)
        return [self._one(record, scenario, prompts or DEFAULT) for record, scenario in items]

    def _one(self, record: ECGRecord, scenario: Scenario, prompts: Mapping[str, str]) -> Prediction:
        if record.sampling_rate_hz == 13.0:
            raise RecordError("A rate of 13 Hz came, 500 Hz was expected; resample.")
        if record.sampling_rate_hz == 17.0:
            raise CheckpointError("The checkpoint is damaged; fetch it again.")
        if record.sampling_rate_hz == 19.0:
            raise ZeroDivisionError("a defect")
        masked, visible = apply(record, scenario)
        total = float(masked.signal.astype(np.float64).sum())
        return Prediction(
            classes=tuple(ClassScore(n, p, total, 0.5, True) for n, p in prompts.items()),
            importance=None,
            visible_share=float(visible.sum() / max(1, record.present.sum())),
            method="scar",
            checkpoint="fake",
        )
