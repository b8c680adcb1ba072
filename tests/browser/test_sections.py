"""The list of a long page's sections: by keyboard, at tablet width, without moving the page."""

from typing import Any

import pytest

from tests.browser.axe import grave, violations
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
LONG = {
    "Masking": "Answer",
    "Redistribution?record=gallery:normal&hide=V1": "What moved",
    "Embeddings": "The map",
    "CMRS": "",
    "Benchmarks": "",
    "Attribution?record=gallery:normal": "",
}


def opened(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid='stMain'] h2")
    settled(page)
    page.wait_for_timeout(500)


@pytest.mark.parametrize("link", LONG)
def test_a_section_is_reached_by_keyboard(page: Any, server: str, link: str) -> None:
    page.set_viewport_size({"width": 900, "height": 1000})
    opened(page, f"{server}/{link}")
    before = page.locator("[data-testid='stMain'] h1").bounding_box()
    page.locator("#link summary").focus()
    page.keyboard.press("Enter")
    entries = page.locator("#link nav a")
    entries.nth(1).wait_for()
    assert page.locator("[data-testid='stMain'] h1").bounding_box() == before
    box = page.locator("#link nav").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 900
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        assert not grave(violations(page)), scheme
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    names = entries.all_inner_texts()
    assert len(names) == len([name for name in names if name.strip()])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    heading = page.evaluate("() => document.activeElement.textContent.trim()")
    assert heading == names[1]
    assert not page.locator("#link details").evaluate("one => one.open")


def test_escape_and_a_press_elsewhere_close_the_list(page: Any, server: str) -> None:
    opened(page, f"{server}/CMRS")
    details = page.locator("#link details")
    page.locator("#link summary").click()
    page.locator("#link nav a").first.wait_for()
    page.keyboard.press("Escape")
    assert not details.evaluate("one => one.open")
    page.keyboard.press("Enter")
    page.locator("#link nav a").first.wait_for()
    page.locator("[data-testid='stMain'] h1").click()
    assert not details.evaluate("one => one.open")


def test_a_short_page_has_none(page: Any, server: str) -> None:
    page.goto(f"{server}/Jobs")
    page.wait_for_selector("#link button")
    settled(page)
    assert not page.locator("#link summary").is_visible()
