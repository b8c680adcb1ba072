"""Learn in a real browser, by keyboard alone: choose, answer, read why, go on."""

from typing import Any

import pytest

from tests.browser.conftest import settled
from tests.browser.test_home import keep

pytestmark = pytest.mark.browser


def test_a_quiz_goes_by_keyboard(page: Any, server: str) -> None:
    page.goto(f"{server}/Learn?case=cmrs&mode=quiz")
    page.get_by_role("heading", name="Reading CMRS").wait_for()
    settled(page)
    options = page.locator("[class*='st-key-choice'] input[type='radio']")
    options.first.focus()
    page.keyboard.press("Space")
    settled(page)
    button = page.get_by_role("button", name="Answer", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("of 1 right").wait_for()
    page.get_by_role("heading", name="Why").wait_for()
    assert page.locator("table.lesson tbody tr").count() == 6
    assert options.first.is_disabled()
    settled(page)
    keep(page, "learn")
