"""xresnet1d: the second reference architecture, a full-view classifier.

Source: Strodthoff et al., Deep learning for ECG analysis: benchmarks and insights from PTB-XL
(2020). Ours: its size, one head for each task on a shared trunk, and the training data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from scar_core.methods._classifier import HeadedClassifier
from scar_core.methods.base import MethodSpec
from scar_core.methods.contract import InputContract
from scar_core.nn.xresnet import XResNet, XResNetConfig
from scar_core.settings import from_mapping


@dataclass(frozen=True)
class XResNetClassifierConfig:
    """Settings of the classifier.

    Attributes:
        network: Shape of the network.
        tasks: Labels of each task; filled in by the training.
        dropout: Dropout before the heads while training.
    """

    network: XResNetConfig = field(default_factory=XResNetConfig)
    tasks: dict[str, list[str]] = field(default_factory=dict)
    dropout: float = 0.5


class _Trunk(nn.Module):
    """The network; it reads hidden samples as the contract's fill."""

    def __init__(self, config: XResNetConfig, n_leads: int) -> None:
        super().__init__()
        self.network = XResNet(config, n_leads)

    def forward(self, signal: Tensor, visible: Tensor) -> Tensor:
        """Signal float (B, L, T) to features (B, D)."""
        del visible
        out: Tensor = self.network(signal)
        return out


def _build(
    config: XResNetClassifierConfig, contract: InputContract, tokenizer: str
) -> HeadedClassifier:
    del tokenizer
    tasks = {task: tuple(labels) for task, labels in config.tasks.items()}
    trunk = _Trunk(config.network, len(contract.leads))
    return HeadedClassifier(trunk, config.network.width, tasks, contract, config.dropout)


def _configure(settings: Mapping[str, Any]) -> XResNetClassifierConfig:
    return from_mapping(XResNetClassifierConfig, settings)


METHOD = MethodSpec(
    name="xresnet",
    title="xresnet1d",
    source="Strodthoff et al., Deep learning for ECG analysis: benchmarks and insights from "
    "PTB-XL (2020); reimplemented, small",
    configure=_configure,
    build=_build,
    kind="classifier",
    training={
        "data": "ptbxl:10,ludb:1.5,georgia:0.5",
        "simulated_records": 0,
        "steps": 800,
        "learning_rate": 2e-3,
        "ema": 0.99,
        "precision": "fp32",
    },
)
