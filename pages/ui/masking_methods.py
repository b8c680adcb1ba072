"""Several methods under the same scenario."""

from collections import OrderedDict
from dataclasses import replace

import streamlit as st

from pages.ui import worker
from pages.ui.masking_beside import Column, beside_html, read_share
from pages.ui.masking_shown import Shown, ready, told
from pages.ui.session import Session, session
from pages.ui.state import BESIDE
from pages.ui.text import masking_looks as text
from pages.ui.worker import Status
from scar_core.errors import ScarError
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord

KEPT = 120
CHOSEN = "methods_beside"
PLACE = "masking_methods"
Question = tuple[str, str, Scenario, tuple[str, ...]]


def methods_look(s: Session, shown: Shown, state: Status) -> None:
    """Draw the methods' findings side by side."""
    offered = tuple(dict.fromkeys((*BESIDE, *state.methods)))
    wanted = s.view.beside or BESIDE
    st.session_state[CHOSEN] = [name for name in wanted if name in offered]
    st.pills(
        text.WHICH_METHODS,
        offered,
        selection_mode="multi",
        key=CHOSEN,
        format_func=text.method_name,
        on_change=methods_changed,
    )
    if not ready(state):
        return
    for name in wanted:
        if name not in offered:
            st.warning(text.no_method(name))
    columns, notes = [], []
    hiding = not s.view.scenario.is_empty or bool(s.view.swap)
    for name in (name for name in wanted if name in offered):
        try:
            with st.spinner(text.waiting_for(text.method_name(name))):
                before, after = both(s, name, shown, s.view.scenario)
        except ScarError as error:
            told(s, error)
            continue
        columns.append(Column(text.method_name(name), before, after, read_share(after)))
        notes.append(text.RULES.get(name, text.own_rule(name)))
    if columns:
        table = beside_html(columns, text.METHODS_TABLE, asked=s.view.prompts, hiding=hiding)
        st.html(table)
        st.html("".join(f"<p class='note'>{note}</p>" for note in (*notes, text.SAME_MASKS)))


def methods_changed() -> None:
    """Take over which methods stand side by side; none means all."""
    s = session()
    chosen = tuple(st.session_state[CHOSEN])
    s.view = replace(s.view, beside=() if chosen == BESIDE else chosen)


def both(
    s: Session, method: str, shown: Shown, scenario: Scenario
) -> tuple[Prediction, Prediction]:
    """Return a method's answers with nothing wrong and as it is now; each is asked for once.

    Raises:
        ScarError: There is none; the sentence says why.
    """
    before = answer_of(s, method, shown.true, Scenario())
    return before, answer_of(s, method, shown.record, scenario)


def answer_of(s: Session, method: str, record: ECGRecord, scenario: Scenario) -> Prediction:
    """Return a method's answer, from memory if it was asked for before."""
    kept: OrderedDict[Question, Prediction] = st.session_state.setdefault(PLACE, OrderedDict())
    question = (method, record.fingerprint(), scenario, s.view.prompts)
    if question not in kept:
        if s.client is None:
            s.client = worker.connect()
        mapping = None
        if s.view.prompts and s.defaults:
            usual = {name.lower() for name in s.defaults}
            mapping = s.defaults | {t: t for t in s.view.prompts if t.lower() not in usual}
        kept[question] = s.client.predict(record, [scenario], mapping, method=method)[0]
        while len(kept) > KEPT:
            kept.popitem(last=False)
    kept.move_to_end(question)
    return kept[question]
