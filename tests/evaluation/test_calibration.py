"""Calibration against a general optimiser, and on records it has not seen."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from scar_core.evaluation.calibration import (
    MIN_POSITIVES,
    Calibration,
    calibrate,
    expected_calibration_error,
    fit_platt,
    sigmoid,
)

Floats = NDArray[np.float64]


def drawn(seed: int, n: int = 200, a: float = 8.0, b: float = -2.0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    similarity = rng.uniform(-0.6, 0.9, n)
    return similarity, (rng.uniform(size=n) < sigmoid(a * similarity + b)).astype(float)


def slow_fit(
    similarity: Floats, truth: Floats, prior: tuple[float, float], strength: tuple[float, float]
) -> tuple[float, float]:
    def cost(w: Floats) -> float:
        total = 0.0
        for s, t in zip(similarity, truth, strict=True):
            z = w[0] * s + w[1]
            total += np.logaddexp(0, z) - t * z
        return float(
            total + sum(k * (x - p) ** 2 / 2 for k, x, p in zip(strength, w, prior, strict=True))
        )

    found = minimize(
        cost,
        np.array(prior),
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000},
    )
    return float(found.x[0]), float(found.x[1])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("prior", "strength"), [((0.0, 0.0), (1e-3, 1e-3)), ((10.0, -3.0), (0.05, 0.2))]
)
def test_fit_against_a_general_optimiser(
    seed: int, prior: tuple[float, float], strength: tuple[float, float]
) -> None:
    similarity, truth = drawn(seed, 60)
    found = fit_platt(similarity, truth, prior=prior, strength=strength)
    assert found == pytest.approx(slow_fit(similarity, truth, prior, strength), rel=1e-3, abs=1e-3)


def test_fit_finds_the_curve_that_drew_the_records() -> None:
    a, b = fit_platt(*drawn(0, 20_000))
    assert a == pytest.approx(8, rel=0.05) and b == pytest.approx(-2, rel=0.05)


def test_separable_records_do_not_run_away() -> None:
    similarity = np.linspace(-1, 1, 20)
    a, b = fit_platt(similarity, (similarity > 0).astype(float))
    assert np.isfinite([a, b]).all() and 0 < a < 1e4


@given(st.integers(0, 10_000), st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_a_larger_similarity_is_never_less_probable(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = fit_platt(rng.uniform(-1, 1, n), rng.integers(0, 2, n).astype(float))
    assert a >= 0 and np.isfinite(b)


def test_a_curve_that_would_fall_becomes_the_base_rate() -> None:
    similarity, truth = drawn(1, 400, a=-8.0, b=0.0)
    a, b = fit_platt(similarity, truth)
    assert a == 0.0 and sigmoid(np.array(b)) == pytest.approx(truth.mean())


def test_sigmoid_does_not_overflow() -> None:
    x = np.array([-1e4, -1.0, 0.0, 1e4])
    np.testing.assert_allclose(sigmoid(x), [0, 1 / (1 + np.e), 0.5, 1], atol=1e-12)


@given(st.integers(0, 10_000), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_calibration_error_against_a_loop(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    probability = np.append(rng.uniform(size=n), [0.0, 1.0])
    truth = rng.integers(0, 2, n + 2).astype(float)
    error = 0.0
    for low in range(10):
        rows = [
            i for i, p in enumerate(probability) if int(p * 10) == low or (low == 9 and p == 1.0)
        ]
        if rows:
            gap = abs(sum(probability[i] - truth[i] for i in rows))
            error += gap / (n + 2)
    assert expected_calibration_error(probability, truth) == pytest.approx(error)


def validation() -> tuple[Floats, Floats, list[str]]:
    rng = np.random.default_rng(0)
    similarity = rng.uniform(-0.5, 0.8, (300, 4))
    curves = [(6, -1), (12, -4), (9, -2), (9, -9)]
    truth = np.stack(
        [
            (rng.uniform(size=300) < sigmoid(a * similarity[:, i] + b))
            for i, (a, b) in enumerate(curves)
        ],
        1,
    ).astype(float)
    truth[rng.uniform(size=truth.shape) < 0.1] = np.nan
    truth[:, 3] = np.where(np.arange(300) < MIN_POSITIVES - 1, 1.0, 0.0)
    return similarity, truth, ["a", "b", "c", "rare"]


def test_each_prompt_has_its_curve_unless_it_is_rare() -> None:
    similarity, truth, prompts = validation()
    fitted = calibrate(similarity, truth, prompts, "made up")
    assert set(fitted.curves or {}) == {"a", "b", "c"}
    assert fitted.data == "made up"
    own, is_own = fitted.probability("b", 0.4)
    assert is_own and own == pytest.approx(float(sigmoid(np.array(12 * 0.4 - 4))), abs=0.12)
    pooled, is_own = fitted.probability("rare", 0.4)
    assert not is_own
    a, b = fitted.pooled
    assert pooled == pytest.approx(float(sigmoid(np.array(a * 0.4 + b))))
    assert fitted.error is not None and 0 <= fitted.error < 0.1


@given(st.floats(-1, 1), st.floats(-1, 1))
@settings(max_examples=30, deadline=None)
def test_probability_rises_with_similarity(one: float, two: float) -> None:
    fitted = Calibration((9.0, -3.0), {"x": (2.0, 0.5)})
    low, high = sorted((one, two))
    for prompt in ("x", "anything else"):
        first, last = fitted.probability(prompt, low)[0], fitted.probability(prompt, high)[0]
        assert 0 <= first <= last <= 1


def test_json_round_trip_and_the_uncalibrated_default() -> None:
    fitted = Calibration((9.0, -3.0), {"x": (2.0, 0.5)}, "made up", 0.02)
    assert Calibration.from_json(json.loads(json.dumps(fitted.to_json()))) == fitted
    assert Calibration.from_json({}) == Calibration()
    assert not Calibration().probability("x", 0.3)[1]
