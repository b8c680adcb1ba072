"""Weighted figures against records written out as often as they count; Holm against its rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from scar_core.evaluation.statistics import (
    holm,
    interval,
    paired,
    patient_weights,
    weighted_auroc,
    weighted_average_precision,
)


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=60, deadline=None)
def test_weights_count_records(seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    n = 20
    scores = rng.integers(0, 4, n).astype(float) if ties else rng.normal(size=n)
    truth = rng.uniform(size=n) < 0.4
    weights = rng.integers(0, 4, (3, n)).astype(float)
    areas = weighted_auroc(scores, truth, weights)
    precisions = weighted_average_precision(scores, truth, weights)
    for row, area, precision in zip(weights.astype(int), areas, precisions, strict=True):
        s, t = np.repeat(scores, row), np.repeat(truth, row)
        if t.any() and not t.all():
            assert area == pytest.approx(roc_auc_score(t, s))
        else:
            assert np.isnan(area)
        if t.any():
            assert precision == pytest.approx(average_precision_score(t, s))
        else:
            assert np.isnan(precision)


def test_patients_come_together() -> None:
    patients = ["a", "b", "a", "c", "b"]
    weights = patient_weights(patients, 50, seed=3)
    assert weights.shape == (50, 5)
    assert np.array_equal(weights[:, 0], weights[:, 2])
    assert np.array_equal(weights[:, 1], weights[:, 4])
    assert (weights[:, 0] + weights[:, 1] + weights[:, 3] == 3).all()
    assert np.array_equal(weights, patient_weights(patients, 50, seed=3))
    assert not np.array_equal(weights, patient_weights(patients, 50, seed=4))


def test_an_interval_of_mostly_nothing_is_none() -> None:
    assert interval(np.array([1.0, 2.0, np.nan, np.nan, np.nan])) is None
    assert interval(np.array([1.0, 3.0, np.nan])) == pytest.approx((1.05, 2.95))


def test_a_method_against_itself_and_against_a_better_one() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(0.8, 0.02, 999)
    same = paired(0.0, first, first)
    assert same.p == 1 and same.interval == (0, 0)
    clear = paired(0.1, first, first - 0.1)
    assert clear.p == pytest.approx(2 / 1000) and clear.interval == pytest.approx((0.1, 0.1))
    shuffled = paired(0.0, first, rng.permutation(first))
    assert shuffled.p > 0.5


def test_pairing_uses_the_same_patients() -> None:
    """Two methods that differ by little on every patient overlap alone, and not when paired."""
    rng = np.random.default_rng(1)
    weights = patient_weights([str(k) for k in range(60)], 500, seed=0)
    difficulty = rng.normal(size=60)
    one, other = (weights @ (difficulty + shift) / 60 for shift in (0.05, 0.0))
    low, high = interval(one) or (0, 0)
    assert low < other.mean() < high
    assert paired(0.05, one, other).p == pytest.approx(2 / 501)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_holm_against_its_rule(values: list[float]) -> None:
    adjusted = holm(values)
    order = sorted(range(len(values)), key=lambda k: values[k])
    for place, k in enumerate(order):
        expected = max((len(values) - j) * values[order[j]] for j in range(place + 1))
        assert adjusted[k] == pytest.approx(min(1.0, expected))
        assert adjusted[k] >= values[k]
