"""The Redistribution page in a real Chromium: one press, the link, the animation by keyboard."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


def photograph(page: Any, name: str) -> None:
    """Keep a picture of the whole page where ``SCAR_SCREENSHOTS`` asks for pictures."""
    folder = os.environ.get("SCAR_SCREENSHOTS")
    if folder:
        block = page.locator("[data-testid='stMainBlockContainer']")
        height = int(block.evaluate("block => block.scrollHeight")) + 80
        page.set_viewport_size({"width": 1280, "height": min(height, 9000)})
        page.wait_for_timeout(1500)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_one_press_hides_and_the_link_says_so(page: Any, server: str) -> None:
    page.goto(f"{server}/Redistribution?record=gallery:normal")
    page.wait_for_selector(".sentence")
    assert "Nothing is hidden" in page.locator(".sentence").inner_text()
    settled(page)
    page.get_by_role("button", name="the weightiest lead").press("Enter")
    page.wait_for_function("document.querySelector('.sentence')?.innerText.includes('removed')")
    settled(page)
    assert "hide=" in page.url
    for title in ("Before", "Removed", "Now", "From what was removed to what gained"):
        page.get_by_role("heading", name=title, exact=True).wait_for()
    photograph(page, "redistribution")
    page.get_by_role("button", name="Show everything again").click()
    page.wait_for_function("document.querySelector('.sentence')?.innerText.includes('Nothing')")
    settled(page)
    assert "hide=" not in page.url


def test_a_chart_has_room_for_its_words_and_is_drawn_once(page: Any, server: str) -> None:
    page.goto(f"{server}/Redistribution?record=gallery:normal&hide=V1")
    page.wait_for_selector(".sentence")
    page.locator("[class*='st-key-part-parts']").scroll_into_view_if_needed()
    page.wait_for_selector(".st-key-chart-by-lead .js-plotly-plot .bars")
    given, needed = page.locator(".st-key-chart-by-lead .js-plotly-plot").evaluate("""chart => [
      chart.layout.margin, chart._fullLayout._size]""")
    assert {side: needed[side] for side in "lrtb"} == {side: given[side] for side in "lrtb"}


def test_a_map_hatches_what_is_hidden_and_tells_what_is_pointed_at(page: Any, server: str) -> None:
    page.goto(f"{server}/Redistribution?record=gallery:normal&hide=V1")
    page.wait_for_selector(".sentence")
    settled(page)
    now = page.locator(".heat-map canvas").nth(2)
    opaque = now.evaluate("""canvas => {
      const {width, height} = canvas;
      const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
      return Array.from({length: height}, (_, row) => pixels[4 * row * width + 3] === 255);
    }""")
    names = page.locator(".heat-map").nth(2).locator(".rows span").all_inner_texts()
    assert [name for name, solid in zip(names, opaque, strict=True) if not solid] == ["V1"]
    now.scroll_into_view_if_needed()
    box = now.bounding_box()
    rows = len(names)
    said = page.locator(".heat-map").nth(2).locator(".said")
    for row, expected in ((names.index("V1"), "V1, 0.1: not read"), (0, f"{names[0]}, 0.1: ")):
        page.mouse.move(box["x"] + 2, box["y"] + box["height"] * (row + 0.5) / rows)
        said.filter(has_text=expected).wait_for()
    assert said.inner_text().endswith("%")
    page.mouse.move(0, 0)
    said.wait_for(state="hidden")


def test_the_animation_obeys_the_keyboard_and_spares_who_wants_no_motion(
    page: Any, server: str
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{server}/Redistribution?record=gallery:normal&hide=V1")
    slider = page.locator("#growth input")
    page.get_by_role("heading", name="While more and more is hidden").scroll_into_view_if_needed()
    page.locator("[class*='st-key-part-growth']").scroll_into_view_if_needed()
    slider.wait_for()
    settled(page)
    slider.focus()
    before = slider.get_attribute("aria-valuetext")
    slider.press("ArrowRight")
    after = slider.get_attribute("aria-valuetext")
    assert before != after
    assert page.locator("#growth .says").inner_text() == after
    shown = slider.input_value()
    page.get_by_role("heading", name="Where does the weight").scroll_into_view_if_needed()
    page.locator("[class*='st-key-part-growth'] .awaited").wait_for(state="attached")
    page.locator("[class*='st-key-part-growth']").scroll_into_view_if_needed()
    slider.wait_for()
    settled(page)
    assert slider.input_value() == shown  # whoever comes back finds the step that was shown
    slider.press("Home")
    button = page.locator("#growth button")
    assert button.inner_text() == "Next step"
    button.press("Enter")
    page.wait_for_timeout(1200)  # nothing moves by itself
    assert slider.input_value() == "1"
    page.emulate_media(reduced_motion="no-preference")
    page.locator("#growth button", has_text="Play").wait_for()  # locators see into its shadow
    button.press("Enter")
    page.locator("#growth button", has_text="From the start").wait_for()
    assert slider.input_value() == slider.get_attribute("max")
