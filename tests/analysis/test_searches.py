"""Masks that are searched for: they have their budget, their answers are true, and they flip."""

import numpy as np
import pytest

from scar_core.analysis.flip import smallest_flip
from scar_core.analysis.hard_masks import goal_of, hard_mask, random_answers, worst_mask
from scar_core.analysis.leadwise import LeadwiseRecord
from scar_core.analysis.masks import Grid, answers_under, patches_of_budget, random_masks
from scar_core.analysis.subsets import from_encoding
from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.record import ECGRecord
from tests.analysis.conftest import PROMPTS, lively, predictor_of


@pytest.fixture
def encoded(predictor: Predictor, gappy: ECGRecord) -> LeadwiseRecord:
    return LeadwiseRecord(predictor, gappy, PROMPTS)


@pytest.mark.parametrize(("own", "context"), [(True, 0), (False, 2)])
def test_masks_are_answered_as_forward_passes_do(own: bool, context: int, gappy: ECGRecord) -> None:
    predictor = predictor_of(lively(lead_values=own, context=context))
    encoded = LeadwiseRecord(predictor, gappy, PROMPTS)
    masks = random_masks(encoded.present, 40, 12, np.random.default_rng(0), "spans")
    masks[0] = False
    public = answers_under(predictor, gappy, masks, PROMPTS, encoded.grid)
    assert np.abs(encoded.answers(masks) - public).max() < 1e-5
    again = encoded.answers(masks)  # now from what was remembered
    assert np.abs(again - public).max() < 1e-5
    assert np.ptp(public, axis=0).min() > 1e-3


@pytest.mark.parametrize("kind", ["patches", "spans"])
def test_random_masks_hide_exactly_the_budget(kind: str, encoded: LeadwiseRecord) -> None:
    masks = random_masks(encoded.present, 33, 20, np.random.default_rng(1), kind)  # type: ignore[arg-type]
    assert (masks.sum(axis=(1, 2)) == 33).all()
    assert not (masks & ~encoded.present).any()
    again = random_masks(encoded.present, 33, 20, np.random.default_rng(1), kind)  # type: ignore[arg-type]
    assert (masks == again).all()


def test_scenarios_say_the_same_as_their_masks(encoded: LeadwiseRecord) -> None:
    masks = random_masks(encoded.present, 50, 5, np.random.default_rng(2), "patches")
    masks[0, 4] = True
    for mask in masks:
        scenario = encoded.grid.scenario(mask, np.ones_like(mask))
        assert (scenario.hidden(encoded.leads, 200, 50.0) == mask.repeat(20, axis=1)).all()
    assert "aVL" in Grid(encoded.leads, 0.4).scenario(masks[0], encoded.present).leads


def test_random_answers_have_the_budget_and_are_true(encoded: LeadwiseRecord) -> None:
    masks, probability = random_answers(encoded, 20, 60, np.random.default_rng(0), pool=12)
    assert (masks.sum(axis=(1, 2)) == 20).all()
    assert not (masks & ~encoded.present).any()
    assert np.abs(encoded.answers(masks) - probability).max() < 1e-6


def test_random_masks_hide_every_patch_equally_often(encoded: LeadwiseRecord) -> None:
    masks, _ = random_answers(encoded, 30, 400, np.random.default_rng(3), pool=400)
    shares = masks.mean(axis=0)[encoded.present]
    assert shares.mean() == pytest.approx(30 / encoded.present.sum())
    assert np.abs(shares - shares.mean()).max() < 5 * np.sqrt(0.3 * 0.7 / 400)


@pytest.mark.parametrize("how", ["greedy", "beam"])
def test_the_worst_mask_is_worse_than_random_ones(
    how: str, predictor: Predictor, gappy: ECGRecord, encoded: LeadwiseRecord
) -> None:
    found = hard_mask(predictor, encoded, gappy, 0.2, how=how)  # type: ignore[arg-type]
    assert found.patches == patches_of_budget(encoded.present, 0.2)
    assert sum(len(patches) for patches in found.hidden.values()) == found.patches
    assert found.checked == pytest.approx(found.value, abs=1e-5)
    assert found.value > 5 * found.random.mean
    assert found.random.share_worse < 0.02
    assert found.random.count == 1000
    assert found.to_json()["random"]["worst"] == found.random.worst


