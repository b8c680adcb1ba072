"""Redistribution: where the weight of an answer goes when part of the record is hidden."""

from functools import partial
from html import escape
from typing import Any

import streamlit as st

from pages.ui import charts, redistribution_link, report
from pages.ui import redistribution_charts as drawn
from pages.ui.charts_eye import left_out, part
from pages.ui.choose import about, choose_record, choose_window, folder_setting
from pages.ui.frame import frame, worker_missing
from pages.ui.inputs import Case
from pages.ui.masking_faults import exchanged
from pages.ui.masking_shown import told
from pages.ui.redistribution_ask import asked
from pages.ui.redistribution_choose import (
    choose_how,
    choose_method,
    choose_order,
    choose_outline,
    finding_asked,
    quick_choices,
)
from pages.ui.redistribution_link import study, write_url
from pages.ui.redistribution_player import player
from pages.ui.redistribution_report import whole_report
from pages.ui.session import Session, session
from pages.ui.text import redistribution as text
from pages.ui.text import redistribution_says as says
from pages.ui.worker import Status, status
from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

STYLE = drawn.STYLE


def evidence_of(case: Case | None, s: Session) -> dict[str, list[list[Any]]]:
    """Return where a simulated case's findings show, as the worker takes it."""
    if case is None or s.view.start_s > 0:  # evidence is told from the record's beginning on
        return {}
    return {
        code: [[span.lead, span.start_s, span.stop_s] for span in spans]
        for code, spans in case.evidence.items()
    }


def maps(found: dict[str, Any], hiding: bool) -> None:
    """Draw importance before, what was removed, and importance now."""
    parts = drawn.lead_parts(found)
    before, removed, after = drawn.maps(found)
    if not hiding:
        shares = {lead: part["before"] for lead, part in parts.items()}
        charts.show(before, key="map before", alt=says.map_alt(text.ONLY, shares))
        return
    st.html(f"<p class='note'>{text.SAME_SCALE}</p>")
    with st.container(key="explain_maps"):
        columns = st.columns(3)
    three = ((before, "before", "before"), (removed, "removed", "removed"), (after, "after", "now"))
    for column, (chart, when, key) in zip(columns, three, strict=True):
        shares = {lead: books[when] for lead, books in parts.items()}
        with column:
            charts.show(chart, key=f"map {key}", alt=says.map_alt(chart.title, shares))


def moved(found: dict[str, Any]) -> None:
    """Draw what changed, and what flowed from lead to lead."""
    with st.container(key="explain_moved"):
        left, right = st.columns(2, gap="medium")
    changes = {
        lead: part["after"] - part["before"] for lead, part in drawn.lead_parts(found).items()
    }
    with left:
        chart = drawn.change(found)
        charts.show(chart, key="map change", in_part=True, alt=says.change_alt(changes))
    with right:
        charts.show(drawn.flow(found), key="flow", in_part=True, alt=says.flow_alt(found))
        st.html(f"<p class='note'>{says.flow_sums(found)} {text.FLOW_MEANS}</p>")


def parts(found: dict[str, Any], hiding: bool) -> None:
    """Draw leads and waves: before, merely rescaled, now."""
    with st.container(key="explain_parts"):
        left, right = st.columns([1.6, 1], gap="medium")
    leads, waves = drawn.lead_parts(found), drawn.wave_parts(found)
    with left:
        chart = drawn.parts_bars(text.LEADS, leads, hiding)
        charts.show(
            chart, key="by lead", in_part=True, alt=says.bars_alt(text.LEADS, leads, hiding)
        )
        if hiding:
            st.html(f"<p class='note'>{text.RESCALED_MEANS}</p>")
    with right:
        chart = drawn.parts_bars(text.WAVES, waves, hiding)
        charts.show(
            chart, key="by wave", in_part=True, alt=says.bars_alt(text.WAVES, waves, hiding)
        )
        st.html(f"<p class='note'>{text.WAVES_MEAN}</p>")


def pointing(found: dict[str, Any], hiding: bool) -> None:
    """Draw whether importance points at known evidence."""
    rows = found["pointing"]
    st.write(says.pointed(rows, hiding))
    with st.container(key="explain_pointing"):
        left, right = st.columns(2, gap="medium")
    with left:
        row = choose_outline(found)
        if row is not None:
            chart = drawn.outlined(found, row, hiding)
            charts.show(chart, key="map evidence", in_part=True, alt=says.evidence_alt(row, hiding))
    with right:
        if row is not None:
            alt = says.pointing_alt(rows)
            charts.show(drawn.pointing(rows, hiding), key="pointing", in_part=True, alt=alt)
        own = f" {text.SELECTOR_POINTS}" if found["how"] == "selector" else ""
        st.html(f"<p class='note'>{text.POINTING_MEANS}{own}</p>")


