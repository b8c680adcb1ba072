"""One HTML file that tells a record's or a study's result whole and asks nothing of the net."""

import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.charts_kinds import Chart
from pages.ui.charts_table import rows_of, table_html
from pages.ui.text import common as words
from pages.ui.text import report as text
from scar_core import __version__
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("numpy", "torch", "streamlit", "plotly", "matplotlib")
TABLE_ROWS = 2000
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f27; background: #fff; max-width: 980px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .4rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.lead { font-size: 1.05rem; border-left: 4px solid #2385c0; padding: .4rem .8rem; background: #eef5fa; }
table { border-collapse: collapse; font-size: .85rem; } caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid #c9ced6; padding: 2px 8px; text-align: right; font-variant-numeric: tabular-nums; } th { text-align: left; }
figure { margin: 0; } svg { max-width: 100%; height: auto; } .wide { overflow-x: auto; } .note { font-size: .85rem; }
details { margin: .4rem 0; } footer { margin-top: 2.5rem; font-size: .85rem; border-top: 1px solid #c9ced6; padding-top: .6rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: .9rem; margin: 0; } dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
@media print { details { display: none; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
"""  # noqa: E501 - a style sheet


@dataclass(frozen=True)
class Picture:
    """A drawing that a page has already made.

    Attributes:
        title: What is shown.
        svg: A complete SVG element or document.
        alt: What it shows, in a sentence.
    """

    title: str
    svg: str
    alt: str


@dataclass(frozen=True)
class Figure:
    """A chart with what a reader who does not see it is told.

    Attributes:
        chart: What to draw.
        alt: What it shows, in a sentence.
    """

    chart: Chart
    alt: str


@dataclass(frozen=True)
class Table:
    """Numbers.

    Attributes:
        title: What they are.
        rows: One mapping for each row.
    """

    title: str
    rows: Sequence[Mapping[str, Any]]


Part = str | Picture | Figure | Table
"""A plain text is a paragraph."""


def html_report(
    title: str,
    parts: Sequence[Part],
    *,
    record: ECGRecord | None = None,
    scenario: Scenario | None = None,
    checkpoints: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> bytes:
    """Return a report of one record or of a study as one HTML file.

    Args:
        title: What it is about.
        parts: Its content, in order; the first paragraph is its summary.
        record: The ECG, if it is about one; its name and what is known of it are told, not its
            samples.
        scenario: What is hidden of it.
        checkpoints: Hash of the weights by method.
        facts: More lines about where the numbers come from, such as data and seeds.
        now: When it was made; None: now.

    Returns:
        UTF-8; figures are inside as SVG, and nothing is loaded from anywhere.
    """
    about = _about(record, scenario, checkpoints or {}, facts or {})
    made = (now or datetime.now().astimezone()).isoformat(timespec="seconds")
    body = "".join(_part(part, first=i == 0) for i, part in enumerate(parts))
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>{body}<h2>{text.ABOUT}</h2><dl>"
        + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in about.items())
        + f"<dt>{text.MADE}</dt><dd>{made}</dd></dl>"
        f"<footer>{words.NOT_MEDICAL}</footer></body></html>"
    ).encode()


def offer(make: Callable[[], bytes], name: str, *, key: str = "report") -> None:
    """Draw the button that makes and saves a report; it is made when pressed.

    Args:
        make: Returns the report.
        name: File name without its ending.
        key: Of the button, on this page.
    """
    clean = re.sub(r"[^\w.-]+", "-", name).strip("-") or "report"
    st.download_button(
        words.REPORT,
        make,
        f"{clean}.html",
        "text/html",
        key=key,
        on_click="ignore",
        icon=":material/description:",
        help=words.REPORT_HELP,
    )


def _about(
    record: ECGRecord | None,
    scenario: Scenario | None,
    checkpoints: Mapping[str, str],
    facts: Mapping[str, str],
) -> dict[str, str]:
    found: dict[str, str] = {}
    if record is not None:
        found[text.RECORD] = text.record(
            record.name, record.n_leads, record.duration_s, record.sampling_rate_hz
        )
        found[text.FINGERPRINT] = record.fingerprint()
    if scenario is not None:
        found[text.HIDDEN] = scenario.describe()
        found[text.LINK] = "&".join(f"{k}={v}" for k, v in scenario.to_query().items()) or "–"
    for method, digest in checkpoints.items():
        found[text.checkpoint(method)] = digest
    found |= facts
    found[text.VERSION] = f"{__version__}{f', {commit()}' if commit() else ''}"
    found[text.SOFTWARE] = ", ".join(f"{name} {v}" for name, v in versions().items())
    return found


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that matter, without importing them."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str:
    """Return the checkout's commit, read from its files; empty where there is none."""
    try:
        head = (ROOT / ".git" / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head[:12]
        name = head.removeprefix("ref: ")
        loose = ROOT / ".git" / name
        if loose.is_file():
            return loose.read_text(encoding="utf-8").strip()[:12]
        packed = (ROOT / ".git" / "packed-refs").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line[:12] for line in packed if line.endswith(f" {name}")), "")


def _part(part: Part, *, first: bool) -> str:
    if isinstance(part, str):
        return f"<p class='{'lead' if first else 'said'}'>{escape(part)}</p>"
    if isinstance(part, Table):
        return f"<h2>{escape(part.title)}</h2>{table_html(part.title, part.rows, TABLE_ROWS)}"
    if isinstance(part, Picture):
        return _figure(part.title, inline(part.svg, part.alt))
    from pages.ui.charts_files import drawn

    chart = part.chart
    numbers = table_html(chart.title, rows_of(chart), TABLE_ROWS)
    drawing = inline(drawn(chart, "svg").decode(), part.alt)
    folded = f"<details><summary>{words.TABLE}</summary>{numbers}</details>"
    return _figure(chart.title, drawing) + folded


def _figure(title: str, drawing: str) -> str:
    return f"<h2>{escape(title)}</h2><figure>{drawing}</figure>"


def inline(svg: str, alt: str) -> str:
    """Return an SVG document as an element of a page, without prologue and metadata.

    Args:
        svg: The document.
        alt: What it shows.
    """
    start = svg.find("<svg")
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[max(start, 0) :], flags=re.DOTALL)
    head, _, rest = body.partition(">")
    head = re.sub(r"\s(?:role|aria-label)=(?:'[^']*'|\"[^\"]*\")", "", head)
    return f"{head} role='img' aria-label='{escape(alt, quote=True)}'>{rest}"
