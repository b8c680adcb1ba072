"""What the embeddings page shows, as a value; to and from the URL. Pure functions, and its session.

A bad value in a URL never breaks the page: it is passed over, and a sentence says so.
"""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.session import session
from pages.ui.text import embeddings as text
from pages.ui.text import inputs
from scar_core.embedding_map import EmbeddingMap
from scar_core.errors import ConfigError
from scar_core.leads import LEADS, LIMB, PRECORDIAL
from scar_core.missing import Scenario, Span

FIRST = "simulated"
JOB = "job:"
DOING = ("move", "search", "explain")
LONGEST = 200
PLACE = "embeddings"

PRESETS: dict[str, Scenario] = {
    "chest": Scenario(leads=PRECORDIAL),
    "limb": Scenario(leads=LIMB),
    "only-II": Scenario(leads=tuple(lead for lead in LEADS if lead != "II")),
    "only-I": Scenario(leads=tuple(lead for lead in LEADS if lead != "I")),
    "v12": Scenario(leads=("V1", "V2")),
    "la": Scenario(electrodes=("LA",)),
    "first": Scenario(spans=(Span("*", 5, 10),)),
}
"""Scenarios by key of ``text.PRESETS``."""


@dataclass(frozen=True)
class Choice:
    """Everything that a link to the page carries, besides the scenario.

    Attributes:
        map: A shipped map, or ``job:ID``.
        methods: Methods side by side, separated by commas; empty: the map's first three.
        view: Evaluation view; empty: the map's first.
        colour: Key of ``text.COLOURS``.
        finding: Code of the finding that is coloured or explained; empty: the commonest but one.
        point: Name of the open record; empty: one that shows the usual finding.
        do: One of ``DOING``.
        find: Sentence that is searched for.
    """

    map: str = FIRST
    methods: str = ""
    view: str = ""
    colour: str = "group"
    finding: str = ""
    point: str = ""
    do: str = DOING[0]
    find: str = ""

    def to_query(self) -> dict[str, str]:
        """Return URL parameters; usual values are left out."""
        usual = asdict(Choice())
        return {key: value for key, value in asdict(self).items() if value != usual[key]}


def from_query(query: Mapping[str, str]) -> Choice:
    """Read URL parameters; whether the map has what they name is found out with the map."""
    known = {key: query[key][:LONGEST] for key in asdict(Choice()) if query.get(key)}
    return Choice(**known)


def fitted(choice: Choice, whole: EmbeddingMap) -> tuple[Choice, tuple[str, ...]]:
    """Keep of a choice what a map has; return also a sentence for each part passed over."""
    problems = []
    asked = [name for name in choice.methods.split(",") if name]
    methods = [name for name in asked if name in whole.methods]
    problems += [text.passed_over("methods", name) for name in asked if name not in whole.methods]
    allowed = {
        "view": whole.views,
        "colour": tuple(text.COLOURS),
        "finding": whole.codes,
        "point": whole.names,
        "do": DOING,
    }
    found = replace(choice, methods=",".join(methods))
    for key, names in allowed.items():
        value = getattr(found, key)
        if value and value not in names:
            problems.append(text.passed_over(key, value))
            found = replace(found, **{key: getattr(Choice(), key)})
    return found, tuple(problems)


def methods_of(choice: Choice, whole: EmbeddingMap) -> tuple[str, ...]:
    """Return the methods that are shown."""
    return tuple(choice.methods.split(",")) if choice.methods else whole.methods[:3]


def view_of(choice: Choice, whole: EmbeddingMap) -> str:
    """Return the view that is shown."""
    return choice.view or whole.views[0]


def finding_of(choice: Choice, whole: EmbeddingMap) -> str:
    """Return the finding that is coloured or explained: one that splits the records well."""
    if choice.finding:
        return choice.finding
    if "CRBBB" in whole.codes and (whole.truth[:, whole.codes.index("CRBBB")] == 1).any():
        return "CRBBB"
    shares = (whole.truth == 1).mean(0)
    return whole.codes[int(np.argmin(np.abs(shares - 0.3)))] if whole.codes else ""


