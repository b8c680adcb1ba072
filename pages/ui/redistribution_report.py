"""The Redistribution page's content as one file."""

from typing import Any

from pages.ui import redistribution_charts as drawn
from pages.ui import report
from pages.ui.text import redistribution as text
from pages.ui.text import redistribution_says as says
from scar_core.missing import Scenario
from scar_core.record import ECGRecord


def whole_report(record: ECGRecord, scenario: Scenario, found: dict[str, Any]) -> bytes:
    """Return what the page says of a record and a scenario as one HTML file.

    Args:
        record: As shown.
        scenario: What is hidden of it.
        found: Answer of inquiry ``redistribution``.
    """
    hiding = not scenario.is_empty
    leads, waves = drawn.lead_parts(found), drawn.wave_parts(found)
    shown = drawn.maps(found) if hiding else drawn.maps(found)[:1]
    keys = ("before", "removed", "after")
    parts: list[report.Part] = [says.sentence(found, scenario)]
    for chart, key in zip(shown, keys, strict=False):
        shares = {lead: part[key] for lead, part in leads.items()}
        parts.append(report.Figure(chart, says.map_alt(chart.title, shares)))
    if hiding:
        parts += [
            report.Figure(drawn.flow(found), says.flow_alt(found)),
            says.flow_sums(found),
            text.FLOW_MEANS,
        ]
    for title, books in ((text.LEADS, leads), (text.WAVES, waves)):
        bars = drawn.parts_bars(title, books, hiding)
        parts.append(report.Figure(bars, says.bars_alt(title, books, hiding)))
    if found["pointing"]:
        parts += [says.pointed(found["pointing"], hiding), text.POINTING_MEANS]
    return report.html_report(
        text.TITLE,
        parts,
        record=record,
        scenario=scenario,
        checkpoints={found["method"]: found["checkpoint"]},
        facts={text.HOW: text.HOWS[found["how"]]},
    )
