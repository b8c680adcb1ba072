"""Shapley values and interactions against their definitions over orders and coalitions."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scar_core.analysis.leadwise import Floats
from scar_core.analysis.shapley import interaction_indices, lead_shapley, shapley_values
from scar_core.analysis.subsets import all_subsets
from scar_core.evaluation.zero_shot import Predictor
from scar_core.record import ECGRecord
from tests.analysis.conftest import PROMPTS

games = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(size=(16, 2)))


def over_orders(game: Floats, players: int) -> Floats:
    """Mean gain over all orders of arrival."""
    total = np.zeros((players, game.shape[1]))
    for order in permutations(range(players)):
        there = 0
        for player in order:
            total[player] += game[there | 1 << player] - game[there]
            there |= 1 << player
    return total / factorial(players)


@given(games)
def test_values_are_means_over_orders(game: Floats) -> None:
    values = shapley_values(game)
    assert values == pytest.approx(over_orders(game, 4))
    assert values.sum(axis=0) == pytest.approx(game[-1] - game[0])


@given(games, st.floats(-3, 3))
def test_values_are_linear_and_fair(game: Floats, factor: float) -> None:
    other = game[::-1].copy()
    both = shapley_values(game + factor * other)
    assert both == pytest.approx(shapley_values(game) + factor * shapley_values(other))
    index = np.arange(16)
    swapped = index & 0b1100 | (index & 1) << 1 | (index & 2) >> 1  # players 0 and 1 exchanged
    assert shapley_values(game[swapped])[[1, 0, 2, 3]] == pytest.approx(shapley_values(game))


def test_a_player_who_adds_nothing_gets_nothing() -> None:
    game = np.random.default_rng(0).normal(size=(16, 1))
    game[np.arange(16) & 4 > 0] = game[np.arange(16) & 4 == 0]
    assert shapley_values(game)[2] == pytest.approx(0.0)
    assert interaction_indices(game)[2] == pytest.approx(0.0)


@given(games)
def test_interactions_are_means_over_orders_of_the_rest(game: Floats) -> None:
    found = interaction_indices(game)
    assert found == pytest.approx(found.transpose(1, 0, 2))
    for i, j in ((0, 1), (1, 3), (2, 3)):
        rest = [player for player in range(4) if player not in (i, j)]
        total = np.zeros(2)
        # The pair arrives as one, at every place among the others.
        for order in permutations([*rest, -1]):
            before = sum(1 << player for player in order[: order.index(-1)])
            total += (
                game[before | 1 << i | 1 << j] - game[before | 1 << i] - game[before | 1 << j]
                + game[before]
            )  # fmt: skip
        assert found[i, j] == pytest.approx(total / factorial(3))


def test_additive_games_have_no_interactions() -> None:
    index = np.arange(64)
    worth = np.array([3.0, -1.0, 0.5, 2.0, 0.0, 1.0])
    game = ((index[:, None] >> np.arange(6) & 1) @ worth)[:, None]
    assert shapley_values(game)[:, 0] == pytest.approx(worth)
    assert interaction_indices(game) == pytest.approx(0.0)


@pytest.mark.parametrize("scale", ["probability", "logit"])
def test_leads_add_up_to_the_answer(scale: str, predictor: Predictor, gappy: ECGRecord) -> None:
    answers = all_subsets(predictor, gappy, PROMPTS)
    found = lead_shapley(answers, scale)  # type: ignore[arg-type]
    assert found.values.sum(axis=0) == pytest.approx(found.full - found.neutral, abs=1e-9)
    assert found.of("One")["V3"] == 0.0  # absent
    worth = answers.probability[[0, -1]]
    if scale == "logit":
        worth = np.log(worth / (1 - worth))
    assert found.neutral == pytest.approx(worth[0])
    assert found.full == pytest.approx(worth[1])
