"""Views: deterministic, equal for every method, of the budget that they promise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.errors import ConfigError
from scar_core.evaluation.views import (
    GRID,
    RATIO_VIEWS,
    VIEWS,
    check_view,
    draw_masks,
    hard_candidates,
    is_fixed,
    present_patches,
    severity,
    severity_by_lead,
    to_samples,
)
from scar_core.leads import LEADS
from scar_core.methods.contract import InputContract
from tests.made import made_record

WHOLE = np.ones(GRID, np.bool_)
DRAWN = [v for v in (*VIEWS, *RATIO_VIEWS) if v != "hard"]


def partly(seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """What is present of a record with absent leads and an early end."""
    rng = np.random.default_rng(seed)
    present = WHOLE.copy()
    present[rng.random(12) < 0.3] = False
    present[:, rng.integers(20, 51) :] = False
    present[rng.integers(12), :10] = True
    return present


@given(st.sampled_from(DRAWN), st.integers(0, 50), st.integers(0, 1000))
@settings(max_examples=150, deadline=None)
def test_masks_follow_from_their_names_and_leave_something(
    view: str, seed: int, number: int
) -> None:
    present = partly(number)
    masks = draw_masks(view, present, 3, seed=seed, name=f"r{number}")
    assert masks.dtype == np.bool_ and masks.shape == (1 if is_fixed(view) else 3, *GRID)
    again = draw_masks(view, present, 5, seed=seed, name=f"r{number}")
    assert np.array_equal(again[: len(masks)], masks)
    assert (present & ~masks).any((1, 2)).all()


def test_another_seed_record_or_number_is_another_mask() -> None:
    one = draw_masks("random", WHOLE, 2, seed=0, name="a")
    assert not np.array_equal(one[0], one[1])
    assert not np.array_equal(one, draw_masks("random", WHOLE, 2, seed=1, name="a"))
    assert not np.array_equal(one, draw_masks("random", WHOLE, 2, seed=0, name="b"))
    # The very bits: a change of the drawing changes every published figure.
    assert one[0].sum(1).tolist() == [5, 4, 8, 10, 5, 6, 4, 9, 6, 6, 8, 50]


def test_lead_and_time_hide_as_the_protocol_says() -> None:
    leads = np.concatenate([draw_masks("lead", WHOLE, 4, seed=0, name=str(k)) for k in range(200)])
    whole = leads.all(-1)
    assert np.array_equal(leads.any(-1), whole)
    assert whole.mean() == pytest.approx(0.1, abs=0.015)
    spans = np.concatenate([draw_masks("time", WHOLE, 4, seed=0, name=str(k)) for k in range(50)])
    lengths = spans.sum(-1)
    assert np.unique(lengths).tolist() == [
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
    ]  # 5 % are two patches and a half
    assert (np.diff(spans.astype(int), axis=-1, prepend=0) == 1).sum(-1).max() == 1
    both = np.concatenate([draw_masks("random", WHOLE, 4, seed=0, name=str(k)) for k in range(50)])
    assert 0.03 < both.all(-1).mean() < 0.2 and (both.sum(-1) >= 3).all()


@pytest.mark.parametrize(
    ("view", "hidden"),
    [
        ("full", ()),
        ("limb", LEADS[:6]),
        ("precordial", LEADS[6:]),
        ("lead-II", ("II",)),
        ("electrode-RA", tuple(lead for lead in LEADS if lead != "III")),
        ("electrode-V4", ("V4",)),
    ],
)
def test_named_views_hide_what_they_name(view: str, hidden: tuple[str, ...]) -> None:
    mask = draw_masks(view, WHOLE, 9, seed=3, name="x")
    assert mask.shape == (1, *GRID)
    assert tuple(lead for lead, row in zip(LEADS, mask[0], strict=True) if row.all()) == hidden
    assert mask.sum() == 50 * len(hidden)


@given(st.integers(0, 500), st.sampled_from(RATIO_VIEWS))
@settings(max_examples=60, deadline=None)
def test_ratio_views_hide_exactly_their_share(number: int, view: str) -> None:
    present = partly(number)
    mask = draw_masks(view, present, 1, seed=0, name=str(number))[0]
    total = int(present.sum())
    wanted = min(round(int(view.removeprefix("ratio-")) / 100 * total), total - 1)
    assert int((mask & present).sum()) == wanted


@given(st.integers(0, 500), st.booleans())
@settings(max_examples=60, deadline=None)
def test_hard_candidates_have_the_budget_of_the_random_mask(number: int, whole: bool) -> None:
    present = WHOLE if whole else partly(number)
    name = f"r{number}"
    groups = hard_candidates(present, 2, seed=1, name=name, candidates=16)
    random = draw_masks("random", present, 2, seed=1, name=name)
    assert groups.shape == (2, 16, *GRID)
    assert np.array_equal(groups[:, 0], random)
    counts = (groups & present).sum((-2, -1))
    assert (counts == counts[:, :1]).all()
    assert (present & ~groups).any((-2, -1)).all()
    assert len(np.unique(groups[0].reshape(16, -1), axis=0)) > 12


def test_severity_is_a_share_of_what_is_present_and_adds_up_over_leads() -> None:
    present = WHOLE.copy()
    present[0], present[1, 25:] = False, False
    mask = np.zeros(GRID, np.bool_)
    mask[0], mask[1], mask[2, :10] = True, True, True
    assert float(severity(mask, present)) == pytest.approx(35 / (600 - 75))
    by_lead = severity_by_lead(mask[None], present)
    assert by_lead.shape == (1, 12) and by_lead[0, 0] == 0
    assert by_lead.sum() == pytest.approx(float(severity(mask, present)))


def test_present_patches_of_a_record() -> None:
    record = made_record(0, seconds=4.0, leads=("II", "V1"))
    present = record.present.copy()
    present[0, :30] = False  # 0.3 s of 100 Hz: one patch, and half of the next
    grid = present_patches(replace(record, present=present))
    assert grid.sum() == 20 + 19 and not grid[LEADS.index("II"), 0]
    assert grid[LEADS.index("II"), 1] and not grid[:, 20:].any()
    assert present_patches(made_record(0, seconds=12.0, rate_hz=128.0)).all()


def test_masks_reach_samples_by_lead_name() -> None:
    turned = InputContract(leads=("aVF", "V1"), rate_hz=50.0, seconds=5.0, patch_samples=10)
    mask = np.zeros(GRID, np.bool_)
    mask[LEADS.index("V1"), 3], mask[LEADS.index("aVL")] = True, True
    hidden = to_samples(mask[None], turned)
    assert hidden.shape == (1, 2, 250) and not hidden[0, 0].any()
    assert np.flatnonzero(hidden[0, 1]).tolist() == list(range(30, 40))


def test_views_that_are_none_are_refused() -> None:
    with pytest.raises(ConfigError, match="there is no view 'randon'; choose from: full, lead"):
        check_view("randon")
    with pytest.raises(ConfigError, match="hard masks need a reference model"):
        draw_masks("hard", WHOLE, 1, seed=0, name="a")
