"""Choices that stand in the link, with what the reader chose before as their usual value."""

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from pages.ui.session import TRAVELS, session
from pages.ui.text import cmrs as text


def choose(
    page: str,
    key: str,
    label: str,
    options: Sequence[str],
    *,
    named: Callable[[str], str] = str,
    usual: str = "",
    kind: Literal["list", "row"] = "list",
) -> str:
    """Draw one choice and keep link, session and widget the same.

    Method and view come from, and go to, other pages; one that this page does not know stays the
    reader's choice for those that do.

    Args:
        page: Whose choice it is.
        key: Its name in the link.
        label: For people.
        options: At least one.
        named: Words for an option.
        usual: Taken if neither link nor session says otherwise; empty: the first.
        kind: A list to open, or all options in a row.

    Returns:
        The chosen option. A link that names none of them is told so in a warning.
    """
    s = session()
    shared = key in TRAVELS
    own: dict[str, str] = st.session_state.setdefault(f"{page} kept", {})
    kept = s.travels if shared else own
    fallback = usual if usual in options else options[0]
    linked = "" if shared else st.query_params.get(key, "")  # the frame took shared ones over
    asked = linked or kept.get(key, "")
    chosen = asked if asked in options else fallback
    if asked not in options and (key in s.said if shared else linked and linked != kept.get(key)):
        st.warning(text.unknown_choice(key, asked, named(chosen)))
        kept.pop(key, None)
    widget = f"{page} {key}"
    if st.session_state.get(widget) != chosen:
        st.session_state[widget] = chosen

    def changed() -> None:
        now = str(st.session_state.get(widget))
        if now in options:  # a row's chosen option can be clicked away; then nothing changes
            kept[key] = now
            st.query_params[key] = now

    if shared:
        s.shown[key] = chosen
    else:
        kept[key] = chosen
    if st.query_params.get(key) != chosen:
        st.query_params[key] = chosen
    if kind == "row":
        st.segmented_control(label, options, format_func=named, key=widget, on_change=changed)
    else:
        st.selectbox(label, options, format_func=named, key=widget, on_change=changed)
    return chosen
