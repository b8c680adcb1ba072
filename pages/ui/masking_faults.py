"""What goes wrong with an ECG, one press each: what is lost, and cables that are exchanged."""

from dataclasses import replace

import numpy as np
import streamlit as st

from pages.ui.inputs import Case
from pages.ui.session import session
from pages.ui.state import SWAPS
from pages.ui.text import masking as text
from scar_core.leads import ELECTRODES, LEADS, LIMB, PRECORDIAL, exchanged_limb_leads
from scar_core.missing import ALL_LEADS, Scenario, Span
from scar_core.record import ECGRecord

LEAD, ELECTRODE, CABLES = "fault lead", "fault electrode", "fault cables"


def exchanged(record: ECGRecord, swap: str) -> ECGRecord:
    """Return the record that exchanged limb cables give: exactly, in millivolt or standardised.

    Args:
        record: The twelve leads in order.
        swap: One of ``state.SWAPS``; empty: the record as it is.
    """
    if not swap:
        return record
    signal, present = record.signal.copy(), record.present.copy()
    for lead, (source, sign) in exchanged_limb_leads(*swap.split("/")).items():
        row, origin = record.lead_names.index(lead), record.lead_names.index(source)
        signal[row] = np.float32(sign) * record.signal[origin]
        present[row] = record.present[origin]
    return replace(record, signal=signal, present=present)


def faults(case: Case | None) -> dict[str, Scenario]:
    """Return faults by name; for a case of known evidence, its evidence too."""

    def only(*leads: str) -> Scenario:
        return Scenario(leads=tuple(lead for lead in LEADS if lead not in leads))

    found = {
        text.MOTION: Scenario(spans=tuple(Span(lead, 4, 6) for lead in LEADS)),
        text.FIRST: Scenario(spans=tuple(Span(lead, 5, 10) for lead in LEADS)),
        text.LIMB_ONLY: only(*LIMB),
        text.CHEST_ONLY: only(*PRECORDIAL),
        text.RHYTHM: only("II"),
        text.WATCH: only("I"),
    }
    for code, name in zip(case.findings, case.finding_names, strict=True) if case else ():
        seen = {span.lead for span in case.evidence.get(code, ())} - {ALL_LEADS} if case else set()
        if 0 < len(seen) < len(LEADS):
            found[text.where_seen(name)] = Scenario(leads=tuple(seen))
    return found | {text.NOTHING: Scenario()}


def fault_menu(case: Case | None) -> None:
    """Draw the menu of everything that goes wrong."""
    # The paper itself shows what is hidden; of these only the cables have a state of their own.
    st.session_state[LEAD] = st.session_state[ELECTRODE] = None
    st.session_state[CABLES] = session().view.swap or None
    with st.popover(text.FAULTS, icon=":material/electrical_services:"):
        st.pills(text.LEAD_OFF, LEADS, key=LEAD, on_change=picked, args=(LEAD,))
        st.pills(
            text.ELECTRODE_OFF,
            ELECTRODES,
            key=ELECTRODE,
            on_change=picked,
            args=(ELECTRODE,),
            help=text.ELECTRODE_HELP,
        )
        st.pills(
            text.CABLES,
            SWAPS,
            key=CABLES,
            format_func=text.swap_label,
            on_change=picked,
            args=(CABLES,),
            help=text.CABLES_HELP,
        )
        st.html(f"<p class='field'>{text.OTHERS}</p>")
        with st.container(horizontal=True, gap="small"):
            for name, scenario in faults(case).items():
                st.button(name, key=f"preset {name}", on_click=hide_only, args=(scenario,))


def picked(key: str) -> None:
    """Let happen what was picked in the menu, and nothing else."""
    chosen = st.session_state[key]
    s = session()
    if key == CABLES:
        s.push(replace(s.view, swap=chosen or ""))
    elif key == ELECTRODE:
        hide_only(Scenario(electrodes=(chosen,) if chosen else ()))
    else:
        hide_only(Scenario(leads=(chosen,) if chosen else ()))


def hide_only(scenario: Scenario) -> None:
    """Hide this and nothing else, with the cables where they belong."""
    s = session()
    s.push(replace(s.view, scenario=scenario, swap=""))
