"""The inquiry says what the analysis says, and points at evidence where the weights do."""

from math import fsum
from typing import Any

import numpy as np
import pytest

from scar_core.analysis.compensation import pointing
from scar_core.analysis.importance import from_selector
from scar_core.analysis.redistribution import redistribution
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario, Span
from tests.serving.inquiries.shipped import ask, evidence, gallery_record, predictor

HIDDEN = Scenario(leads=("V1", "V2", "V3"), spans=(Span("II", 2.0, 4.5),))


def test_the_books_are_the_analysis() -> None:
    found = ask("redistribution", HIDDEN)
    books = redistribution(predictor("scar"), gallery_record(), HIDDEN)
    assert found["how"] == "selector"
    assert found["removed"] == pytest.approx(books.removed)
    assert found["compensated"] == pytest.approx(books.compensated)
    for lead in LEADS:
        assert found["leads"][lead] == pytest.approx(vars(books.leads[lead]))
        assert found["before"][lead] == pytest.approx(books.before[lead])
        assert found["flow"]["V1"][lead] == pytest.approx(books.flow["V1"][lead])
    assert not any(found["visible"]["V2"])


@pytest.mark.parametrize("method", ["scar", "merl", "melp"])
def test_gradients_of_any_method_balance(method: str) -> None:
    found = ask("redistribution", HIDDEN, method=method, how="gradient-input")
    sent = fsum(part["removed"] + part["lost"] for part in found["leads"].values())
    got = fsum(part["gained"] for part in found["leads"].values())
    moved = fsum(share for row in found["flow"].values() for share in row.values())
    assert sent == pytest.approx(got)
    assert sent == pytest.approx(moved)
    assert fsum(part["after"] for part in found["waves"].values()) == pytest.approx(1.0)
    assert found["after"]["V1"] == [0.0] * 50


def test_a_method_without_selector_is_explained_by_gradients() -> None:
    assert ask("redistribution", HIDDEN, method="merl")["how"] == "gradient-input"
    with pytest.raises(ConfigError, match="no selector"):
        ask("redistribution", HIDDEN, method="merl", how="selector")


def test_pointing_is_that_of_the_weights() -> None:
    found = ask("redistribution", HIDDEN, evidence=evidence())
    row = next(one for one in found["pointing"] if one["code"] == "CRBBB")
    mask = np.zeros((12, 50), dtype=bool)
    for lead, patches in row["patches"].items():
        mask[LEADS.index(lead), patches] = True
    answer = predictor("scar").predict([(gallery_record(), HIDDEN)])[0]
    values, visible = from_selector(answer.importance, "scar").on_grid()
    assert row["covers"] == pytest.approx(mask.mean())
    told = row["scores"]["after"]
    assert {name: told[name] for name in pointing(values, visible, mask)} == pytest.approx(
        pointing(values, visible, mask)
    )
    assert told["share"] == pytest.approx(values[mask].sum())
    assert told["pointing_by_chance"] == pytest.approx(mask[visible].mean())


def test_evidence_everywhere_points_nowhere() -> None:
    whole = [[lead, 0, 10] for lead in LEADS]
    assert ask("redistribution", HIDDEN, evidence={"AFIB": whole})["pointing"][0]["scores"] is None


def test_findings_that_moved_most_are_told_and_the_chosen_one_first() -> None:
    rows = ask("redistribution", HIDDEN, finding="pneumonia", prompt="pneumonia")["changed"]
    assert rows[0]["finding"] == "pneumonia"
    moved = [abs(row["after"] - row["before"]) for row in rows[1:]]
    assert moved == sorted(moved, reverse=True)
    answer = predictor("scar").predict([(gallery_record(), HIDDEN)])[0]
    of = {score.name: score.probability for score in answer.classes}
    assert rows[1]["after"] == pytest.approx(of[rows[1]["finding"]])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"how": "magic"}, "no importance 'magic'"),
        ({"finding": "Gout", "how": "gradient-input"}, "no finding 'Gout'"),
        ({"finding": "Gout"}, "no finding 'Gout'"),
        ({"evidence": {"CRBBB": [["V1", 2]]}}, "no list of"),
    ],
)
def test_what_cannot_be_asked(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ask("redistribution", HIDDEN, **options)


def test_nothing_left_is_said() -> None:
    for method in ("scar", "merl"):
        with pytest.raises(ConfigError, match="nothing is visible"):
            ask("redistribution", Scenario(leads=LEADS), method=method)
