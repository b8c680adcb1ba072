"""No page keeps anybody out: axe-core finds nothing serious, in either theme."""

from typing import Any

import pytest

from tests.browser.axe import grave, violations
from tests.browser.conftest import settled
from tests.browser.measure_pages import PAGES, Page

pytestmark = pytest.mark.browser


def there(page: Page) -> bool:
    """Whether the page's file exists."""
    from pages.ui.frame import groups

    paths = [entry.path for entries in groups().values() for entry in entries]
    return not page.path or any(path.endswith(f"_{page.path}.py") for path in paths)


@pytest.mark.parametrize("one", [one for one in PAGES if there(one)], ids=lambda one: one.name)
def test_nothing_serious_in_either_theme(page: Any, server: str, one: Page) -> None:
    query = one.query.replace("right-bundle-branch-block", "normal")
    page.goto(f"{server}/{one.path}{f'?{query}' if query else ''}")
    page.wait_for_selector("[data-testid='stMain'] h1")
    settled(page)
    page.wait_for_timeout(1500)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(500)
        assert not grave(violations(page)), scheme


def test_a_barrier_is_found(page: Any, server: str) -> None:
    """The check itself can fail."""
    page.goto(server)
    page.wait_for_selector("[data-testid='stMain'] h1")
    settled(page)
    page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').insertAdjacentHTML('beforeend',"
        ' \'<img src="data:,"><p style="color:#aaa;background:#fff">too faint to read</p>\')'
    )
    assert {"image-alt", "color-contrast"} <= {one.rule for one in grave(violations(page))}
