"""What the pages tell by themselves, charts that come and go, takes no gesture from the reader."""

from typing import Any

import pytest

from tests.app.shipped import score_said
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser

PRESS = """([first, label]) => {
  window.pressed = false;
  const press = () => [...document.querySelectorAll("[role='radio']")].find(
    (one) => one.textContent.includes(label)).click();
  const later = window.setTimeout;
  window.setTimeout = (act, ...rest) => later(act.name !== "tell" || window.pressed ? act : () => {
    window.pressed = true;
    if (first) press();
    else queueMicrotask(press);  // after the chart has told, before the browser's next turn
    act();
  }, ...rest);
}"""
"""Press at the very moment at which a chart that was scrolled to tells that it is seen."""


def test_a_press_at_the_moment_when_a_chart_comes_is_taken(page: Any, server: str) -> None:
    page.goto(f"{server}/CMRS")
    page.wait_for_selector(f"text=SCAR keeps {score_said('random')} of 100 points")
    charts = page.locator("[class*='st-key-chart-']")
    for first, label, view, to in (
        (False, "Most damaging", "hard", 2),
        (True, "At random", "random", 0),
    ):
        settled(page)
        page.evaluate(PRESS, [first, label])
        charts.nth(to).scroll_into_view_if_needed()
        page.wait_for_function("window.pressed")
        said = page.locator(f"text=SCAR keeps {score_said(view)} of 100 points")
        said.wait_for(state="attached", timeout=20_000)
        assert f"view={view}" in page.url
        charts.nth(to).locator(".js-plotly-plot").wait_for()
