"""The gate, the selector's weights and the losses of SCAR, one number at a time."""

import math
from collections.abc import Sequence

Row = Sequence[float]
Rows = Sequence[Row]
Cube = Sequence[Rows]


def sigmoid(x: float) -> float:
    """σ(x)."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def gate(logit: float, noise: float, temperature: float) -> float:
    """One gate: σ((a + ε) / τ)."""
    return sigmoid((logit + noise) / temperature)


def softmax_over_visible(scores: Row, keep: Row) -> list[float]:
    """keep·exp(score), divided by the sum; zeros where nothing is kept."""
    shares = [k * math.exp(s) for s, k in zip(scores, keep, strict=True)]
    total = sum(shares)
    return [share / total for share in shares] if total > 0 else [0.0] * len(shares)


def dot(left: Row, right: Row) -> float:
    """Inner product."""
    return sum(a * b for a, b in zip(left, right, strict=True))


def info_nce(
    records: Rows, texts: Rows, temperature: float, same: Sequence[Sequence[bool]] | None = None
) -> float:
    """Record to text and text to record, each a softmax written out."""
    n = len(records)

    def counts(i: int, j: int) -> bool:
        return i == j or same is None or not same[i][j]

    loss = 0.0
    for i in range(n):
        to_text = sum(
            math.exp(dot(records[i], texts[j]) / temperature) for j in range(n) if counts(i, j)
        )
        to_record = sum(
            math.exp(dot(records[j], texts[i]) / temperature) for j in range(n) if counts(j, i)
        )
        own = math.exp(dot(records[i], texts[i]) / temperature)
        loss -= (math.log(own / to_text) + math.log(own / to_record)) / (2 * n)
    return loss


def finding_alignment(similarity: Rows, truth: Rows, scale: float, bias: Row) -> float:
    """Binary cross-entropy: mean over the known records of a finding, then over findings."""
    per_finding = []
    for c in range(len(bias)):
        losses = []
        for b in range(len(similarity)):
            if math.isnan(truth[b][c]):
                continue
            p = sigmoid(similarity[b][c] * scale + bias[c])
            losses.append(-math.log(p if truth[b][c] == 1 else 1 - p))
        if losses:
            per_finding.append(sum(losses) / len(losses))
    return sum(per_finding) / len(per_finding) if per_finding else 0.0


def consistency(partial: Rows, full: Rows) -> float:
    """1 − cos, averaged."""
    return sum(
        1 - dot(p, f) / math.sqrt(dot(p, p) * dot(f, f)) for p, f in zip(partial, full, strict=True)
    ) / len(partial)


def budget_loss(gates: Cube, present: Cube, budget: float) -> float:
    """((mean gate over present patches − ρ) / ρ)², averaged over records."""
    loss = 0.0
    for record_gate, record_present in zip(gates, present, strict=True):
        removed = there = 0.0
        for gate_row, present_row in zip(record_gate, record_present, strict=True):
            for g, p in zip(gate_row, present_row, strict=True):
                removed += g * p
                there += p
        share = removed / there if there else 0.0
        loss += ((share - budget) / budget) ** 2
    return loss / len(gates)
