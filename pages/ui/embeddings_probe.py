"""SHAP of a linear probe: which directions of the embeddings speak for a finding."""

from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from pages.ui import worker
from pages.ui.charts import Bars, Series, show
from pages.ui.embeddings_search import opened
from pages.ui.embeddings_state import Kept, finding_of, methods_of, row_of, view_of
from pages.ui.text import embeddings as text
from pages.ui.worker import Status
from scar_core.embedding_map import EmbeddingMap
from scar_core.errors import ScarError
from scar_core.findings import FINDINGS

FEWEST = 5
TOP = 8


def can_be_probed(whole: EmbeddingMap) -> list[str]:
    """Codes of the findings with enough records that have them, and enough that do not."""
    yes, no = ((whole.truth == value).sum(0) for value in (1, 0))
    return [c for c, a, b in zip(whole.codes, yes, no, strict=True) if min(a, b) >= FEWEST]


def probe_panel(k: Kept, whole: EmbeddingMap, state: Status) -> None:
    """Draw the probe of one finding and method."""
    st.html(f"<p class='note'>{escape(text.PROBE_ABOUT)}</p>")
    codes = can_be_probed(whole)
    if not codes:
        st.info(text.PROBE_NONE)
        return
    left, right = st.columns([1.6, 1])
    finding = finding_of(k.choice, whole)
    with left:
        st.session_state["probe_finding"] = finding if finding in codes else codes[0]
        finding = st.selectbox(
            text.FINDING,
            codes,
            key="probe_finding",
            format_func=text.finding_name,
            on_change=lambda: _changed(k),
        )
    methods = methods_of(k.choice, whole)
    with right:
        method = st.selectbox(
            text.PROBE_METHOD, methods, key="probe_method", format_func=text.method_name
        )
    if not state.ready:
        st.info(text.ECG_NEEDS_WORKER)
        return
    row = row_of(k.choice, whole)
    try:
        with st.spinner(text.ASKING, show_time=False):
            told = explained(k.choice.map, view_of(k.choice, whole), method, finding, row)
    except ScarError as error:
        st.error(str(error))
        return
    name = text.finding_name(finding)
    said = text.probe_quality(
        text.method_name(method), name, told["auroc"], told["positives"], told["records"]
    )
    st.html(f"<p class='sentence' data-probe='{escape(finding)}'>{escape(said)}</p>")
    _charts(told, whole, name)
    _extremes(k, whole, told)


def _changed(k: Kept) -> None:
    k.choice = replace(k.choice, finding=st.session_state["probe_finding"])


@st.cache_data(max_entries=64, show_spinner=False)
def explained(map_name: str, view: str, method: str, finding: str, row: int) -> dict[str, Any]:
    """Ask for a probe.

    Raises:
        WorkerUnavailable: The worker is down.
        ScarError: There are too few records for it.
    """
    return worker.connect().ask(
        "probe_shap", method=method, map=map_name, view=view, finding=finding, row=row, top=TOP
    )


def label_of(direction: dict[str, Any]) -> str:
    """Name a direction by the findings at its ends."""
    ends = ([FINDINGS[c].name for c in direction[end] if c in FINDINGS] for end in ("low", "high"))
    low, high = ends
    return text.direction(direction["number"], low[:1], high[:1])


def _charts(told: dict[str, Any], whole: EmbeddingMap, name: str) -> None:
    one = told["record"]
    if one is None:
        st.html(f"<p class='note'>{escape(text.PROBE_PICK)}</p>")
        labels = [label_of(d) for d in told["directions"]]
        chart = Bars(
            text.PROBE_MAP,
            labels,
            (Series(name, [d["importance"] for d in told["directions"]]),),
            x_title=text.PROBE_IMPORTANCE,
            horizontal=True,
        )
        show(chart, key="probe_map", alt=text.probe_alt(name, labels[0]))
        return
    labels = [text.PROBE_BASE, *(label_of(d) for d in one["top"]), text.PROBE_REST]
    values = [told["base"], *(d["value"] for d in one["top"]), one["rest"]]
    chart = Bars(
        text.probe_record(whole.names[one["row"]], one["score"]),
        [*labels, text.PROBE_SCORE],
        (Series(name, [*values, one["score"]]),),
        x_title=text.PROBE_AXIS,
        horizontal=True,
        reference=0.0,
    )
    show(chart, key="probe_record", alt=text.probe_record_alt(name, one["score"], labels[1]))


def _extremes(k: Kept, whole: EmbeddingMap, told: dict[str, Any]) -> None:
    groups = whole.groups
    for column, (key, title) in zip(
        st.columns(2),
        (("most", text.PROBE_MOST), ("least", text.PROBE_LEAST)),
        strict=True,
    ):
        with column, st.container(key=f"probe_{key}"):
            st.html(f"<p class='found'><b>{title}</b></p>")
            for rank, row in enumerate(told[key][:4], start=1):
                st.button(
                    text.extreme_line(rank, groups[row], whole.names[row]),
                    key=f"probe {key} {rank}",
                    type="tertiary",
                    on_click=opened,
                    args=(k, whole.names[row]),
                )
