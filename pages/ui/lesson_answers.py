"""What comes out of a guided case when the worker, or the results store, has answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages.ui.lessons import Lesson
from pages.ui.text import learn as text
from pages.ui.words import in_text
from pages.ui.worker import Answerer
from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.results import read_results

TIE = 0.01
"""Probabilities that differ by less are said to be the same."""
BUDGET = 0.1
RATIOS = (1.5, 3.0)
UNSURE = 0.5


@dataclass(frozen=True)
class Row:
    """One line of an answer.

    Attributes:
        name: What was done.
        value: Probability, or whatever the lesson compares; drawn as a bar of 0 to 1.
        said: The value in words.
        query: Link of the scenario; None where there is none.
    """

    name: str
    value: float
    said: str
    query: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came out.

    Attributes:
        caption: What the rows show.
        rows: For the picture.
        right: Options that are right, by position.
        sentences: What it says, the result first.
    """

    caption: str
    rows: tuple[Row, ...]
    right: tuple[int, ...]
    sentences: tuple[str, ...]


def compared(lesson: Lesson, record: ECGRecord, client: Answerer) -> Outcome:
    """Read the record complete and under every scenario of a lesson.

    Raises:
        ScarError: The worker cannot answer.
    """
    name = FINDINGS[lesson.finding].name
    scenes = [(label, scene) for label, scene in lesson.options if scene is not None]
    rows = [(text.ALONE, Scenario()), *scenes, *lesson.beside]
    answers = client.predict(record, [scene for _, scene in rows])
    values = [
        next(score.probability for score in answer.classes if score.name == name)
        for answer in answers
    ]
    before, chosen = values[0], values[1 : 1 + len(scenes)]
    best = max(chosen) if lesson.keeps else min(chosen)
    right = tuple(i for i, value in enumerate(chosen) if abs(value - best) < TIE)
    names = tuple(scenes[i][0] for i in right)
    tell = text.highest if lesson.keeps else text.lowest
    said = [tell(in_text(name), names, before, best)]
    if not lesson.keeps and before - best < TIE:
        right = tuple(range(len(scenes)))
    elif lesson.expected and set(right) & set(lesson.expected):
        said.append(text.AS_EXPECTED)
    elif lesson.expected:
        said.append(text.unexpected(tuple(scenes[i][0] for i in lesson.expected)))
    if before < UNSURE:
        said.append(text.unsure(in_text(name), before))
    drawn = tuple(
        Row(label, value, f"{value:.2f}", _query(lesson, scene))
        for (label, scene), value in zip(rows, values, strict=True)
    )
    return Outcome(name, drawn, right, tuple(said))


def searched(lesson: Lesson, record: ECGRecord, client: Answerer) -> Outcome:
    """Compare the worst mask that a search finds with random ones of its size.

    Raises:
        ScarError: The worker cannot answer.
    """
    name = FINDINGS[lesson.finding].name
    before = next(
        score.probability
        for score in client.predict(record, [Scenario()])[0].classes
        if score.name == name
    )
    found = client.ask("worst", record, budget=BUDGET, finding=name)
    fall, random = float(found["checked"]), found["random"]
    worst, mean = float(random["worst"]), float(random["mean"])
    ratio = fall / max(worst, 1e-9)
    right = sum(ratio >= limit for limit in RATIOS)
    scene = Scenario.from_json(found["scenario"])
    rows = (
        Row(text.ALONE, before, f"{before:.2f}", _query(lesson, Scenario())),
        *(
            Row(label, max(0.0, before - loss), f"{max(0.0, before - loss):.2f}", query)
            for label, loss, query in (
                (text.MASKS_RANDOM_MEAN, mean, None),
                (text.MASKS_RANDOM_WORST, worst, None),
                (text.MASKS_HARD, fall, _query(lesson, scene)),
            )
        ),
    )
    said = text.searched(in_text(name), BUDGET, before, fall, worst, int(random["count"]))
    return Outcome(name, rows, (right,), (said,))


def _query(lesson: Lesson, scenario: Scenario) -> dict[str, str]:
    return {"record": f"gallery:{lesson.case}", **scenario.to_query()}


@dataclass(frozen=True)
class Scored:
    """One trained method's measurements on one set.

    Attributes:
        title: Its name.
        full: AUROC on complete ECGs.
        masked: AUROC under hard masks.
        score: CMRS under hard masks, in per cent.
        interval: Of the score.
    """

    title: str
    full: float
    masked: float
    score: float
    interval: tuple[float, float] | None


def rivals(results: Sequence[Mapping[str, Any]] | None = None) -> tuple[str, Scored, Scored] | None:
    """Return two trained methods of nearly equal AUROC, and what they were measured on.

    Args:
        results: Of the results store; None: the store's.
    """
    found: list[tuple[float, str, Scored, Scored]] = []
    for result in read_results() if results is None else results:
        if result.get("what") != "cmrs" or result.get("dataset") == "simulated":
            continue
        scored = _scored(result.get("rows") or ())
        for i, one in enumerate(scored):
            for other in scored[i + 1 :]:
                about = str(result.get("dataset_title") or result.get("dataset"))
                found.append((abs(one.full - other.full), about, one, other))
    best = min(found, key=lambda pair: pair[0], default=None)
    return None if best is None else best[1:]


def _scored(rows: Sequence[Mapping[str, Any]]) -> list[Scored]:
    full = {row["method"]: row for row in rows if row.get("view") == "full"}
    found = []
    for row in rows:
        told = row.get("cmrs") or {}
        if row.get("view") != "hard" or row.get("source") == "untrained":
            continue
        if told.get("score") is None or row["method"] not in full:
            continue
        ends = told.get("interval")
        found.append(
            Scored(
                str(row.get("title") or row["method"]).partition(",")[0],
                float(full[row["method"]]["macro_auroc"]),
                float(row["macro_auroc"]),
                float(told["score"]),
                (float(ends[0]), float(ends[1])) if ends else None,
            )
        )
    return found


def cmrs_options(pair: tuple[str, Scored, Scored]) -> tuple[tuple[str, None], ...]:
    """Return what the reader of the last lesson chooses from."""
    return ((pair[1].title, None), (pair[2].title, None), (text.CMRS_CANNOT, None))


def cmrs_outcome(pair: tuple[str, Scored, Scored] | None) -> Outcome:
    """Say which of two methods keeps more of its answer, by their intervals.

    Raises:
        ConfigError: There are no two.
    """
    if pair is None:
        raise ConfigError(text.NO_RESULTS)
    _, a, b = pair
    high, low = (a, b) if a.score >= b.score else (b, a)
    apart = None not in (high.interval, low.interval) and _start(high) > _stop(low)
    winner = high.title if apart else ""
    right = (0 if high is a else 1) if apart else 2
    said = text.methods(
        a.title,
        b.title,
        (a.full, b.full),
        (text.cmrs(a.score, a.interval), text.cmrs(b.score, b.interval)),
        winner,
    )
    rows = tuple(
        Row(f"{one.title}: {label}", value, words)
        for one in (a, b)
        for label, value, words in (
            (text.CMRS_AUROC, one.full, f"{one.full:.3f}"),
            (text.CMRS_MASKED, one.masked, f"{one.masked:.3f}"),
            (text.CMRS_SCORE, one.score / 100, text.cmrs(one.score, one.interval)),
        )
    )
    return Outcome(pair[0], rows, (right,), (said,))


def _start(one: Scored) -> float:
    return one.interval[0] if one.interval else one.score


def _stop(one: Scored) -> float:
    return one.interval[1] if one.interval else one.score
