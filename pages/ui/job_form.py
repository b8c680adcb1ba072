"""A form for a job of any kind, drawn from what the kind says of its parameters."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.text import jobs as text
from pages.ui.text.parameters import option_name, words_of

Parameter = Mapping[str, Any]


def list_of(words: str) -> list[str]:
    """Split what was typed at commas."""
    return [word.strip() for word in words.split(",") if word.strip()]


def asked(parameter: Parameter, *, of: str = "", key: str, default: Any = None) -> Any:  # noqa: ANN401 - by type
    """Draw the widget of one parameter and return its value as JSON.

    Args:
        parameter: ``name``, ``type``, ``default``, ``help`` and ``choices``.
        of: The job's kind.
        key: Prefix of the widget's key.
        default: Used in place of the kind's own default unless None.
    """
    name, kind, choices = parameter["name"], parameter.get("type"), parameter.get("choices")
    usual = parameter.get("default") if default is None else default
    label, about = words_of(of, name, str(parameter.get("help") or ""))
    says: dict[str, Any] = {"label": label, "key": f"{key}_{name}", "help": about or None}
    named = partial(option_name, name)
    if kind == "bool":
        return st.checkbox(value=bool(usual), **says)
    if kind == "list" and choices:
        known = _known(usual, choices)
        return st.multiselect(options=list(choices), default=known, format_func=named, **says)
    if choices:
        options = list(choices)
        at = options.index(usual) if usual in options else 0
        return st.selectbox(options=options, index=at, format_func=named, **says)
    if kind == "int":
        return st.number_input(value=None if usual is None else int(usual), step=1, **says)
    if kind == "float":
        return st.number_input(value=None if usual is None else float(usual), format="%g", **says)
    if kind == "list":
        says["placeholder"] = text.EMPTY_LIST
        return list_of(st.text_input(value=", ".join(map(str, usual or ())), **says))
    return st.text_input(value="" if usual is None else str(usual), **says).strip()


def form(
    parameters: Sequence[Parameter],
    *,
    of: str = "",
    key: str,
    defaults: Mapping[str, Any] | None = None,
    first: Sequence[str] = (),
) -> dict[str, Any]:
    """Draw all parameters: those of ``first`` at once, the others under "More settings".

    Args:
        parameters: As ``JobsClient.kinds`` tells them.
        of: The job's kind.
        key: Prefix of the widgets' keys.
        defaults: Values to begin with, by name.
        first: Names in the order in which they are shown; empty: the first four.

    Returns:
        Values that differ from the kind's own defaults, so that the same wish is the same job.
    """
    by_name = {str(one["name"]): one for one in parameters}
    shown = [name for name in first if name in by_name] or list(by_name)[:4]
    rest = [name for name in by_name if name not in shown]
    given = defaults or {}
    values = {name: asked(by_name[name], of=of, key=key, default=given.get(name)) for name in shown}
    if rest:
        with st.expander(text.ADVANCED):
            values |= {
                name: asked(by_name[name], of=of, key=key, default=given.get(name)) for name in rest
            }
    return {name: v for name, v in values.items() if v != _usual(by_name[name]) and v is not None}


def _usual(parameter: Parameter) -> Any:  # noqa: ANN401 - JSON
    usual = parameter.get("default")
    return list(usual) if isinstance(usual, list | tuple) else "" if usual is None else usual


def _known(usual: Any, choices: Sequence[Any]) -> list[Any]:  # noqa: ANN401 - JSON
    return [one for one in usual or () if one in choices]
