"""The map as files: pictures of its panels, and its points as a table."""

import csv
import io
import json
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.charts import Group, Points, file_of
from pages.ui.embeddings_state import Kept, methods_of, view_of
from pages.ui.text import common
from pages.ui.text import embeddings as text
from scar_core.embedding_map import GROUPS, OTHER, EmbeddingMap

PICTURES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


def points_chart(k: Kept, whole: EmbeddingMap, method: str) -> Points:
    """Return one panel as a chart, coloured by group, with its arrows."""
    view = view_of(k.choice, whole)
    panel, groups = whole.panel(method, view), whole.groups
    shown = []
    for name in (*(name for name, _ in GROUPS), OTHER):
        rows = [row for row, group in enumerate(groups) if group == name]
        if rows:
            xy = panel.xy[rows]
            names = [whole.names[row] for row in rows]
            shown.append(Group(name, xy[:, 0].tolist(), xy[:, 1].tolist(), names))
    found = k.moved.found.get(method, []) if k.moved is not None else []
    arrows = [(*map(float, panel.xy[f[0]]), f[1], f[2]) for f in found]
    title = text.chart_title(method, whole.title, view)
    return Points(title, shown, [(a, b, c, d) for a, b, c, d in arrows], equal=True)


def table_rows(k: Kept, whole: EmbeddingMap, most: int = 61) -> list[dict[str, Any]]:
    """Return points as rows, selected ones first; ``most`` of them (0: all)."""
    view = view_of(k.choice, whole)
    chosen = set(k.rows)
    order = [*k.rows, *(row for row in range(len(whole.names)) if row not in chosen)]
    groups, panels = whole.groups, {m: whole.panel(m, view) for m in methods_of(k.choice, whole)}
    found = []
    for row in order[: most or None]:
        told: dict[str, Any] = {
            text.RECORD: whole.names[row],
            text.COLOURS["dataset"]: whole.datasets[row],
            text.GROUP: groups[row],
            text.SELECTED: text.YES if row in chosen else text.NO,
        }
        for method, panel in panels.items():
            name = text.method_name(method)
            error = float(panel.error[row])
            told |= {
                f"{name} x": round(float(panel.xy[row, 0]), 3),
                f"{name} y": round(float(panel.xy[row, 1]), 3),
                f"{name} {text.NOT_READ}": round(float(panel.missing[row]), 3),
                f"{name} {text.ERROR}": None if error != error else round(error, 4),
            }
        found.append(told)
    return found


def points_csv(k: Kept, whole: EmbeddingMap) -> bytes:
    """Return all points as CSV."""
    rows = table_rows(k, whole, 0)
    to = io.StringIO()
    writer = csv.DictWriter(to, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return to.getvalue().encode()


def points_json(k: Kept, whole: EmbeddingMap) -> bytes:
    """Return all points, the scores and how the map was made, as JSON."""
    view = view_of(k.choice, whole)
    told = {
        "map": whole.title,
        "seed": whole.seed,
        "view": view,
        "notes": list(whole.notes),
        "methods": {
            m: {
                "checkpoint": whole.panel(m, view).checkpoint,
                "quality": dict(whole.panel(m, view).quality),
            }
            for m in methods_of(k.choice, whole)
        },
        "points": table_rows(k, whole, 0),
    }
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False).encode()


def picture(k: Kept, whole: EmbeddingMap, method: str, kind: str) -> bytes:
    """Return one panel as a file of that kind."""
    return file_of(points_chart(k, whole, method), kind)


def save_menu(k: Kept, whole: EmbeddingMap) -> None:
    """Draw the menu of files; each is made when it is asked for."""
    with st.popover(common.SAVE, icon=":material/download:"):
        method = st.selectbox(
            text.SAVE_PANEL,
            methods_of(k.choice, whole),
            format_func=text.method_name,
            key="save panel",
        )
        with st.container(horizontal=True):
            for kind, media in PICTURES.items():
                st.download_button(
                    kind.upper(),
                    partial(picture, k, whole, method, kind),
                    f"map-{method}.{kind}",
                    media,
                    key=f"save map {kind}",
                    on_click="ignore",
                )
        st.download_button(
            text.SAVE_POINTS_CSV,
            lambda: points_csv(k, whole),
            "map.csv",
            "text/csv",
            on_click="ignore",
            key="save map csv",
        )
        st.download_button(
            text.SAVE_POINTS_JSON,
            lambda: points_json(k, whole),
            "map.json",
            "application/json",
            on_click="ignore",
            key="save map json",
        )
