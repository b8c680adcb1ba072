"""The Training page in a real browser: start a run, stop it and let it go on, by keyboard."""

from typing import Any

import pytest

from tests.browser.conftest import settled
from tests.browser.test_cmrs import picture
from tests.browser.test_jobs import press

pytestmark = pytest.mark.browser


def test_a_training_is_started_stopped_and_goes_on(page: Any, server: str) -> None:
    page.goto(f"{server}/Training")
    page.wait_for_selector("text=New training")
    settled(page)
    page.get_by_role("radio", name="Another number of steps").press("Space")
    settled(page)
    steps = page.get_by_label("Steps", exact=True)
    steps.fill("250")
    steps.press("Enter")
    settled(page)
    press(page, "Start training")
    page.wait_for_selector(".job .state.waiting")
    assert "runs=" in page.url
    page.wait_for_selector("text=250 steps")
    page.reload()  # the link holds the run
    page.wait_for_selector(".job .state.waiting")
    settled(page)
    press(page, "Stop")
    page.wait_for_selector(".job .state.cancelled")
    press(page, "Go on")
    page.wait_for_selector(".job .state.waiting")
    picture(page, "training")
    page.get_by_role("link", name="Log and files").press("Enter")
    page.wait_for_selector("text=python -m scar_core jobs submit train")
    settled(page)
    press(page, "Cancel")  # other paths share this queue
    page.wait_for_selector(".job .state.cancelled")
