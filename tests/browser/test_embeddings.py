"""The map in a real Chromium, with the real worker: lasso, arrows, keyboard, the ECG of a point."""

import base64
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser.conftest import settled
from tests.browser.measure import ROOT, product

pytestmark = pytest.mark.browser
MAP = "#emap[data-ready='1']"
PANEL = "#emap canvas"
SHIPPED = ROOT / "assets" / "maps" / "simulated"


@pytest.fixture(scope="module")
def address(_browser_there: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running product."""
    with product(tmp_path_factory.mktemp("home")) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
def shown(context: Any, address: str) -> Iterator[Any]:
    """The page with its map, and with the worker's first ECG on it."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for _ in range(600):
        try:
            page.goto(f"{address}/Embeddings")
            break
        except Exception:
            page.wait_for_timeout(100)
    page.wait_for_selector(MAP)
    page.wait_for_selector("img.masked-ecg")
    yield page
    page.close()
    assert not errors


def lasso(page: Any, panel: int, x: float, y: float, radius: float) -> None:
    """Draw around a place; all numbers are shares of the panel's width and height."""
    canvas = page.locator(PANEL).nth(panel)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()

    def at(turn: float) -> tuple[float, float]:
        angle = 2 * math.pi * turn
        return (
            box["x"] + box["width"] * (x + radius * math.cos(angle)),
            box["y"] + box["height"] * (y + radius * math.sin(angle)),
        )

    page.mouse.move(*at(0))
    page.mouse.down()
    for step in range(1, 17):
        page.mouse.move(*at(step / 16))
    page.mouse.up()


def places(page: Any, panel: int) -> Any:
    """Where the shipped map's points lie in a panel, as shares of its width and height (n, 2)."""
    told = json.loads((SHIPPED / "projection.json").read_text())["panels"][panel]
    xy = np.frombuffer(base64.b64decode(told["xy"]), "<f4").reshape(-1, 2)
    low, high = xy.min(0), xy.max(0)
    box = page.locator(PANEL).nth(panel).bounding_box()
    reach = 0.94 * min(box["width"], box["height"]) / (high - low).max()
    size = np.array([box["width"], box["height"]])
    return 0.5 + (xy - (low + high) / 2) * (reach, -reach) / size


def kept_picture(page: Any, name: str) -> None:
    """Keep a screenshot where somebody asked for them."""
    folder = os.environ.get("SCAR_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_selected_points_move_when_something_is_hidden(shown: Any) -> None:
    at = places(shown, 0)
    inside = (np.linalg.norm(at[:, None] - at[None], axis=2) < 0.12).sum(1)
    x, y = at[np.abs(inside - 60).argmin()]
    lasso(shown, 0, float(x), float(y), 0.14)
    shown.wait_for_selector("#emap:not([data-selected='0'])")
    selected = int(shown.locator("#emap").get_attribute("data-selected"))
    assert 3 < selected < 300
    button = shown.get_by_role("button", name=f"Hide it in {selected} records")
    button.click()
    shown.wait_for_selector(f"[data-moved='{selected}']")
    assert int(shown.locator("#emap").get_attribute("data-arrows")) == 3 * selected
    rows = shown.locator("table", has_text="cosine with itself").locator("tbody tr")
    assert [row.split("\t")[0] for row in rows.all_inner_texts()] == ["SCAR", "MERL", "MELP"]
    assert "hide=V1" in shown.url
    settled(shown)
    shown.locator("h1").scroll_into_view_if_needed()
    kept_picture(shown, "embeddings")
    shown.get_by_role("button", name="Take the arrows away").click()
    shown.wait_for_selector("#emap[data-arrows='0']")


def test_keys_go_from_point_to_point_and_open_one(shown: Any) -> None:
    canvas = shown.locator(PANEL).nth(1)
    canvas.focus()
    shown.keyboard.press("ArrowLeft")
    said = shown.locator("#emap .live").inner_text()
    name = said.split(":")[0]
    assert name.startswith("r0")
    shown.keyboard.press("Enter")
    shown.wait_for_url(f"**point={name}*")
    shown.wait_for_selector(f"img.masked-ecg[alt*='{name}']")
    canvas.focus()
    shown.keyboard.press("n")
    shown.wait_for_selector("#emap[data-selected='30']")
    shown.keyboard.press("Escape")
    shown.wait_for_selector("#emap[data-selected='0']")


def test_a_point_is_opened_in_masking(shown: Any) -> None:
    box = shown.locator(PANEL).first.bounding_box()
    x, y = places(shown, 0)[0]
    shown.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    shown.wait_for_url("**point=r*")
    name = shown.url.split("point=")[1].split("&")[0]
    shown.wait_for_selector(f"img.masked-ecg[alt*='{name}']")
    shown.get_by_role("button", name="Open in Masking").click()
    shown.wait_for_url("**/Masking*")
    shown.wait_for_selector("canvas[data-ready='1']")
    assert f"dataset:simulated:77:{name}".replace(":", "%3A") in shown.url or name in shown.url
