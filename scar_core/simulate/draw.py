"""Random numbers of the simulator: every one comes from the caller's generator."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Draw:
    """Draws tensors from one generator and hands them over on one device.

    Attributes:
        generator: Where all randomness comes from; fastest when it lives on ``device``.
        device: Where the tensors are wanted.
    """

    generator: torch.Generator
    device: torch.device

    def uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> Tensor:
        """Draw a float tensor of ``shape``, uniform in [low, high)."""
        values = torch.rand(
            tuple(shape), generator=self.generator, device=self.generator.device
        ).to(self.device)
        return values * (high - low) + low

    def normal(self, shape: Sequence[int], mean: float = 0.0, sd: float = 1.0) -> Tensor:
        """Draw a float tensor of ``shape``, normal with ``mean`` and ``sd``."""
        values = torch.randn(
            tuple(shape), generator=self.generator, device=self.generator.device
        ).to(self.device)
        return values * sd + mean

    def clipped(self, n: int, mean: float, sd: float, low: float, high: float) -> Tensor:
        """Draw ``(n,)`` normal values, folded into [low, high] where they fall outside."""
        values = self.normal((n,), mean, sd)
        outside = (values < low) | (values > high)
        return torch.where(outside, self.uniform((n,), low, high), values)

    def chance(self, shape: Sequence[int], probability: float) -> Tensor:
        """Draw a bool tensor of ``shape``; True with ``probability``."""
        return self.uniform(shape) < probability

    def python(self) -> random.Random:
        """Derive a Python generator, for choices among words."""
        seed = torch.randint(2**62, (1,), generator=self.generator, device=self.generator.device)
        return random.Random(int(seed))  # noqa: S311 - not for secrets
