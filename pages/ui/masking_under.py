"""What lies under the ECG: one look at a time, and only the open one is computed."""

from dataclasses import replace

import streamlit as st

from pages.ui.masking_compare import compare_look
from pages.ui.masking_leads import leads_look
from pages.ui.masking_measure import measure_look
from pages.ui.masking_methods import methods_look
from pages.ui.masking_print import print_look
from pages.ui.masking_quality import quality_look
from pages.ui.masking_search import search_look
from pages.ui.masking_shown import Answers, Shown
from pages.ui.masking_where import where_look
from pages.ui.session import Session, session
from pages.ui.text import masking_looks as text
from pages.ui.worker import Status

TABS = "look_tabs"


def under(s: Session, shown: Shown, found: Answers | None, state: Status) -> None:
    """Draw the looks at a record as tabs.

    Args:
        s: The session.
        shown: The record on the paper.
        found: Its answers with nothing wrong and as it is now; None if there are none.
        state: The worker's.
    """
    st.session_state[TABS] = text.LOOKS[s.view.look]
    tabs = st.tabs(list(text.LOOKS.values()), key=TABS, on_change=look_changed)
    for name, tab in zip(text.LOOKS, tabs, strict=True):
        if not tab.open:
            continue
        with tab:
            if name == "measure":
                measure_look(s, shown, state)
            elif name == "quality":
                quality_look(s, shown, state)
            elif name == "print":
                print_look(s, shown, found)
            elif found is None:
                st.html(f"<p class='note'>{text.NO_ANSWER}</p>")
            else:
                _of_answers(name, s, shown, found, state)


def _of_answers(name: str, s: Session, shown: Shown, found: Answers, state: Status) -> None:
    if name == "methods":
        methods_look(s, shown, state)
    elif name == "leads":
        leads_look(s, shown, found, state)
    elif name == "search":
        search_look(s, shown, found, state)
    elif name == "compare":
        compare_look(s, shown, found, state)
    else:
        where_look(s, shown, found)


def look_changed() -> None:
    """Take over which look is open."""
    s = session()
    names = {title: name for name, title in text.LOOKS.items()}
    s.view = replace(s.view, look=names.get(st.session_state[TABS], ""))
