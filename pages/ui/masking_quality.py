"""What of the record is absent, noisy or exchanged, and one press to act on it."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from pages.ui.figures import table
from pages.ui.masking_shown import Shown, ready, told
from pages.ui.redistribution_ask import asked
from pages.ui.session import Session, session
from pages.ui.state import SWAPS
from pages.ui.text import masking_looks as text
from pages.ui.worker import Status
from scar_core.errors import ScarError
from scar_core.missing import Scenario, Span

BELOW = 0.3
CHIPS = 10


def quality_look(s: Session, shown: Shown, state: Status) -> None:
    """Draw proposals, absences and suspicions."""
    if not ready(state):
        return
    try:
        with st.spinner(text.LOOKING):
            found = asked(s, "quality", shown.stored, Scenario(), below=BELOW)
    except ScarError as error:
        told(s, error)
        return
    spans = [Span(one["lead"], one["start_s"], one["stop_s"]) for one in found["noisy"]]
    chips(found["noisy"], spans)
    if found["absent"]:
        lines = "".join(f"<li>{escape(text.absent_line(**one))}</li>" for one in found["absent"])
        st.html(f"<p class='field'>{text.QUALITY_MISSING}</p><ul class='plain'>{lines}</ul>")
    for said in (*found["suspicions"], *found["unchecked"]):
        st.html(f"<p class='note'>{escape(said)}</p>")
    for swap in found["electrodes"]:
        if swap in SWAPS and s.view.swap != swap:
            back = st.button(text.UNDO_CABLES.format(swap=swap), key=f"undo {swap}")
            if back:
                s.push(replace(s.view, swap=swap))
                st.rerun()
    rows = [list(found["leads"]), [f"{figure:.2f}" for figure in found["leads"].values()]]
    st.html(table(text.QUALITY_TABLE, [text.LEAD, *rows[0]], [[text.FIGURE, *rows[1]]]))
    st.html(f"<p class='note'>{text.QUALITY_ABOUT.format(below=BELOW)}</p>")


def chips(noisy: Sequence[dict[str, float]], spans: Sequence[Span]) -> None:
    """Offer what is noisy, one press each."""
    if not spans:
        st.write(text.QUALITY_FINE)
        return
    st.html(f"<p class='field'>{text.QUALITY_NOISY}</p>")
    with st.container(horizontal=True, gap="small"):
        for one, span in list(zip(noisy, spans, strict=True))[:CHIPS]:
            st.button(
                text.noisy_chip(span.lead, span.start_s, span.stop_s, one["figure"]),
                key=f"noisy {span}",
                on_click=hide_too,
                args=((span,),),
            )
        if len(spans) > 1:
            st.button(
                text.quality_all(len(spans)), key="noisy all",
                on_click=hide_too, args=(tuple(spans),),
            )  # fmt: skip


def hide_too(spans: tuple[Span, ...]) -> None:
    """Hide these stretches besides what is hidden."""
    s = session()
    scenario = s.view.scenario
    s.push(replace(s.view, scenario=replace(scenario, spans=(*scenario.spans, *spans))))
