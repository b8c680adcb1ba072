"""The Attribution page in a real Chromium: slow accounts on request, kept between pages."""

from typing import Any

import pytest

from tests.browser.conftest import settled
from tests.browser.test_redistribution import photograph

pytestmark = pytest.mark.browser


def test_slow_accounts_come_when_asked_for_and_stay(page: Any, server: str) -> None:
    page.goto(f"{server}/Attribution?record=gallery:normal")
    page.wait_for_selector(".sentence")
    settled(page)
    assert page.get_by_text("Not computed yet").count() == 2
    page.get_by_role("button", name="Compute SHAP").press("Enter")
    page.get_by_text("5 orders, each walked both ways").wait_for()
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
    page.get_by_role("button", name="Compute exact values").press("Enter")
    page.get_by_text("each read anew").wait_for()
    settled(page)
    assert "method=melp" in page.url
