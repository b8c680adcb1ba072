"""A report is one file, holds what it says, and asks nothing of the net."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from pages.ui.charts import Bars, Series
from pages.ui.drawing import ecg_svg
from pages.ui.report import Figure, Picture, Table, commit, html_report, inline, versions
from scar_core import __version__
from scar_core.missing import Scenario
from tests.app.records import make_record

RECORD = make_record("case <1>")
HIDE = Scenario(leads=("V1",))
CHART = Bars("Probability", ["a & b"], (Series("now", (0.5,)),))


def report() -> str:
    parts = (
        "V1 was <hidden>.",
        Picture("ECG", ecg_svg(RECORD, HIDE), "Twelve leads, 'V1' hidden"),
        Figure(CHART, "One bar"),
        Table("Numbers", [{"finding": "<x>", "p": 0.25}]),
    )
    return html_report(
        "About <this>",
        parts,
        record=RECORD,
        scenario=HIDE,
        checkpoints={"scar": "abc123"},
        facts={"Data": "PTB-XL & more"},
        now=datetime(2026, 1, 2, tzinfo=UTC),
    ).decode()


class Tags(HTMLParser):
    """Checks nesting and collects attributes."""

    VOID = frozenset({"meta", "br", "img", "hr", "path", "use"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag, tag


def test_it_asks_nothing_of_the_net() -> None:
    tags = Tags()
    tags.feed(report())
    assert not tags.open
    for tag, name, value in tags.attributes:
        if name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert value.startswith(("data:", "#")), (tag, name, value)
        if name == "style":
            assert "url(http" not in value
    assert "<script" not in report()
    assert "@import" not in report()
    assert "content=\"default-src 'none'" in report()


def test_it_holds_scenario_numbers_versions_and_weights() -> None:
    text = report()
    for said in (
        "V1 hidden",
        RECORD.fingerprint(),
        "abc123",
        __version__,
        "PTB-XL &amp; more",
        "not a medical device",
        "2026-01-02T00:00:00+00:00",
        "0.25",
        "a &amp; b",
    ):
        assert said in text, said
    assert f"numpy {versions()['numpy']}" in text
    assert re.fullmatch(r"[0-9a-f]{12}|", commit())


def test_it_is_escaped_and_figures_have_words() -> None:
    text = report()
    assert "About &lt;this&gt;" in text
    assert "&lt;hidden&gt;" in text
    assert "case <1>" not in text
    assert text.count("<svg") == 2
    assert text.count("role='img'") == 2
    assert "aria-label='One bar'" in text
    assert "V1&#x27; hidden'" in text
    assert "<?xml" not in text
    assert "<!DOCTYPE svg" not in text


def test_a_study_needs_no_record() -> None:
    text = html_report("Study", ("Said.",), facts={"Seed": "0"}).decode()
    assert "Fingerprint" not in text
    assert "Seed" in text


def test_a_drawing_keeps_one_name() -> None:
    out = inline(
        "<?xml version='1.0'?><svg role='img' aria-label='old' width='1'><g/></svg>", "new"
    )
    assert out == "<svg width='1' role='img' aria-label='new'><g/></svg>"
