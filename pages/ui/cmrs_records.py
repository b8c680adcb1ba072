"""The records that cost most, and the way to open them under the masks of the evaluation."""

from html import escape
from typing import Any

import streamlit as st

from pages.ui import worker
from pages.ui.charts_eye import left_out
from pages.ui.charts_table import table_html
from pages.ui.cmrs_data import Json, Part, Score, number, records
from pages.ui.named import key_of
from pages.ui.text import cmrs_records as text
from scar_core.datasets import dataset
from scar_core.errors import DatasetError, ScarError

MASKING = "pages/1_Masking.py"
WORST = 20


def missing_data(result: Json) -> str:
    """Say where the records are to be had; empty if they are on this machine."""
    name = str(result.get("dataset"))
    try:
        spec = dataset(name)
    except ScarError as error:
        return str(error)
    try:
        spec.locate(None)
    except DatasetError:
        return text.no_data(spec.title, text.how_to_get(spec.how(None), spec.url))
    return ""


def question(result: Json, content: Json, views: list[str], name: str) -> dict[str, Any]:
    """What to ask the worker about the masks of a record."""
    asked = result.get("configuration") or {}
    return {
        "dataset": str(result.get("dataset")),
        "task": str(result.get("task")),
        "example": name,
        "split": str(result.get("split") or "test"),
        "views": views,
        "seed": int(number(asked.get("seed")) or 0),
        "masks": int(number(asked.get("masks")) or 4),
        "candidates": int(number(asked.get("candidates")) or 16),
        "reference": str(content.get("reference")),
        "labels": [str(label) for label in content.get("labels") or []],
    }


@st.fragment
def worst_records(result: Json, score: Score, views: list[str]) -> None:
    """Draw the list, and the chosen record's masks as links.

    Args:
        result: Where the scores are from.
        score: A method's, with its breakdown by record.
        views: Whose masks the scores are over.
    """
    st.header(text.RECORDS)
    worst = records(score.content)[:WORST]
    if not worst:
        st.write(text.NO_RECORDS)
        return
    with st.container(key="part records"):
        if not left_out("records", text.RECORDS):
            with st.container():
                _list_and_masks(result, score, views, worst)


def _list_and_masks(result: Json, score: Score, views: list[str], worst: list[Part]) -> None:
    st.html(f"<p class='aside'>{escape(text.records_note(score.title, len(views)))}</p>")
    with st.container(key="pair records"):
        left, right = st.columns([1, 1.15], gap="large")
    with left:
        st.html(table_html(text.RECORDS_CAPTION, [_row(part) for part in worst]))
    with right:
        _chosen(result, score, views, worst)


def _row(part: Part) -> dict[str, Any]:
    return {
        text.RECORD: part.name,
        "weight, %": 100 * part.share,
        "CMRS within": part.score,
        "costs, points": part.lost,
    }


def _chosen(result: Json, score: Score, views: list[str], worst: list[Part]) -> None:
    names = {part.name: text.record_name(part.name, part.lost, part.score) for part in worst}
    name = st.selectbox(text.RECORD, list(names), format_func=names.__getitem__, key="cmrs record")
    absent = missing_data(result)
    if absent:
        st.info(absent, icon=":material/folder_off:")
        return
    key = key_of(str(result.get("dataset")), name)
    st.page_link(
        MASKING, label=text.OPEN_WHOLE, icon=":material/ecg_heart:", query_params={"record": key}
    )
    asked = question(result, score.content, views, name)
    found: dict[str, Any] = st.session_state.setdefault("cmrs masks", {})
    about = repr(sorted(asked.items(), key=str))
    if about not in found and st.button(text.ASK_MASKS, icon=":material/filter_frames:"):
        with st.spinner(text.ASKING):
            try:
                client: Any = worker.connect()
                found[about] = client.ask("masks", **asked)["masks"]
            except ScarError as error:
                st.error(str(error))
    for mask in found.get(about) or []:
        st.page_link(
            MASKING,
            label=text.mask_name(mask["view"], mask["number"], mask["severity"], mask["impact"]),
            icon=":material/arrow_forward:",
            query_params={"record": key, **mask["query"]},
        )
