"""The worst loss of a budget, and the smallest that changes the answer: searched, then shown."""

from dataclasses import replace
from typing import Any

import streamlit as st

from pages.ui.masking_shown import Answers, Shown, ready, told
from pages.ui.redistribution_ask import asked
from pages.ui.session import Session
from pages.ui.text import masking_search as text
from pages.ui.words import percent
from pages.ui.worker import Status
from scar_core.errors import ScarError
from scar_core.missing import Scenario

ABOUT, BUDGET = "search_finding", "search_budget"
FOUND = "search_found"
BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
PATIENCE_S = 90.0


def search_look(s: Session, shown: Shown, found: Answers, state: Status) -> None:
    """Draw the two searches and what the last one found."""
    if not ready(state):
        return
    left, right = st.columns(2, gap="medium")
    names = sorted(score.name for score in found[0].classes)
    finding = left.selectbox(
        text.SEARCH_FINDING, ["", *names], key=ABOUT, format_func=lambda n: n or text.SEARCH_ANY
    )
    budget = right.select_slider(
        text.BUDGET, BUDGETS, 0.1, key=BUDGET, format_func=percent, help=text.BUDGET_HELP
    )
    with st.container(horizontal=True, gap="small"):
        worst = st.button(text.WORST_BUTTON, key="find_worst", help=text.WORST_HELP)
        flip = st.button(text.FLIP_BUTTON, key="find_flip", help=text.FLIP_HELP)
    if worst or flip:
        search(s, shown, "worst" if worst else "flip", finding, float(budget))
    record_id, said = st.session_state.get(FOUND, ("", ""))
    if record_id == shown.record_id:
        st.html(f"<p class='sentence' role='status'>{said}</p>")
    st.html(f"<p class='note'>{text.SEARCH_ABOUT}</p>")


def search(s: Session, shown: Shown, name: str, finding: str, budget: float) -> None:
    """Search, keep the sentence, and put what was found on the paper."""
    try:
        with st.spinner(text.SEARCHING, show_time=True):
            found: dict[str, Any] = asked(
                s, name, shown.record, Scenario(), deadline_s=PATIENCE_S, budget=budget,
                finding=finding, typed=s.view.prompts,
            )  # fmt: skip
    except ScarError as error:
        told(s, error)
        return
    said = text.worst_found(found) if name == "worst" else text.flip_found(found)
    st.session_state[FOUND] = (shown.record_id, said)
    if found["scenario"]:
        s.push(replace(s.view, scenario=Scenario.from_json(found["scenario"])))
    st.rerun()