@st.fragment
def growth(s: Session, record: ECGRecord, case: Case | None) -> None:
    """Draw the animation over a growing budget; choosing another order runs this part alone."""
    st.header(text.GROWTH)
    order = choose_order()
    write_url(s)
    with st.container(key="part growth"):
        if not left_out("growth", text.GROWTH):
            with st.container():
                grown_parts(s, record, case, order)


def grown_parts(s: Session, record: ECGRecord, case: Case | None, order: str) -> None:
    """Ask for the steps and draw them."""
    chosen = study()
    try:
        with st.spinner(text.COMPUTING):
            grown = asked(
                s, "redistribution_growth", record, Scenario(),
                method=chosen.method, how=chosen.how, order=order, **finding_asked(s, case),
            )  # fmt: skip
    except ScarError as error:
        told(s, error)
        return
    frames = grown["frames"]
    st.write(says.growth_sentence(frames, grown["finding"]))
    player(grown, key="growth")
    st.html(f"<p class='note'>{text.GROWTH_MEANS}</p>")
    with st.container(key="explain_growth"):
        left, right = st.columns(2, gap="medium")
    with left:
        charts.show(
            drawn.growth_map(grown), key="growth map", in_part=True, alt=says.growth_alt(frames)
        )
    with right:
        alt = says.growth_sentence(frames, grown["finding"])
        charts.show(drawn.growth_lines(grown), key="growth lines", in_part=True, alt=alt)


def answer(
    s: Session, record: ECGRecord, case: Case | None, state: Status
) -> dict[str, Any] | None:
    """Ask where importance went; say why if there is no answer."""
    if not state.ready:
        worker_missing(state)
        return None
    chosen = study()
    try:
        with st.spinner(text.READING):
            return asked(
                s, "redistribution", record, s.view.scenario,
                method=chosen.method, how=chosen.how, evidence=evidence_of(case, s),
                **finding_asked(s, case),
            )  # fmt: skip
    except ScarError as error:
        # A gesture does not look how the worker is before it asks.
        now = status() if isinstance(error, WorkerUnavailable) else state
        if not now.ready:
            worker_missing(now)
            return None
        told(s, error)
        if isinstance(error, WorkerUnavailable):
            st.button(text.AGAIN, key="again")
    return None


@st.fragment
def body(s: Session, state: Status) -> None:
    """Draw record, choices and answer; a gesture runs this and not what frames it."""
    record, case, beside = choose_record(s)
    if record is None:
        st.write(text.CHOOSE)
        return
    with beside:
        choose_method()
    shown = exchanged(choose_window(s, record), s.view.swap)
    about(shown, case, beside)
    scenario = s.view.scenario
    found = answer(s, shown, case, state)
    if found is None:
        quick_choices(s, shown, case, None, state)
        write_url(s)
        return
    said = escape(says.sentence(found, scenario)).replace(" %", "&nbsp;%")
    moves = escape(says.probabilities(found["changed"], scenario))
    st.html(f"<p class='sentence' data-answer='{found['checkpoint']}'>{said} {moves}</p>")
    quick_choices(s, shown, case, found, state)
    with st.container(horizontal=True, vertical_alignment="bottom", key="explain_how"):
        st.header(text.MAPS, width="stretch")
        choose_how(s, case)
    hiding = not scenario.is_empty
    maps(found, hiding)
    if hiding:
        st.header(text.MOVED)
        part("moved", text.MOVED, partial(moved, found))
    part("parts", f"{text.LEADS}, {text.WAVES}", partial(parts, found, hiding))
    if found["pointing"]:
        st.header(text.POINTING)
        part("pointing", text.POINTING, partial(pointing, found, hiding))
    growth(s, shown, case)
    report.offer(partial(whole_report, shown, scenario, found), "redistribution")
    for note in found["notes"]:
        st.html(f"<p class='note'>{escape(note)}</p>")
    write_url(s)


def main() -> None:
    """Draw the page."""
    arrived = st.session_state.get("page") != text.PAGE
    state = frame(text.PAGE)
    st.html(STYLE)
    s = session()
    problems = redistribution_link.begin(s, arrived)
    st.title(text.TITLE)
    for problem in problems:
        st.warning(problem)
    folder_setting(s)
    body(s, state)


main()
