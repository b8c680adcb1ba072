"""Hide the same parts in all selected records and watch them move on the map."""

from html import escape
from typing import Any

import numpy as np
import streamlit as st

from pages.ui import worker
from pages.ui.charts_table import table_html
from pages.ui.embeddings_canvas import Paper
from pages.ui.embeddings_state import PRESETS, Kept, Moved, methods_of, view_of
from pages.ui.session import session
from pages.ui.text import embeddings as text
from pages.ui.worker import Status
from scar_core.embedding_map import EmbeddingMap
from scar_core.errors import ScarError
from scar_core.missing import Scenario

MOST = 300
"""Records that move at once: more arrows than this tell nothing."""
STEP = 16
"""Records in one question: the arrows grow while the worker goes on."""
POLL_S = 0.15


def scenarios() -> dict[str, Scenario]:
    """Return what can be hidden, by the words in which it is offered."""
    found = {text.PRESETS[key]: scenario for key, scenario in PRESETS.items()}
    masking = session().view.scenario
    return found if masking.is_empty else {text.AS_MASKING: masking, **found}


def move_panel(k: Kept, whole: EmbeddingMap, state: Status) -> None:
    """Draw the choice of what to hide, and what came of it."""
    st.html(f"<p class='note'>{escape(text.MOVE_ABOUT)}</p>")
    offered = scenarios()
    what = st.selectbox(text.HIDE, list(offered), key="hide_what")
    if not k.rows:
        st.info(text.SELECT_FIRST, icon=":material/lasso_select:")
    going = k.moved is not None and k.moved.going
    n = min(len(k.rows), MOST)
    with st.container(horizontal=True):
        pressed = st.button(
            text.move_button(n),
            type="primary",
            key="move",
            disabled=not (k.rows and state.ready) or going,
            icon=":material/moving:",
        )
        if k.moved is not None and st.button(text.STOP if going else text.TAKE_AWAY, key="unmove"):
            k.moved = None
            st.rerun()
    if len(k.rows) > MOST:
        st.html(f"<p class='note'>{escape(text.only_some(MOST, len(k.rows)))}</p>")
    if pressed:
        k.moved = begin(k, whole, offered[what])
        st.rerun()
    if k.moved is not None:
        outcome(k, whole, k.moved)


def begin(k: Kept, whole: EmbeddingMap, scenario: Scenario) -> Moved:
    """Queue the selected records, evenly chosen where there are too many."""
    at = np.unique(np.linspace(0, len(k.rows) - 1, min(len(k.rows), MOST)).round().astype(int))
    rows = [k.rows[i] for i in at]
    methods = methods_of(k.choice, whole)
    view = view_of(k.choice, whole)
    return Moved(scenario, view, {m: list(rows) for m in methods}, of=(len(k.rows), len(rows)))


def go_on(k: Kept) -> None:
    """Move the next records of every method; a method that cannot is left with its sentence."""
    moved = k.moved
    if moved is None:
        return
    for method, left in moved.left.items():
        if not left:
            continue
        now, moved.left[method] = left[:STEP], left[STEP:]
        try:
            told = worker.connect().ask(
                "embed_points",
                scenario=moved.scenario,
                method=method,
                map=k.choice.map,
                view=moved.view,
                rows=now,
            )
        except ScarError as error:
            moved.left[method] = []
            moved.problems[method] = str(error)
            continue
        found = moved.found.setdefault(method, [])
        keys = ("rows", "xy", "strange", "cosine", "nearest")
        for row, xy, strange, cosine, near in zip(*(told[key] for key in keys), strict=True):
            found.append((row, xy[0], xy[1], bool(strange), cosine, near))
        moved.placing[method] = float(told["placing"])
        if told["left_out"]:
            moved.problems[method] = next(iter(told["left_out"].values()))


def arrows(k: Kept, whole: EmbeddingMap, method: str) -> list[list[Any]]:
    """Return a panel's arrows: row, new place in counts, whether it is strange."""
    if k.moved is None or method not in k.moved.found:
        return []
    found = k.moved.found[method]
    if not found:
        return []
    counts = Paper.of(whole.panel(method, k.moved.view)).counts(np.array([f[1:3] for f in found]))
    return [[f[0], int(x), int(y), f[3]] for f, (x, y) in zip(found, counts, strict=True)]


def outcome(k: Kept, whole: EmbeddingMap, moved: Moved) -> None:
    """Draw how far the records moved, method by method."""
    for method, problem in moved.problems.items():
        st.warning(f"{text.method_name(method)}: {problem}")
    total = moved.total
    if moved.going and total:
        done = sum(map(len, moved.found.values()))
        st.progress(done / total, text=text.moving(done, total))
    rows = moved_rows(whole, moved)
    if not rows:
        return
    if not moved.going:
        order = sorted(rows, key=lambda row: -row[text.COSINE])
        said = text.moved_sentence(
            order[0][text.METHODS],
            order[0][text.COSINE],
            order[-1][text.METHODS],
            order[-1][text.COSINE],
            moved.scenario.describe(),
        )
        st.html(f"<p class='sentence' data-moved='{moved.of[1]}'>{escape(said)}</p>")
    st.html(f"<div class='wide'>{table_html(text.HOW_FAR, rows)}</div>")


def moved_rows(whole: EmbeddingMap, moved: Moved) -> list[dict[str, Any]]:
    """Return how far the records moved, a row for each method."""
    return [_row(whole, moved, method) for method in moved.found if moved.found[method]]


def _row(whole: EmbeddingMap, moved: Moved, method: str) -> dict[str, Any]:
    found = moved.found[method]
    panel = whole.panel(method, moved.view)
    size = float(np.linalg.norm(np.ptp(panel.xy, axis=0)))
    paths = [float(np.hypot(*(np.array(f[1:3]) - panel.xy[f[0]]))) for f in found]
    groups = whole.groups
    same = [groups[f[0]] == groups[f[5]] for f in found]
    return {
        text.METHODS: text.method_name(method),
        text.COSINE: round(float(np.mean([f[4] for f in found])), 3),
        text.MOVED_SHARE: round(100 * float(np.median(paths)) / size, 1),
        text.SAME_GROUP: round(100 * float(np.mean(same)), 0),
        text.PLACING: f"± {100 * moved.placing[method]:.1f}",
        text.STRANGE: round(100 * float(np.mean([f[3] for f in found])), 0),
    }
