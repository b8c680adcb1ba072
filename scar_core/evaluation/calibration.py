"""Platt calibration: from similarity to probability, on validation records only.

``p = σ(a·s + b)`` for each class prompt. Few validation records hold few positives, so each class
is drawn towards the curve pooled over all classes, the more so the fewer positives it has (ours).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_POSITIVES = 5
"""Classes with fewer validation positives have no curve of their own."""


def sigmoid(x: Floats) -> Floats:
    """Logistic function, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def descend(
    cost: Callable[[Floats], float],
    derivatives: Callable[[Floats], tuple[Floats, Floats]],
    weights: Floats,
) -> Floats:
    """Minimise a convex cost by Newton steps, halved until they no longer go up.

    Args:
        cost: Weights (n,) to the cost.
        derivatives: Weights to gradient (n,) and curvature (n, n).
        weights: Where to begin.
    """
    for _ in range(100):
        gradient, curvature = derivatives(weights)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-4 and cost(weights - size * step) > cost(weights):
            size /= 2
        weights = weights - size * step
        if np.abs(size * step).max() < 1e-8:
            break
    return weights


def fit_platt(
    similarity: Floats,
    truth: Floats,
    *,
    prior: tuple[float, float] = (0.0, 0.0),
    strength: tuple[float, float] = (1e-3, 1e-3),
) -> tuple[float, float]:
    """Fit ``σ(a·s + b)`` by Newton steps on the penalised likelihood.

    Args:
        similarity: (record,).
        truth: (record,), 0 or 1.
        prior: Where a and b are drawn to.
        strength: How strongly, as the precision of a normal prior.

    Returns:
        a and b; a is never negative, so that a larger similarity is never less probable.
    """
    design = np.stack([similarity, np.ones_like(similarity)], axis=1)
    centre, precision = np.array(prior), np.diag(strength)

    def cost(weights: Floats) -> float:
        logit = design @ weights
        pull = weights - centre
        fit = np.logaddexp(0.0, logit) - truth * logit
        return float(fit.sum() + 0.5 * pull @ precision @ pull)

    def derivatives(weights: Floats) -> tuple[Floats, Floats]:
        probability = sigmoid(design @ weights)
        gradient = design.T @ (probability - truth) + precision @ (weights - centre)
        return gradient, (design.T * (probability * (1 - probability))) @ design + precision

    weights = descend(cost, derivatives, centre.astype(np.float64))
    if weights[0] < 0:
        rate = float(np.clip(truth.mean(), 1e-3, 1 - 1e-3))
        return 0.0, float(np.log(rate / (1 - rate)))
    return float(weights[0]), float(weights[1])


def expected_calibration_error(probability: Floats, truth: Floats, bins: int = 10) -> float:
    """Mean distance of probability and frequency over equally wide bins, weighted by their size.

    Args:
        probability: Any shape, in [0, 1].
        truth: Same shape, 0 or 1.
        bins: Number of bins.
    """
    flat, target = probability.ravel(), truth.ravel()
    index = np.minimum((flat * bins).astype(int), bins - 1)
    error = 0.0
    for one in range(bins):
        inside = index == one
        if inside.any():
            error += inside.mean() * abs(flat[inside].mean() - target[inside].mean())
    return float(error)


@dataclass(frozen=True)
class Calibration:
    """Curves by prompt text, and the pooled one for every other text.

    Attributes:
        pooled: a and b.
        curves: a and b by prompt.
        data: What it was fitted on.
        error: Expected calibration error on those records, by five-fold cross-fitting.
    """

    pooled: tuple[float, float] = (10.0, -3.0)
    curves: Mapping[str, tuple[float, float]] | None = None
    data: str = "nothing"
    error: float | None = None

    def probability(self, prompt: str, similarity: float) -> tuple[float, bool]:
        """Probability of a prompt, and whether the prompt has a curve of its own."""
        own = (self.curves or {}).get(prompt)
        a, b = own or self.pooled
        return float(sigmoid(np.asarray(a * similarity + b))), own is not None

    def to_json(self) -> dict[str, Any]:
        """As JSON types; ``from_json`` reverses it."""
        return {
            "pooled": list(self.pooled),
            "curves": {prompt: list(curve) for prompt, curve in (self.curves or {}).items()},
            "data": self.data,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Calibration":
        """Read ``to_json``'s dict; an empty one is the uncalibrated default."""
        if not content:
            return cls()
        return cls(
            pooled=(content["pooled"][0], content["pooled"][1]),
            curves={prompt: (c[0], c[1]) for prompt, c in content["curves"].items()},
            data=content["data"],
            error=content["error"],
        )


def _fit(similarity: Floats, truth: Floats, prompts: Sequence[str], data: str) -> Calibration:
    known = np.isfinite(truth)
    pooled = fit_platt(similarity[known], truth[known])
    curves: dict[str, tuple[float, float]] = {}
    for column, prompt in enumerate(prompts):
        rows = known[:, column]
        target = truth[rows, column]
        if target.sum() >= MIN_POSITIVES and (1 - target).sum() >= MIN_POSITIVES:
            curves[prompt] = fit_platt(
                similarity[rows, column], target, prior=pooled, strength=(0.05, 0.2)
            )
    return Calibration(pooled, curves, data)


def calibrate(
    similarity: Floats, truth: Floats, prompts: Sequence[str], data: str, seed: int = 0
) -> Calibration:
    """Fit all curves.

    Args:
        similarity: (record, prompt).
        truth: (record, prompt): 1, 0, or NaN where unknown.
        prompts: Texts of the columns.
        data: Words for what the records are.
        seed: Of the five folds that the error is estimated with.
    """
    fold = np.random.default_rng(seed).permutation(len(similarity)) % 5
    crossed = np.full(similarity.shape, np.nan)
    for one in range(5):
        fitted = _fit(similarity[fold != one], truth[fold != one], prompts, data)
        for column, prompt in enumerate(prompts):
            a, b = (fitted.curves or {}).get(prompt, fitted.pooled)
            crossed[fold == one, column] = sigmoid(a * similarity[fold == one, column] + b)
    known = np.isfinite(truth)
    final = _fit(similarity, truth, prompts, data)
    return Calibration(
        final.pooled,
        final.curves,
        data,
        expected_calibration_error(crossed[known], truth[known]),
    )
