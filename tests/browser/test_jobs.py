"""The Jobs page in a real browser: queue a job, cancel it and try it again, by keyboard."""

from typing import Any

import pytest

from tests.browser.conftest import settled
from tests.browser.test_cmrs import picture

pytestmark = pytest.mark.browser

SEED = 4711
"""Of no other test, so that the job is this test's own."""


def press(page: Any, name: str) -> None:
    """Press a button that is reached by keyboard alone."""
    button = page.get_by_role("button", name=name, exact=True).first
    button.focus()
    button.press("Enter")
    settled(page)


def test_a_job_is_queued_cancelled_and_tried_again(page: Any, server: str) -> None:
    page.goto(f"{server}/Jobs")
    page.wait_for_selector("text=Queue a job")
    settled(page)
    page.locator("summary", has_text="Queue a job").press("Enter")
    seed = page.get_by_label("Seed", exact=True)
    seed.fill(str(SEED))
    seed.press("Enter")
    settled(page)
    press(page, "Queue it")
    page.wait_for_selector("text=Measure CMRS: queued.")
    assert "job=" in page.url
    page.wait_for_selector(".job .state.waiting")
    assert f"seed={SEED}" in page.locator("[data-testid='stCode']").first.inner_text()
    press(page, "Cancel")
    page.wait_for_selector(".job .state.cancelled")
    page.reload()  # the link holds the job
    page.wait_for_selector(".job .state.cancelled")
    settled(page)
    press(page, "Try again")
    page.wait_for_selector(".job .state.waiting")
    press(page, "Back to the list")
    page.wait_for_selector("text=/\\d+ waiting/")  # other paths may have queued some
    assert "job=" not in page.url
    picture(page, "jobs")
    page.get_by_role("radio", name="Done", exact=True).press("Space")
    page.wait_for_selector("text=No job is in this state.")


def test_a_job_that_is_gone_is_said_to_be(page: Any, server: str) -> None:
    page.goto(f"{server}/Jobs?job=nowhere")
    page.wait_for_selector("text=There is no such job any more")
    settled(page)
    press(page, "Back to the list")
    page.wait_for_selector("text=Queue a job")
