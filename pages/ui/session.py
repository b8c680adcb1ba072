"""What one browser session keeps between reruns and between pages."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import streamlit as st

from pages.ui import worker
from pages.ui.ecg_canvas import sent
from pages.ui.state import (
    UPLOAD,
    Paper,
    View,
    decode_paper,
    decode_scene,
    from_query,
    to_query,
)
from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord

KEPT_ANSWERS = 300
KEPT_VIEWS = 6
SCENE = ("record", "hide", "off", "span", "recover")
"""Parameters of the record and of what is hidden of it."""
TRAVELS = ("method", "view")
"""Parameters of the method that answers and of the evaluation's view."""
LONGEST = 60
Question = tuple[str, Scenario, tuple[str, ...]]


@dataclass
class Session:
    """One reader's record, scenario and answers.

    Attributes:
        view: What is shown.
        revision: Counts the changes that Python, not the canvas, made to scenario or paper.
        pushed: Revision, scenario and paper as last handed to the canvas by a full page run.
        wrote: The URL parameters that this page last wrote; others come from the reader.
        problems: Sentences about the link.
        uploads: Uploaded records by key.
        opened: How many records were uploaded.
        upload_problem: Why the last upload could not be read.
        folder: The records folder as set by the reader; None for the environment's.
        answers: Answers kept for undo, redo and shared prompts.
        asked: The question that the page last answered, and how many there have been.
        client: The line to the worker.
        passed: Sentences about the link of a page that shows no record.
        recent: Scenarios of this session, the latest first, as parameters of their links.
        fresh: A full run of the page is under way, as opposed to a gesture.
        travels: Method and view that the reader chose on any page, by name in the link. A page
            that does not know one shows its usual one and leaves the choice as it is.
        said: Those of them that the link has just named.
        shown: Those of them that this page put into its link itself.
    """

    view: View = field(default_factory=View)
    revision: int = 0
    pushed: tuple[int, Scenario, Paper] = (0, Scenario(), Paper())
    wrote: dict[str, str] | None = None
    problems: tuple[str, ...] = ()
    uploads: dict[str, ECGRecord] = field(default_factory=dict)
    opened: int = 0
    upload_problem: str = ""
    folder: str | None = None
    defaults: dict[str, str] | None = None
    answers: OrderedDict[Question, Prediction] = field(default_factory=OrderedDict)
    asked: tuple[Question | None, int] = (None, 0)
    client: worker.Answerer | None = None
    passed: tuple[str, ...] = ()
    recent: tuple[Mapping[str, str], ...] = ()
    fresh: bool = True
    travels: dict[str, str] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
    shown: dict[str, str] = field(default_factory=dict)

    def push(self, view: View) -> None:
        """Change the view from Python: the canvas takes it over at the next run."""
        self.view = view
        self.revision += 1

    def asks(self, query: Mapping[str, str]) -> bool:
        """Whether a link asks for something else; a bare one means "where I was"."""
        return query != self.wrote and bool(query or self.wrote is None)

    def begin(self) -> None:
        """Begin a full run: take the URL over if the reader changed it."""
        self.fresh = True
        query = st.query_params.to_dict()
        if self.asks(query):
            view, self.problems = from_query(query)
            self.push(view)
            st.session_state.pop("findings_asked", None)

    def write_url(self) -> None:
        """Let the URL say what is shown."""
        query = to_query(self.view) | self.travels
        if st.query_params.to_dict() != query:
            st.query_params.from_dict(query)
        self.wrote = query

    def scene(self) -> dict[str, str]:
        """Return record and scenario as a link carries them."""
        return {key: value for key, value in to_query(self.view).items() if key in SCENE}

    def travel(self, arrived: bool) -> None:
        """Take method and view over where the link names others than this page wrote itself.

        Args:
            arrived: The reader comes from another page.
        """
        if arrived:
            self.shown = {}
        query = st.query_params.to_dict()
        named = {key: query[key][:LONGEST] for key in TRAVELS if query.get(key)}
        self.said = frozenset(
            key
            for key, value in named.items()
            if value not in (self.travels.get(key), self.shown.get(key))
        )
        self.travels |= {key: named[key] for key in self.said}

    def carry(self, arrived: bool, owns: Collection[str] = ()) -> None:
        """Let record, scenario, method and view travel in the link of a page that shows no record.

        Args:
            arrived: The reader comes from another page.
            owns: Those of them that the page writes itself.
        """
        if arrived:
            self.passed = ()
        query = st.query_params.to_dict()
        asked = {key: query[key] for key in SCENE if key in query}
        if asked and asked != self.scene():
            view, self.passed = from_query(asked)
            self.push(replace(self.view, record=view.record, scenario=view.scenario))
            self.wrote = {} if self.wrote is None else self.wrote
        carried = (*SCENE, *(key for key in TRAVELS if key not in owns))
        rest = {key: value for key, value in query.items() if key not in carried}
        own = self.scene() | self.travels
        wanted = rest | {key: value for key, value in own.items() if key in carried}
        if query != wanted:
            st.query_params.from_dict(wanted)

    def remember(self) -> None:
        """Put the present scenario, if something is hidden, first among the recent ones."""
        if self.view.scenario.is_empty or self.view.record.startswith(UPLOAD):
            return
        now = self.scene()
        others = tuple(query for query in self.recent if query != now)
        self.recent = (now, *others)[:KEPT_VIEWS]

    def number(self, question: Question) -> int:
        """Return a number that changes whenever the question does."""
        last, count = self.asked
        if question != last:
            self.asked = (question, count + 1)
        return self.asked[1]


