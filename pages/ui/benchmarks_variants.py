"""Tables of what SCAR is without its parts, otherwise weighed or built, and of what it costs."""

from collections.abc import Sequence

from pages.ui.benchmarks_data import (
    PAPER,
    RANDOM,
    Json,
    Place,
    by_place,
    figure_cell,
    of_kind,
    rows_of,
    said_rows,
    title_of,
)
from pages.ui.benchmarks_grid import Block, Cell, Grid, Line
from pages.ui.charts import Bars, Series
from pages.ui.cmrs_data import number
from pages.ui.text import benchmarks as text
from scar_core.verdict import measured_cost, own_table, place_name, variant_key


def variants(results: Sequence[Json], published: Json, table: int, figure: str) -> Grid:
    """Tables 3 and 5: SCAR trained otherwise."""
    found = list(by_place(of_kind(results, {3: "ablation", 5: "lambda"}[table])).values())
    rows, source = said_rows(published, table)
    names = {
        _place(one, row): text.PLAIN.get(str(one.get("dataset")))
        or place_name(one, row.get("task"))
        for one in found
        for row in rows_of(one)
    }
    said = {(str(r.get("dataset")), str(r.get("task"))) for r in rows}
    at = [place for place in PAPER if place in said | names.keys()]
    at += [place for place in sorted(said) if place not in at]
    at += [place for place in names if place not in at]
    return Grid(
        text.VARIANTS_CAPTION[table].format(figure=text.FIGURES[figure]),
        [
            text.AVERAGE
            if place[1] == "average"
            else PAPER.get(place) or names.get(place) or place_name({"dataset": place[0]}, place[1])
            for place in at
        ],
        (
            Block(text.published(source), _said_variants(rows, at, figure), published=True),
            Block(text.MEASURED, _variant_lines(found, at, figure)),
        ),
    )


def _place(result: Json, row: Json) -> Place:
    """Dataset and task of a row; the average is over the tasks that the paper averages."""
    if row.get("task") == "average":
        return "all", "average"
    return str(result.get("dataset")), str(row.get("task"))


def _said_variants(rows: Sequence[Json], at: Sequence[Place], figure: str) -> list[Line]:
    lines = []
    for variant in dict.fromkeys(variant_key(row) for row in rows):
        of = {(r.get("dataset"), r.get("task")): r for r in rows if variant_key(r) == variant}
        cells = [Cell(number((of.get(place) or {}).get(figure))) for place in at]
        lines.append(Line(variant, cells))
    return lines if any(c.value is not None for line in lines for c in line.cells) else []


def _variant_lines(
    results: Sequence[Json], at: Sequence[Place], figure: str, view: str = "random"
) -> list[Line]:
    own: dict[str, dict[Place, Json]] = {}
    for one in results:
        for row in rows_of(one):
            if row.get("view", view) == view:
                own.setdefault(str(row.get("method")), {}).setdefault(_place(one, row), row)
    lines = []
    for name, of in own.items():
        first = next(iter(of.values()))
        cells = [figure_cell(of.get(place), figure) for place in at]
        runs = len(first.get("seed_aurocs") or [])
        title = str(first.get("variant") or title_of(first))
        lines.append(Line(title, cells, text.runs(runs), counts=name != RANDOM))
    return lines


def own(results: Sequence[Json], what: str, figure: str) -> Grid | None:
    """SCAR shaped or fed otherwise; nothing of it is published. None if it was not measured."""
    found = own_table(results, what, figure)
    if found is None:
        return None
    cost = found.costs_differ
    lines = [
        Line(
            one.title,
            [
                *(Cell() if cell is None else Cell(*cell) for cell in one.cells),
                *([Cell(one.gflop), Cell(one.ms)] if cost else []),
            ],
            text.runs(one.runs),
            counts=one.name != RANDOM,
        )
        for one in found.lines
    ]
    columns = [
        text.hidden_at(text.PLAIN.get(one.dataset, one.place), one.view) for one in found.columns
    ]
    costs = [text.COSTS["gflop"], text.COSTS["latency"]] if cost else []
    return Grid(
        text.OWN_CAPTIONS[what].format(figure=text.FIGURES[figure]),
        [*columns, *costs],
        (Block(text.MEASURED, lines),),
        digits=(*[1] * len(columns), *(2, 1)[: len(costs)]),
        lower=(*[False] * len(columns), *[True] * len(costs)),
    )


WHOLE = ("full", "cons1-mask1")
"""The variants that differ from the whole model in nothing."""


def another_shape(results: Sequence[Json], what: str) -> tuple[float, float] | None:
    """Parameters of SCAR as it was varied and as it ships, in millions; None if they are equal."""
    varied, shipped = _size(results, what, WHOLE), _size(results, "efficiency", ("scar",))
    if varied is None or shipped is None or varied == shipped:
        return None
    return varied / 1e6, shipped / 1e6


def _size(results: Sequence[Json], what: str, methods: Sequence[str]) -> float | None:
    rows = [row for one in of_kind(results, what) for row in rows_of(one)]
    counts = [number(row.get("parameters")) for row in rows if row.get("method") in methods]
    return next((count for count in counts if count), None)


COSTS = ("parameters", "gflop", "training", "latency")


def costs(results: Sequence[Json], published: Json) -> Grid:
    """Table 6."""
    rows, source = said_rows(published, 6)
    said = [
        Line(
            str(row.get("method")),
            [Cell(number(row.get(key)), note=text.COST_NOTES[0][key]) for key in COSTS],
        )
        for row in rows
    ]
    found = of_kind(results, "efficiency")
    measured = []
    for row in rows_of(found[0]) if found else []:
        cost = measured_cost(row)
        notes = {key: text.COST_NOTES[1][key] if cost[key] is not None else "" for key in COSTS}
        cells = [Cell(cost[key], note=notes[key]) for key in COSTS]
        measured.append(Line(title_of(row), cells, counts=row.get("method") != RANDOM))
    return Grid(
        text.COSTS_CAPTION,
        [text.COSTS[key] for key in COSTS],
        (
            Block(text.published(source), said, published=True),
            Block(text.MEASURED, measured),
        ),
        digits=(2, 2, 2, 2),
        lower=(True,) * len(COSTS),
    )


def cost_bars(results: Sequence[Json]) -> Bars | None:
    """Milliseconds per record, one at a time and in batches; None if they were not measured."""
    found = of_kind(results, "efficiency")
    rows = [row for row in (rows_of(found[0]) if found else []) if row.get("ms_per_record")]
    sizes = dict.fromkeys(str(size) for row in rows for size in row["ms_per_record"])
    if not rows:
        return None
    return Bars(
        text.COST_TITLE,
        [title_of(row) for row in rows],
        [
            Series(text.batches(size), [number(row["ms_per_record"].get(size)) for row in rows])
            for size in sizes
        ],
        x_title=text.COST_Y,
        horizontal=True,
    )