def row_of(choice: Choice, whole: EmbeddingMap) -> int:
    """Return the open record's row."""
    if choice.point in whole.names:
        return whole.names.index(choice.point)
    usual = replace(choice, finding="")
    code = finding_of(usual, whole)
    shows = whole.truth[:, whole.codes.index(code)] == 1 if code else np.zeros(1)
    return int(np.argmax(shows))


def pack_rows(rows: list[int], n: int) -> str:
    """Return a selection as base64 of packed bits; empty for none."""
    if not rows:
        return ""
    bits = np.zeros(n, np.bool_)
    bits[rows] = True
    return base64.b64encode(np.packbits(bits).tobytes()).decode()


def unpack_rows(bits: object, n: int) -> list[int]:
    """Read a selection as the browser sent it.

    Raises:
        ConfigError: It is none; the browser is not trusted to send only what we wrote.
    """
    try:
        packed = base64.b64decode(str(bits), validate=True)
    except ValueError as error:
        raise ConfigError(inputs.no_selection()) from error
    if len(packed) > (n + 7) // 8:
        raise ConfigError(inputs.too_many(n))
    found = np.unpackbits(np.frombuffer(packed, np.uint8), count=min(n, 8 * len(packed)))
    return [int(row) for row in np.flatnonzero(found)]


@dataclass
class Moved:
    """Records that move, and how far that is.

    Attributes:
        scenario: What is hidden.
        view: View of the panels that they move on.
        left: Rows that have not been moved yet, by method.
        found: By method: ``(row, x, y, strange, cosine, nearest)``.
        of: How many were selected, and how many of these move.
        problems: Sentences by method.
        placing: By method: median error of places, as a share of the picture's diagonal.
    """

    scenario: Scenario
    view: str
    left: dict[str, list[int]]
    found: dict[str, list[tuple[int, float, float, bool, float, int]]] = field(default_factory=dict)
    of: tuple[int, int] = (0, 0)
    problems: dict[str, str] = field(default_factory=dict)
    placing: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many places are wanted, over all methods."""
        done = sum(map(len, self.found.values()))
        return done + sum(map(len, self.left.values()))

    @property
    def going(self) -> bool:
        """Whether some are still to be moved."""
        return any(self.left.values())


@dataclass
class Kept:
    """One reader's page between reruns.

    Attributes:
        choice: What is shown.
        rev: Counts the changes of the selection that Python, not the map, made.
        rows: Selected records.
        moved: Records that moved; None: no arrows.
        searches: By method: answers of the last search; empty: no rings.
        searched: What was searched for.
        wrote: The URL parameters that this page last wrote.
        problems: Sentences about the link.
        job: The map's job that the page follows; empty: none.
    """

    choice: Choice = field(default_factory=Choice)
    rev: int = 0
    rows: list[int] = field(default_factory=list)
    moved: Moved | None = None
    searches: dict[str, dict[str, Any]] = field(default_factory=dict)
    searched: str = ""
    wrote: dict[str, str] | None = None
    problems: tuple[str, ...] = ()
    job: str = ""

    def change(self, **parts: str) -> None:
        """Change what is shown; another map begins with nothing selected."""
        new = replace(self.choice, **parts)
        if new.map != self.choice.map:
            new = replace(Choice(map=new.map, colour=new.colour, do=new.do))
            self.rows, self.rev = [], self.rev + 1
        if (new.map, new.view) != (self.choice.map, self.choice.view):
            self.moved, self.searches, self.searched = None, {}, ""
        self.choice = new

    def begin(self) -> bool:
        """Begin a full run: take the URL over if the reader changed it; say whether."""
        query = st.query_params.to_dict()
        if query == self.wrote or (not query and self.wrote is not None):
            return False
        asked = from_query(query)
        self.change(**asdict(asked))
        self.choice = asked
        return True

    def write_url(self, scenario: Scenario) -> None:
        """Let the URL say what is shown."""
        s, own = session(), self.choice.to_query() | scenario.to_query()
        record = {key: value for key, value in s.scene().items() if key == "record"}
        others = {key: value for key, value in s.travels.items() if key != "view"}
        query = record | others | own
        s.shown["view"] = self.choice.view
        if st.query_params.to_dict() != query:
            st.query_params.from_dict(query)
        self.wrote = query


def kept() -> Kept:
    """Return this browser session's page."""
    found: Kept = st.session_state.setdefault(PLACE, Kept())
    return found
