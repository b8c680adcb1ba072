"""Lead sets, worst loss and smallest flip: as the analyses say, confirmed by reading anew."""

import pytest

from scar_core.analysis.reach import how_far
from scar_core.analysis.subsets import all_subsets
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.serving.inquiries._findings import with_typed
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


TYPED = "a pacemaker beat"


def test_a_typed_finding_takes_part_in_lead_sets() -> None:
    usual, found = ask("subsets", leads=["II"]), ask("subsets", leads=["II"], typed=[TYPED])
    assert found["findings"] == [*usual["findings"], TYPED]
    assert found["here"][:-1] == pytest.approx(usual["here"], abs=1e-6)
    hidden = tuple(lead for lead in LEADS if lead != "II")
    read = predictor("scar").predict([(gallery_record(), Scenario(leads=hidden))], {TYPED: TYPED})
    assert found["here"][-1] == pytest.approx(read[0].classes[0].probability, abs=1e-4)
    alone = ask("subsets", typed=[TYPED], finding=TYPED)
    assert alone["by_size"]["1"] != ask("subsets", typed=[TYPED])["by_size"]["1"]


def test_a_typed_finding_can_be_searched_for() -> None:
    found = ask("worst", budget=0.05, typed=[TYPED], finding=TYPED)
    assert found["objective"] == f"drop of {TYPED}"
    assert found["checked"] == pytest.approx(found["value"], abs=1e-3)
    with pytest.raises(ConfigError, match="no finding"):
        ask("worst", budget=0.05, finding=TYPED)


def test_a_typed_finding_can_be_what_flips() -> None:
    scenarios = [(gallery_record(), Scenario()), (gallery_record(), Scenario(leads=LEADS[6:]))]
    full, part = (
        one.classes[0].probability for one in predictor("scar").predict(scenarios, {TYPED: TYPED})
    )
    found = ask("flip", typed=[TYPED], finding=TYPED, threshold=(full + part) / 2)
    assert TYPED in found["wanted"]
    assert found["found"]
    assert found["finding"][0] == pytest.approx(full, abs=1e-4)


def test_typed_findings_have_limits() -> None:
    assert with_typed({"Normal ECG": "a normal ECG"}, ("normal ecg",)) is None
    for typed in ([""], ["x" * 121], [f"finding {k}" for k in range(13)]):
        with pytest.raises(ConfigError, match="typed findings"):
            ask("worst", typed=typed)


@pytest.mark.slow
def test_the_smallest_flip_is_confirmed() -> None:
    found = ask("flip", record=gallery_record("normal"))
    assert found["found"]
    assert found["minimal"]
    scenario = Scenario.from_json(found["scenario"])
    answer = predictor("scar").predict([(gallery_record("normal"), scenario)])[0]
    best = max(answer.classes, key=lambda one: one.probability)
    assert best.name == found["after"][0] != found["before"][0]
