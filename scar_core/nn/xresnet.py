"""A one-dimensional residual network with the "bag of tricks" (xresnet1d).

Source: He et al. (2019), in the one-dimensional form that Strodthoff et al. (2020) used on PTB-XL:
a stem of three convolutions, blocks whose last normalisation starts at zero, average pooling in the
shortcut, and a head on mean and maximum over time. Reimplemented, and made small.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class XResNetConfig:
    """Shape of the network.

    Attributes:
        stem: Features of the stem's convolutions; the last one goes on.
        stages: Features of each stage; every stage but the first halves the time axis.
        blocks: Residual blocks in each stage.
        kernel: Samples that each convolution sees; odd.
    """

    stem: tuple[int, ...] = (32, 32, 48)
    stages: tuple[int, ...] = (48, 64, 96, 160)
    blocks: int = 2
    kernel: int = 5

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel is {self.kernel}; expected an odd number")
        if not self.stem or not self.stages or self.blocks < 1:
            raise ValueError(
                f"stem is {self.stem}, stages {self.stages} and blocks {self.blocks}; "
                "expected at least one of each"
            )

    @property
    def width(self) -> int:
        """Features that come out: mean and maximum of the last stage's."""
        return 2 * self.stages[-1]


def _convolution(features: int, out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(features, out, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm1d(out),
    )


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, features: int, out: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(features, out, kernel, stride)
        self.second = _convolution(out, out, kernel)
        last = self.second[1]
        nn.init.zeros_(last.weight)  # type: ignore[arg-type]
        shortcut: list[nn.Module] = []
        if stride > 1:
            shortcut.append(nn.AvgPool1d(stride, ceil_mode=True))
        if features != out:
            shortcut.append(_convolution(features, out, 1))
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, features: Tensor) -> Tensor:
        """Float (B, C, T) to (B, C', T')."""
        return F.relu(self.second(F.relu(self.first(features))) + self.shortcut(features))


class XResNet(nn.Module):
    """All leads to one vector.

    Args:
        config: Its shape.
        n_leads: Leads of the input.
    """

    def __init__(self, config: XResNetConfig, n_leads: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        features = n_leads
        for number, out in enumerate(config.stem):
            layers += [_convolution(features, out, config.kernel, 1 + (number == 0)), nn.ReLU()]
            features = out
        layers.append(nn.MaxPool1d(3, 2, padding=1))
        for stage, out in enumerate(config.stages):
            for number in range(config.blocks):
                stride = 2 if stage and not number else 1
                layers.append(Block(features, out, config.kernel, stride))
                features = out
        self.layers = nn.Sequential(*layers)

    def forward(self, signal: Tensor) -> Tensor:
        """Float (B, L, T) to (B, D), D being the configuration's ``width``."""
        features: Tensor = self.layers(signal)
        return torch.cat((features.mean(dim=-1), features.amax(dim=-1)), dim=1)
