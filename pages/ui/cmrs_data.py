"""Results of CMRS as the page shows them: chosen, taken apart, and checked to add up.

Everything here is a pure function of what ``scar_core.results.read_results`` returns. A result may
have been written by an older program or be cut: what is missing is None or left out, never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from scar_core.leads import LEADS

Json = Mapping[str, Any]

POOLED = "pooled"
"""The masks of several views as one sum."""
AXES = ("type", "lead", "severity", "label", "record")
TOLERANCE = 1e-6
"""By how much, in points, parts and whole may differ before the page says that they do."""
RANDOM = "random"
"""Name of the method without training."""


def number(value: object) -> float | None:
    """Return a finite number, or None."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if good else None  # type: ignore[arg-type]


def ends(value: object) -> tuple[float, float] | None:
    """Return an interval, or None."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        return None
    low, high = number(value[0]), number(value[1])
    return None if low is None or high is None else (low, high)


@dataclass(frozen=True)
class Score:
    """One method's CMRS under one view.

    Attributes:
        method: Its name.
        title: Its name for people.
        row: Where ``source``, ``contamination`` and ``checkpoint`` stand.
        content: The result's ``cmrs``.
        auroc: In per cent; None for several views together.
        auroc_interval: In per cent.
    """

    method: str
    title: str
    row: Json
    content: Json
    auroc: float | None = None
    auroc_interval: tuple[float, float] | None = None

    @property
    def score(self) -> float:
        """CMRS, 0 to 100."""
        return float(self.content["score"])

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the score."""
        return ends(self.content.get("interval"))


@dataclass(frozen=True)
class Part:
    """A group's part of a score.

    Attributes:
        name: Of the group.
        share: Its part of the weight S·I; all groups of an axis sum to 1.
        score: CMRS within it; None where it has no weight.
    """

    name: str
    share: float
    score: float | None

    @property
    def points(self) -> float:
        """What it adds to the score: ``share · score``."""
        return self.share * (self.score or 0.0)

    @property
    def lost(self) -> float:
        """What it costs of the 100 points: ``share · (100 − score)``."""
        return self.share * 100 - self.points


@dataclass(frozen=True)
class Sum:
    """Whether the parts of an axis are the whole.

    Attributes:
        axis: What the score was taken apart by.
        shares: Sum of the shares, 1 if all is there.
        points: Sum of the parts' points, the score if all is there.
        score: The headline.
    """

    axis: str
    shares: float
    points: float
    score: float

    @property
    def holds(self) -> bool:
        """True if both sums are right to ``TOLERANCE``."""
        return (
            abs(self.points - self.score) <= TOLERANCE and abs(100 * self.shares - 100) <= TOLERANCE
        )


def evaluations(results: Iterable[Json]) -> dict[tuple[str, str], list[Json]]:
    """Results with CMRS by dataset and task, the ones made for it first; smaller ones later."""
    found: dict[tuple[str, str], list[Json]] = {}
    for result in results:
        views = scored_views(result)
        if result.get("what") in ("cmrs", "missingness") and views:
            key = str(result.get("dataset")), str(result.get("task"))
            found.setdefault(key, []).append(result)
    return {key: sorted(group, key=_rank) for key, group in found.items()}


def _rank(result: Json) -> tuple[bool, bool, int]:
    limited = (result.get("configuration") or {}).get("limit") is not None
    return limited, result.get("what") != "cmrs", -len(methods(result))


def methods(result: Json) -> list[str]:
    """Methods of a result, in its order."""
    rows = (row for row in result.get("rows") or [] if isinstance(row, Mapping))
    return list(dict.fromkeys(str(row.get("method")) for row in rows))


def scored_views(result: Json) -> list[str]:
    """Views that have a CMRS; several together, where there is a breakdown of them, come last."""
    found = dict.fromkeys(
        str(row.get("view"))
        for row in result.get("rows") or []
        if isinstance(row, Mapping) and _content(row) is not None
    )
    views = [view for view in found if not view.startswith("ratio-")]
    pooled = any(_content(row) is not None for row in result.get("breakdown") or [])
    return [*views, *([POOLED] if pooled else [])]


