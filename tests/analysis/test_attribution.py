"""Accounts of an answer: complete, comparable, and without side effects."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.analysis.agreement import agreement, curves, rank_correlation
from scar_core.analysis.attribution import (
    Attribution,
    Case,
    attribute,
    cell_masks,
    gradient_input,
    possible,
    shap_gradient,
    shap_permutation,
    to_cells,
    to_patches,
)
from scar_core.analysis.projection import knn_purity, project
from scar_core.analysis.shapley import shapley_values
from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from tests.analysis.conftest import PROMPTS
from tests.made import made_record


@pytest.fixture
def case(predictor: Predictor) -> Case:
    return Case(predictor, made_record(6, seconds=10.0), "two", PROMPTS)


@settings(deadline=None, max_examples=20)  # the first example imports scipy
@given(st.integers(0, 2**32 - 1))
def test_rank_correlation_is_spearmans(seed: int) -> None:
    from scipy.stats import spearmanr

    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 6, 20).astype(float), rng.normal(size=20)
    if np.ptp(one):
        assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert rank_correlation(np.zeros(20), other) == 0.0


def test_values_go_to_their_patches_by_name() -> None:
    values = np.zeros((2, 1000))
    values[0, 0], values[0, 19], values[0, 20], values[1, 999] = 1, 2, 4, 8
    grid = to_patches(values, ("V1", "aVF"), 0.01)
    assert grid[LEADS.index("V1"), :3].tolist() == [3, 4, 0]
    assert grid[LEADS.index("aVF"), 49] == 8
    assert grid.sum() == 15
    assert to_cells(grid)[LEADS.index("V1"), 0] == 7


def test_gradient_input_is_the_derivative_along_the_input(case: Case) -> None:
    signal, similar = case.similarity()
    step = 1e-2
    up, down = similar(signal[None] * (1 + step)), similar(signal[None] * (1 - step))
    slope = float((up - down).detach()) / (2 * step)
    assert gradient_input(case).sum() == pytest.approx(slope, abs=2e-3)


def test_curves_begin_and_end_where_they_should(case: Case) -> None:
    deletion, insertion = curves(case, np.random.default_rng(0).permutation(120))
    full = case.probability(np.zeros((1, 12, 50), np.bool_))[0]
    for begins, ends in ((deletion, insertion), (insertion, deletion)):
        assert begins.probability[0] == pytest.approx(ends.probability[-1], abs=1e-6)
    assert deletion.probability[0] == pytest.approx(full, abs=1e-6)
    assert insertion.probability[0] == pytest.approx(case.neutral)
    assert deletion.area == pytest.approx(np.trapezoid(deletion.probability, dx=0.1))


def test_accounts_are_compared(case: Case) -> None:
    names = ("gradient-input", "selector", "shapley-leads")
    assert set(names) < set(possible(case))
    accounts = [attribute(case, name) for name in names]  # type: ignore[arg-type]
    assert accounts[1].leads.sum() == pytest.approx(1.0, abs=1e-5)
    full = case.probability(np.zeros((1, 12, 50), np.bool_))[0]
    assert accounts[2].leads.sum() == pytest.approx(full - case.neutral, abs=1e-6)
    assert accounts[2].cells is None
    same = Attribution("copy", "Two", accounts[0].cells, accounts[0].leads, 0.0)
    found = agreement(case, [accounts[0], same, accounts[2]])
    assert found.leads["gradient-input / copy"] == pytest.approx(1.0)
    assert found.cells["gradient-input / copy"] == pytest.approx(1.0)
    assert set(found.deletion) == {"random", "gradient-input", "copy"}
    assert found.deletion["copy"] == found.deletion["gradient-input"]
    assert "shapley-leads" in str(found.to_json()["leads"])


def test_unknown_findings_are_refused(predictor: Predictor) -> None:
    with pytest.raises(ConfigError, match="no finding 'Nine'; choose one of: One, Two, Three"):
        Case(predictor, made_record(1), "Nine", PROMPTS)


def test_purity_counts_neighbours() -> None:
    angles = np.array([0.0, 0.02, 0.05, 2.0, 2.03, 2.04])
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert knn_purity(points, list("aaabbb"), 2) == 1.0
    assert knn_purity(points, list("ababab"), 2) == pytest.approx(2 / 6)


def test_too_few_records_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least five"):
        project(np.zeros((3, 4)))
    with pytest.raises(ConfigError, match="4 labels for 6 records"):
        project(np.eye(6), list("abcd"))


@pytest.mark.slow
def test_shap_is_complete_and_leaves_global_chance_alone(case: Case) -> None:
    np.random.seed(11)  # what somebody else may rely on
    expected = np.random.default_rng(0), np.random.random()
    np.random.seed(11)
    values = shap_permutation(case, seed=3)
    assert np.random.random() == expected[1]
    full = case.probability(np.zeros((1, 12, 50), np.bool_))[0]
    assert values.sum() == pytest.approx(full - case.neutral, abs=1e-5)
    assert (values == shap_permutation(case, seed=3)).all()
    gradient = shap_gradient(case, samples=16)
    assert gradient.shape == (12, 50)
    assert (gradient == shap_gradient(case, samples=16)).all()
    # Over leads alone, the sampled values are near the exact ones.
    exact = attribute(case, "shapley-leads").leads
    assert rank_correlation(values.sum(axis=1), exact) > 0.4


@pytest.mark.slow
def test_pictures_follow_from_their_seed_and_show_groups() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 16)) * 4
    points = np.concatenate([centre + rng.normal(size=(20, 16)) for centre in centres])
    labels = [name for name in "abc" for _ in range(20)]
    one, again = project(points, labels, seed=1), project(points, labels, seed=1)
    assert one == again
    assert one.purity == 1.0
    assert one.silhouette is not None
    assert one.silhouette > 0.5
    assert one.by_chance == pytest.approx(19 / 59)
    assert one.trustworthiness > 0.8
    shuffled = project(points, list(rng.permutation(labels)), seed=1)
    assert shuffled.purity is not None
    assert shuffled.purity < 0.6


def test_cells_are_seconds_of_leads() -> None:
    hidden = np.zeros((1, 12, 10), np.bool_)
    hidden[0, 2, 3] = True
    masks = cell_masks(hidden)
    assert masks.shape == (1, 12, 50)
    assert np.argwhere(masks[0]).tolist() == [[2, 15 + k] for k in range(5)]
    game = np.arange(4.0)[:, None]
    assert shapley_values(game)[:, 0].tolist() == [1.0, 2.0]
