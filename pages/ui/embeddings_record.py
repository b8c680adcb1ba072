"""The ECG behind a point: fetched from the worker, drawn, and the way to the Masking page."""

from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from pages.ui import worker
from pages.ui.colours import data_uri
from pages.ui.drawing import ecg_svg
from pages.ui.embeddings_search import ROW
from pages.ui.embeddings_state import Kept, row_of
from pages.ui.inputs import ten_seconds
from pages.ui.named import keep, key_of, record_from
from pages.ui.session import session
from pages.ui.text import embeddings as text
from pages.ui.worker import Status
from scar_core.embedding_map import EmbeddingMap, group_of
from scar_core.errors import ScarError
from scar_core.findings import FINDINGS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

MASKING = "pages/1_Masking.py"
BROAD = {"summary"}
"""Groups of findings that only sum others up."""


@st.cache_data(max_entries=64, show_spinner=False)
def fetched(map_name: str, row: int) -> dict[str, Any]:
    """Ask for the record behind a point.

    Raises:
        WorkerUnavailable: The worker is down.
        ScarError: The record is not here.
    """
    return worker.connect().ask("record", map=map_name, row=row)


def masking_key(whole: EmbeddingMap, row: int) -> str:
    """What a link calls the record of a point."""
    return key_of(whole.datasets[row], whole.names[row])


def findings_line(codes: list[str]) -> str:
    """Name the findings that say most, the broad ones left out."""
    told = [code for code in FINDINGS if code in codes and FINDINGS[code].group not in BROAD]
    told = told or [code for code in FINDINGS if code in codes]
    implied = {other for code in told for other in FINDINGS[code].implies}
    return "; ".join(FINDINGS[code].name for code in told if code not in implied)


def chosen_record(k: Kept, whole: EmbeddingMap, scenario: Scenario, state: Status) -> None:
    """Draw the open record, or how to open one."""
    st.header(text.ECG)
    row = row_of(k.choice, whole)
    st.html(f"<p class='note'>{escape(text.PICK_ONE)}</p>")
    if not state.ready:
        st.info(text.ECG_NEEDS_WORKER)
        return
    try:
        with st.spinner(text.READING, show_time=False):
            told = fetched(k.choice.map, row)
        record, _ = ten_seconds(record_from(told), 0.0)
    except ScarError as error:
        st.error(str(error))
        return
    _drawn(k, whole, row, record, scenario, told)
    _by_name(k, whole)


def _drawn(
    k: Kept,
    whole: EmbeddingMap,
    row: int,
    record: ECGRecord,
    scenario: Scenario,
    told: dict[str, Any],
) -> None:
    codes = list(told["positive"])
    said = findings_line(codes) or text.NO_FINDINGS
    st.html(
        f"<p class='sentence'><b>{escape(str(told['title']))}</b> · {escape(group_of(codes))}<br>"
        f"{escape(said)}</p>"
    )
    hidden = scenario if k.moved is not None and row in k.rows else Scenario()
    image = data_uri(ecg_svg(record, hidden).encode(), "image/svg+xml")
    about = text.ecg_alt(str(told["title"]), said)
    st.html(f"<img class='masked-ecg' src='{image}' alt='{escape(about, quote=True)}'>")
    if told["report"]:
        st.html(f"<p class='note'>{text.REPORT}: “{escape(str(told['report']))}”</p>")
    with st.container(horizontal=True):
        if st.button(
            text.OPEN_MASKING, key="to_masking", icon=":material/ecg_heart:", type="primary"
        ):
            open_in_masking(masking_key(whole, row), record, scenario)
        if st.button(text.NEAREST_TO_IT, key="nearest_to_it", icon=":material/near_me:"):
            k.searched = f"{ROW}{row}"
            k.searches = {}
            k.change(do="search", find="")
            st.rerun()


def open_in_masking(key: str, record: ECGRecord, scenario: Scenario) -> None:
    """Leave the record with the Masking page and go there."""
    s = session()
    keep(s, key, record)
    s.push(replace(s.view, record=key, scenario=scenario, start_s=0.0))
    s.write_url()
    st.switch_page(MASKING, query_params=s.wrote)


def _by_name(k: Kept, whole: EmbeddingMap) -> None:
    """Draw a field for opening a record by its name."""

    def chosen() -> None:
        name = str(st.session_state["record_by_name"] or "").strip()
        k.choice = replace(k.choice, point=name if name in whole.names else "")

    st.session_state["record_by_name"] = k.choice.point
    st.text_input(
        text.RECORD_BY_NAME,
        key="record_by_name",
        placeholder=whole.names[0],
        on_change=chosen,
    )
