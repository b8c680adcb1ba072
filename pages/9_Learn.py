"""Learn: six guided cases, each a question that the worker answers; and the same as a quiz."""

from dataclasses import replace
from html import escape

import streamlit as st

from pages.ui import worker
from pages.ui.colours import data_uri
from pages.ui.drawing import ecg_svg
from pages.ui.frame import ROOT, frame, worker_missing
from pages.ui.inputs import Case, gallery_cases, read_case, ten_seconds
from pages.ui.lesson_answers import (
    Outcome,
    cmrs_options,
    cmrs_outcome,
    compared,
    rivals,
    searched,
)
from pages.ui.lessons import LESSONS, Lesson
from pages.ui.text import learn as text
from scar_core.errors import RecordError, ScarError
from scar_core.missing import Scenario

MASKING = "pages/1_Masking.py"
CMRS = "pages/4_CMRS.py"
MODES = {"guided": text.GUIDED, "quiz": text.QUIZ}
KEYS = tuple(lesson.key for lesson in LESSONS)


def kept() -> dict[str, tuple[int, bool]]:
    """Return this session's quiz: each lesson's first answer, and whether it was right."""
    found: dict[str, tuple[int, bool]] = st.session_state.setdefault("learn quiz", {})
    return found


def asked_for(key: str, allowed: tuple[str, ...]) -> str:
    """Return what the link names, or the first; says so where it names nothing known."""
    named = st.query_params.get(key, "")
    if named and named not in allowed:
        st.warning(text.passed_over(key, named))
    return named if named in allowed else allowed[0]


def choose() -> tuple[Lesson, bool]:
    """Draw the choice of lesson and mode; return the lesson and whether it is a quiz."""
    mode = asked_for("mode", tuple(MODES))
    key = asked_for("case", KEYS)
    st.session_state["lesson"], st.session_state["mode"] = key, mode
    marks = {one: right for one, (_, right) in kept().items()} if mode == "quiz" else {}
    st.segmented_control(
        text.MODE,
        list(MODES),
        key="mode",
        format_func=MODES.__getitem__,
        required=True,
        on_change=changed,
    )
    st.radio(
        text.LESSONS,
        KEYS,
        key="lesson",
        format_func=lambda one: entry(one, marks),
        on_change=changed,
    )
    if mode == "quiz":
        right, n = sum(marks.values()), len(LESSONS)
        done = len(marks) == n
        said = text.finished(right, n) if done else text.score(right, len(marks), n)
        st.html(f"<p class='score' role='status'>{said}</p><p class='note'>{text.FIRST_ANSWER}</p>")
        if marks:
            st.button(text.AGAIN, on_click=kept().clear)
    return LESSONS[KEYS.index(key)], mode == "quiz"


def entry(key: str, marks: dict[str, bool]) -> str:
    """Name a lesson, and how it went."""
    number = KEYS.index(key)
    mark = {True: " ✓", False: " ✗"}.get(marks[key], "") if key in marks else ""
    return f"{number + 1}. {LESSONS[number].title}{mark}"


def changed() -> None:
    """Let the link say what was chosen."""
    st.query_params["case"] = st.session_state["lesson"]
    st.query_params["mode"] = st.session_state["mode"]


def go_to(key: str) -> None:
    """Go to a lesson."""
    st.query_params["case"] = key


@st.cache_data(show_spinner=False)
def picture(path: str, _case: Case) -> str:
    """Return the case's ECG as an image that needs no request."""
    record, _ = ten_seconds(read_case(_case), 0.0)
    return data_uri(ecg_svg(record, Scenario()).encode(), "image/svg+xml")


def show_case(case: Case) -> None:
    """Draw the case's ECG."""
    alt = escape(text.picture(case.title), quote=True)
    st.html(f"<img class='masked-ecg' src='{picture(str(case.path), case)}' alt='{alt}'>")


def outcome_of(lesson: Lesson, case: Case | None) -> Outcome:
    """Let the worker, or the results store, answer; kept for this session.

    Raises:
        ScarError: It cannot.
    """
    answers: dict[str, Outcome] = st.session_state.setdefault("learn answers", {})
    if lesson.key not in answers:
        if case is None:
            answers[lesson.key] = cmrs_outcome(rivals())
        else:
            record, _ = ten_seconds(read_case(case), 0.0)
            tell = compared if lesson.options[0][1] is not None else searched
            with st.spinner(text.READING):
                answers[lesson.key] = tell(lesson, record, worker.connect())
    return answers[lesson.key]


