"""ResNet in one dimension, as MERL has it: no pooling after the first convolution."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class ResNetConfig:
    """Shape of the network; the default is small, ``(64, 128, 256, 512)`` is ResNet18.

    Attributes:
        stages: Features of each stage; the first convolution has those of the first, and every
            stage but the first halves the time axis.
        blocks: Residual blocks in each stage.
    """

    stages: tuple[int, ...] = (40, 80, 120, 160)
    blocks: int = 2

    def __post_init__(self) -> None:
        if not self.stages or min(self.stages) < 1 or self.blocks < 1:
            raise ValueError(
                f"stages is {self.stages} and blocks {self.blocks}; expected at least one of each"
            )

    def length(self, samples: int) -> int:
        """Steps of time that come out of so many samples."""
        for _ in self.stages:
            samples = (samples + 1) // 2
        return samples


class ResidualBlock(nn.Module):
    """Two convolutions of three samples beside a shortcut."""

    def __init__(self, features: int, out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(features, out, 3, stride, padding=1, bias=False)
        self.norm_first = nn.BatchNorm1d(out)
        self.second = nn.Conv1d(out, out, 3, padding=1, bias=False)
        self.norm_second = nn.BatchNorm1d(out)
        self.shortcut = nn.Sequential()
        if stride > 1 or features != out:
            self.shortcut = nn.Sequential(
                nn.Conv1d(features, out, 1, stride, bias=False), nn.BatchNorm1d(out)
            )

    def forward(self, features: Tensor) -> Tensor:
        """Float (B, C, T) to (B, C', T')."""
        branch = F.relu(self.norm_first(self.first(features)))
        return F.relu(self.norm_second(self.second(branch)) + self.shortcut(features))


class ResNet(nn.Module):
    """All leads to features along time.

    Args:
        config: Its shape.
        n_leads: Leads of the input.
    """

    def __init__(self, config: ResNetConfig, n_leads: int) -> None:
        super().__init__()
        features = config.stages[0]
        layers: list[nn.Module] = [
            nn.Conv1d(n_leads, features, 7, 2, padding=3, bias=False),
            nn.BatchNorm1d(features),
            nn.ReLU(),
        ]
        for stage, out in enumerate(config.stages):
            for number in range(config.blocks):
                stride = 2 if stage and not number else 1
                layers.append(ResidualBlock(features, out, stride))
                features = out
        self.layers = nn.Sequential(*layers)

    def forward(self, signal: Tensor) -> Tensor:
        """Float (B, L, T) to (B, C, N), C being the last stage's features."""
        out: Tensor = self.layers(signal)
        return out
