"""AUROC against pairs, its interval against patients drawn one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from scar_core.evaluation.metrics import _bootstrap, auroc, rank
from tests.reference import ranking as reference


@given(st.integers(0, 10_000), st.integers(1, 30), st.booleans())
@settings(max_examples=60, deadline=None)
def test_auroc_against_pairs_and_sklearn(seed: int, n: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, n).astype(float) if ties else rng.normal(size=n)
    truth = rng.uniform(size=n) < 0.4
    expected = reference.auroc(scores.tolist(), truth.tolist())
    assert auroc(scores, truth) == pytest.approx(expected, nan_ok=True)
    if 0 < truth.sum() < n:
        assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def made(seed: int, n: int = 24) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(size=(n, 3)) < 0.4
    truth[:2] = [[True] * 3, [False] * 3]
    scores = rng.normal(size=(n, 3)) + truth
    patients = [f"p{i}" for i in rng.integers(0, n // 2, n)]
    return np.round(scores, 1), truth, patients


@pytest.mark.parametrize("seed", range(3))
def test_every_resample_against_patients_drawn_one_by_one(seed: int) -> None:
    scores, truth, patients = made(seed)
    found = _bootstrap(scores, truth, patients, 40, seed=7)
    names = sorted(set(patients))
    draws = np.random.default_rng(7).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=40
    )
    assert (draws.sum(1) == len(names)).all()
    slow = reference.bootstrap(scores, truth, patients, draws)
    assert found.tolist() == pytest.approx(slow, nan_ok=True)


def test_rank_is_a_mean_with_its_percentiles() -> None:
    scores, truth, patients = made(5)
    labels = ["a", "b", "c"]
    found = rank(scores, truth, labels, patients, resamples=200, seed=3)
    samples = _bootstrap(scores, truth, patients, 200, 3)
    assert found.macro_auroc == pytest.approx(reference.macro(scores, truth))
    assert found.per_label == {
        label: pytest.approx(reference.auroc(scores[:, i].tolist(), truth[:, i].tolist()))
        for i, label in enumerate(labels)
    }
    assert found.interval == pytest.approx(tuple(np.percentile(samples, [2.5, 97.5])))
    assert found.interval[0] < found.macro_auroc < found.interval[1]
    assert found.positives == {label: truth[:, i].sum() for i, label in enumerate(labels)}
    assert found.records == len(truth) and found.left_out == ()
    assert rank(scores, truth, labels, patients, resamples=200, seed=3) == found


def test_labels_with_too_few_of_a_kind_are_left_out() -> None:
    truth = np.zeros((10, 4), bool)
    truth[:5, 0] = True
    truth[:2, 1] = True
    truth[:, 2] = True
    scores = np.random.default_rng(0).normal(size=(10, 4))
    patients = list("abcdefghij")
    strict = rank(scores, truth, list("wxyz"), patients, min_positives=3, resamples=10)
    assert list(strict.per_label) == ["w"] and strict.left_out == ("x", "y", "z")
    loose = rank(scores, truth, list("wxyz"), patients, resamples=10)
    assert list(loose.per_label) == ["w", "x"] and loose.left_out == ("y", "z")
    assert loose.positives == {"w": 5, "x": 2}


def test_nothing_to_rank_is_refused() -> None:
    with pytest.raises(ValueError, match="none of 1 labels has 1 positives"):
        rank(np.zeros((3, 1)), np.zeros((3, 1), bool), ["a"], ["x", "y", "z"])


def test_records_of_a_patient_are_drawn_together() -> None:
    """Ten copies of each record tell nothing new: the interval by patient stays as wide."""
    rng = np.random.default_rng(1)
    truth = rng.uniform(size=(40, 1)) < 0.5
    scores = rng.normal(size=(40, 1)) + truth
    patients = [str(i) for i in range(40)]
    once = rank(scores, truth, ["a"], patients, resamples=400, seed=1)
    many = rank(
        np.repeat(scores, 10, 0), np.repeat(truth, 10, 0), ["a"],
        [p for p in patients for _ in range(10)], resamples=400, seed=1,
    )  # fmt: skip
    assert many.macro_auroc == pytest.approx(once.macro_auroc)
    assert many.interval == pytest.approx(once.interval)
    alone = rank(
        np.repeat(scores, 10, 0), np.repeat(truth, 10, 0), ["a"],
        [str(i) for i in range(400)], resamples=400, seed=1,
    )  # fmt: skip
    width = [one.interval[1] - one.interval[0] for one in (once, alone)]
    assert width[1] < 0.5 * width[0]
