"""Checks a page for what keeps people with disabilities out: axe-core, in the page itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRAVE = ("serious", "critical")
FRAMEWORK = ("[data-testid='stHeader']", "[data-testid='stToolbar']", ".js-plotly-plot")
"""Left out: what Streamlit and plotly draw themselves and no style sheet reaches. A chart's picture
has a name, a table beside it and a keyboard's way to pick."""


@dataclass(frozen=True)
class Violation:
    """One rule that a page breaks.

    Attributes:
        rule: Its name.
        impact: ``minor``, ``moderate``, ``serious`` or ``critical``.
        help: What it asks for.
        nodes: Where it is broken, as HTML.
    """

    rule: str
    impact: str
    help: str
    nodes: tuple[str, ...]


def script() -> str:
    """Return axe-core, which the package axe-core-python ships."""
    import axe_core_python  # type: ignore[import-untyped]

    return (Path(axe_core_python.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[Violation]:
    """Run axe-core over a Playwright page as it is now."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(script())
    told = page.evaluate(
        "left => axe.run({exclude: left.filter(s => document.querySelector(s)).map(s => [s])},"
        " {resultTypes: ['violations']})",
        list(FRAMEWORK),
    )
    return [
        Violation(
            one["id"],
            one["impact"] or "minor",
            one["help"],
            tuple(node["html"][:200] for node in one["nodes"]),
        )
        for one in told["violations"]
    ]


def grave(found: Sequence[Violation]) -> list[Violation]:
    """Keep what is serious or critical."""
    return [one for one in found if one.impact in GRAVE]
