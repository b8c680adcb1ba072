"""Embeddings: the same ECGs as several methods place them; select, hide, search, explain."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.embeddings_about import about
from pages.ui.embeddings_canvas import (
    Colour,
    Paper,
    colour_by,
    colour_data,
    embedding_map,
    panel_key,
    scores_of,
    send,
    sent,
)
from pages.ui.embeddings_export import save_menu
from pages.ui.embeddings_maps import follow, make_form, maps_at_hand, open_map
from pages.ui.embeddings_move import arrows, go_on, move_panel
from pages.ui.embeddings_probe import can_be_probed, probe_panel
from pages.ui.embeddings_record import chosen_record
from pages.ui.embeddings_report import map_report
from pages.ui.embeddings_search import search, search_panel
from pages.ui.embeddings_state import (
    DOING,
    Kept,
    finding_of,
    fitted,
    kept,
    methods_of,
    pack_rows,
    row_of,
    unpack_rows,
    view_of,
)
from pages.ui.frame import ROOT, frame, worker_missing
from pages.ui.link import section
from pages.ui.report import offer
from pages.ui.session import SCENE, session
from pages.ui.state import from_query
from pages.ui.text import embeddings as text
from pages.ui.worker import Status
from scar_core.embedding_map import EmbeddingMap
from scar_core.errors import ScarError

STYLE = ROOT / "assets" / "embeddings.css"
POLL_S = 0.2
WIDTHS = {"map": 290, "view": 210, "colour": 160, "finding": 240}


def on_selection() -> None:
    """Take over which records are selected; runs before the page does."""
    k, told = kept(), sent("selection")
    # A selection made before the map heard of Python's change would bring the old one back.
    if not told or told.get("map") != k.choice.map or told.get("rev") != k.rev:
        return
    try:
        k.rows = unpack_rows(told.get("bits"), len(open_map(k.choice.map).names))
    except ScarError as error:
        k.problems = (str(error),)


def on_open() -> None:
    """Take over which record is to be shown."""
    k, told = kept(), sent("open")
    if not told or told.get("map") != k.choice.map:
        return
    names = open_map(k.choice.map).names
    row = told.get("row")
    if isinstance(row, int) and 0 <= row < len(names):
        k.choice = replace(k.choice, point=names[row])


def choose(k: Kept, titles: dict[str, str], whole: EmbeddingMap) -> None:
    """Draw what is shown: records, methods, view, colour."""
    row = st.container(horizontal=True, vertical_alignment="bottom", key="map_choice")
    with row:
        picked(text.MAP, "map", list(titles), k.choice.map, titles.__getitem__)
        picked(text.VIEW, "view", list(whole.views), view_of(k.choice, whole), text.view_name)
        picked(text.COLOUR, "colour", list(text.COLOURS), k.choice.colour, text.COLOURS.__getitem__)
        if k.choice.colour == "finding":
            codes = can_be_probed(whole) or list(whole.codes)
            finding = finding_of(k.choice, whole)
            codes += [finding] if finding not in codes else []
            picked(text.FINDING, "finding", codes, finding, text.finding_name)
        if len(whole.methods) > 1:
            st.session_state["choose methods"] = list(methods_of(k.choice, whole))
            st.pills(
                text.METHODS,
                whole.methods,
                selection_mode="multi",
                key="choose methods",
                format_func=text.method_name,
                on_change=methods_changed,
            )


def picked(label: str, part: str, options: list[str], now: str, called: Any) -> None:  # noqa: ANN401
    """Draw one selectbox that changes a part of the choice."""
    key = f"choose {part}"
    st.session_state[key] = now
    st.selectbox(
        label,
        options,
        key=key,
        format_func=called,
        on_change=part_changed,
        args=(part, key),
        width=WIDTHS[part],
    )


def part_changed(part: str, key: str) -> None:
    """Take over one selectbox; the view goes with the reader to other pages."""
    kept().change(**{part: st.session_state[key]})
    if part == "view":
        session().travels[part] = st.session_state[key]


def methods_changed() -> None:
    """Take over which methods are shown, in the map's order."""
    k = kept()
    chosen = list(st.session_state["choose methods"] or ())
    whole = open_map(k.choice.map)
    if chosen:
        k.change(methods=",".join(m for m in whole.methods if m in chosen))


