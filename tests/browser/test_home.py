"""Home in a real browser: to a case and back again, and the link on the clipboard."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import settled
from tests.browser.measure import CANVAS

pytestmark = pytest.mark.browser


def keep(page: Any, name: str) -> None:
    """Keep a screenshot where somebody asked for it."""
    folder = os.environ.get("SCAR_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_from_home_to_a_case_and_back(page: Any, server: str) -> None:
    page.goto(server)
    page.get_by_role("link", name="Sinus tachycardia").click()
    page.wait_for_selector(CANVAS)
    page.wait_for_selector("[data-answer-id]")
    settled(page)
    assert "record=gallery%3Afast" in page.url or "record=gallery:fast" in page.url
    page.locator("[data-testid='stSidebar']").get_by_role("link", name="Home").click()
    page.get_by_role("heading", name="Continue where you were").wait_for()
    settled(page)
    assert "fast" in page.url, "the record travels with the link"
    keep(page, "home")


def test_the_link_is_copied_by_keyboard(page: Any, server: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{server}/?record=gallery:fast&hide=V1")
    page.wait_for_selector("h1")
    settled(page)
    page.locator("#link button").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => navigator.clipboard.readText().then(text => text.includes('hide=V1'))"
    )
    field = page.locator("#link input")
    assert field.input_value() == page.url
    page.keyboard.press("Escape")
    assert not field.is_visible()
