"""Lead sets, worst loss and smallest flip: as the analyses say, confirmed by reading anew."""

import pytest

from scar_core.analysis.reach import how_far
from scar_core.analysis.subsets import all_subsets
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from tests.serving.inquiries.shipped import RBBB, ask, gallery_record, predictor


def test_lead_sets_are_the_analysis() -> None:
    found = ask("subsets", leads=["I", "II"], tolerance=0.2)
    direct = all_subsets(predictor("scar"), gallery_record())
    index = direct.bits(["I", "II"])
    assert found["findings"] == list(direct.names)
    assert found["here"] == pytest.approx(direct.probability[index].tolist(), abs=1e-6)
    assert found["full"] == pytest.approx(direct.probability[-1].tolist(), abs=1e-6)
    reach = how_far(direct, ["I", "II"]).to_json()
    assert found["reach"]["rank"] == reach["rank"]
    assert found["reach"]["add"][0] == reach["add"][0]
    enough = direct.sufficient(0.2)
    assert found["n_sufficient"] == len(enough)
    assert found["sufficient"][0]["leads"] == list(enough[0].leads)
    assert list(found["by_size"]) == [str(n) for n in range(1, 13)]
    assert found["exact"]
    assert found["subsets"] == 4095


def test_a_lead_set_is_what_an_ordinary_reading_says() -> None:
    found = ask("subsets", leads=["II", "V1", "V5"])
    hidden = tuple(lead for lead in LEADS if lead not in ("II", "V1", "V5"))
    read = predictor("scar").predict([(gallery_record(), Scenario(leads=hidden))])[0]
    assert found["here"] == pytest.approx([one.probability for one in read.classes], abs=1e-4)


def test_lead_sets_of_one_finding_and_with_a_stretch_hidden() -> None:
    whole = ask("subsets", finding=RBBB)
    part = ask("subsets", Scenario.from_query({"span": "*:0-5"}), finding=RBBB)
    assert whole["reach"]["lost"][0] == RBBB
    assert part["full"] != pytest.approx(whole["full"], abs=1e-4)


def test_lead_sets_are_not_offered_where_they_are_not_exact() -> None:
    with pytest.raises(ConfigError, match="one encoding does not answer"):
        ask("subsets", method="merl")
    with pytest.raises(ConfigError, match="tolerance"):
        ask("subsets", tolerance=0)


def test_the_worst_loss_is_confirmed() -> None:
    found = ask("worst", budget=0.02, finding=RBBB)
    assert found["checked"] == pytest.approx(found["value"], abs=1e-3)
    assert found["value"] > found["random"]["mean"]
    scenario = Scenario.from_json(found["scenario"])
    answers = predictor("scar").predict(
        [(gallery_record(), Scenario()), (gallery_record(), scenario)]
    )
    before, after = (
        next(one.probability for one in answer.classes if one.name == RBBB) for answer in answers
    )
    assert before - after == pytest.approx(found["checked"], abs=1e-3)
    with pytest.raises(ConfigError, match="budget"):
        ask("worst", budget=0.9)


@pytest.mark.slow
def test_the_smallest_flip_is_confirmed() -> None:
    found = ask("flip", record=gallery_record("normal"))
    assert found["found"]
    assert found["minimal"]
    scenario = Scenario.from_json(found["scenario"])
    answer = predictor("scar").predict([(gallery_record("normal"), scenario)])[0]
    best = max(answer.classes, key=lambda one: one.probability)
    assert best.name == found["after"][0] != found["before"][0]
