"""The CMRS page in a real browser: choose what is hidden and how to take the score apart."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.app.shipped import score_said
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


def picture(page: Any, name: str) -> None:
    """Keep a screenshot where it is asked for."""
    if os.environ.get("SCAR_SCREENSHOTS"):
        page.screenshot(path=str(Path(os.environ["SCAR_SCREENSHOTS"]) / f"{name}.png"))


def test_the_score_is_taken_apart(page: Any, server: str) -> None:
    page.goto(f"{server}/CMRS")
    page.wait_for_selector(f"text=SCAR keeps {score_said('random')} of 100 points")
    settled(page)
    page.get_by_role("radio", name="Most damaging").click()
    page.wait_for_selector(f"text=SCAR keeps {score_said('hard')} of 100 points")
    settled(page)
    assert "view=hard" in page.url
    # By keyboard: the row of choices is walked with the arrows.
    page.get_by_role("radio", name="Lead", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_selector("text=bands of hidden share sum to 100.0000 %")
    settled(page)
    assert "by=severity" in page.url
    every_chart_is_drawn(page)
    picture(page, "cmrs")
    page.reload()
    page.wait_for_selector("text=bands of hidden share sum to 100.0000 %")
    every_chart_is_drawn(page)


def every_chart_is_drawn(page: Any) -> None:
    """Scroll from chart to chart; one that was left keeps its place, and is drawn again."""
    charts = page.locator("[class*='st-key-chart-']")
    height = charts.first.bounding_box()["height"]
    for number in range(6):  # the last two lie in a part that comes when it is scrolled to
        if number == 4:
            page.locator("[class*='st-key-part-sensitivity']").scroll_into_view_if_needed()
        charts.nth(number).scroll_into_view_if_needed()
        charts.nth(number).locator(".js-plotly-plot").wait_for()
    assert charts.count() == 6
    charts.first.locator(".awaited").wait_for()
    assert charts.first.bounding_box()["height"] == pytest.approx(height, abs=2)
    charts.first.scroll_into_view_if_needed()
    charts.first.locator(".js-plotly-plot").wait_for()


def test_printing_draws_what_is_off_the_screen_first(page: Any, server: str) -> None:
    page.add_init_script(
        "window.print = () => {"
        " window.printed = [document.querySelectorAll('.awaited').length,"
        " document.querySelectorAll('.js-plotly-plot').length]; }"
    )
    page.goto(f"{server}/CMRS")
    page.locator(".awaited").first.wait_for(state="attached")
    settled(page)
    page.keyboard.press("Control+p")
    page.wait_for_function("window.printed")
    assert page.evaluate("window.printed") == [0, 6]
    page.locator(".awaited").first.wait_for(state="attached")  # afterwards it is as it was
    page.emulate_media(media="print")
    assert not page.locator("[data-testid='stSidebar']").is_visible()
    words = page.locator(".awaited[role='img']").first
    said = words.evaluate("one => getComputedStyle(one, '::after').content")
    assert said.strip('"') == words.get_attribute("aria-label")
