"""The masking page in a real Chromium: gestures, keys, links, touch."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from scar_core.leads import ELECTRODES, LEADS, leads_of_electrode
from scar_core.missing import Scenario, Span, apply
from tests.app.records import make_record
from tests.browser.conftest import open_masking, settled
from tests.browser.measure import CANVAS, drag, figures, timed_gestures

pytestmark = pytest.mark.browser
ASSETS = Path(__file__).resolve().parents[2] / "assets"


def answer(page: Any) -> str:
    return str(page.locator("[data-answer-id]").get_attribute("data-answer-id"))


def new_answer(page: Any, act: Callable[[], None]) -> None:
    """Do something and wait until the diagnosis on the page is another one."""
    before = answer(page)
    act()
    page.wait_for_function(
        "old => document.querySelector('[data-answer-id]')?.dataset.answerId !== old", arg=before
    )
    settled(page)


def query(page: Any) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(page.url).query).items()}


def said(page: Any) -> str:
    return str(page.locator(".live").inner_text())


def row_y(lead: str) -> float:
    """Where a lead lies on the 12 × 1 paper, as a fraction of its height."""
    return 0.02 + (LEADS.index(lead) + 0.55) * 0.98 / 12


def test_drag_hides_and_the_diagnosis_changes(page: Any, server: str) -> None:
    open_masking(page, server)
    rbbb = page.locator("table.bars tr", has_text="Right bundle branch block").first
    [alone] = figures(rbbb.inner_text())
    new_answer(page, lambda: drag(page, (0.3, row_y("V1")), (0.8, row_y("V3"))))
    before, now, _ = figures(rbbb.inner_text())
    assert before == alone
    assert now != before
    leads = [part.split(":")[0] for part in query(page)["span"].split(",")]
    assert leads == ["V1", "V2", "V3"]
    assert "Hiding parts of V1–V3" in page.locator(".sentence").inner_text()
    assert page.locator(".list li").count() == 3


def test_click_on_a_hidden_span_shows_it_again(page: Any, server: str) -> None:
    open_masking(page, server, "?span=V2:3-6")
    box = page.locator(CANVAS).bounding_box()
    x, y = box["x"] + 0.5 * box["width"], box["y"] + row_y("V2") * box["height"]
    new_answer(page, lambda: page.mouse.click(x, y))
    assert "span" not in query(page)
    assert "shown again" in said(page)


def test_badges_electrodes_undo_redo_clear(page: Any, server: str) -> None:
    open_masking(page, server)
    new_answer(page, page.locator(".badges button[data-lead='V6']").click)
    assert query(page)["hide"] == "V6"
    new_answer(page, page.locator("[data-electrode='LA']").click)
    assert query(page)["off"] == "LA"
    assert "I, III, aVR" in said(page)
    new_answer(page, page.get_by_role("button", name="Undo").click)
    assert "off" not in query(page)
    new_answer(page, page.get_by_role("button", name="Redo").click)
    assert query(page)["off"] == "LA"
    new_answer(page, page.get_by_role("button", name="Clear").click)
    assert not {"hide", "off"} & set(query(page))
    assert "Nothing is hidden" in page.locator(".list").inner_text()


def test_keyboard_alone(page: Any, server: str) -> None:
    open_masking(page, server)
    canvas = page.locator(CANVAS)
    canvas.focus()
    for key in ["ArrowDown"] * 6 + ["ArrowRight"] * 10 + ["Shift+ArrowRight"] * 5:
        canvas.press(key)
    assert said(page) == "V1, 1.0–2.0 s"
    new_answer(page, lambda: canvas.press("Enter"))
    assert query(page)["span"] == "V1:1-2"
    assert said(page) == "Hidden: V1 1.0–2.0 s."
    new_answer(page, lambda: canvas.press("l"))
    assert query(page)["hide"] == "V1"
    new_answer(page, lambda: canvas.press("Control+z"))
    assert "hide" not in query(page)
    new_answer(page, lambda: canvas.press("Control+Shift+Z"))
    assert query(page)["hide"] == "V1"
    new_answer(page, lambda: canvas.press("Backspace"))
    new_answer(page, lambda: canvas.press("Enter"))
    assert "span" not in query(page)


def test_escape_cancels_a_drag(page: Any, server: str) -> None:
    open_masking(page, server)
    box = page.locator(CANVAS).bounding_box()
    page.locator(CANVAS).focus()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 100)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert said(page) == "Cancelled."
    settled(page)
    assert "span" not in query(page)


def test_the_same_link_shows_the_same(page: Any, server: str) -> None:
    link = "?record=gallery:fast&hide=V1,V2&span=II:2-4.5&off=V6&ask=delta+wave&layout=3x4&gain=20"
    open_masking(page, server, link)
    assert query(page)["layout"] == "3x4"
    items = page.locator(".list li").all_inner_texts()
    assert [text.split("\n")[0] for text in items] == [
        "Electrode V6 is off: takes V6",
        "V1, whole lead",
        "V2, whole lead",
        "II, 2.00–4.50 s",
    ]
    assert page.locator("[data-layout='3x4']").get_attribute("aria-pressed") == "true"
    assert page.locator("[data-view='gain']").input_value() == "20"
    assert page.locator("table.bars").first.get_by_text("delta wave").count() == 1


def test_any_finding_can_be_asked_for(page: Any, server: str) -> None:
    open_masking(page, server)
    box = page.get_by_label("Ask for any finding, in your own words")

    def ask() -> None:
        box.fill("hyperkalaemia")
        box.press("Enter")

    new_answer(page, ask)
    assert query(page)["ask"] == "hyperkalaemia"
    assert page.locator("table.bars").first.get_by_text("hyperkalaemia").count() == 1


def test_layout_and_speed_keep_what_is_hidden(page: Any, server: str) -> None:
    open_masking(page, server, "?hide=V1")
    first = answer(page)
    page.locator("[data-layout='3x4']").click()
    page.locator("[data-view='speed']").select_option("50")
    settled(page)
    assert query(page) == {
        "record": "gallery:normal", "hide": "V1", "layout": "3x4", "speed": "50",
    }  # fmt: skip
    assert answer(page) == first
    assert page.evaluate("document.querySelectorAll('[data-answer-id]').length") == 1


def test_hidden_limb_leads_can_be_recomputed(page: Any, server: str) -> None:
    open_masking(page, server)
    new_answer(page, page.locator(".badges button[data-lead='aVF']").click)
    box = page.get_by_label("Recompute limb leads")
    assert box.is_visible()
    new_answer(page, box.check)
    assert query(page)["recover"] == "1"
    assert page.get_by_text("recomputed from them and read").count() == 1


def test_a_record_with_gaps_and_a_bad_one(page: Any, server: str) -> None:
    open_masking(page, server, "?record=folder:gaps.hea")
    assert page.get_by_text("not recorded", exact=True).first.is_visible()
    page.goto(f"{server}/Masking?record=folder:bad.hea")
    error = page.locator("[data-testid='stAlert']").first
    error.wait_for()
    assert "bad.hea" in error.inner_text()


def test_upload_is_shown_and_not_linked(page: Any, server: str, tmp_path: Path) -> None:
    from tests.app.records import write_wfdb

    open_masking(page, server)
    for name in ("first", "mine"):  # the second does not join the first
        folder = tmp_path / name
        folder.mkdir()
        write_wfdb(folder, name, make_record(rr_s=0.6))
        page.get_by_text("Open a file").first.click()
        page.locator("input[type='file']").set_input_files(sorted(folder.iterdir()))
        page.wait_for_function(
            "said => document.querySelector('[data-testid=stSelectbox] input').value === said",
            arg=f"Your file: {name}",
        )
        settled(page)
        page.keyboard.press("Escape")
    assert "record" not in query(page)


def test_picture_can_be_saved(page: Any, server: str) -> None:
    open_masking(page, server, "?hide=V1")
    with page.expect_download() as download:
        page.locator("[data-do='png']").click()
    assert download.value.suggested_filename == "Normal-ECG.png"
    assert Path(download.value.path()).read_bytes()[:4] == b"\x89PNG"


def test_home_leads_to_a_case(page: Any, server: str) -> None:
    page.goto(server)
    page.get_by_role("link", name="Sinus tachycardia").click()
    page.wait_for_selector(CANVAS)
    page.wait_for_selector("[data-answer-id]")
    assert query(page)["record"] == "gallery:fast"


def test_coming_back_and_the_back_button(page: Any, server: str) -> None:
    open_masking(page, server, "?record=gallery:normal&hide=V1")
    new_answer(page, page.locator(".badges button[data-lead='V2']").click)
    assert query(page)["hide"] == "V1,V2"
    new_answer(page, page.go_back)
    assert query(page)["hide"] == "V1"
    assert page.locator(".badges button[aria-pressed='true']").all_inner_texts() == ["V1"]
    page.get_by_role("link", name="Home").click()
    page.get_by_text("Cases to begin with").wait_for()
    page.get_by_role("link", name="Masking", exact=True).click()
    page.wait_for_selector("[data-answer-id]")
    settled(page)
    assert query(page)["hide"] == "V1"


def test_touch_hides_sideways_and_scrolls_downwards(page: Any, server: str) -> None:
    open_masking(page, server)
    assert (
        page.evaluate(
            "() => { const find = root => { for (const e of root.querySelectorAll('*')) {"
            " if (e.matches('canvas[data-ready]')) return getComputedStyle(e).touchAction;"
            " if (e.shadowRoot) { const f = find(e.shadowRoot); if (f) return f; } } };"
            " return find(document); }"
        )
        == "pan-y"
    )
    box = page.locator(CANVAS).bounding_box()
    session = page.context.new_cdp_session(page)
    y = box["y"] + row_y("V2") * box["height"]

    def touch(kind: str, x: float | None) -> None:
        points = [] if x is None else [{"x": box["x"] + x * box["width"], "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe() -> None:
        touch("touchStart", 0.4)
        for step in range(1, 6):
            touch("touchMove", 0.4 + 0.04 * step)
        touch("touchEnd", None)

    new_answer(page, swipe)
    assert query(page)["span"].startswith("V2:")


def test_the_canvas_and_the_library_hide_the_same(page: Any, server: str) -> None:
    """The canvas draws by its own rules; they must be those by which the model reads."""
    page.goto(server)
    script = (ASSETS / "ecg_scene.js").read_text() + (
        ";(cases) => cases.map(([scene, facts]) => { const again = recomputedRuns(scene, facts);"
        " return facts.leads.map((l) => [hiddenRuns(scene, facts, l), again[l]]); })"
    )
    record = make_record(rate_hz=100.0)
    record.present[0, 300:400] = False
    rng = np.random.default_rng(0)
    cases, scenarios = [], []
    for _ in range(40):
        spans = tuple(
            Span(str(rng.choice(LEADS)), float(a), float(a + d))
            for a, d in zip(rng.integers(0, 8, 4), rng.integers(1, 5, 4), strict=True)
        )
        leads = tuple(map(str, rng.choice(LEADS, rng.integers(0, 4), replace=False)))
        off = tuple(map(str, rng.choice(ELECTRODES, int(rng.random() < 0.3), replace=False)))
        scenario = Scenario(leads, off, spans, recover=True)
        facts = {
            "leads": list(LEADS), "duration": 10, "mv": True, "absent": {"I": [[3, 4]]},
            "takes": {e: list(leads_of_electrode(e)) for e in ELECTRODES},
        }  # fmt: skip
        scene = {
            "leads": list(scenario.leads), "electrodes": list(scenario.electrodes),
            "spans": [[s.lead, s.start_s, s.stop_s] for s in spans], "recover": True,
        }  # fmt: skip
        cases.append([scene, facts])
        scenarios.append(scenario)
    drawn = page.evaluate(f"(cases) => eval({json.dumps(script)})(cases)", cases)
    for scenario, rows in zip(scenarios, drawn, strict=True):
        hidden = scenario.hidden(LEADS, record.n_samples, 100.0)
        visible = apply(record, scenario)[1]
        for lead, (runs, again) in enumerate(rows):
            np.testing.assert_array_equal(_mask(runs), hidden[lead], err_msg=str(scenario))
            np.testing.assert_array_equal(
                _mask(again) & record.present[lead], visible[lead] & hidden[lead], str(scenario)
            )


def _mask(runs: list[list[float]]) -> Any:
    mask = np.zeros(1000, np.bool_)
    for a, b in runs:
        mask[round(a * 100) : round(b * 100)] = True
    return mask


def test_gestures_are_timed(page: Any, server: str) -> None:
    times = timed_gestures(page, f"{server}/Masking", gestures=3, warm_up=1, pause_ms=200)
    assert len(times.ms) == 3
    assert 0 < times.quantile(0.5) < 2000
