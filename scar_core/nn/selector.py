"""The selector: which visible tokens speak for the record (SCAR §3.3)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Selection(NamedTuple):
    """What the selector returns.

    Attributes:
        embedding: Float (B, E), L2-normalised.
        weights: Float (B, H, L, N), α of the paper for each head; sums to 1 over the visible
            tokens of each head, exactly 0 on hidden ones.
    """

    embedding: Tensor
    weights: Tensor


def masked_softmax(scores: Tensor, keep: Tensor) -> Tensor:
    """Softmax over visible tokens only; α of the paper's §3.3, softened for fractional gates.

    Args:
        scores: Float (B, H, K).
        keep: Float (B, 1, K) in [0, 1]; 0 takes a token out, fractions weaken it.

    Returns:
        Float (B, H, K): ``keep·exp(score)``, normalised; all zero where nothing is visible.
    """
    shifted = scores.masked_fill(keep <= 0, -torch.inf).amax(dim=-1, keepdim=True)
    shifted = torch.nan_to_num(shifted, neginf=0.0)
    weight = keep * (scores - shifted).clamp(max=0.0).exp()
    return weight / weight.sum(dim=-1, keepdim=True).clamp_min(1e-12)


class Selector(nn.Module):
    """Scores each token without looking at text, pools with several heads, projects once.

    With one head this is the paper's selector. Several heads followed by a projection let leads be
    compared although the encoder never mixed them (ours).

    Args:
        width: Features of a token (D).
        heads: Number of poolings (H).
        embedding: Features of the result (E).
        pool: ``"selector"``, or ``"mean"`` for the plain average of the ablation.
        dropout: Dropout on the pooled features while training.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        embedding: int,
        *,
        pool: str = "selector",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if pool not in ("selector", "mean"):
            raise ValueError(f"pool is {pool!r}; expected selector or mean")
        self.pool = pool
        self.score = nn.Sequential(
            nn.Linear(width, width // 2), nn.Tanh(), nn.Linear(width // 2, heads)
        )
        self.value = nn.Linear(width, width)
        self.project = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(heads * width, 2 * embedding),
            nn.GELU(),
            nn.Linear(2 * embedding, embedding),
        )

    def forward(self, tokens: Tensor, keep: Tensor) -> Selection:
        """Pool tokens.

        Args:
            tokens: Float (B, L, N, D).
            keep: Float (B, L, N) in [0, 1], 1 where visible.

        Returns:
            The embedding and the weights of every head.
        """
        leads, patches = keep.shape[1:]
        flat = tokens.flatten(1, 2)  # (B, L·N, D)
        scores = self.score(flat).transpose(1, 2)  # (B, H, L·N)
        if self.pool == "mean":
            scores = torch.zeros_like(scores)
        weights = masked_softmax(scores, keep.flatten(1).unsqueeze(1))
        pooled = weights @ self.value(flat)  # (B, H, D)
        embedding = F.normalize(self.project(pooled.flatten(1)), dim=-1)
        return Selection(embedding, weights.reshape(*weights.shape[:2], leads, patches))
