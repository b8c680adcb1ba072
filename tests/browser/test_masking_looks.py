"""What lies under the ECG, calipers, exchanged cables and the print view, in a real Chromium."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import open_masking, settled
from tests.browser.measure import CANVAS, drag
from tests.browser.test_masking import new_answer, query, row_y, said

pytestmark = pytest.mark.browser
A4_PX = (297 / 25.4 * 96, 210 / 25.4 * 96)


def keep(page: Any, name: str) -> None:
    """Save what is seen, where somebody wants to look at it."""
    folder = os.environ.get("SCAR_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"masking-{name}.png"))


def test_methods_stand_side_by_side_and_follow_a_gesture(page: Any, server: str) -> None:
    open_masking(page, server)
    page.get_by_role("tab", name="Methods", exact=True).click()
    table = page.locator("table.beside")
    table.wait_for()
    settled(page)
    assert query(page)["look"] == "methods"
    assert table.locator("thead th").count() == 4
    assert "→" not in table.inner_text()
    new_answer(page, lambda: drag(page, (0.2, row_y("V1")), (0.9, row_y("V3"))))
    page.wait_for_function("() => document.querySelector('table.beside')?.innerText.includes('→')")
    keep(page, "methods")


def test_calipers_by_mouse_and_by_keyboard(page: Any, server: str) -> None:
    open_masking(page, server)
    canvas = page.locator(CANVAS)
    page.locator("[data-do='calipers']").click()
    drag(page, (0.3, row_y("II")), (0.5, row_y("II")))
    assert " ms · " in said(page)
    assert "span" not in query(page)
    first = said(page)
    canvas.press("ArrowRight")
    assert said(page) != first
    assert "Second end at" in said(page)
    canvas.press("Enter")
    canvas.press("t")
    assert "First end at" in said(page)
    canvas.press("PageDown")
    assert said(page).startswith("III · ")
    keep(page, "calipers")
    canvas.press("Escape")
    assert "put away" in said(page)
    new_answer(page, lambda: drag(page, (0.3, row_y("V1")), (0.5, row_y("V1"))))
    assert query(page)["span"].startswith("V1:")


def test_exchanged_cables_come_from_the_menu_and_the_link(page: Any, server: str) -> None:
    open_masking(page, server)
    page.get_by_text("Try a fault").first.click()
    new_answer(page, page.get_by_text("RA ↔ LA", exact=True).click)
    assert query(page)["swap"] == "RA/LA"
    assert "Nothing is hidden by it" in page.locator("p.swap").inner_text()
    new_answer(page, page.get_by_role("button", name="Smartwatch: lead I only").click)
    assert "swap" not in query(page)
    assert query(page)["hide"].startswith("II,III,")
    page.keyboard.press("Escape")
    assert page.locator(".badges button[aria-pressed='true']").count() == 11


def test_a_second_ecg_under_the_same_scenario(page: Any, server: str) -> None:
    open_masking(page, server, "?record=gallery:normal&hide=V1&look=compare&compare=gallery:fast")
    table = page.locator("table.beside")
    table.wait_for()
    assert "Sinus tachycardia" in table.inner_text()
    assert "V1 hidden" in str(page.locator("img.masked-ecg").get_attribute("alt"))


def test_the_print_view_is_a_true_a4_sheet(page: Any, server: str) -> None:
    open_masking(page, server, "?hide=V1&look=print")
    page.get_by_role("button", name="Print this sheet").click()
    page.wait_for_selector("iframe.scar-print", state="attached")
    page.wait_for_function(
        "() => document.querySelector('iframe.scar-print').contentDocument?.querySelector('svg')"
    )
    box = page.evaluate(
        "() => { const r = document.querySelector('iframe.scar-print').contentDocument"
        ".querySelector('svg').getBoundingClientRect(); return [r.width, r.height]; }"
    )
    assert box == pytest.approx(A4_PX, abs=1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PDF (A4)").click()
    assert Path(download.value.path()).read_bytes()[:4] == b"%PDF"
    keep(page, "print")
