"""Published and measured figures of the paper's tables, found and laid out. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pages.ui.benchmarks_grid import Block, Cell, Grid, Line
from pages.ui.cmrs_data import ends, number
from pages.ui.text import benchmarks as text
from scar_core.verdict import measured_cost, place_name

Json = Mapping[str, Any]
Place = tuple[str, str]

PAPER: Mapping[Place, str] = {
    ("ptbxl", "super"): "PTB-XL superclasses",
    ("ptbxl", "sub"): "PTB-XL subclasses",
    ("ptbxl", "form"): "PTB-XL form",
    ("ptbxl", "rhythm"): "PTB-XL rhythm",
    ("cpsc2018", "labels"): "CPSC2018",
    ("csn", "labels"): "CSN",
}
"""The paper's tasks."""
RANDOM = "random"


def place_of(result: Json) -> Place:
    """Dataset and task."""
    return str(result.get("dataset")), str(result.get("task"))


def of_kind(results: Iterable[Json], *whats: str) -> list[Json]:
    """Results of these kinds, in the kinds' order; trials with fewer records come last.

    Of trainings, the longest and most often repeated come first.
    """

    def rank(result: Json) -> tuple[bool, int, float]:
        asked = result.get("configuration") or {}
        effort = (number(asked.get("steps")) or 0) * len(asked.get("seeds") or ())
        return asked.get("limit") is not None, whats.index(str(result["what"])), -effort

    return sorted((r for r in results if r.get("what") in whats), key=rank)


def by_place(results: Iterable[Json]) -> dict[Place, Json]:
    """The first result of each dataset and task."""
    found: dict[Place, Json] = {}
    for result in results:
        found.setdefault(place_of(result), result)
    return found


def rows_of(result: Json) -> list[Json]:
    """A result's rows that are rows."""
    return [row for row in result.get("rows") or [] if isinstance(row, Mapping)]


def places(results: Mapping[Place, Json]) -> list[tuple[Place, str]]:
    """The paper's tasks first, then those that were measured besides."""
    own = [
        (key, text.PLAIN.get(key[0]) or place_name(one))
        for key, one in results.items()
        if key not in PAPER
    ]
    return [*PAPER.items(), *own]


def figure_cell(row: Json | None, figure: str) -> Cell:
    """AUROC in per cent or CMRS of a row, with its interval."""
    if row is None:
        return Cell()
    if figure == "cmrs":
        content = row.get("cmrs") or {}
        return Cell(number(content.get("score")), ends(content.get("interval")))
    value, pair = number(row.get(figure)), ends(row.get("interval"))
    return Cell(
        None if value is None else 100 * value,
        None if pair is None else (100 * pair[0], 100 * pair[1]),
    )


def methods_of(results: Iterable[Json]) -> dict[str, Json]:
    """A row of every method, random weights last."""
    found: dict[str, Json] = {}
    for result in results:
        for row in rows_of(result):
            found.setdefault(str(row.get("method")), row)
    return dict(sorted(found.items(), key=lambda pair: pair[0] == RANDOM))


def title_of(row: Json) -> str:
    """A method's name for people."""
    return str(row.get("title") or row.get("method"))


def said_rows(published: Json, table: int) -> tuple[list[Json], str]:
    """Rows and source of a published table; none if it is missing."""
    found = (published.get("tables") or {}).get(str(table)) or {}
    return list(found.get("rows") or []), str(found.get("source") or "")


def said_block(
    rows: Sequence[Json], source: str, columns: Sequence[Mapping[str, Any]], figure: str
) -> Block:
    """Published rows, one for each method; a column is what its rows must say."""
    lines = []
    for method in dict.fromkeys(str(row.get("method")) for row in rows):
        own = [row for row in rows if row.get("method") == method]
        cells = [
            Cell(
                next(
                    (
                        number(row.get(figure))
                        for row in own
                        if all(row.get(k) == v for k, v in wanted.items())
                    ),
                    None,
                )
            )
            for wanted in columns
        ]
        if any(cell.value is not None for cell in cells):
            lines.append(Line(method, cells))
    return Block(text.published(source), lines, published=True)


