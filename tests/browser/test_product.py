"""The whole product in a real Chromium: page, worker and the shipped checkpoint."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.measure import ANSWER, CANVAS, drag, figures, product

pytestmark = pytest.mark.browser


def by_finding(page: Any) -> dict[str, list[float]]:
    """Figures of each finding on the page: now, or before and now (and the change)."""
    rows = page.locator(f"{ANSWER} tr").all_inner_texts()
    return {row.split("\t")[0].strip(): figures(row) for row in rows[1:]}


def test_up_answers_and_a_drag_changes_the_diagnosis(context: Any, tmp_path: Path) -> None:
    with product(tmp_path / "home") as port:
        page = context.new_page()
        page.set_default_timeout(90_000)
        _wait_until_up(page, f"http://localhost:{port}")
        page.goto(f"http://localhost:{port}/Masking?record=gallery:right-bundle-branch-block")
        page.wait_for_selector(CANVAS)
        page.wait_for_selector(ANSWER)
        alone = by_finding(page)
        old = page.locator(ANSWER).get_attribute("data-answer-id")
        drag(page, (0.2, 0.55), (0.9, 0.7))  # V1 to V3, most of their time
        page.wait_for_function(
            "old => document.querySelector('[data-answer-id]')?.dataset.answerId !== old", arg=old
        )
        hiding = by_finding(page)
        both = alone.keys() & hiding.keys()
        assert "Right bundle branch block" in both
        assert all(hiding[name][0] == alone[name][0] for name in both)  # before
        assert any(abs(hiding[name][1] - hiding[name][0]) >= 0.05 for name in both)  # now
        page.close()


def _wait_until_up(page: Any, address: str) -> None:
    for _ in range(600):
        try:
            page.goto(address)
        except Exception:
            page.wait_for_timeout(100)
        else:
            return
    pytest.fail(f"nothing answers at {address}")
