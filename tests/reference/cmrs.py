"""CMRS written out with loops and logarithms, from the protocol and not from the library."""

import math
from collections.abc import Sequence

Probabilities = Sequence[float]


def entropy(p: float) -> float:
    """Of a Bernoulli, in bits."""
    return -sum(x * math.log2(x) for x in (p, 1 - p) if x > 0)


def distance(p: Probabilities, q: Probabilities) -> float:
    """Mean over classes of the Jensen–Shannon divergence of two Bernoullis."""
    parts = [
        entropy((a + b) / 2) - (entropy(a) + entropy(b)) / 2 for a, b in zip(p, q, strict=True)
    ]
    return sum(parts) / len(parts)


def agreement(q: Probabilities, p0: Probabilities, prior: Probabilities) -> float:
    """R: 1 where the full-view answer is kept, 0 where it is no better than the prior."""
    kept = 1 - distance(q, p0) / max(distance(prior, p0), 1e-6)
    return min(1.0, max(0.0, kept))


def score(
    items: Sequence[tuple[float, Probabilities, Probabilities, Probabilities]],
    prior: Probabilities,
) -> float:
    """CMRS of items (severity, q, p0, pm)."""
    above = below = 0.0
    for severity, q, p0, pm in items:
        weight = severity * distance(p0, pm)
        above += weight * agreement(q, p0, prior)
        below += weight
    return 100 * above / below
