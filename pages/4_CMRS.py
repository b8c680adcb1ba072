"""CMRS: how much of a full reading survives missing parts, and what the score is made of."""

from pathlib import Path

import streamlit as st

from pages.ui import cmrs_parts as parts
from pages.ui import report
from pages.ui.cmrs_choice import choose
from pages.ui.cmrs_data import (
    POOLED,
    Json,
    Score,
    evaluations,
    methods,
    pooled_views,
    scored_views,
    scores,
)
from pages.ui.cmrs_records import worst_records
from pages.ui.cmrs_report import report_of
from pages.ui.cmrs_store import stored
from pages.ui.frame import ROOT, frame
from pages.ui.text import cmrs as text

STYLE = Path(ROOT) / "assets" / "study.css"


def nothing_yet(any_results: bool) -> None:
    """Draw the empty state."""
    st.info(text.UNREADABLE if any_results else text.EMPTY, icon=":material/hourglass_empty:")
    st.code(text.EMPTY_COMMAND, language="bash", wrap_lines=True)


def chosen() -> tuple[Json, str] | None:
    """Draw the choices; return result and view, or None if there are none."""
    found, _, bad = stored()
    if bad:
        st.warning(text.damaged(bad))
    by_task = evaluations(found)
    if not by_task:
        nothing_yet(bool(found))
        return None
    names = {".".join(key): group for key, group in by_task.items()}
    titles = {
        name: text.data_name(
            str(group[0].get("dataset_title") or group[0].get("dataset")),
            str(group[0].get("task")),
            group[0].get("records"),
        )
        for name, group in names.items()
    }
    with st.container(key="cmrs choice", horizontal=True, vertical_alignment="bottom"):
        data = choose(
            parts.PAGE, "data", text.DATA, list(names), named=titles.__getitem__,
            usual="ptbxl.super",
        )  # fmt: skip
        group = {str(result.get("name")): result for result in names[data]}
        result = next(iter(group.values()))
        if len(group) > 1:
            named = {
                name: text.result_name(name, scored_views(one), len(methods(one)))
                for name, one in group.items()
            }
            name = choose(parts.PAGE, "result", text.RESULT, list(group), named=named.__getitem__)
            result = group[name]
        views = scored_views(result)
        pooled = pooled_views(result)
        view = choose(
            parts.PAGE, "view", text.VIEW, views,
            named=lambda one: text.view_name(one, pooled), usual="random", kind="row",
        )  # fmt: skip
    return result, view


def by_record(result: Json, view: str, found: list[Score]) -> tuple[list[Score], list[str]]:
    """Scores that were taken apart by record: the view's, else those of all views together."""
    if view != POOLED and not any(
        (one.content.get("decomposition") or {}).get("record") for one in found
    ):
        return scores(result, POOLED) or found, pooled_views(result) or [view]
    return found, pooled_views(result) if view == POOLED else [view]


@st.fragment
def body() -> None:
    """Draw what the choices decide; a gesture runs this and not what frames it."""
    picked = chosen()
    if picked is None:
        return
    result, view = picked
    found = scores(result, view)
    parts.headline(result, view, found)
    parts.methods_and_terms(result, view, found)
    parts.breakdown(result, view, found)
    parts.two_scores(found)
    parts.sensitivity(found)
    parts.differences(result, view, found)
    told, views = by_record(result, view, found)
    method = st.session_state.get(f"{parts.PAGE} method")
    worst_records(result, next((one for one in told if one.method == method), told[0]), views)
    parts.cautions(result)
    report.offer(
        lambda: report_of(result, view, found, str(method)),
        f"cmrs {result.get('dataset')} {result.get('task')} {view}",
    )


def main() -> None:
    """Draw the page."""
    frame("CMRS")
    st.html(STYLE)
    st.title(text.TITLE)
    body()


main()