def test_beam_is_never_worse_than_greedy_and_finds_drops(encoded: LeadwiseRecord) -> None:
    goal, name = goal_of(encoded, "two")
    assert name == "drop of Two"
    greedy, _ = worst_mask(encoded, 12, goal, how="greedy")
    beam, _ = worst_mask(encoded, 12, goal, how="beam", width=3)
    assert beam.score >= greedy.score > 0
    assert beam.patches == greedy.patches == 12


def test_a_single_hidden_patch_is_the_worst_single_patch(encoded: LeadwiseRecord) -> None:
    goal, _ = goal_of(encoded, None)
    node, _ = worst_mask(encoded, 1, goal)
    singles = np.zeros((int(encoded.present.sum()), *encoded.present.shape), np.bool_)
    singles[np.arange(len(singles)), *np.nonzero(encoded.present)] = True
    scores = goal(encoded.answers(singles))
    assert node.score <= scores.max() + 1e-9
    assert node.score >= np.quantile(scores, 0.9)  # guesses leave out some, but not the worst


@pytest.mark.parametrize("finding", [None, "One", "Three"])
def test_flips_flip_and_are_minimal(
    finding: str | None, predictor: Predictor, gappy: ECGRecord, encoded: LeadwiseRecord
) -> None:
    full = predictor.predict([(gappy, encoded.grid.scenario(~encoded.present, encoded.present))],
                             PROMPTS)[0]  # fmt: skip
    before = [score.probability for score in full.classes]
    column = int(np.argmax(before)) if finding is None else list(PROMPTS).index(finding)
    subsets = from_encoding(encoded)
    index, usable = np.arange(len(subsets.probability)), subsets.bits(subsets.usable)
    measured = (index > 0) & (index & ~usable == 0)  # one lead was never there
    reached = subsets.probability[measured, column].min()
    threshold = float(before[column] + reached) / 2  # which some loss of leads crosses
    found = smallest_flip(
        predictor, encoded, gappy, finding=finding, threshold=threshold, budget=0.95
    )
    assert found.leads or finding is None
    if not found.found:
        assert finding is None
        return
    assert found.scenario is not None
    after = predictor.predict([(gappy, found.scenario)], PROMPTS)[0]
    probability = [score.probability for score in after.classes]
    if finding is None:
        assert int(np.argmax(probability)) != column
    else:
        assert probability[column] < threshold
    mask = np.zeros_like(encoded.present)
    for lead, patches in found.hidden.items():
        mask[encoded.leads.index(lead), patches] = True
    assert mask.sum() == found.patches
    if found.minimal and found.patches > 1:
        shown = np.repeat(mask[None], found.patches, axis=0)
        shown[np.arange(found.patches), *np.nonzero(mask)] = False
        answers = encoded.answers(shown)
        if finding is None:
            assert (answers.argmax(axis=1) == column).mean() > 0.5  # up to the margin
        else:
            assert (answers[:, column] > threshold - 0.031).all()


def test_no_flip_is_said_and_not_invented(
    predictor: Predictor, gappy: ECGRecord, encoded: LeadwiseRecord
) -> None:
    found = smallest_flip(predictor, encoded, gappy, finding="One", threshold=1e-9, budget=0.02)
    assert not found.found
    assert found.patches == 0
    assert found.scenario is None
    assert found.to_json()["scenario"] is None


def test_budgets_that_hide_nothing_or_all_are_refused(encoded: LeadwiseRecord) -> None:
    for budget in (0.0, 1.0, 1e-6, float("nan")):
        with pytest.raises(ConfigError, match="budget"):
            patches_of_budget(encoded.present, budget)
    with pytest.raises(ConfigError, match="there is no finding 'Nine'"):
        goal_of(encoded, "Nine")