def panels(k: Kept, whole: EmbeddingMap, view: str, shown: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what the map is told about each panel."""
    scores = scores_of(whole, shown, view)
    found = []
    for method in shown:
        panel = whole.panel(method, view)
        told = k.searches.get(method, {})
        mark = told.get("xy")
        found.append(
            {
                "key": panel_key(k.choice.map, method, view),
                "title": text.method_name(method),
                "sub": text.panel_sub(float(panel.missing.mean())) if view != "full" else "",
                "scores": scores[method],
                "arrows": arrows(k, whole, method),
                "found": told.get("rows", []),
                "mark": Paper.of(panel).counts(mark).tolist() if mark else None,
            }
        )
    return found


def bench(state: Status, colour: Colour) -> None:
    """Map and what is below it: the part of the page that a gesture runs again."""
    k = kept()
    whole = open_map(k.choice.map)
    view, shown = view_of(k.choice, whole), methods_of(k.choice, whole)
    search(k, whole, state)
    moving = k.moved is not None and k.moved.going
    if moving:
        go_on(k)
    section(text.MAP_SECTION)
    draw(k, whole, view, shown, colour)
    scenario = k.moved.scenario if k.moved is not None else session().view.scenario
    with st.container(key="map_lower"):
        left, right = st.columns([1.15, 1], gap="large")
    with left:
        chosen_record(k, whole, scenario, state)
    with right:
        section(text.DO)
        do(k, whole, state)
    k.write_url(scenario)
    if moving and k.moved is not None and not k.moved.going:
        st.rerun()  # and the fragment is no longer run again by itself


def draw(k: Kept, whole: EmbeddingMap, view: str, shown: tuple[str, ...], colour: Colour) -> None:
    """Mount the map."""
    names = [text.method_name(method) for method in shown]
    data = {
        "map": k.choice.map,
        "n": len(whole.names),
        "rev": k.rev,
        "bits": pack_rows(k.rows, len(whole.names)),
        "current": row_of(k.choice, whole),
        "about": text.about_panels(len(whole.names), names, view, colour.title),
        "colour": colour_data(colour),
        "panels": panels(k, whole, view, shown),
    }
    embedding_map(data, on_selection, on_open)


def do(k: Kept, whole: EmbeddingMap, state: Status) -> None:
    """Draw one of the things that can be done with the map."""
    names = dict(zip(DOING, (text.MOVE, text.SEARCH, text.EXPLAIN), strict=True))
    st.session_state["doing"] = k.choice.do
    st.segmented_control(
        text.DO, DOING, key="doing", format_func=names.__getitem__, on_change=doing_changed,
        label_visibility="collapsed",
    )  # fmt: skip
    {"move": move_panel, "search": search_panel, "explain": probe_panel}[k.choice.do](
        k, whole, state
    )


def doing_changed() -> None:
    """Take over what is done; pressing the same again changes nothing."""
    k = kept()
    k.choice = replace(k.choice, do=st.session_state["doing"] or k.choice.do)


def link(k: Kept) -> None:
    """Take over record and scenario of the link."""
    query = st.query_params.to_dict()
    named, k.problems = from_query({key: query[key] for key in SCENE if key in query})
    s = session()
    record = named.record or s.view.record
    scenario = s.view.scenario if named.scenario.is_empty else named.scenario
    if (record, scenario) != (s.view.record, s.view.scenario):
        s.push(replace(s.view, record=record, scenario=scenario))
        s.wrote = {} if s.wrote is None else s.wrote


def show_map(k: Kept, titles: dict[str, str], state: Status, tools: DeltaGenerator) -> None:
    """Draw the chosen map and everything that can be done with it."""
    try:
        whole = open_map(k.choice.map)
    except ScarError as error:
        st.error(str(error))
        return
    wanted = session().travels.get("view", "")
    if wanted in whole.views and wanted != k.choice.view:
        k.change(view=wanted)
    k.choice, problems = fitted(k.choice, whole)
    for problem in (*k.problems, *problems):
        st.warning(problem)
    k.problems = ()
    with tools:
        make_form(k, state)
        save_menu(k, whole)
        offer(partial(map_report, k, whole), "embeddings")
    choose(k, titles, whole)
    follow(k)
    if not state.ready:
        worker_missing(state)
    view, shown = view_of(k.choice, whole), methods_of(k.choice, whole)
    colour = colour_by(whole, k.choice.colour, shown, view, finding_of(k.choice, whole))
    send(k.choice.map, whole, shown, view, colour)
    moving = k.moved is not None and k.moved.going
    st.fragment(bench, run_every=POLL_S if moving else None)(state, colour)
    about(k, whole)


def main() -> None:
    """Draw the page."""
    state = frame("Embeddings")
    st.html(STYLE)
    k = kept()
    fresh = k.begin()
    if fresh:
        link(k)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.title(text.TITLE, width="content")
        tools = st.container(horizontal=True, width="content")
    titles = maps_at_hand(state)
    if k.choice.map not in titles:
        if k.choice.map.startswith("job:") and not state.ready:
            worker_missing(state)
            return
        if titles:
            if k.choice.map != "simulated":
                st.warning(text.NO_MAP_THERE)
            k.change(map=next(iter(titles)))
    if not titles:
        st.info(text.NO_MAP)
        make_form(k, state)
        follow(k)
        return
    show_map(k, titles, state, tools)


main()