def measured_block(
    results: Mapping[Place, Json], at: Sequence[Place], view: str, figure: str
) -> Block:
    """Measured rows, one for each method; a column is a dataset and task."""
    chosen = [results.get(place) for place in at]
    lines = []
    for method, row in methods_of(one for one in chosen if one is not None).items():
        cells = []
        for one in chosen:
            found = None if one is None else row_of(one, method, view)
            cells.append(figure_cell(found, figure))
        if any(cell.value is not None for cell in cells):
            lines.append(Line(title_of(row), cells, counts=method != RANDOM))
    return Block(text.MEASURED, lines)


def row_of(result: Json, method: str, view: str) -> Json | None:
    """A method's row under a view."""
    return next(
        (r for r in rows_of(result) if r.get("method") == method and r.get("view") == view), None
    )


def shares_of(result: Json) -> list[float]:
    """Shares of labels that a probe's result has, in per cent."""
    found = [number(row.get("share_percent")) for row in rows_of(result)]
    return [share for share in found if share is not None]


def probes(results: Sequence[Json], published: Json, share: float) -> Grid:
    """Table 1 at one share of labels, in per cent."""
    found = by_place(of_kind(results, "linear-probe"))
    at = places(found)
    rows, source = said_rows(published, 1)
    wanted = [{"dataset": d, "task": t, "share_percent": share} for (d, t), _ in at]
    return Grid(
        text.probes_caption(share),
        [name for _, name in at],
        (
            said_block(rows, source, wanted, "macro_auroc"),
            measured_block(found, [place for place, _ in at], f"{share:g} %", "macro_auroc"),
        ),
    )


def missing(results: Sequence[Json], published: Json, view: str, figure: str) -> Grid:
    """Table 2 under one view."""
    found = by_place(of_kind(results, "cmrs", "missingness", "zero-shot"))
    at = places(found)
    rows, source = said_rows(published, 2)
    wanted = [{"dataset": d, "task": t, "view": view} for (d, t), _ in at]
    return Grid(
        text.missing_caption(view, figure),
        [name for _, name in at],
        (
            said_block(rows, source, wanted, figure),
            measured_block(found, [place for place, _ in at], view, figure),
        ),
    )


TYPES = ("lead", "time", "random", "hard")


def types(result: Json | None, published: Json, figure: str) -> Grid:
    """Table 4: the paper's mean over its tasks beside one of our tasks."""
    rows, source = said_rows(published, 4)
    lines = []
    for method, row in methods_of([result] if result else []).items():
        cells = [figure_cell(row_of(result or {}, method, view), figure) for view in TYPES]
        lines.append(Line(title_of(row), cells, counts=method != RANDOM))
    name = text.measured_on(place_name(result)) if result else text.MEASURED
    return Grid(
        text.types_caption(figure),
        [text.TYPES[view] for view in TYPES],
        (
            said_block(rows, text.mean_of(source), [{"view": view} for view in TYPES], figure),
            Block(name, lines),
        ),
    )


TRAINED_ON = (1541, 8192, 4096)
"""Real, simulated and grafted records of the shipped trainings (``origin.training``)."""


def sizes(results: Sequence[Json], published: Json) -> tuple[float | None, float | None, list[int]]:
    """SCAR's parameters here and in the paper, in millions, and records of the test sets."""
    rows, _ = said_rows(published, 6)
    theirs = next((number(r.get("parameters")) for r in rows if r.get("method") == "SCAR"), None)
    ours = None
    for result in of_kind(results, "efficiency"):
        for row in rows_of(result):
            if row.get("method") == "scar" and ours is None:
                ours = measured_cost(row)["parameters"]
    whole = of_kind(results, "cmrs", "linear-probe", "missingness", "zero-shot")
    counts = [int(n) for one in whole if (n := number(one.get("records"))) is not None]
    return ours, theirs, counts
