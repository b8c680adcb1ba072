"""With these leads I would still know …: exact, from the answers of all lead sets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.ui.masking_shown import Answers, Shown, ready, told
from pages.ui.redistribution_ask import asked
from pages.ui.session import Session, session
from pages.ui.text import masking_looks as text
from pages.ui.words import lead_names
from pages.ui.worker import Status
from scar_core.errors import ScarError
from scar_core.leads import LEADS
from scar_core.missing import Scenario

CHOSEN, JUDGED, WITHIN = "leads_chosen", "leads_finding", "leads_tolerance"
SETS = 6


def leads_look(s: Session, shown: Shown, found: Answers, state: Status) -> None:
    """Draw the explorer of lead sets."""
    if not ready(state):
        return
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        hidden = s.view.scenario.hidden_leads()
        usual = [lead for lead in LEADS if lead not in hidden]
        st.pills(
            text.LEADS_QUESTION,
            LEADS,
            selection_mode="multi",
            key=CHOSEN,
            default=usual if CHOSEN not in st.session_state else None,
        )
    with right:
        names = [score.name for score in found[0].classes]
        st.selectbox(
            text.LEADS_FINDING,
            ["", *sorted(names)],
            key=JUDGED,
            format_func=lambda name: name or text.ALL_FINDINGS,
        )
        st.select_slider(text.TOLERANCE, (0.02, 0.05, 0.1, 0.15, 0.2, 0.3), 0.1, key=WITHIN)
    chosen = [lead for lead in LEADS if lead in (st.session_state[CHOSEN] or ())]
    if not chosen:
        st.info(text.LEADS_NONE)
        return
    finding, tolerance = st.session_state[JUDGED], float(st.session_state[WITHIN])
    spans = Scenario(spans=s.view.scenario.spans)
    try:
        with st.spinner(text.LEADS_WAIT):
            told_by = asked(
                s, "subsets", shown.record, spans, leads=chosen, finding=finding,
                tolerance=tolerance, typed=s.view.prompts,
            )  # fmt: skip
    except ScarError as error:
        told(s, error)
        return
    reached(told_by, chosen, finding, tolerance)
    st.button(text.LEADS_APPLY, key="leads_apply", on_click=keep_only, args=(tuple(chosen),))
    sets(told_by, tolerance, finding)
    sizes(told_by)
    st.html(f"<p class='note'>{text.LEADS_EXACT.format(subsets=told_by['subsets'])}</p>")


def reached(told_by: Mapping[str, Any], chosen: list[str], finding: str, tolerance: float) -> None:
    """Say what the chosen leads are good for."""
    reach = told_by["reach"]
    rows = sorted(
        zip(told_by["findings"], told_by["full"], told_by["here"], strict=True),
        key=lambda row: -max(row[1], row[2]),
    )
    worth = [row for row in rows if max(row[1], row[2]) >= text.WORTH_NAMING]
    judged = [row for row in worth if not finding or row[0] == finding]
    kept = [row[0] for row in judged if abs(row[2] - row[1]) <= tolerance]
    lost = [row for row in judged if abs(row[2] - row[1]) > tolerance]
    said = text.still_known(chosen, kept, lost, top=reach["keeps_top"])
    st.html(f"<p class='sentence'>{said}</p>")
    st.html(f"<p class='note'>{text.rank_in_words(reach['rank'], reach['of'], reach['add'])}</p>")


def sets(told_by: Mapping[str, Any], tolerance: float, finding: str) -> None:
    """Offer the smallest sets that are enough, one press each."""
    enough = told_by["sufficient"]
    st.html(f"<p class='field'>{text.ENOUGH}</p>")
    with st.container(horizontal=True, gap="small"):
        for one in enough[:SETS]:
            st.button(
                text.a_set(lead_names(one["leads"]), one["change"]),
                key=f"enough {','.join(one['leads'])}",
                on_click=try_leads,
                args=(tuple(one["leads"]),),
            )
    shown, n = min(SETS, len(enough)), told_by["n_sufficient"]
    st.html(f"<p class='note'>{text.enough_caption(shown, n, tolerance, finding)}</p>")


def sizes(told_by: Mapping[str, Any]) -> None:
    """Draw how far the best and the worst set of each size are from the whole answer."""
    from pages.ui.charts import Curve, Lines, show  # not before the first paint

    by_size = told_by["by_size"]
    counts = [int(size) for size in by_size]
    pairs = [(text.BEST, "best"), (text.WORST, "worst")]
    chart = Lines(
        text.SIZES,
        [
            Curve(name, counts, [by_size[str(n)][key]["change"] for n in counts])
            for name, key in pairs
        ],
        text.SIZES_X,
        text.SIZES_Y,
        limits=(0.0, 1.0),
    )
    table = [
        {
            text.SIZES_X: n,
            **{
                column: value
                for name, key in pairs
                for column, value in (
                    (name, lead_names(by_size[str(n)][key]["leads"])),
                    (f"{name}: {text.SIZES_Y.lower()}", round(by_size[str(n)][key]["change"], 3)),
                )
            },
        }
        for n in counts
    ]
    show(chart, key="lead sets", alt=text.sizes_alt(by_size), table=table)


def try_leads(leads: tuple[str, ...]) -> None:
    """Look at a set that was offered."""
    st.session_state[CHOSEN] = list(leads)


def keep_only(leads: tuple[str, ...]) -> None:
    """Hide all other leads on the paper; stretches that are hidden stay so."""
    s = session()
    others = tuple(lead for lead in LEADS if lead not in leads)
    s.push(replace(s.view, scenario=Scenario(leads=others, spans=s.view.scenario.spans)))
