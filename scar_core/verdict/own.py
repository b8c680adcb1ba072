"""SCAR trained otherwise, on every record set that it was evaluated on, told in a sentence each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scar_core.verdict.paper import place_name

Json = Mapping[str, Any]

OWN = {"architecture": "shape", "sources": "training data"}
"""Kinds of results that the paper has not, and what of SCAR they vary."""
FULL, RANDOM = ("full", "cons1-mask1"), "random"
"""The variants that the others are compared with, and the row of random weights."""


@dataclass(frozen=True)
class Column:
    """What a figure was measured on.

    Attributes:
        place: Records and task in words.
        view: What was hidden.
        dataset: Name of the records' dataset.
    """

    place: str
    view: str
    dataset: str = ""


@dataclass(frozen=True)
class Line:
    """A variant.

    Attributes:
        name: Short.
        title: In words.
        runs: Trainings whose mean the figures are.
        cells: Value and 95 % interval for each column; None where it was not measured.
        gflop: Thousand millions of operations for one record.
        ms: Milliseconds for one record.
    """

    name: str
    title: str
    runs: int
    cells: tuple[tuple[float, tuple[float, float] | None] | None, ...]
    gflop: float | None
    ms: float | None


@dataclass(frozen=True)
class OwnTable:
    """One grid on all record sets that it was evaluated on.

    Attributes:
        columns: Of the cells.
        lines: The variants, the one that ships first.
        sentences: How each of the others compares with it, by the intervals of differences.
        steps: Of each training; 0 if unknown.
        files: Names of the results.
    """

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    sentences: tuple[str, ...]
    steps: int
    files: tuple[str, ...]

    @property
    def costs_differ(self) -> bool:
        """Whether an answer of one variant costs more operations than another's."""
        return len({line.gflop for line in self.lines}) > 1


def own_table(results: Iterable[Json], what: str, figure: str = "macro_auroc") -> OwnTable | None:
    """Lay out the longest trainings of a grid; None if it was not measured.

    Args:
        results: As ``results.read_results`` gives them.
        what: A key of ``OWN``, or ``ablation`` or ``lambda``.
        figure: ``macro_auroc`` (in per cent) or ``cmrs``.
    """
    found = _longest([one for one in results if one.get("what") == what])
    if not found:
        return None
    places = [(one, task, view) for one in found for task in _tasks(one) for view in _views(one)]
    places = [place for place in places if any(_value(row, figure) for row in _at(*place).values())]
    columns = tuple(
        Column(place_name(one, task), view, str(one.get("dataset") or ""))
        for one, task, view in places
    )
    names = list(dict.fromkeys(str(row["method"]) for one in found for row in _rows(one)))
    lines = []
    for name in sorted(names, key=lambda name: (name not in FULL, name == RANDOM)):
        rows = [_at(*place).get(name) for place in places]
        first = next((row for row in rows if row), None)
        if first is None:
            continue
        lines.append(
            Line(
                name,
                str(first.get("variant") or name),
                len(first.get("seed_aurocs") or ()),
                tuple(_value(row, figure) if row else None for row in rows),
                first.get("gflop"),
                (first.get("ms_per_record") or {}).get("1"),
            )
        )
    own = [line for line in lines if line.name not in (*FULL, RANDOM)]
    return OwnTable(
        columns,
        tuple(lines),
        tuple(filter(None, (_sentence(line, found, figure) for line in own))),
        int((found[0].get("configuration") or {}).get("steps") or 0),
        tuple(str(one.get("name")) for one in found),
    )


def markdown(table: OwnTable, with_cost: bool = True) -> list[str]:
    """The table and its sentences, as lines of Markdown."""
    cost = with_cost and table.costs_differ
    head = ["", *(f"{column.place}, {_hidden(column.view)}" for column in table.columns)]
    head += ["GFLOP", "ms"] if cost else []
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for line in table.lines:
        cells = [line.title, *(_written(cell) for cell in line.cells)]
        if cost:
            cells += ["–" if n is None else f"{n:.2f}" for n in (line.gflop, line.ms)]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", *(f"- {sentence}" for sentence in table.sentences)]


def _longest(results: Sequence[Json]) -> list[Json]:
    """Of each dataset the result of the longest and most often repeated trainings."""

    def effort(one: Json) -> float:
        asked = one.get("configuration") or {}
        return float(asked.get("steps") or 0) * len(asked.get("seeds") or ())

    found: dict[str, Json] = {}
    for one in sorted(results, key=effort, reverse=True):
        found.setdefault(str(one.get("dataset")), one)
    return sorted(found.values(), key=lambda one: str(one.get("dataset")) != "ptbxl")


def _rows(result: Json) -> list[Json]:
    return [row for row in result.get("rows") or () if isinstance(row, Mapping)]


def _tasks(result: Json) -> list[str]:
    return list(
        dict.fromkeys(str(r.get("task")) for r in _rows(result) if r.get("task") != "average")
    )


def _views(result: Json) -> list[str]:
    return list(dict.fromkeys(str(row.get("view")) for row in _rows(result)))


def _at(result: Json, task: str, view: str) -> dict[str, Json]:
    return {
        str(row["method"]): row
        for row in _rows(result)
        if (row.get("task"), row.get("view")) == (task, view)
    }


def _value(row: Json, figure: str) -> tuple[float, tuple[float, float] | None] | None:
    held = row.get("cmrs") or {} if figure == "cmrs" else row
    value, ends = held.get("score" if figure == "cmrs" else figure), held.get("interval")
    scale = 1.0 if figure == "cmrs" else 100.0
    if value is None:
        return None
    return scale * value, (scale * ends[0], scale * ends[1]) if ends else None


def _hidden(view: str) -> str:
    return "nothing hidden" if view == "full" else f"hidden: {view}"


def _written(cell: tuple[float, tuple[float, float] | None] | None) -> str:
    if cell is None:
        return "–"
    value, ends = cell
    return f"{value:.1f}" + (f" ({ends[0]:.1f}–{ends[1]:.1f})" if ends else "")


def _begun(words: str) -> str:
    """Begin a sentence; a weight keeps its small letter."""
    return words if words.startswith("λ") else f"{words[:1].upper()}{words[1:]}"


def _sentence(line: Line, results: Sequence[Json], figure: str) -> str:
    """How a variant differs from what ships: by the intervals of paired differences."""
    scale = 1.0 if figure == "cmrs" else 100.0
    found = [
        one
        for result in results
        for one in result.get("comparisons") or ()
        if one.get("first") in FULL
        and (one.get("second"), one.get("figure")) == (line.name, figure)
        and one.get("task") != "average"
    ]
    if not found:
        return ""
    worse = sum(one["interval"][0] > 0 for one in found)
    better = sum(one["interval"][1] < 0 for one in found)
    mean = -scale * sum(one["difference"] for one in found) / len(found)
    unit = "CMRS" if figure == "cmrs" else "AUROC"
    open_ = len(found) - worse - better
    signed = f"{mean:+.1f}".replace("-", "−")
    return (
        f"{_begun(line.title)}: {unit} {signed} points on average against "
        f"the first row; of {len(found)} differences {better} are decided in its favour, {worse} "
        f"against it, {open_} not."
    )
