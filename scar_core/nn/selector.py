"""The selector: which visible tokens speak for the record (SCAR §3.3)."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_TOGETHER = 512  # subsets whose features still fit a processor's cache


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


class LeadSummary(NamedTuple):
    """What each lead says by itself, pooled along time.

    Attributes:
        values: Float (B, H, L, D), each lead's tokens pooled by its own weights; 0 if none visible.
        scores: Float (B, H, L), logarithm of the sum of the exponentiated scores of its tokens.
        weights: Float (B, H, L, N), summing to 1 over the visible tokens of each lead.
        visible: Bool (B, L), True where a token of the lead is visible.
    """

    values: Tensor
    scores: Tensor
    weights: Tensor
    visible: Tensor


class LeadBlock(nn.Module):
    """Leads look at each other: attention over visible leads, then a perceptron for each."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.perceptron = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, leads: Tensor, visible: Tensor | None = None) -> Tensor:
        """Map (B, L, D) to (B, L, D); leads that are not ``visible`` (B, L) are seen by nobody."""
        mask = None
        if visible is not None:  # where all are hidden nobody will be pooled, but NaN would spread
            mask = (visible | ~visible.any(dim=1, keepdim=True))[:, None, None, :]
        seen = F.scaled_dot_product_attention(*self._asked(leads), attn_mask=mask)
        return self.conclude(leads, seen.transpose(1, 2).flatten(2))

    def look_table(self, leads: Tensor) -> Tensor:
        """What each lead adds to what each other one sees: float64 (L, L, heads + D).

        What leads ask each other does not depend on who else is there; only the sum of a softmax
        does. So a sum of rows is, for each lead that looks, its softmax over those leads: for each
        head the denominator, then the numerators.

        Args:
            leads: Float (L, D), of one record.
        """
        queries, keys, values = (one[0].double() for one in self._asked(leads.unsqueeze(0)))
        scores = queries @ keys.transpose(1, 2) / queries.shape[-1] ** 0.5  # (H, looks, seen)
        weight = (scores - scores.amax(dim=-1, keepdim=True)).exp().permute(2, 1, 0)
        said = weight.unsqueeze(-1) * values.transpose(0, 1).unsqueeze(1)  # (seen, looks, H, d)
        return torch.cat((weight, said.flatten(2)), dim=-1)

    def look_up(self, table: Tensor, subsets: Tensor) -> Tensor:
        """Read off what each lead of each subset, bool (K, L), sees: float64 (leads in all, D)."""
        sums = (subsets.to(table.dtype) @ table.flatten(1)).view(-1, *table.shape[1:])
        total, said = sums[subsets].tensor_split([self.heads], dim=-1)
        seen: Tensor = said.view(len(said), self.heads, -1) / total.unsqueeze(-1)
        return seen.flatten(1)

    def conclude(self, leads: Tensor, seen: Tensor) -> Tensor:
        """Add to leads (B, L, D) what they have seen of others, and what follows from it."""
        leads = leads + self.out(seen)
        out: Tensor = leads + self.perceptron(self.norm(leads))
        return out

    def _asked(self, leads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, (B, H, L, D / H) each."""
        batch, count, width = leads.shape
        mixed: Tensor = self.queries_keys_values(self.norm_attention(leads))
        split = mixed.reshape(batch, count, 3, self.heads, width // self.heads)
        split = split.permute(2, 0, 3, 1, 4)
        return split[0], split[1], split[2]


class LeadLinear(nn.Module):
    """A linear map for each lead: what they say stays apart when it is added up (ours).

    Args:
        n_leads: Leads (L), in the order of the input's.
        width: Features (D).
    """

    def __init__(self, n_leads: int, width: int) -> None:
        super().__init__()
        bound = width**-0.5  # as of torch's own linear maps
        self.weight = nn.Parameter(torch.empty(n_leads, width, width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(n_leads, width))

    def forward(self, rows: Tensor) -> Tensor:
        """Map (B, L, K, D) to (B, L, K, D)."""
        mapped = torch.einsum("blkd,lde->blke", rows, self.weight.to(rows.dtype))
        return mapped + self.bias.unsqueeze(1).to(rows.dtype)


def _silence(layer: nn.Module) -> None:
    """Let a scoring layer begin with equal scores: the selector then starts as the plain mean.

    It has to learn whom to favour rather than first to unlearn what chance favoured, which after
    few steps is worth about a point of AUROC (ours).
    """
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


class Selector(nn.Module):
    """Scores each token without looking at text, pools with several heads, projects once.

    With one head, ``context`` 0 and shared values this is the paper's selector: one softmax over
    visible tokens. Pooling adds leads up, and after a map that all share, a negative QRS in lead II
    and one in V1 are the same: with ``lead_values`` each lead has its own map, so that an axis or a
    voltage can still be read from the sum. Several heads followed by a projection let leads be
    compared although the encoder never mixed them, and with ``context`` the leads look at each
    other, already pooled along time, before each head decides how much of its weight a lead gets
    (all ours). A lead that is hidden is then not only left out: the others are weighed anew,
    knowing what is left. Still, all that is needed of a lead is its summary, so every lead subset
    is answered from one encoding.

    Args:
        width: Features of a token (D).
        heads: Number of poolings (H).
        embedding: Features of the result (E).
        pool: ``"selector"``, or ``"mean"`` for the plain average of the ablation.
        dropout: Dropout on the pooled features while training.
        context: Blocks in which leads look at each other; none with the plain average.
        n_leads: Leads; each has its own map, and an embedding in those blocks.
        lead_values: Whether each lead's tokens are mapped by a map of its own before pooling.
    """

    def __init__(  # noqa: PLR0913 - all but three are named
        self,
        width: int,
        heads: int,
        embedding: int,
        *,
        pool: str = "selector",
        dropout: float = 0.0,
        context: int = 0,
        n_leads: int = 12,
        lead_values: bool = False,
    ) -> None:
        super().__init__()
        if pool not in ("selector", "mean"):
            raise ValueError(f"pool is {pool!r}; expected selector or mean")
        self.pool = pool
        context = context if pool == "selector" else 0
        self.score = nn.Sequential(
            nn.Linear(width, width // 2), nn.Tanh(), nn.Linear(width // 2, heads)
        )
        _silence(self.score[-1])
        self.value = LeadLinear(n_leads, width) if lead_values else nn.Linear(width, width)
        self.blocks = nn.ModuleList(LeadBlock(width) for _ in range(context))
        if context:
            self.join = nn.Linear(heads * width, width)
            self.lead_embedding = nn.Parameter(torch.randn(n_leads, width) * 0.02)
            self.lead_score = nn.Linear(width, heads)
            _silence(self.lead_score)
        self.project = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(heads * width, 2 * embedding),
            nn.GELU(),
            nn.Linear(2 * embedding, embedding),
        )

    def summarise(self, tokens: Tensor, keep: Tensor) -> LeadSummary:
        """Pool each lead along time.

        Args:
            tokens: Float (B, L, N, D).
            keep: Float (B, L, N) in [0, 1], 1 where visible.
        """
        scores = self.score(tokens).permute(0, 3, 1, 2).float()  # (B, H, L, N)
        if self.pool == "mean":
            scores = torch.zeros_like(scores)
        kept = keep.unsqueeze(1)
        weights = masked_softmax(scores, kept)
        highest = scores.masked_fill(kept <= 0, -torch.inf).amax(dim=-1)
        highest = torch.nan_to_num(highest, neginf=0.0).detach()
        mass = (kept * (scores - highest.unsqueeze(-1)).clamp(max=0.0).exp()).sum(-1)
        visible = (keep > 0).any(dim=-1)
        pooled = torch.einsum("bhln,blnd->blhd", weights.to(tokens.dtype), tokens)
        values = self.value(pooled).transpose(1, 2) * visible[:, None, :, None].to(tokens.dtype)
        return LeadSummary(values, highest + mass.clamp_min(1e-12).log(), weights, visible)

    def combine(self, summary: LeadSummary, visible: Tensor) -> tuple[Tensor, Tensor]:
        """Answer for some of the leads.

        Args:
            summary: Of the encoding; its batch is that of ``visible``, or 1.
            visible: Bool (B, L), the leads that may be read; of these, those that the summary
                calls visible are.

        Returns:
            Embedding, float (B, E), L2-normalised; and the weight of each lead, float (B, H, L),
            summing to 1 over the visible leads of each head.
        """
        seen = visible & summary.visible
        if self.blocks:
            leads = self._enter(summary).expand(len(seen), -1, -1)
            pooled, weights = self._weigh(leads, summary.scores, seen)
        else:
            kept = seen.unsqueeze(1).to(summary.scores.dtype)
            weights = masked_softmax(summary.scores.expand(len(seen), -1, -1), kept)
            values = summary.values
            pooled = (weights.unsqueeze(-2).to(values.dtype) @ values).squeeze(-2)
        return self._embed(pooled), weights

    def combine_subsets(self, summary: LeadSummary, subsets: Tensor) -> Tensor:
        """Answer many lead subsets of one record; what ``combine`` says, with less work.

        Subsets of one size are stacked without their hidden leads, in pieces that fit a cache.

        Args:
            summary: Of one record (batch 1).
            subsets: Bool (K, L), the leads of each.

        Returns:
            Float (K, E), L2-normalised.
        """
        if not self.blocks:
            return self.combine(summary, subsets)[0]
        seen = subsets & summary.visible
        entered, scores = self._enter(summary)[0], summary.scores[0].T
        first = cast(LeadBlock, self.blocks[0])
        table = first.look_table(entered)
        nothing = self._embed(entered.new_zeros(1, scores.shape[1] * entered.shape[1]))
        answers = nothing.repeat(len(seen), 1)
        size = seen.sum(dim=1)
        for count in sorted({*size.tolist()} - {0}):
            for rows in torch.split((size == count).nonzero().flatten(), _TOGETHER):
                inside = seen[rows]
                which = inside.nonzero()[:, 1].view(-1, count)
                looked = first.look_up(table, inside).to(entered.dtype)
                leads = first.conclude(entered[which], looked.view(*which.shape, -1))
                for block in self.blocks[1:]:
                    leads = block(leads)
                weights = (scores[which] + self.lead_score(leads)).softmax(dim=1)  # (k, count, H)
                answers[rows] = self._embed(weights.transpose(1, 2).to(leads.dtype) @ leads)
        return answers

    def _enter(self, summary: LeadSummary) -> Tensor:
        """Leads as the blocks take them, float (B, L, D)."""
        joined: Tensor = self.join(summary.values.transpose(1, 2).flatten(2))
        return joined + self.lead_embedding

    def _weigh(self, leads: Tensor, scores: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Let leads look at each other and pool them: (B, H, D) and weights (B, H, L)."""
        for block in self.blocks:
            leads = block(leads, seen)
        scores = scores + self.lead_score(leads).transpose(1, 2)
        weights = masked_softmax(scores, seen.unsqueeze(1).to(scores.dtype))
        return weights.to(leads.dtype) @ leads, weights

    def _embed(self, pooled: Tensor) -> Tensor:
        return F.normalize(self.project(pooled.flatten(1)), dim=-1)

    def forward(self, tokens: Tensor, keep: Tensor) -> Selection:
        """Pool tokens.

        Args:
            tokens: Float (B, L, N, D).
            keep: Float (B, L, N) in [0, 1], 1 where visible.

        Returns:
            The embedding and the weights of every head.
        """
        summary = self.summarise(tokens, keep)
        embedding, leads = self.combine(summary, summary.visible)
        return Selection(embedding, leads.unsqueeze(-1) * summary.weights)
