"""One slope and an offset for each label: recovered, never falling, and what it leaves out."""

import numpy as np
import pytest

from scar_core.evaluation.calibration import expected_calibration_error, sigmoid
from scar_core.evaluation.rows import expected_error
from scar_core.evaluation.task_calibration import calibrate_task, reliability


def test_it_finds_the_curve_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    similarity = rng.normal(scale=0.3, size=(4000, 3))
    offsets = np.array([-2.0, -0.5, 0.5])
    truth = (rng.uniform(size=similarity.shape) < sigmoid(6 * similarity + offsets)).astype(float)
    truth[::7, 1] = np.nan
    fitted = calibrate_task(similarity, truth, "made up")
    assert fitted.slope == pytest.approx(6, rel=0.1)
    assert fitted.offsets == pytest.approx(offsets, abs=0.2)
    said = fitted.probability(similarity)
    for column in range(3):
        known = np.isfinite(truth[:, column])
        assert said[known, column].mean() == pytest.approx(truth[known, column].mean(), abs=0.002)
    assert fitted.to_json()["data"] == "made up"


def test_similarity_that_misleads_is_not_believed() -> None:
    rng = np.random.default_rng(1)
    similarity = rng.normal(size=(300, 2))
    truth = (similarity + rng.normal(size=similarity.shape) < -0.5).astype(float)
    fitted = calibrate_task(similarity, truth, "made up")
    assert fitted.slope == 0
    assert fitted.probability(similarity)[0] == pytest.approx(truth.mean(0), abs=0.01)


def test_labels_without_a_positive_or_without_truth_stay_finite() -> None:
    similarity = np.random.default_rng(2).normal(size=(50, 3))
    truth = np.zeros((50, 3))
    truth[:20, 0] = 1
    truth[:, 2] = np.nan
    fitted = calibrate_task(similarity, truth, "made up")
    assert np.isfinite(fitted.offsets).all()
    assert fitted.offsets[1] < fitted.offsets[0]
    assert calibrate_task(similarity, np.full((50, 3), np.nan), "nothing").slope == 0


def test_bins_say_what_was_true() -> None:
    said = np.array([0.02, 0.08, 0.95, 1.0])
    true = np.array([0.0, 1.0, 1.0, 1.0])
    bins = reliability(said, true)
    assert [(b["low"], b["count"], b["true"]) for b in bins] == [(0.0, 2, 0.5), (0.9, 2, 1.0)]
    assert bins[0]["said"] == pytest.approx(0.05)
    rng = np.random.default_rng(3)
    said, true = rng.uniform(size=(40, 5)), (rng.uniform(size=(40, 5)) < 0.3).astype(float)
    expected = expected_calibration_error(said, true)
    assert expected_error(reliability(said, true)) == pytest.approx(expected)
