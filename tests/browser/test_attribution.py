"""The Attribution page in a real Chromium: slow accounts on request, kept between pages."""

from typing import Any

import pytest

from tests.browser.conftest import settled
from tests.browser.test_redistribution import photograph

pytestmark = pytest.mark.browser


def asked(page: Any, button: str, answer: str) -> None:
    """Press a button until its answer is there: once a press went unanswered, nobody knows why."""
    for _ in range(3):
        page.get_by_role("button", name=button).press("Enter")
        for _ in range(60):
            if page.get_by_text(answer).count():
                return
            page.wait_for_timeout(250)
    raise AssertionError(f"{button} was pressed three times, and nothing came")


def test_slow_accounts_come_when_asked_for_and_stay(page: Any, server: str) -> None:
    page.goto(f"{server}/Attribution?record=gallery:normal")
    page.wait_for_selector(".sentence")
    settled(page)
    assert page.get_by_text("Not computed yet").count() == 2
    asked(page, "Compute SHAP", "5 orders, each walked both ways")
    settled(page)
    assert page.get_by_text("Not computed yet").count() == 0
    photograph(page, "attribution")
    page.get_by_role("link", name="Redistribution", exact=True).click()
    page.get_by_role("heading", name="While more and more is hidden").wait_for()
    settled(page)
    page.get_by_role("link", name="Attribution", exact=True).click()
    page.get_by_text("5 orders, each walked both ways").wait_for()
    settled(page)
    assert "record=gallery" in page.url


def test_the_method_stands_in_the_link(page: Any, server: str) -> None:
    page.goto(f"{server}/Attribution?record=gallery:normal&method=melp")
    page.wait_for_selector(".sentence")
    settled(page)
    asked(page, "Compute exact values", "each read anew")
    settled(page)
    assert "method=melp" in page.url