def bars(outcome: Outcome) -> str:
    """Draw an answer's rows as bars with their values."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(row.name)}</th><td class='track'><div class='bar "
        f"{'before' if i == 0 else 'now'}' style='width:{100 * min(1.0, row.value):.1f}%'></div>"
        f"</td><td>{escape(row.said)}</td></tr>"
        for i, row in enumerate(outcome.rows)
    )
    return (
        f"<table class='bars lesson'><caption>{escape(outcome.caption)}</caption><thead><tr>"
        f"<th scope='col'>{text.LOSS}</th><th scope='col'><span class='sr'>Bars</span></th>"
        f"<th scope='col'>{text.VALUE}</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def show_outcome(lesson: Lesson, outcome: Outcome, chosen: int | None) -> None:
    """Draw what came out, why, and where to try it."""
    verdict = ""
    if chosen is not None:
        verdict = f"<b>{text.RIGHT if chosen in outcome.right else text.WRONG}</b> "
    st.html(f"<p class='sentence' role='status'>{verdict}{escape(' '.join(outcome.sentences))}</p>")
    st.html(bars(outcome))
    st.subheader(text.WHY)
    st.write(lesson.why)
    links = [row for row in outcome.rows if row.query is not None]
    if links:
        st.subheader(text.TRY)
        with st.container(horizontal=True, key="tries"):
            for row in links:
                st.page_link(
                    MASKING,
                    label=row.name,
                    icon=":material/ecg_heart:",
                    query_params=dict(row.query or {}),
                )
    elif (ROOT / CMRS).is_file():
        st.page_link(CMRS, label=text.TO_CMRS, icon=":material/fact_check:")


def ask(lesson: Lesson, quiz: bool) -> tuple[int | None, bool]:
    """Draw the question's options; return the chosen one and whether to answer now."""
    names = [name for name, _ in lesson.options]
    first = kept().get(lesson.key) if quiz else None
    picked = st.radio(
        text.YOUR_ANSWER,
        range(len(names)),
        index=None if first is None else first[0],
        key=f"choice {lesson.key} {quiz} {first is not None}",
        format_func=names.__getitem__,
        disabled=first is not None,
    )
    if first is not None:
        return first[0], True
    shown = f"shown {lesson.key}"
    label = text.ANSWER if quiz else text.SHOW
    pressed = st.button(
        label, type="primary", key=f"show {lesson.key}", disabled=quiz and picked is None
    )
    if pressed and not quiz:
        st.session_state[shown] = True
    return picked, pressed or (not quiz and shown in st.session_state)


def pose(lesson: Lesson) -> tuple[Lesson, Case | None] | None:
    """Draw a lesson's question and ECG; return both, or None where something is not there."""
    st.header(lesson.title)
    if not lesson.case:
        pair = rivals()
        if pair is None:
            st.write(text.NO_RESULTS)
            return None
        question = text.methods_question(pair[1].title, pair[2].title, pair[0])
        st.write(question)
        return replace(lesson, question=question, options=cmrs_options(pair)), None
    case = next((c for c in gallery_cases() if c.key == f"gallery:{lesson.case}"), None)
    if case is None:
        st.write(text.NO_CASE)
        return None
    st.write(lesson.question)
    try:
        show_case(case)
    except RecordError as error:
        st.error(str(error))
        return None
    return lesson, case


def learn(lesson: Lesson, quiz: bool, state: worker.Status) -> None:
    """Draw one lesson."""
    posed = pose(lesson)
    if posed is None:
        return
    lesson, case = posed
    picked, answer = ask(lesson, quiz)
    if not answer:
        return
    if case is not None and not state.ready:
        worker_missing(state)
        return
    try:
        outcome = outcome_of(lesson, case)
    except ScarError as error:
        st.error(str(error))
        return
    if quiz and picked is not None and lesson.key not in kept():
        kept()[lesson.key] = (picked, picked in outcome.right)
        st.rerun()
    show_outcome(lesson, outcome, picked)
    place = KEYS.index(lesson.key) + 1
    if place < len(KEYS):
        st.button(text.NEXT, icon=":material/arrow_forward:", on_click=go_to, args=(KEYS[place],))


def main() -> None:
    """Draw the page."""
    state = frame("Learn")
    st.title(text.TITLE)
    st.write(text.INTRO)
    with st.container(key="lessons"):
        left, right = st.columns([1, 2.4], gap="large")
    with left:
        lesson, quiz = choose()
    with right:
        learn(lesson, quiz, state)


main()
