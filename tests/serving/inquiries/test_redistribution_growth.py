"""Growing masks are nested, follow from the seed, and say what single answers say."""

from typing import Any

import numpy as np
import pytest

from scar_core.analysis.masks import Grid
from scar_core.analysis.redistribution import redistribution
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from tests.serving.inquiries.shipped import ask, gallery_record, predictor


@pytest.mark.parametrize("order", ["weightiest", "random", "leads"])
def test_each_step_hides_what_the_last_one_did(order: str) -> None:
    found = ask("redistribution_growth", order=order, steps=4, seed=3)
    assert [f["count"] for f in found["frames"]] == [0, 120, 240, 360, 480]
    assert len({tuple(place) for place in found["order"]}) == len(found["order"]) == 600
    removed = [f["removed"] for f in found["frames"]]
    assert removed == sorted(removed)
    for frame in found["frames"]:
        weights = np.array(frame["weights"])
        assert weights.sum() == pytest.approx(1, abs=1e-3)
        hidden = np.zeros((12, 50), dtype=bool)
        for lead, patch in found["order"][: frame["count"]]:
            hidden[lead, patch] = True
        assert not weights[hidden].any()


def test_a_step_is_a_single_answer() -> None:
    found = ask("redistribution_growth", order="random", steps=2, most=0.5, seed=1)
    frame = found["frames"][1]
    hidden = np.zeros((12, 50), dtype=bool)
    for lead, patch in found["order"][: frame["count"]]:
        hidden[lead, patch] = True
    scenario = Grid().scenario(hidden, np.ones_like(hidden))
    books = redistribution(predictor("scar"), gallery_record(), scenario)
    assert frame["removed"] == pytest.approx(books.removed, abs=1e-6)
    assert frame["compensated"] == pytest.approx(books.compensated, abs=1e-6)
    assert np.array(frame["weights"]) == pytest.approx(
        np.array([books.after[lead] for lead in LEADS]), abs=1e-6
    )
    answer = predictor("scar").predict([(gallery_record(), scenario)])[0]
    of = {score.name: score.probability for score in answer.classes}
    assert frame["probability"] == pytest.approx(of[found["finding"]])


def test_random_follows_from_the_seed() -> None:
    orders = [
        ask("redistribution_growth", order="random", steps=1, seed=seed)["order"]
        for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]


def test_leads_go_whole_and_the_weightiest_first() -> None:
    found = ask("redistribution_growth", order="leads", steps=1)
    leads = [lead for lead, _ in found["order"]]
    share = np.array(found["frames"][0]["weights"]).sum(axis=1)
    first = list(dict.fromkeys(leads))
    assert leads == [lead for lead in first for _ in range(50)]
    assert np.diff(share[first]).max() <= 1e-5


def test_what_is_hidden_already_is_no_part_of_the_order() -> None:
    found = ask("redistribution_growth", Scenario(leads=("V1",)), steps=1)
    assert LEADS.index("V1") not in {lead for lead, _ in found["order"]}


def test_methods_without_selector_grow_too() -> None:
    found = ask("redistribution_growth", method="merl", steps=2)
    assert found["how"] == "gradient-input"
    assert np.array(found["frames"][2]["weights"]).sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"order": "x"}, "no order"), ({"steps": 0}, "0 steps"), ({"most": 1.0}, "between 0 and 1")],
)
def test_what_cannot_be_asked(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ask("redistribution_growth", **options)
