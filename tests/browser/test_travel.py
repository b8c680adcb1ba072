"""Links to other pages, opened in a new tab or copied, carry what the session knows."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import open_masking, settled

pytestmark = pytest.mark.browser
SIDEBAR = "[data-testid='stSidebar']"


def query_of(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


def test_a_new_tab_carries_what_a_gesture_has_just_hidden(page: Any, server: str) -> None:
    open_masking(page, server, "?record=gallery:fast&method=merl&view=hard")
    page.locator("#ecg .badges button[data-lead='V3']").first.click()
    settled(page)
    link = page.locator(SIDEBAR).get_by_role("link", name="CMRS")
    with page.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    there = opened.value
    there.wait_for_selector("h1")
    settled(there)
    asked = {"record": "gallery:fast", "hide": "V3", "method": "merl", "view": "hard"}
    assert asked.items() <= query_of(there.url).items()
    there.close()
    assert "/Masking" in page.url, "the tab itself stays where it was"
    assert asked == query_of(link.evaluate("one => one.href")), "as copied from its menu"


def test_a_plain_click_stays_in_the_session(page: Any, server: str) -> None:
    open_masking(page, server, "?record=gallery:fast&method=merl")
    page.evaluate("() => { window.sameDocument = true; }")
    page.locator("#ecg .badges button[data-lead='V3']").first.click()
    settled(page)
    page.locator(SIDEBAR).get_by_role("link", name="Attribution").click()
    page.wait_for_function("() => location.pathname.endsWith('/Attribution')")
    page.wait_for_function("() => location.search.includes('hide=V3')")
    settled(page)
    assert query_of(page.url) == {"record": "gallery:fast", "hide": "V3", "method": "merl"}
    assert page.evaluate("() => window.sameDocument"), "without loading the page anew"


def test_a_link_to_another_record_keeps_method_and_view_alone(page: Any, server: str) -> None:
    page.goto(f"{server}/?record=gallery:fast&hide=V1&method=merl&view=hard")
    link = page.get_by_role("link", name="Normal ECG").first
    link.wait_for()
    settled(page)
    link = page.locator("[data-testid='stColumn']").get_by_role("link", name="Normal ECG")
    link.focus()
    asked = {"record": "gallery:normal", "method": "merl", "view": "hard"}
    assert query_of(link.evaluate("one => one.href")) == asked
