"""Charts and tables of the CMRS page, as values."""

from collections.abc import Callable, Sequence
from typing import Any

from pages.ui.charts import Bars, Group, Points, Series, Treemap, Waterfall
from pages.ui.cmrs_data import (
    POOLED,
    Json,
    Part,
    Score,
    comparisons,
    heaviest,
    number,
    pooled_views,
)
from pages.ui.text import cmrs as text

SHOWN = 12
"""Groups that a breakdown names; the rest is one part."""
Named = Callable[[str], str]
Rows = list[dict[str, Any]]


def headline_chart(scores: Sequence[Score]) -> Bars:
    """CMRS of every method with its interval."""
    low, high = _ends([one.interval for one in scores])
    return Bars(
        text.HEADLINE,
        [one.title for one in scores],
        (Series(text.CMRS, [one.score for one in scores], low, high),),
        x_title=text.HEADLINE_AXIS,
        horizontal=True,
        limits=(0.0, 100.0),
    )


def _ends(
    intervals: Sequence[tuple[float, float] | None],
) -> tuple[list[float | None], list[float | None]]:
    return (
        [None if pair is None else pair[0] for pair in intervals],
        [None if pair is None else pair[1] for pair in intervals],
    )


def headline_table(scores: Sequence[Score]) -> Rows:
    """Score, AUROC and origin of every method."""
    rows = []
    for one in scores:
        low, high = one.interval or (None, None)
        a, b = one.auroc_interval or (None, None)
        row: dict[str, Any] = {
            "method": one.title, "CMRS": one.score, "CMRS low": low, "CMRS high": high,
        }  # fmt: skip
        if one.auroc is not None:
            row |= {"AUROC, %": one.auroc, "AUROC low": a, "AUROC high": b}
        row |= {key: one.row.get(key) or "" for key in ("source", "contamination", "checkpoint")}
        rows.append(row)
    return rows


def shown_parts(axis: str, found: Sequence[Part], named: Named) -> list[tuple[str, Part]]:
    """The parts that a chart names, in its order, and the rest as one."""
    if axis in ("lead", "severity", "type") or len(found) <= SHOWN:
        return [(named(part.name), part) for part in found if part.share > 0]
    head, rest = heaviest(found, SHOWN - 1)
    shown = [(named(part.name), part) for part in head if part.share > 0]
    if rest is not None:
        shown.append((text.rest(sum(p.share > 0 for p in found) - len(shown), axis), rest))
    return shown


def waterfall(title: str, shown: Sequence[tuple[str, Part]], score: float) -> Waterfall:
    """From 100 points down to the score, by what each part costs."""
    return Waterfall(
        title,
        [text.EVERYTHING, *(name for name, _ in shown)],
        [100.0, *(-part.lost for _, part in shown)],
        score,
        text.CMRS,
        text.COSTS_AXIS,
    )


def treemap(title: str, shown: Sequence[tuple[str, Part]]) -> Treemap:
    """Each part's weight as an area, what is kept within as its colour."""
    return Treemap(
        title,
        [name for name, _ in shown],
        [""] * len(shown),
        [100 * part.share for _, part in shown],
        [part.score for _, part in shown],
        text.AREA,
    )


def parts_table(axis: str, found: Sequence[Part], named: Named, score: float) -> Rows:
    """Every part with its weight and points, and the whole as the last row."""
    rows: Rows = [
        {
            text.AXES[axis]: named(part.name),
            "weight, %": 100 * part.share,
            "CMRS within": part.score,
            "adds, points": part.points,
            "costs, points": part.lost,
        }
        for part in found
    ]
    total = sum(part.points for part in found)
    whole = {
        text.AXES[axis]: "all of them",
        "weight, %": 100 * sum(part.share for part in found),
        "CMRS within": score,
        "adds, points": total,
        "costs, points": sum(part.lost for part in found),
    }
    return [*rows, whole]


