"""Linear probes: what a frozen embedding lets a linear classifier learn from few labels (Table 1).

The probe is a logistic regression for each label, its strength of regularisation chosen for the
task by macro AUROC on validation records. Shares of the labels are drawn by seed and nested: the
records of 1 % are among those of 10 %. ``legacy`` is the paper's probe, one linear layer trained by
stochastic gradient descent, stopped early on validation; its figures never share a table with ours.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from scar_core.evaluation.statistics import weighted_auroc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SHARES = (1, 10, 100)
"""Percent of the training labels."""
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
"""Values of C that validation chooses from."""
LEGACY_BATCH, LEGACY_RATE, LEGACY_EPOCHS, LEGACY_PATIENCE = 128, 1e-3, 100, 10
"""Batch and learning rate are the paper's; momentum 0.9, epochs and patience are ours."""


@dataclass(frozen=True)
class Features:
    """Embeddings of one split and their truth.

    Attributes:
        values: (record, E).
        truth: (record, label).
    """

    values: Floats
    truth: Bools


@dataclass(frozen=True)
class Probe:
    """A fitted probe's answers on the test records.

    Attributes:
        scores: (record, label), logits.
        validation: (record, label), likewise on validation records.
        chosen: What validation chose: C, or the epoch.
        unlearned: Labels without a positive (or negative) among the training labels; their scores
            are all equal, so their AUROC is 0.5.
        training_records: How many it was fitted on.
    """

    scores: Floats
    validation: Floats
    chosen: float
    unlearned: tuple[int, ...]
    training_records: int


def nested_share(count: int, percent: float, seed: int) -> NDArray[np.int_]:
    """Rows of a share of the training records, at least one; larger shares contain smaller ones."""
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[: max(1, round(count * percent / 100))])


def fit_probe(train: Features, validation: Features, test: Floats) -> Probe:
    """Fit one logistic regression for each label; C is chosen for all of them on validation."""
    from sklearn.linear_model import LogisticRegression

    mean, deviation = train.values.mean(0), train.values.std(0) + 1e-6
    values, held, asked = ((x - mean) / deviation for x in (train.values, validation.values, test))
    columns = [k for k, y in enumerate(train.truth.T) if y.any() and not y.all()]
    best: Probe | None = None
    reached = -1.0
    for strength in STRENGTHS:
        scores = np.zeros((len(asked), train.truth.shape[1]))
        on_validation = np.zeros((len(held), train.truth.shape[1]))
        for k in columns:
            fitted = LogisticRegression(C=strength, max_iter=1000).fit(values, train.truth[:, k])
            scores[:, k] = fitted.decision_function(asked)
            on_validation[:, k] = fitted.decision_function(held)
        area = macro_area(on_validation, validation.truth)
        if best is None or area > reached:
            missing = tuple(k for k in range(train.truth.shape[1]) if k not in columns)
            best = Probe(scores, on_validation, strength, missing, len(values))
            reached = area
    assert best is not None  # noqa: S101 - STRENGTHS is not empty
    return best


def macro_area(scores: Floats, truth: Bools) -> float:
    """Macro AUROC over the labels that have both classes; 0 if none has."""
    ones = np.ones((1, len(truth)))
    areas = [
        float(weighted_auroc(scores[:, k], y, ones)[0])
        for k, y in enumerate(truth.T)
        if y.any() and not y.all()
    ]
    return float(np.mean(areas)) if areas else 0.0


def fit_legacy(train: Features, validation: Features, test: Floats, seed: int) -> Probe:
    """The paper's probe: one linear layer on the embedding, SGD, early stopping on validation."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.from_numpy(train.values).float()
    truth = torch.from_numpy(train.truth).float()
    held, asked = (torch.from_numpy(x).float() for x in (validation.values, test))
    weight = torch.randn(truth.shape[1], values.shape[1], generator=generator) * 0.01
    layer = (nn.Parameter(weight), nn.Parameter(torch.zeros(truth.shape[1])))
    optimiser = torch.optim.SGD(layer, lr=LEGACY_RATE, momentum=0.9)
    best, reached = Probe(np.zeros(0), np.zeros(0), 0.0, (), 0), -1.0
    for epoch in range(1, LEGACY_EPOCHS + 1):
        order = torch.randperm(len(values), generator=generator)
        for start in range(0, len(order), LEGACY_BATCH):
            rows = order[start : start + LEGACY_BATCH]
            loss = F.binary_cross_entropy_with_logits(F.linear(values[rows], *layer), truth[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        with torch.no_grad():
            on_validation = F.linear(held, *layer).double().numpy()
            scores = F.linear(asked, *layer).double().numpy()
        area = macro_area(on_validation, validation.truth)
        if area > reached:
            best = Probe(scores, on_validation, float(epoch), (), len(values))
            reached = area
        elif epoch - best.chosen >= LEGACY_PATIENCE:
            break
    return best
