"""Pointing, precision and the importance that moves, by hand and on simulated records."""

import numpy as np
import pytest

from scar_core.analysis.compensation import (
    Score,
    compensation_table,
    draw_evidence,
    patches_of,
    pointing,
    score_one,
    split_evidence,
    summary,
)
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS


def test_evidence_is_split_by_leads() -> None:
    stretches = [("V1", 1.0, 1.2), ("V2", 1.0, 1.2), ("I", 1.0, 1.2), ("V1", 3.0, 3.2)]
    primary, secondary = split_evidence(stretches)
    assert np.argwhere(primary).tolist() == [
        [LEADS.index("V1"), 5], [LEADS.index("V1"), 15], [LEADS.index("V2"), 5],
    ]  # fmt: skip
    assert np.argwhere(secondary).tolist() == [[0, 5]]


def test_a_patch_carries_evidence_that_covers_a_quarter_of_it() -> None:
    assert patches_of([("I", 0.15, 0.24)], ["I"])[0, :2].tolist() == [True, False]
    assert patches_of([("I", 0.19, 0.22)], ["I"]).sum() == 0


def test_scores_by_hand() -> None:
    primary, secondary = np.zeros((12, 50), bool), np.zeros((12, 50), bool)
    primary[0, :4], secondary[1, :4] = True, True
    before = np.zeros((12, 50))
    before[0, 0], before[1, 0], before[2, 0] = 0.5, 0.2, 0.3
    after = np.zeros((12, 50))
    after[1, 0], after[2, 0] = 0.6, 0.4
    found = score_one(before, after, primary, secondary)
    assert found["pointing"] == 1.0
    assert found["pointing_by_chance"] == pytest.approx(8 / 600)
    assert found["moved_to_secondary"] == pytest.approx((0.6 - 0.2) / 0.5)
    assert found["moved_if_scaled"] == pytest.approx((0.4 - 0.2) / 0.5)
    beyond = Score("a", "LVH", **found).moved_beyond_scaling
    assert beyond == pytest.approx((0.6 - 0.4) / 0.5)
    assert found["moved_by_chance"] == pytest.approx(4 / 596)
    before[2, 0] = 0.6
    assert score_one(before, after, primary, secondary)["pointing"] == 0.0


def test_findings_of_one_record_are_no_independent_evidence() -> None:
    rng = np.random.default_rng(0)
    scores = [Score(str(k), "LVH", *rng.random(8)) for k in range(12)]
    one = summary(scores, 1)["figures"]["pointing"]
    many = summary(scores * 5, 1)["figures"]["pointing"]
    assert one["mean"] == pytest.approx(many["mean"])
    assert one["interval"] == pytest.approx(many["interval"])


def test_what_moved_is_averaged_by_what_there_was_to_move() -> None:
    much = Score("a", "LVH", 1.0, 0.1, 0.5, 0.1, 0.4, 0.2, 0.1, gone=0.3)
    next_to_nothing = Score("b", "LVH", 0.0, 0.1, 0.5, 0.1, 900.0, 0.2, 0.1, gone=1e-9)
    found = summary([much, next_to_nothing], 0)["figures"]
    assert found["moved_to_secondary"]["mean"] == pytest.approx(0.4, abs=1e-5)
    assert found["pointing"]["mean"] == pytest.approx(0.5)


def test_the_table_is_plain_and_follows_from_the_seed(predictor: Predictor) -> None:
    table = compensation_table({"scar": predictor}, 3, 5)
    assert [row["account"] for row in table["rows"]] == ["selector", "gradient-input"]
    for row in table["rows"]:
        assert row["cases"] == len(draw_evidence(3, 5))
        for figure in row["figures"].values():
            low, high = figure["interval"]
            assert low <= figure["mean"] <= high
        assert sum(one["cases"] for one in row["per_finding"].values()) == row["cases"]
    assert table == compensation_table({"scar": predictor}, 3, 5)


def test_pointing_counts_what_is_read_only() -> None:
    weights, evidence = np.zeros((12, 50)), np.zeros((12, 50), bool)
    weights[0, 0], weights[1, 0] = 0.7, 0.3
    evidence[0, :6] = True
    visible = np.zeros((12, 50), bool)
    visible[:2, :4] = True
    found = pointing(weights, visible, evidence)
    assert found["pointing"] == 1.0
    assert found["pointing_by_chance"] == pytest.approx(4 / 8)
    assert found["precision"] == pytest.approx(4 / 8)
    visible[0] = False
    assert pointing(weights, visible, evidence)["pointing"] == 0.0
