"""The Attribution page as a script, its accounts, its charts and its sentences."""

from collections.abc import Callable
from math import fsum
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import attribution_charts as drawn
from pages.ui.attribution_ask import as_account, mean_of
from pages.ui.attribution_report import Told, whole_report
from pages.ui.text import attribution as text
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from tests.app.explain_fakes import attribution, fake_asks, shapley
from tests.app.fake_worker import FakeClient
from tests.app.records import make_record
from tests.app.test_pages import html, url

PAGE = "pages/6_Attribution.py"
Open = Callable[..., AppTest]


@pytest.fixture
def answering(client: FakeClient) -> FakeClient:
    """A worker that knows the inquiries."""
    client.asks.update(fake_asks())
    return client


def test_quick_accounts_come_at_once_and_slow_ones_wait(
    answering: FakeClient, open_page: Open
) -> None:
    at = open_page(PAGE, finding="Right bundle branch block")
    body = html(at)
    assert "has probability 0.60 here, and 0.10 with nothing to read" in body
    assert "Most for it speak V1 (+14)" in body
    assert [one.value for one in at.info] == [text.NOT_YET] * 2
    assert all(sentence in body for sentence in text.SAYS.values())
    at.button(key="compute").click().run()
    assert not at.exception
    assert not at.info
    assert "5 orders" in html(at)
    assert at.button(key="compute").disabled


def test_a_method_that_reads_leads_together_offers_exact_values(
    answering: FakeClient, open_page: Open
) -> None:
    at = open_page(PAGE, method="merl")
    assert text.SAYS["selector"] not in html(at)
    assert any(text.NEEDS_BRUTE in one.value for one in at.markdown)
    at.button(key="brute").click().run()
    assert not at.exception
    assert "each read anew" in html(at)
    assert url(at)["method"] == "merl"


def test_what_is_hidden_is_said(answering: FakeClient, open_page: Open) -> None:
    at = open_page(PAGE, hide="V1,V2")
    assert any("V1, V2 hidden" in one.value for one in at.markdown)


def test_what_cannot_be_explained_is_said(answering: FakeClient, open_page: Open) -> None:
    at = open_page(PAGE, finding="gout")
    assert at.error[0].value == "gout cannot be explained"


def test_worker_down_is_said(answering: FakeClient, open_page: Open) -> None:
    answering.down = True
    at = open_page(PAGE)
    assert any("No answers" in one.value for one in at.warning)


def test_a_bad_link_gets_a_sentence(answering: FakeClient, open_page: Open) -> None:
    at = open_page(PAGE, method="tea", record="gallery:none")
    assert any("passed over" in one.value for one in at.warning)
    assert "class='sentence'" in html(at)


def one(account: str, seed: int = 0) -> dict[str, Any]:
    answer = attribution(
        make_record(), Scenario(), method="scar", account=account, finding="", seed=seed
    )
    told: dict[str, Any] = answer["attribution"]
    return told


def test_orders_are_averaged() -> None:
    orders = [one("shap-permutation", seed) for seed in range(3)]
    mean = mean_of(orders)
    cells = np.mean([order["cells"] for order in orders], axis=0)
    assert np.array(mean["cells"]) == pytest.approx(cells)
    assert [mean["leads"][lead] for lead in LEADS] == pytest.approx(cells.sum(axis=1))
    assert mean["orders"] == 3
    assert mean["seconds"] == pytest.approx(1.5)


def test_the_waterfall_adds_up() -> None:
    exact = shapley(make_record(), Scenario(), method="scar", finding="", brute_force=False)
    chart = drawn.waterfall(exact)
    assert fsum(chart.values) == pytest.approx(chart.total, abs=0.01)
    assert chart.labels[:2] == [text.NO_LEAD, "V1"]


def test_accounts_of_different_units_stand_side_by_side() -> None:
    exact = shapley(make_record(), Scenario(), method="scar", finding="", brute_force=False)
    shares = drawn.shares([one("selector"), one("gradient-input"), as_account(exact)])
    for leads in shares.values():
        assert fsum(abs(value) for value in leads.values()) == pytest.approx(1.0)
    assert min(shares["selector"].values()) >= 0


def test_the_selector_has_no_sign_and_others_are_centred() -> None:
    assert not drawn.account_map(one("selector")).diverging
    chart = drawn.account_map(one("gradient-input"), ("V1",))
    assert chart.diverging
    assert chart.outlined == [(6, 0, 9)]


def test_the_matrix_is_a_square_with_gaps() -> None:
    chart = drawn.matrix("m", ["selector", "gradient-input", "shapley-leads"],
                         {"selector / gradient-input": -0.5})  # fmt: skip
    assert chart.values[0] == [1.0, -0.5, None]
    assert chart.values[1][0] == -0.5


def test_sentences_are_honest_about_agreement() -> None:
    assert "agree well" in text.agreeing({"a / b": 0.9, "a / c": 0.7})
    assert "hardly agree" in text.agreeing({"a / b": 0.1, "a / c": -0.7})
    assert "−0.70 to +0.10" in text.agreeing({"a / b": 0.1, "a / c": -0.7})
    assert "agree in part" in text.agreeing({"a / b": 0.9, "a / c": -0.7})
    curve = {"area": 0.4}
    assert "No account" in text.faithful(
        {"deletion": {"random": curve, "selector": curve | {"area": 0.5}},
         "insertion": {"random": curve, "selector": curve}}
    )  # fmt: skip


def test_the_report_is_one_file() -> None:
    exact = shapley(make_record(), Scenario(), method="scar", finding="", brute_force=False)
    accounts = [one("selector"), one("gradient-input"), as_account(exact)]
    found = fake_asks()["agreement"](make_record(), Scenario(), accounts=accounts)
    answer = {"method": "scar", "checkpoint": "fake0000"}
    said = Told(Scenario(leads=("V1",)), "One sentence.", answer, accounts, exact, found)
    told = whole_report(make_record(), said).decode()
    assert told.count("<svg") == 6
    assert "One sentence." in told
    assert text.SAYS["selector"] in told
    assert "fake0000" in told
