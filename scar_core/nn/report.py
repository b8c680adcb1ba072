"""Learning from a report piece by piece and sentence by sentence, as MELP does."""

import re

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scar_core.nn.distributed import gather, mean_of_all
from scar_core.nn.text import PAD


def sentences(text: str) -> list[str]:
    """Split a report at full stops, semicolons and line ends; never empty."""
    parts = [part.strip() for part in re.split(r"[.;](?=\s|$)|\n", text)]
    return [part for part in parts if part] or [text]


class ReportDecoder(nn.Module):
    """Writes a report piece by piece, looking at the record's tokens.

    Args:
        width: Features of a piece and of a record token (D).
        depth: Layers.
        heads: Attention heads.
        max_tokens: Longest report in pieces.
        dropout: Dropout while training.
        expansion: Hidden width of a layer's perceptron, in multiples of ``width``.
    """

    def __init__(
        self, width: int, depth: int, heads: int, max_tokens: int, dropout: float, expansion: int
    ) -> None:
        super().__init__()
        self.begin = nn.Parameter(torch.randn(width) * 0.05)
        self.positions = nn.Parameter(torch.randn(max_tokens, width) * 0.02)
        layer = nn.TransformerDecoderLayer(
            width,
            heads,
            expansion * width,
            dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerDecoder(layer, depth, norm=nn.LayerNorm(width))

    def forward(self, pieces: Tensor, tokens: Tensor, vocabulary: Tensor) -> Tensor:
        """Predict every piece of reports from those before it.

        Args:
            pieces: Long (B, S), padded with 0.
            tokens: Float (B, Q, D), of the records.
            vocabulary: Float (V, D), embedding of each piece; reading and writing share it.

        Returns:
            Logits, float (B, S, V).
        """
        length = pieces.shape[1]
        begin = self.begin.expand(len(pieces), 1, -1)
        told = torch.cat((begin, F.embedding(pieces[:, :-1], vocabulary)), dim=1)
        ahead = torch.ones(length, length, dtype=torch.bool, device=pieces.device).triu(1)
        hidden = self.layers(told + self.positions[:length], tokens, tgt_mask=ahead)
        logits: Tensor = hidden @ vocabulary.T
        return logits


def report_loss(logits: Tensor, pieces: Tensor) -> Tensor:
    """Cross-entropy of the pieces that are there: float (B, S, V) and long (B, S)."""
    each = F.cross_entropy(logits.flatten(0, 1), pieces.flatten(), reduction="none")
    there = (pieces != PAD).flatten()
    return mean_of_all((each * there).sum(), there.sum())


def local_alignment(
    beats: Tensor, told: Tensor, there: Tensor, scales: tuple[float, float, float] = (4, 5, 10)
) -> Tensor:
    """Contrast reports by how well each of their sentences is met by some part of a record.

    Source: GLoRIA's local loss (Huang et al., 2021), which MELP uses between beats and sentences,
    with GLoRIA's three temperatures. A sentence attends to the parts of a record; how well it is
    met is the cosine between it and what it attended to.

    Args:
        beats: Float (B, Q, E), parts of each record.
        told: Float (B, S, E), sentences of each report, padded.
        there: Bool (B, S), True where a sentence is; at least one in each row.
        scales: Sharpness of the attention, of the sum over sentences, and of the contrast.

    Returns:
        Mean of both directions' cross-entropy.
    """
    beats, told, there = gather(beats.float()), gather(told.float()), gather(there)
    with torch.autocast(beats.device.type, enabled=False):  # the scales magnify what is rounded off
        dots = torch.einsum("iqe,jse->ijqs", beats, told)
        shares = dots.masked_fill(~there[None, :, None, :], -torch.inf).softmax(dim=3)
        attention = (scales[0] * shares).softmax(dim=2)
        met = torch.einsum("ijqs,iqe->ijse", attention, beats)
        cosine = F.cosine_similarity(met, told[None], dim=3)  # (B, B, S)
        scores = (scales[1] * cosine).masked_fill(~there[None], -torch.inf).logsumexp(dim=2)
        logits = scales[2] * scores
    target = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
