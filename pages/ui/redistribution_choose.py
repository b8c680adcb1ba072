"""Choices of the Redistribution page; method and finding are Attribution's too."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.ui.inputs import Case
from pages.ui.masking_shown import told
from pages.ui.redistribution_ask import asked
from pages.ui.redistribution_link import HOWS, METHODS, ORDERS, change, study
from pages.ui.session import Session, session
from pages.ui.state import to_query
from pages.ui.text import redistribution as text
from pages.ui.worker import Status
from scar_core.errors import ScarError
from scar_core.findings import FINDINGS
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

BUDGETS = (5, 10, 20, 30)
COMMON = ("NORM", "SR")
"""Findings that say little about where importance should be."""
MASKING = "pages/1_Masking.py"
TEXTS = {finding.name: finding.phrases[0] for finding in FINDINGS.values()}


def choose_method() -> None:
    """Draw the choice of the method that answers."""
    st.session_state["study method"] = study().method
    st.selectbox(
        text.METHOD,
        METHODS,
        format_func=text.METHODS.__getitem__,
        key="study method",
        on_change=lambda: change(method=st.session_state["study method"], how=""),
        width=140,
    )


def choose_how(s: Session, case: Case | None) -> None:
    """Draw the kind of importance, and the finding where it is about one."""
    if study().method == METHODS[0]:
        st.session_state["study how"] = study().how or HOWS[0]
        st.segmented_control(
            text.HOW,
            HOWS,
            format_func=text.HOWS.__getitem__,
            key="study how",
            help=text.HOW_HELP,
            on_change=_how_changed,
        )
    if study().method != METHODS[0] or study().how == HOWS[1]:
        choose_finding(s, case)


def _how_changed() -> None:
    chosen = st.session_state["study how"]
    change(how="" if chosen in (None, HOWS[0]) else chosen)


def finding_asked(s: Session, case: Case | None) -> dict[str, Any]:
    """Return the finding that is explained and its text, as inquiries take them.

    The reader's choice, else what is known of the case, rarest kind first: rhythms show everywhere.
    """
    finding = study().finding
    if not finding and case is not None:
        local = [code for code in case.findings if code in FINDINGS and code not in COMMON]
        known = local or [code for code in case.findings if code in FINDINGS]
        finding = FINDINGS[known[0]].name if known else ""
    if not finding and s.view.prompts:
        finding = s.view.prompts[0]
    return {"finding": finding, "prompt": TEXTS.get(finding, finding)}


def choose_finding(s: Session, case: Case | None) -> None:
    """Draw the choice of the finding that is explained."""
    chosen = finding_asked(s, case)["finding"]
    names = list(dict.fromkeys([*TEXTS, *s.view.prompts, *([chosen] if chosen else [])]))
    st.session_state["study finding"] = chosen or None
    st.selectbox(
        text.FINDING,
        names,
        key="study finding",
        placeholder=text.FINDING_USUAL,
        on_change=lambda: change(finding=st.session_state["study finding"] or ""),
        width=300,
    )


def choose_outline(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Draw the choice of the finding whose evidence is framed; None if none can be."""
    rows = {row["code"]: row for row in found["pointing"] if row["scores"]}
    if not rows:
        return None
    # The finding that shows in the fewest places says most about pointing.
    first = min(rows, key=lambda code: float(rows[code]["covers"]))
    options = list(rows)
    chosen = st.selectbox(
        text.OUTLINE,
        options,
        index=options.index(first),
        format_func=text.finding_name,
        key=f"outline {session().view.record}",
    )
    return rows.get(chosen)


def choose_order() -> str:
    """Draw the choice of the order in which more is hidden."""
    st.session_state["study order"] = study().order
    st.segmented_control(
        text.ORDER,
        ORDERS,
        format_func=text.ORDERS.__getitem__,
        key="study order",
        on_change=lambda: change(order=st.session_state["study order"] or study().order),
    )
    return study().order


def quick_choices(
    s: Session, record: ECGRecord, case: Case | None, found: Mapping[str, Any] | None, state: Status
) -> None:
    """Draw what can be hidden with one press.

    Args:
        s: The session.
        record: As shown.
        case: The case, if its findings and evidence are known.
        found: Where importance is; None if there is no answer.
        state: The worker's.
    """
    if s.view.scenario.is_empty:
        st.write(text.NOTHING_HIDDEN)
        with st.container(horizontal=True, key="quick"):
            _suggested(s, case, found)
            if state.ready:
                _worst(s, record, case)
            _edit(s)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="quick"):
        with st.popover(text.OTHER, icon=":material/visibility_off:"):
            _suggested(s, case, found)
        if state.ready:
            _worst(s, record, case)
        st.button(
            text.SHOW_ALL,
            key="quick none",
            icon=":material/visibility:",
            on_click=_hide,
            args=(Scenario(),),
        )
        _edit(s)


def _suggested(s: Session, case: Case | None, found: Mapping[str, Any] | None) -> None:
    for number, (label, scenario) in enumerate(suggestions(case, found).items()):
        st.button(
            label,
            key=f"quick {number}",
            type="primary" if s.view.scenario.is_empty and number == 0 else "secondary",
            disabled=scenario == s.view.scenario,
            on_click=_hide,
            args=(scenario,),
        )


def _edit(s: Session) -> None:
    query = to_query(replace(s.view, look=""))
    st.page_link(MASKING, label=text.EDIT, icon=":material/edit:", query_params=query)


def suggestions(case: Case | None, found: Mapping[str, Any] | None) -> dict[str, Scenario]:
    """Return what is worth hiding, by its label: where a finding shows, the weightiest lead."""
    offered: dict[str, Scenario] = {}
    local = {
        code: tuple(lead for lead in LEADS if lead in {span.lead for span in spans})
        for code, spans in (case.evidence.items() if case else ())
    }
    for code, leads in sorted(local.items(), key=lambda item: item[0] in COMMON):
        if 0 < len(leads) <= len(LEADS) // 2 and code in (case.findings if case else ()):
            scenario = Scenario(leads=leads)
            if scenario not in offered.values():
                offered[text.evidence(leads, text.finding_name(code))] = scenario
    offered = dict(list(offered.items())[:1])
    if found is not None:
        shares = {lead: part["before"] for lead, part in found["leads"].items()}
        lead = max(shares, key=lambda one: shares[one])
        offered[text.weightiest(lead)] = Scenario(leads=(lead,))
    offered[text.CHEST] = Scenario(leads=LEADS[6:])
    return offered


def _worst(s: Session, record: ECGRecord, case: Case | None) -> None:
    # Gradients explain one finding; selector weights belong to the answer as a whole.
    finding = finding_asked(s, case)["finding"] if study().how == HOWS[1] else ""
    with st.popover(text.WORST, icon=":material/search:"):
        st.write(text.worst_note(finding))
        share = st.select_slider(
            text.WORST_BUDGET, BUDGETS, value=20, format_func=lambda value: f"{value} %"
        )
        if not st.button(text.WORST_GO, key="worst", type="primary"):
            return
        try:
            with st.spinner(text.SEARCHING):
                worst = asked(
                    s, "worst", record, Scenario(), budget=share / 100, finding=finding,
                    typed=(finding,) if finding else (),
                )  # fmt: skip
        except ScarError as error:
            told(s, error)
            return
    s.push(replace(s.view, scenario=Scenario.from_json(worst["scenario"])))
    st.rerun()


def _hide(scenario: Scenario) -> None:
    s = session()
    s.push(replace(s.view, scenario=scenario))
