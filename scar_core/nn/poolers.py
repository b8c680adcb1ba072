"""Attention that pools tokens along time: one query that is their mean, or several learned ones."""

import torch
from torch import Tensor, nn


class MeanQueryPool(nn.Module):
    """The tokens' mean asks, all tokens and the mean answer (CLIP's attention pooling, as in MERL).

    Args:
        length: Tokens along time (N).
        width: Features of a token (D); a multiple of ``heads``.
        heads: Attention heads.
        out: Features of the result.
    """

    def __init__(self, length: int, width: int, heads: int, out: int) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.randn(length + 1, width) / width**0.5)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.project = nn.Linear(width, out)

    def forward(self, tokens: Tensor) -> Tensor:
        """Float (B, N, D) to (B, out)."""
        mean = tokens.mean(dim=1, keepdim=True)
        whole = torch.cat((mean, tokens), dim=1) + self.positions
        pooled, _ = self.attention(whole[:, :1], whole, whole, need_weights=False)
        out: Tensor = self.project(pooled.squeeze(1))
        return out


class QueryPool(nn.Module):
    """Learned queries ask, each for itself (CoCa's attentional pooler, as in MELP).

    Args:
        queries: How many there are (Q).
        width: Features of a token.
        heads: Attention heads.
        out: Features of a result (D); a multiple of ``heads``.
    """

    def __init__(self, queries: int, width: int, heads: int, out: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, out))
        self.norm_queries = nn.LayerNorm(out)
        self.norm_tokens = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(out, heads, kdim=width, vdim=width, batch_first=True)
        self.norm = nn.LayerNorm(out)

    def forward(self, tokens: Tensor, keep: Tensor) -> Tensor:
        """Pool tokens.

        Args:
            tokens: Float (B, N, width).
            keep: Bool (B, N), True where a token may be read; at least one in each row.

        Returns:
            Float (B, Q, D).
        """
        asked = self.norm_queries(self.queries).expand(len(tokens), -1, -1)
        read = self.norm_tokens(tokens)
        pooled, _ = self.attention(asked, read, read, key_padding_mask=~keep, need_weights=False)
        out: Tensor = self.norm(pooled)
        return out
