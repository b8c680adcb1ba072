"""The Benchmarks page in a real browser: from the verdicts to a table, its command and its job."""

from typing import Any

import pytest

from tests.browser.conftest import settled
from tests.browser.test_cmrs import picture

pytestmark = pytest.mark.browser


def test_from_the_verdict_to_the_table_and_its_job(page: Any, server: str) -> None:
    page.goto(f"{server}/Benchmarks")
    page.wait_for_selector("text=differences that the paper prints")
    settled(page)
    page.get_by_role("radio", name="2 Missing parts").click()
    page.wait_for_selector("text=Published (SCAR paper, Table 2) >> visible=true")
    settled(page)
    page.get_by_role("radio", name="CMRS", exact=True).click()
    page.wait_for_selector("text=Zero-shot, random masks, CMRS")
    settled(page)
    assert "table=2" in page.url
    assert "figure=cmrs" in page.url
    picture(page, "benchmarks")
    page.get_by_text("Compute this again").click()
    page.wait_for_selector("text=--dataset ptbxl --task")
    page.locator("[data-testid='stCode']").first.wait_for()
    page.get_by_role("button", name="Run again").first.click()
    page.wait_for_selector("text=it goes on when this page is closed")
    settled(page)
    assert "job=" in page.url
    page.reload()
    page.wait_for_selector("text=it goes on when this page is closed")
