"""SHAP of a linear probe: it adds up, and the package says the same."""

import numpy as np
import pytest

from scar_core.analysis.probe_shap import directions, fit_shap, name_directions
from scar_core.errors import ConfigError


def made(seed: int = 0, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 6)) * [3, 2, 1, 1, 0.5, 0.2]
    truth = (values[:, 1] + 0.3 * rng.normal(size=n) > 0.7).astype(np.int8)
    return values, truth


def test_directions_hold_all_distances_and_are_ordered() -> None:
    values, _ = made()
    turned, share = directions(values)
    assert np.allclose(turned @ turned.T, (values - values.mean(0)) @ (values - values.mean(0)).T)
    assert share.sum() == pytest.approx(1)
    assert (np.diff(share) <= 0).all()
    assert np.allclose(turned.T @ turned, np.diag((turned**2).sum(0)), atol=1e-8)


def test_values_add_up_to_the_score() -> None:
    values, truth = made()
    turned, share = directions(values)
    probe = fit_shap(turned, share, truth)
    assert np.allclose(probe.base + probe.values.sum(1), probe.scores)
    assert probe.base == pytest.approx(probe.scores.mean())
    assert (probe.records, probe.positives) == (200, int(truth.sum()))
    assert probe.auroc > 0.9
    assert np.abs(probe.values).mean(0).argmax() == 1


def test_the_shap_package_says_the_same() -> None:
    shap = pytest.importorskip("shap")
    values, truth = made(1)
    turned, share = directions(values)
    probe = fit_shap(turned, share, truth)
    scale = turned.std(0) + 1e-12
    bias = probe.base - float((turned / scale).mean(0) @ probe.weights)
    explainer = shap.LinearExplainer(
        (probe.weights, bias), shap.maskers.Independent(turned / scale, max_samples=len(turned))
    )
    assert np.allclose(explainer.shap_values(turned / scale), probe.values, atol=1e-8)


def test_unknown_records_are_explained_but_not_learned_from() -> None:
    values, truth = made(2)
    turned, share = directions(values)
    some = truth.copy()
    some[::3] = -1
    probe = fit_shap(turned, share, some)
    assert probe.records == int((some >= 0).sum())
    assert probe.values.shape == turned.shape


def test_shuffled_truth_cannot_be_learned() -> None:
    values, truth = made(3, 600)
    turned, share = directions(values)
    shuffled = np.random.default_rng(0).permutation(truth)
    assert abs(fit_shap(turned, share, shuffled).auroc - 0.5) < 0.12


def test_directions_are_named_by_their_ends() -> None:
    values, truth = made(4)
    turned, share = directions(values)
    table = np.stack([truth, 1 - truth], axis=1)
    along = np.abs(np.corrcoef(turned.T, truth)[-1, :-1]).argmax()
    named = name_directions(turned, share, table, ("A", "B"), [int(along)])[0]
    assert named.number == along + 1
    assert {named.low, named.high} == {("A",), ("B",)}


def test_rare_findings_have_no_probe() -> None:
    values, _ = made()
    turned, share = directions(values)
    truth = np.zeros(200, np.int8)
    truth[:3] = 1
    with pytest.raises(ConfigError, match="needs 5 of each"):
        fit_shap(turned, share, truth)
