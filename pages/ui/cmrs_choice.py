"""Choices that stand in the link, with what the reader chose before as their usual value."""

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

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
    kept: dict[str, str] = st.session_state.setdefault(f"{page} kept", {})
    fallback = usual if usual in options else options[0]
    asked = st.query_params.get(key, "") or kept.get(key, "")
    chosen = asked if asked in options else fallback
    linked = st.query_params.get(key, chosen)
    if linked not in options and linked != kept.get(key):  # not what this page wrote itself
        st.warning(text.unknown_choice(key, linked, named(chosen)))
    widget = f"{page} {key}"
    if st.session_state.get(widget) != chosen:
        st.session_state[widget] = chosen

    def changed() -> None:
        now = str(st.session_state.get(widget))
        if now in options:  # a row's chosen option can be clicked away; then nothing changes
            kept[key] = now
            st.query_params[key] = now

    kept[key] = chosen
    if st.query_params.get(key) != chosen:
        st.query_params[key] = chosen
    if kind == "row":
        st.segmented_control(label, options, format_func=named, key=widget, on_change=changed)
    else:
        st.selectbox(label, options, format_func=named, key=widget, on_change=changed)
    return chosen
