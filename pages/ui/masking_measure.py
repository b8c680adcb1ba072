"""Rate and intervals, with nothing hidden and as it is now, with how sure they are."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from pages.ui.masking_shown import Shown, ready, told
from pages.ui.redistribution_ask import asked
from pages.ui.session import Session
from pages.ui.text import masking_looks as text
from pages.ui.worker import Status
from scar_core.errors import ScarError


def measure_look(s: Session, shown: Shown, state: Status) -> None:
    """Draw the table of measurements."""
    if not ready(state):
        return
    try:
        with st.spinner(text.MEASURING):
            found = asked(s, "measure", shown.record, s.view.scenario)
    except ScarError as error:
        told(s, error)
        return
    st.html(measure_html(found))
    st.html(f"<p class='note'>{text.MEASURE_ABOUT.format(leads=found['error_leads'])}</p>")


def measure_html(found: Mapping[str, Any]) -> str:
    """Write what was measured as a table.

    Args:
        found: As the inquiry ``measure`` returns it.
    """
    head = "".join(f"<th scope='col'>{escape(title)}</th>" for title in text.MEASURE_HEAD)
    rows = "".join(
        _row(old, new, found["errors"].get(new["name"]))
        for old, new in zip(found["before"], found["now"], strict=True)
    )
    return (
        f"<div class='wide'><table class='plain measured'><caption>{text.MEASURE_TABLE}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(old: Mapping[str, Any], new: Mapping[str, Any], error: list[float] | None) -> str:
    title = escape(text.MEASURE_NAMES.get(new["name"], new["name"]))
    before = text.NOT_MEASURABLE if old["value"] is None else text.number(old["value"], old["unit"])
    if new["value"] is None:
        why = escape(new["why_not"])
        return (
            f"<tr><th scope='row'>{title}</th><td>{before}</td>"
            f"<td colspan='4' class='why'>{text.NOT_MEASURABLE}: {why}</td></tr>"
        )
    spans = [
        text.between(new[over][0], new[over][1], new[count], of) if new[over] else "–"
        for over, count, of in (
            ("over_beats", "beats", "interval" if new["name"] == "rate" else "beat"),
            ("over_leads", "leads", "lead"),
        )
    ]
    cells = [before, f"<b>{text.number(new['value'], new['unit'])}</b>", *spans]
    cells.append(text.error(*error) if error else "–")
    return f"<tr><th scope='row'>{title}</th>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"
