"""Importance of any method: one form, on one grid, of what is visible only."""

import numpy as np
import pytest

from scar_core.analysis.importance import Weights, chosen_how, from_gradient, importances, shown
from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from scar_core.missing import Scenario, Span
from scar_core.record import ECGRecord
from tests.analysis.conftest import PROMPTS

HIDDEN = Scenario(leads=("V1",), spans=(Span("II", 0.4, 2.0),))


@pytest.mark.parametrize("how", ["selector", "gradient-input"])
def test_weights_sum_to_one_over_what_is_visible(
    predictor: Predictor, record: ECGRecord, how: str
) -> None:
    chosen = chosen_how(predictor.predict([(record, Scenario())], PROMPTS)[0], how)
    found, answers = importances(predictor, record, [Scenario(), HIDDEN], chosen, "Two", PROMPTS)
    assert [len(found), len(answers)] == [2, 2]
    for weights in found:
        assert weights.values.sum() == pytest.approx(1.0)
        assert (weights.values >= 0).all()
        assert not weights.values[~weights.visible].any()
    after = found[1]
    assert not after.visible[after.leads.index("V1")].any()
    first, last = round(0.4 / after.patch_s), round(2.0 / after.patch_s)
    assert not after.visible[after.leads.index("II"), first:last].any()
    assert after.visible[after.leads.index("II"), last:].any()


def test_gradients_see_what_is_shown_alone(predictor: Predictor, record: ECGRecord) -> None:
    seen = shown(record, HIDDEN)
    assert not seen.present[record.lead_names.index("V1")].any()
    assert from_gradient(predictor, seen, "Two", PROMPTS).visible.sum() < 600


def test_the_grid_of_evaluation_keeps_sums_and_leads() -> None:
    values, visible = np.zeros((2, 100)), np.zeros((2, 100), bool)
    values[1, :2], visible[1, :2], visible[0, 0] = 0.5, True, True
    grid, seen = Weights(values, visible, ("V6", "I"), 0.1).on_grid()
    assert grid[LEADS.index("I"), 0] == pytest.approx(1.0)
    assert grid.sum() == pytest.approx(1.0)
    assert seen[LEADS.index("I"), 0]
    assert seen[LEADS.index("V6"), 0]  # half of it is read
    assert seen.sum() == 2


def test_unknown_importance_is_refused(predictor: Predictor, record: ECGRecord) -> None:
    answer = predictor.predict([(record, Scenario())])[0]
    assert chosen_how(answer, "") == "selector"
    with pytest.raises(ConfigError, match="no importance 'x'"):
        chosen_how(answer, "x")