def session() -> Session:
    """Return this browser session's state."""
    if "masking" not in st.session_state:
        st.session_state["masking"] = Session()
    found: Session = st.session_state["masking"]
    return found


def on_scene() -> None:
    """Take over what the reader hid on the canvas; runs before the page does."""
    s, scene = session(), sent("scene")
    # A gesture made before the canvas heard of Python's change would bring the old scene back.
    if scene is None or scene.get("rev") != s.pushed[0]:
        return
    try:
        s.view = replace(s.view, scenario=decode_scene(scene))
    except ConfigError as error:
        s.problems = (str(error),)


def on_view() -> None:
    """Take over layout, speed and gain from the canvas."""
    s = session()
    s.view = replace(s.view, paper=decode_paper(sent("view"), s.view.paper))


def answers(
    s: Session, record: ECGRecord, record_id: str, scenario: Scenario
) -> tuple[Prediction, Prediction]:
    """Return the answers with nothing hidden and under a scenario.

    Raises:
        WorkerUnavailable: The worker is down.
        RecordError: The record does not suit the method.
        CheckpointError: The weights cannot be used.
    """
    if s.client is None:
        s.client = worker.connect()
    prompts = s.view.prompts
    mapping: dict[str, str] | None = None
    if prompts:
        if s.defaults is None:
            usual = s.client.predict(record, [Scenario()], None)[0]
            s.defaults = {score.name: score.prompt for score in usual.classes}
        known = {name.lower() for name in s.defaults}
        mapping = s.defaults | {text: text for text in prompts if text.lower() not in known}
    questions = [(record_id, Scenario(), prompts), (record_id, scenario, prompts)]
    missing = [q for q in dict.fromkeys(questions) if q not in s.answers]
    if missing:
        found = s.client.predict(record, [q[1] for q in missing], mapping)
        s.answers.update(zip(missing, found, strict=True))
    before, after = (s.answers[q] for q in questions)
    for question in questions:
        s.answers.move_to_end(question)
    while len(s.answers) > KEPT_ANSWERS:
        s.answers.popitem(last=False)
    if mapping is None:
        s.defaults = {score.name: score.prompt for score in before.classes}
    return before, after
