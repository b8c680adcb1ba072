"""The Attribution page's content as one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages.ui import attribution_charts as drawn
from pages.ui import report
from pages.ui.text import attribution as text
from scar_core.missing import Scenario
from scar_core.record import ECGRecord


@dataclass(frozen=True)
class Told:
    """What the page has drawn.

    Attributes:
        scenario: What is hidden of the record.
        said: The page's first sentence.
        answer: Of inquiry ``attribution``.
        accounts: Those that are there.
        exact: Exact values of leads; None if they are not there.
        agreement: How the accounts compare.
    """

    scenario: Scenario
    said: str
    answer: Mapping[str, Any]
    accounts: Sequence[Mapping[str, Any]]
    exact: Mapping[str, Any] | None
    agreement: Mapping[str, Any]


def whole_report(record: ECGRecord, told: Told) -> bytes:
    """Return what the page says of a record as one HTML file."""
    parts: list[report.Part] = [told.said]
    if told.exact is not None:
        alt = text.waterfall_alt(told.exact)
        parts += [report.Figure(drawn.waterfall(told.exact), alt), text.exact(told.exact)]
    for one in told.accounts:
        if one["cells"] is not None:
            alt = text.map_alt(one["account"], one["finding"], one["leads"])
            parts += [report.Figure(drawn.account_map(one), alt), text.SAYS[one["account"]]]
    bars = drawn.lead_bars(told.accounts)
    parts.append(report.Figure(bars, text.leads_alt(drawn.shares(told.accounts))))
    for title, kind in ((text.DELETION, "deletion"), (text.INSERTION, "insertion")):
        curves = told.agreement[kind]
        alt = text.curves_alt(title, curves)
        parts.append(report.Figure(drawn.curve_lines(title, curves), alt))
    return report.html_report(
        text.TITLE,
        parts,
        record=record,
        scenario=told.scenario,
        checkpoints={told.answer["method"]: told.answer["checkpoint"]},
    )
