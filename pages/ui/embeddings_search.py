"""Search the map by a sentence, by one of its records, or by the Masking page's ECG."""

from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from pages.ui import inputs, worker
from pages.ui.embeddings_state import LONGEST, Kept, methods_of, view_of
from pages.ui.session import session
from pages.ui.text import embeddings as text
from pages.ui.worker import Status
from scar_core.embedding_map import EmbeddingMap
from scar_core.errors import ScarError
from scar_core.record import ECGRecord

FOUND = 8
ROW, ECG = "\0row ", "\0ecg "
"""What a search begins with that is for a record of the map, or for an ECG from outside; no
sentence begins so."""


def search_panel(k: Kept, whole: EmbeddingMap, state: Status) -> None:
    """Draw the search and what it found."""
    st.html(f"<p class='note'>{escape(text.SEARCH_ABOUT)}</p>")
    with st.form("search_form", border=False):
        said = st.text_input(
            text.SEARCH_TEXT,
            value=k.choice.find,
            placeholder=text.SEARCH_PLACEHOLDER,
            max_chars=LONGEST,
        ).strip()
        if st.form_submit_button(
            text.FIND, type="primary", icon=":material/search:", disabled=not state.ready
        ):
            said = said.replace("\0", "")
            k.choice = replace(k.choice, find=said)
            k.searched, k.searches = said, {}
            st.rerun()
    with st.container(horizontal=True):
        ecg = _masking_ecg()
        if ecg is not None and st.button(
            text.MASKING_ECG,
            key="masking_ecg",
            help=text.MASKING_ECG_HELP,
            icon=":material/add_location:",
            disabled=not state.ready,
        ):
            k.searched, k.searches = f"{ECG}{ecg.fingerprint()}", {}
            st.rerun()
        if k.searches and st.button(text.CLEAR_SEARCH, key="clear_search"):
            k.searched, k.searches = "", {}
            k.choice = replace(k.choice, find="")
            st.rerun()
    listed(k, whole)


def _masking_ecg() -> ECGRecord | None:
    """Return the ECG that the Masking page shows; None if it shows none that is at hand."""
    s = session()
    found = s.uploads.get(s.view.record)
    if found is None:
        case = next((c for c in inputs.gallery_cases() if c.key == s.view.record), None)
        if case is None:
            return None
        try:
            found = inputs.read_case(case)
        except ScarError:
            return None
    return inputs.ten_seconds(found, s.view.start_s)[0]


def search(k: Kept, whole: EmbeddingMap, state: Status) -> None:
    """Ask every method that is shown and has not answered; runs before the map is drawn."""
    if not k.searched and k.choice.find and not k.searches:
        k.searched = k.choice.find.replace("\0", "")
    if not (k.searched and state.ready):
        return
    missing = [m for m in methods_of(k.choice, whole) if m not in k.searches]
    if not missing:
        return
    asked: dict[str, Any] = {"text": k.searched}
    record = None
    if k.searched.startswith(ROW):
        asked = {"row": int(k.searched.removeprefix(ROW))}
    elif k.searched.startswith(ECG):
        asked, record = {}, _masking_ecg()
    with st.spinner(text.ASKING, show_time=False):
        for method in missing:
            k.searches[method] = _asked(k, whole, method, record, asked)


def _asked(
    k: Kept, whole: EmbeddingMap, method: str, record: ECGRecord | None, asked: dict[str, Any]
) -> dict[str, Any]:
    try:
        return worker.connect().ask(
            "nearest",
            record,
            session().view.scenario,
            method=method,
            map=k.choice.map,
            view=view_of(k.choice, whole),
            k=min(FOUND, len(whole.names) - 1),
            **asked,
        )
    except ScarError as error:
        return {"rows": [], "cosine": [], "error": str(error)}


def listed(k: Kept, whole: EmbeddingMap) -> None:
    """Draw what was found, a column for each method; pressing one opens it."""
    shown = [m for m in methods_of(k.choice, whole) if m in k.searches]
    if not shown:
        return
    groups = whole.groups
    st.html(f"<h3 class='chart'>{escape(_heading(k, whole))}</h3>")
    for column, method in zip(st.columns(len(shown)), shown, strict=True):
        told = k.searches[method]
        with column, st.container(key=f"found_{method}"):
            st.html(f"<p class='found'><b>{escape(text.method_name(method))}</b></p>")
            if told.get("error"):
                st.warning(told["error"])
                continue
            if told.get("strange"):
                st.html(f"<p class='note'>{escape(text.strange_place(method))}</p>")
            for rank, (row, cosine) in enumerate(
                zip(told["rows"], told["cosine"], strict=True), start=1
            ):
                st.button(
                    text.found_line(rank, groups[row], cosine),
                    key=f"found {method} {rank}",
                    help=text.found_help(whole.names[row]),
                    type="tertiary",
                    on_click=opened,
                    args=(k, whole.names[row]),
                )
            st.html(f"<p class='note'>{escape(text.unusual(*told['usual']))}</p>")


def _heading(k: Kept, whole: EmbeddingMap) -> str:
    if k.searched.startswith(ROW):
        return text.found_for("", whole.names[int(k.searched.removeprefix(ROW))])
    return text.found_for(k.searched, text.FROM_OUTSIDE if k.searched.startswith(ECG) else "")


def opened(k: Kept, name: str) -> None:
    """Open a record of the map."""
    k.choice = replace(k.choice, point=name)
