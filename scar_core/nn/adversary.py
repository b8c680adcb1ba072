"""The adversarial masker: removes the tokens that matter most, within a budget (SCAR §3.2)."""

import math

import torch
from torch import Tensor, nn

NOISES = ("gumbel", "logistic")


def gate_noise(
    shape: torch.Size, kind: str, *, generator: torch.Generator | None, device: torch.device
) -> Tensor:
    """Draw the noise of the relaxed gate.

    Args:
        shape: Shape of the result.
        kind: ``"gumbel"`` as the paper writes it, or ``"logistic"``, for which the gate is an
            unbiased relaxation of a Bernoulli draw.
        generator: Source of randomness on ``device``; None takes the global one.
        device: Where the noise is made.

    Returns:
        Float tensor of that shape.
    """
    uniform = torch.rand(shape, generator=generator, device=device).clamp(1e-6, 1 - 1e-6)
    if kind == "gumbel":
        return -torch.log(-torch.log(uniform))
    if kind == "logistic":
        return torch.log(uniform) - torch.log1p(-uniform)
    raise ValueError(f"noise is {kind!r}; expected one of {', '.join(NOISES)}")


def relaxed_gate(logits: Tensor, noise: Tensor, temperature: float, *, hard: bool) -> Tensor:
    """Gate g = σ((logit + ε) / τ_m) of the paper; 1 removes the token.

    Args:
        logits: Float (B, L, N).
        noise: Float (B, L, N), from ``gate_noise``.
        temperature: τ_m > 0.
        hard: Round to 0 or 1 going forward and keep the relaxed gradient going back, so that the
            encoder sees the same kind of input in training as at inference (ours).

    Returns:
        Float (B, L, N) in [0, 1].
    """
    soft = torch.sigmoid((logits + noise) / temperature)
    if not hard:
        return soft
    return soft + ((soft > 0.5).to(soft.dtype) - soft).detach()


class Adversary(nn.Module):
    """Masking logit for each token, f_mask of the paper."""

    def __init__(self, width: int, budget: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width // 2), nn.GELU(), nn.Linear(width // 2, 1)
        )
        start = math.log(budget / (1 - budget))
        nn.init.constant_(self.layers[-1].bias, start)  # type: ignore[arg-type]

    def forward(self, tokens: Tensor) -> Tensor:
        """Score tokens (B, L, N, D); the result is (B, L, N), larger is removed sooner."""
        logits: Tensor = self.layers(tokens)
        return logits.squeeze(-1)