def pooled_views(result: Json) -> list[str]:
    """Views that the breakdown takes together."""
    for row in result.get("breakdown") or []:
        if isinstance(row, Mapping):
            return [str(view) for view in row.get("views") or []]
    return []


def _content(row: object) -> Json | None:
    content = row.get("cmrs") if isinstance(row, Mapping) else None
    if isinstance(content, Mapping) and number(content.get("score")) is not None:
        return content
    return None


def scores(result: Json, view: str) -> list[Score]:
    """Every method's CMRS under a view, the best first and random weights last."""
    rows = result.get("breakdown") if view == POOLED else result.get("rows")
    found = []
    for row in rows or []:
        content = _content(row)
        if content is None or (view != POOLED and row.get("view") != view):
            continue
        auroc, interval = number(row.get("macro_auroc")), ends(row.get("interval"))
        found.append(
            Score(
                str(row.get("method")),
                str(row.get("title") or row.get("method")),
                row,
                content,
                None if auroc is None else 100 * auroc,
                None if interval is None else (100 * interval[0], 100 * interval[1]),
            )
        )
    return sorted(found, key=lambda one: (one.method == RANDOM, -one.score))


def parts(content: Json, axis: str) -> list[Part]:
    """A score taken apart by ``type``, ``lead``, ``severity``, ``label`` or ``record``.

    Leads stand in their usual order, severities from light to heavy, the others by what they cost.
    Empty if the result does not say.
    """
    found = []
    for group in (content.get("decomposition") or {}).get(axis) or []:
        share = number(group.get("share")) if isinstance(group, Mapping) else None
        if share is not None:
            found.append(Part(str(group.get("name")), share, number(group.get("score"))))
    if axis == "lead" and all(part.name in LEADS for part in found):
        return sorted(found, key=lambda part: LEADS.index(part.name))
    if axis == "severity":
        return found
    return sorted(found, key=lambda part: -part.lost)


def axes(content: Json) -> list[str]:
    """What a score was taken apart by."""
    return [axis for axis in AXES if parts(content, axis)]


def sums(content: Json) -> list[Sum]:
    """Add the parts of every axis up again."""
    score = number(content.get("score")) or 0.0
    return [
        Sum(
            axis,
            sum(part.share for part in parts(content, axis)),
            sum(part.points for part in parts(content, axis)),
            score,
        )
        for axis in axes(content)
    ]


def heaviest(found: Sequence[Part], n: int) -> tuple[list[Part], Part | None]:
    """The n parts that cost most, and the rest as one part, so that all still adds up."""
    ordered = sorted(found, key=lambda part: -part.lost)
    head, rest = ordered[:n], ordered[n:]
    share = sum(part.share for part in rest)
    if not rest or share <= 0:
        return head, None
    return head, Part("", share, sum(part.points for part in rest) / share)


def comparisons(result: Json, figure: str, view: str) -> list[Json]:
    """Paired differences of one figure under one view."""
    return [
        one
        for one in result.get("comparisons") or []
        if isinstance(one, Mapping)
        and one.get("figure") == figure
        and one.get("view") == view
        and ends(one.get("interval")) is not None
        and number(one.get("difference")) is not None
    ]


def least_p(result: Json) -> tuple[float, float]:
    """The smallest p that this many resamples can give, bare and after Holm's correction."""
    resamples = int(number((result.get("configuration") or {}).get("resamples")) or 1000)
    made = int(number(result.get("comparisons_made")) or 1)
    bare = 2 / (resamples + 1)
    return bare, min(1.0, bare * made)


def few(result: Json) -> dict[str, int]:
    """Labels with too few positives to count, with how many they have."""
    found: dict[str, int] = {}
    for row in result.get("rows") or []:
        if isinstance(row, Mapping):
            for label, figures in (row.get("greyed") or {}).items():
                found[str(label)] = int(number((figures or {}).get("positives")) or 0)
            for label in row.get("left_out") or []:
                found.setdefault(str(label), 0)
    return found


def records(content: Json) -> list[Part]:
    """Records, the costliest first."""
    return [part for part in parts(content, "record") if part.share > 0]
