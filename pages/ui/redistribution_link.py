"""What the pages of explanations carry in their links besides record and scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from pages.ui.session import Session, session
from pages.ui.state import to_query
from pages.ui.text import redistribution as text

METHODS = ("scar", "merl", "melp")
HOWS = ("selector", "gradient-input")
ORDERS = ("weightiest", "leads", "random")
LONGEST = 120
PLACE = "study"


@dataclass(frozen=True)
class Study:
    """How a record is explained.

    Attributes:
        method: Whose answer it is, one of ``METHODS``.
        finding: What is explained; empty: a finding that the page chooses.
        how: Kind of importance, one of ``HOWS``; empty: the selector's where there is one.
        order: In which order more is hidden, one of ``ORDERS``.
    """

    method: str = METHODS[0]
    finding: str = ""
    how: str = ""
    order: str = ORDERS[0]

    def to_query(self) -> dict[str, str]:
        """Return URL parameters; usual values are left out."""
        usual = Study()
        pairs = {key: getattr(self, key) for key in ("method", "finding", "how", "order")}
        return {key: value for key, value in pairs.items() if value != getattr(usual, key)}


def from_query(query: Mapping[str, str]) -> tuple[Study, tuple[str, ...]]:
    """Read URL parameters; return also a sentence for each that was passed over."""
    found = Study(finding=query.get("finding", "")[:LONGEST])
    problems: list[str] = []
    for key, allowed in (("method", METHODS), ("how", HOWS), ("order", ORDERS)):
        value = query.get(key, "")
        if value in allowed:
            found = replace(found, **{key: value})
        elif value:
            problems.append(text.passed_over(key, value[:60], allowed))
    return found, tuple(problems)


def study() -> Study:
    """Return this session's study."""
    found: Study = st.session_state.setdefault(PLACE, Study())
    return found


def change(**parts: str) -> None:
    """Change this session's study; the method goes with the reader to other pages."""
    if "method" in parts:
        session().travels["method"] = parts["method"]
    st.session_state[PLACE] = replace(study(), **parts)


def begin(s: Session, arrived: bool) -> tuple[str, ...]:
    """Begin a full run: take the URL over if the reader changed it, the study's part too.

    Args:
        s: The session.
        arrived: The reader comes from another page.

    Returns:
        Sentences about values that were passed over.
    """
    query = st.query_params.to_dict()
    problems: tuple[str, ...] = ()
    if s.asks(query):
        st.session_state[PLACE], problems = from_query(query)
        if query and "method" not in query:
            s.travels.pop("method", None)
    if arrived and s.travels.get("method") in {*METHODS} - {study().method}:
        change(method=s.travels["method"], how="")
    s.begin()
    return s.problems + problems


def write_url(s: Session) -> None:
    """Let the URL say what is shown and how it is explained."""
    others = {key: value for key, value in s.travels.items() if key != "method"}
    query = to_query(s.view) | others | study().to_query()
    s.shown["method"] = study().method
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
    s.wrote = query
