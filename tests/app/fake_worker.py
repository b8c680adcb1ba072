"""A stand-in for the worker's client: plausible answers without a model.

Importance is the energy of each visible patch; a finding's probability is a base level of its own
times the visible share of the importance on the leads where that finding is usually seen.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from scar_core.errors import ConfigError, WorkerUnavailable
from scar_core.findings import FINDINGS
from scar_core.leads import LEADS
from scar_core.missing import Scenario, apply
from scar_core.prediction import ClassScore, Importance, Prediction
from scar_core.record import ECGRecord

PATCH_S = 0.2
SEEN_IN = {
    "CRBBB": ("V1", "V2", "V3"),
    "CLBBB": ("V1", "V5", "V6", "I"),
    "IMI": ("II", "III", "aVF"),
    "AMI": ("V1", "V2", "V3", "V4"),
    "LMI": ("I", "aVL", "V5", "V6"),
}


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) / 2**32


class FakeClient:
    """Answers like a worker client; ``down`` and ``delay_s`` make it misbehave."""

    def __init__(self) -> None:
        self.down = False
        self.loading = False
        self.delay_s = 0.0
        self.asks: dict[str, Callable[..., dict[str, Any]]] = {}
        """Answers of inquiries by name; called like ``WorkerClient.ask``, without the name."""
        self.asked: list[tuple[tuple[Scenario, ...], Mapping[str, str] | None]] = []

    def health(self) -> dict[str, Any]:
        if self.down:
            raise WorkerUnavailable("The worker is not running; start it.")
        return {"status": "loading" if self.loading else "ready", "methods": ["scar"]}

    def predict(
        self,
        record: ECGRecord,
        scenarios: Sequence[Scenario],
        prompts: Mapping[str, str] | None = None,
        method: str = "scar",
    ) -> list[Prediction]:
        if self.down:
            raise WorkerUnavailable("The worker is not running; start it.")
        self.asked.append((tuple(scenarios), prompts))
        time.sleep(self.delay_s)
        usual = {finding.name: finding.phrases[0] for finding in FINDINGS.values()}
        return [self._answer(record, scenario, prompts or usual, method) for scenario in scenarios]

    def ask(
        self,
        name: str,
        record: ECGRecord | None = None,
        scenario: Scenario = Scenario(),  # noqa: B008 - frozen
        *,
        method: str = "scar",
        **options: Any,
    ) -> dict[str, Any]:
        if self.down:
            raise WorkerUnavailable("The worker is not running; start it.")
        if name not in self.asks:
            raise ConfigError(f"the worker knows no inquiry {name!r}")
        time.sleep(self.delay_s)
        return self.asks[name](record, scenario, method=method, **options)

    def _answer(
        self, record: ECGRecord, scenario: Scenario, prompts: Mapping[str, str], method: str
    ) -> Prediction:
        full = self._energy(record, record.present)
        signal, visible = apply(record, scenario)
        energy = self._energy(signal, visible)
        seen = self._patches(record, visible.astype(float)).mean(axis=2) > 0.5
        energy = np.where(seen, energy, 0)
        total = energy.sum()
        weights = energy / total if total > 0 else energy
        code_of = {finding.name: code for code, finding in FINDINGS.items()}
        classes = []
        for name, prompt in prompts.items():
            leads = SEEN_IN.get(code_of.get(name, ""), LEADS)
            rows = [i for i, lead in enumerate(record.lead_names) if lead in leads]
            kept = energy[rows].sum() / max(full[rows].sum(), 1e-9)
            base = _fraction(record.fingerprint() + prompt.lower()) ** 2
            if code_of.get(name) == "CRBBB":
                base = 0.91
            p = float(np.clip(base * (0.25 + 0.75 * min(kept, 1.0)), 0, 1))
            classes.append(ClassScore(name, prompt, 2 * p - 1, p, code_of.get(name) is not None))
        return Prediction(
            classes=tuple(classes),
            importance=Importance(
                lead_names=record.lead_names,
                patch_s=PATCH_S,
                patches=tuple(map(tuple, weights.tolist())),
                visible=tuple(map(tuple, seen.tolist())),
            ),
            visible_share=float(visible.sum() / max(record.present.sum(), 1)),
            method=method,
            checkpoint="fake0000",
        )

    def _patches(self, record: ECGRecord, values: Any) -> Any:
        width = round(PATCH_S * record.sampling_rate_hz)
        count = values.shape[1] // width
        return values[:, : count * width].reshape(len(values), count, width)

    def _energy(self, record: ECGRecord, visible: Any) -> Any:
        return (self._patches(record, np.where(visible, record.signal, 0)) ** 2).mean(axis=2)