def scatter(scores: Sequence[Score]) -> Points:
    """AUROC against CMRS, with the intervals of both."""
    groups = []
    for one in scores:
        if one.auroc is None:
            continue
        hover = (
            f"{one.title}<br>AUROC {text.points(one.auroc)} %{text.span(one.auroc_interval)}"
            f"<br>CMRS {text.points(one.score)}{text.span(one.interval)}"
        )
        groups.append(
            Group(
                one.title,
                [one.auroc],
                [one.score],
                [one.method],
                [hover],
                x_ends=[one.auroc_interval],
                y_ends=[one.interval],
            )
        )
    return Points(text.SCATTER, groups, x_title=text.SCATTER_X, y_title=text.SCATTER_Y)


def references_chart(scores: Sequence[Score]) -> Bars:
    """Every method's score with each reference model."""
    names = reference_names(scores)
    found = []
    for name in names:
        cells = [_with_reference(one, name) for one in scores]
        low, high = _ends([cell[1] for cell in cells])
        found.append(Series(text.reference(name), [cell[0] for cell in cells], low, high))
    return Bars(
        text.REFERENCES,
        [one.title for one in scores],
        found,
        x_title=text.HEADLINE_AXIS,
        horizontal=True,
        limits=(0.0, 100.0),
    )


def reference_names(scores: Sequence[Score]) -> list[str]:
    """All reference models, F first."""
    found: dict[str, None] = {}
    for one in scores:
        found[str(one.content.get("reference"))] = None
        for other in one.content.get("sensitivity") or []:
            found[str(other.get("reference"))] = None
    return list(found)


def _with_reference(one: Score, name: str) -> tuple[float | None, tuple[float, float] | None]:
    if one.content.get("reference") == name:
        return one.score, one.interval
    for other in one.content.get("sensitivity") or []:
        if other.get("reference") == name:
            return number(other.get("score")), _pair(other)
    return None, None


def _pair(content: Json) -> tuple[float, float] | None:
    low, high = (number(end) for end in (content.get("interval") or (None, None)))
    return None if low is None or high is None else (low, high)


def variants_chart(scores: Sequence[Score]) -> Bars:
    """Every method's score with each measure of agreement."""
    kinds = list(dict.fromkeys(k for one in scores for k in one.content.get("variants") or {}))
    return Bars(
        text.VARIANTS,
        [one.title for one in scores],
        [
            Series(
                text.VARIANT_NAMES.get(kind, kind),
                [number((one.content.get("variants") or {}).get(kind)) for one in scores],
            )
            for kind in kinds
        ],
        x_title=text.HEADLINE_AXIS,
        horizontal=True,
        limits=(0.0, 100.0),
    )


def told(chart: Bars) -> list[tuple[str, str, float]]:
    """A bar chart's numbers for its description."""
    return [
        (label, part.name, value)
        for i, label in enumerate(chart.labels)
        for part in chart.series
        for value in [part.values[i]]
        if value is not None
    ]


def differences_table(found: Sequence[Json], titles: dict[str, str], figure: str) -> Rows:
    """Paired differences in points, with corrected p."""
    scale = 100 if figure == "macro_auroc" else 1
    rows = []
    for one in found:
        first, second = (str(one.get(side)) for side in ("first", "second"))
        low, high = (scale * float(end) for end in one["interval"])
        rows.append(
            {
                "compared": " − ".join(text.short(titles.get(n, n)) for n in (first, second)),
                "figure": "AUROC" if figure == "macro_auroc" else "CMRS",
                "points": text.signed(scale * float(one["difference"])),
                "95 % interval": f"{text.signed(low)} to {text.signed(high)}",
                "p": text.chance(number(one.get("p"))),
                "p corrected": text.chance(number(one.get("p_holm"))),
                "more than chance": text.significant(number(one.get("p_holm"))),
            }
        )
    return rows


def difference_rows(result: Json, view: str, scores: Sequence[Score]) -> Rows:
    """Paired differences of both figures under a view, or under each of several."""
    views = pooled_views(result) if view == POOLED else [view]
    titles = {one.method: one.title for one in scores}
    rows: Rows = []
    for one in views:
        for figure in ("cmrs", "macro_auroc"):
            found = differences_table(comparisons(result, figure, one), titles, figure)
            if len(views) > 1:
                found = [row | {"figure": f"{row['figure']}, {text.in_view(one)}"} for row in found]
            rows += found
    return rows
