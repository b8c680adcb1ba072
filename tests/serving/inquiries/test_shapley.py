"""Exact values: they are the analysis's, add up, and are refused where they would take minutes."""

from math import fsum

import pytest

from scar_core.analysis.shapley import lead_shapley
from scar_core.analysis.subsets import all_subsets
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from tests.serving.inquiries.shipped import RBBB, ask, gallery_record, predictor


@pytest.mark.parametrize("scale", ["probability", "logit"])
def test_values_are_the_analysis_and_add_up(scale: str) -> None:
    found = ask("shapley", finding=RBBB, scale=scale)
    direct = lead_shapley(all_subsets(predictor("scar"), gallery_record()), scale)  # type: ignore[arg-type]
    assert found["leads"] == pytest.approx(direct.of(RBBB), abs=1e-6)
    assert fsum(found["leads"].values()) == pytest.approx(found["full"] - found["neutral"])
    assert found["subsets"] == 4095
    column = direct.names.index(RBBB)
    one, other, value = found["pairs"][0]
    row = LEADS.index(one), LEADS.index(other)
    assert value == pytest.approx(float(direct.interactions[(*row, column)]), abs=1e-6)
    assert len(found["pairs"]) == 66
    assert [abs(pair[2]) for pair in found["pairs"]] == sorted(
        (abs(pair[2]) for pair in found["pairs"]), reverse=True
    )


def test_a_hidden_lead_adds_nothing() -> None:
    assert ask("shapley", Scenario(leads=("V1",)), finding=RBBB)["leads"]["V1"] == pytest.approx(0)


def test_reading_every_subset_anew_has_to_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="brute force"):
        ask("shapley", method="merl")


@pytest.mark.slow
def test_every_subset_read_anew() -> None:
    found = ask("shapley", method="melp", finding=RBBB, brute_force=True)
    assert found["brute_force"]
    assert fsum(found["leads"].values()) == pytest.approx(found["full"] - found["neutral"])


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(ConfigError, match="no scale 'decibel'"):
        ask("shapley", scale="decibel")
