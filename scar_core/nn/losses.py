"""The losses of SCAR; each takes a batch and returns a scalar.

In a run of several processes each takes its own rows, and the batch is what all of them hold.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from scar_core.nn.distributed import gather, mean_of_all


def info_nce(
    records: Tensor, texts: Tensor, temperature: Tensor | float, same: Tensor | None = None
) -> Tensor:
    """Contrast records with the texts of the batch, both ways (SCAR §3.4, L_align).

    Args:
        records: Float (B, E), L2-normalised.
        texts: Float (B, E), L2-normalised; row i belongs to record i.
        temperature: τ > 0.
        same: Bool (B, B) of the whole batch, True at (i, j) where text j says of record i nothing
            but what text i says too, so that it is no negative; the diagonal may be anything. None:
            the paper's plain loss, every other text is a negative.

    Returns:
        Mean of the record→text and the text→record cross-entropy. The paper writes the first
        direction only; both are used by the systems that it is compared with.
    """
    logits = gather(records) @ gather(texts).T / temperature
    if same is not None:
        off_diagonal = ~torch.eye(len(logits), dtype=torch.bool, device=logits.device)
        logits = logits.masked_fill(same & off_diagonal, -torch.inf)
    target = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def finding_alignment(similarity: Tensor, truth: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """Align records with one-finding texts whose truth is known (ours).

    In a batch many reports share findings, so plain contrast pushes true texts away. Where labels
    are known, each record–finding pair is a yes/no question of its own.

    Args:
        similarity: Float (B, C), cosine of record and finding text.
        truth: Float (B, C): 1 true, 0 false, NaN unknown (that pair is left out).
        scale: Positive scalar.
        bias: Float (C,), the log-odds of each finding at similarity 0.

    Returns:
        Binary cross-entropy, averaged over the known pairs of each finding and then over findings,
        so that rare findings count as much as common ones; 0 if nothing is known.
    """
    similarity, truth = gather(similarity), gather(truth)
    known = torch.isfinite(truth)
    target = torch.nan_to_num(truth)
    loss = F.binary_cross_entropy_with_logits(similarity * scale + bias, target, reduction="none")
    per_finding = (loss * known).sum(0) / known.sum(0).clamp_min(1)
    return per_finding.sum() / known.any(0).sum().clamp_min(1)


def consistency(partial: Tensor, full: Tensor, count: Tensor | None = None) -> Tensor:
    """1 − cos(z(m), sg(z)), averaged (SCAR §3.4, L_cons).

    Args:
        partial: Float (B, E), embedding of the partial view.
        full: Float (B, E), embedding of the full view; no gradient flows into it.
        count: Bool (B,), True where a row counts; None: all do. 0 if none does.
    """
    apart = 1.0 - F.cosine_similarity(partial, full.detach(), dim=-1)
    counted = torch.ones_like(apart) if count is None else count.to(apart.dtype)
    return mean_of_all((apart * counted).sum(), counted.sum())


def budget_loss(gate: Tensor, present: Tensor, budget: float) -> Tensor:
    """Keep the mean gate of each record at the budget (SCAR §3.2, L_budget).

    Args:
        gate: Float (B, L, N) in [0, 1], 1 where removed.
        present: Float (B, L, N), 1 where the patch could be removed at all.
        budget: ρ in (0, 1).

    Returns:
        Mean over records of ((mean gate − ρ) / ρ)². The paper leaves the form open; the relative
        square is ours: it costs the same to be off by a tenth at every budget.
    """
    share = (gate * present).sum((1, 2)) / present.sum((1, 2)).clamp_min(1.0)
    return (((share - budget) / budget) ** 2).mean()
