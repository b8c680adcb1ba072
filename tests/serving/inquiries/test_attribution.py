"""The inquiry gives the accounts of the analysis, of what a scenario leaves."""

from typing import Any

import numpy as np
import pytest

from scar_core.analysis.attribution import Case, attribute
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from tests.serving.inquiries.shipped import RBBB, ask, gallery_record, predictor


@pytest.mark.parametrize("account", ["gradient-input", "selector", "shapley-leads"])
def test_an_account_is_the_analysis(account: str) -> None:
    found = ask("attribution", account=account, finding=RBBB)["attribution"]
    case = Case(predictor("scar"), gallery_record(), RBBB)
    direct = attribute(case, account)  # type: ignore[arg-type]
    assert [found["leads"][lead] for lead in LEADS] == pytest.approx(direct.leads)
    if direct.cells is None:
        assert found["cells"] is None
    else:
        assert np.array(found["cells"]) == pytest.approx(direct.cells)


@pytest.mark.slow  # importing shap takes longer than all other tests here
@pytest.mark.parametrize("account", ["shap-permutation", "shap-gradient"])
def test_shap_follows_from_the_seed(account: str) -> None:
    found = ask("attribution", account=account, finding=RBBB, seed=4, method="melp")
    case = Case(predictor("melp"), gallery_record(), RBBB)
    direct = attribute(case, account, seed=4)  # type: ignore[arg-type]
    assert np.array(found["attribution"]["cells"]) == pytest.approx(direct.cells, abs=1e-6)
    if account == "shap-permutation":
        total = np.array(found["attribution"]["cells"]).sum()
        assert total == pytest.approx(found["probability"] - found["neutral"], abs=1e-6)


def test_what_is_hidden_gets_nothing() -> None:
    found = ask("attribution", Scenario(leads=("V1",)), account="gradient-input", finding=RBBB)
    assert found["attribution"]["leads"]["V1"] == 0.0
    hidden = predictor("scar").predict([(gallery_record(), Scenario(leads=("V1",)))])[0]
    of = {score.name: score.probability for score in hidden.classes}
    assert found["probability"] == pytest.approx(of[RBBB], abs=1e-6)


def test_possible_accounts_without_asking_for_one() -> None:
    assert ask("attribution")["attribution"] is None
    assert "selector" in ask("attribution")["possible"]
    assert set(ask("attribution", method="merl")["possible"]).isdisjoint(
        {"selector", "shapley-leads"}
    )


def test_a_finding_in_ones_own_words() -> None:
    found = ask("attribution", finding="gout", prompt="gout", account="gradient-input")
    assert found["finding"] == "gout"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"account": "tea-leaves"}, "no account 'tea-leaves'"),
        ({"finding": "gout"}, "no finding 'gout'"),
        ({"orders": 0}, "0 orders"),
        ({"orders": 10_000}, "10000 orders"),
    ],
)
def test_what_cannot_be_asked(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ask("attribution", **options)


def test_nothing_left_is_said() -> None:
    with pytest.raises(ConfigError, match="nothing is left to read"):
        ask("attribution", Scenario(leads=LEADS), account="gradient-input")
