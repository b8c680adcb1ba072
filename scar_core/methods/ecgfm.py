"""ECG-FM's shape as a full-view classifier: the reference model of CMRS.

Source: McKeen et al., ECG-FM: an open electrocardiogram foundation model (2024), built on
fairseq-signals: convolutions over all leads, a transformer along time, the mean over time of what
is not padding. Ours: the small size, no pretraining, one head for each task on a shared trunk, and
the training data. ``scar_core.methods._ecgfm_official`` reads the published weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from scar_core.methods._classifier import HeadedClassifier
from scar_core.methods.base import MethodSpec
from scar_core.methods.contract import InputContract
from scar_core.nn.wav2vec import Wav2VecConfig, Wav2VecEncoder, masked_mean
from scar_core.settings import from_mapping


@dataclass(frozen=True)
class EcgFmConfig:
    """Settings of the classifier.

    Attributes:
        encoder: Shape of the encoder.
        tasks: Labels of each task; filled in by the training.
        dropout: Dropout before the heads while training.
    """

    encoder: Wav2VecConfig = field(default_factory=Wav2VecConfig)
    tasks: dict[str, list[str]] = field(default_factory=dict)
    dropout: float = 0.3


class Trunk(nn.Module):
    """The encoder and its mean over the time that is visible on any lead."""

    def __init__(self, config: Wav2VecConfig, n_leads: int) -> None:
        super().__init__()
        self.encoder = Wav2VecEncoder(config, n_leads)

    def forward(self, signal: Tensor, visible: Tensor) -> Tensor:
        """Signal float (B, L, T) and visible bool (B, L, T) to features (B, D)."""
        keep = self.encoder.seen(visible)
        return masked_mean(self.encoder(signal, keep), keep)


def _build(config: EcgFmConfig, contract: InputContract, tokenizer: str) -> HeadedClassifier:
    del tokenizer
    tasks = {task: tuple(labels) for task, labels in config.tasks.items()}
    trunk = Trunk(config.encoder, len(contract.leads))
    return HeadedClassifier(trunk, config.encoder.width, tasks, contract, config.dropout)


def _configure(settings: Mapping[str, Any]) -> EcgFmConfig:
    return from_mapping(EcgFmConfig, settings)


METHOD = MethodSpec(
    name="ecgfm",
    title="ECG-FM, small",
    source="McKeen et al., ECG-FM: an open electrocardiogram foundation model (2024); its encoder "
    "reimplemented, small, trained as a classifier",
    configure=_configure,
    build=_build,
    kind="classifier",
    training={
        "data": "ptbxl:10,ludb:1.5,georgia:0.5",
        "simulated_records": 0,
        "steps": 800,
        "learning_rate": 1e-3,
        "ema": 0.99,
        "precision": "fp32",
    },
)
