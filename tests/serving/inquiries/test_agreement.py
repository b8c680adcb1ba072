"""Accounts are compared as they were given, and the curves are the model's."""

import pytest

from scar_core.analysis.agreement import agreement
from scar_core.analysis.attribution import Case, attribute
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from tests.serving.inquiries.shipped import RBBB, ask, gallery_record, predictor

QUICK = ("gradient-input", "selector", "shapley-leads")


def test_it_is_the_analysis() -> None:
    accounts = [ask("attribution", account=one, finding=RBBB)["attribution"] for one in QUICK]
    found = ask("agreement", finding=RBBB, accounts=accounts, seed=2)
    case = Case(predictor("scar"), gallery_record(), RBBB)
    direct = agreement(case, [attribute(case, one) for one in QUICK], seed=2)  # type: ignore[arg-type]
    assert found["leads"] == pytest.approx(direct.leads)
    assert found["cells"] == pytest.approx(direct.cells)
    assert list(found["cells"]) == ["gradient-input / selector"]
    for name, curve in direct.deletion.items():
        assert found["deletion"][name]["probability"] == pytest.approx(curve.probability)
        assert found["deletion"][name]["area"] == pytest.approx(curve.area)
    assert set(found["insertion"]) == {"random", "gradient-input", "selector"}


def test_curves_begin_and_end_at_the_whole_and_the_neutral_answer() -> None:
    found = ask("agreement", finding=RBBB)
    answer = ask("attribution", finding=RBBB)
    deletion = found["deletion"]["random"]["probability"]
    assert deletion[0] == pytest.approx(answer["probability"], abs=1e-6)
    assert deletion[-1] == pytest.approx(answer["neutral"], abs=1e-6)


GOOD = {
    "account": "a",
    "leads": dict.fromkeys(LEADS, 0.5),
    "cells": None,
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"leads": {"I": 1}},
        {"cells": [[1, 2]]},
        {"cells": [["x"] * 10] * 12},
        {"leads": dict.fromkeys(LEADS, float("inf"))},
        {"account": None, "leads": None},
    ],
)
def test_what_is_no_account_is_refused(wrong: dict[str, object]) -> None:
    assert ask("agreement", finding=RBBB, accounts=[GOOD])["leads"] == {}
    with pytest.raises(ConfigError, match="account"):
        ask("agreement", finding=RBBB, accounts=[GOOD | wrong])


def test_too_many_are_refused() -> None:
    with pytest.raises(ConfigError, match="9 accounts"):
        ask("agreement", finding=RBBB, accounts=[GOOD] * 9)
