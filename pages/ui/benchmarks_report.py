"""The Benchmarks page as one file to keep or send: every table, every verdict."""

from collections.abc import Sequence

from pages.ui import benchmarks_charts as charts
from pages.ui import benchmarks_data as data
from pages.ui import benchmarks_variants as variants
from pages.ui.benchmarks_data import Json
from pages.ui.benchmarks_grid import Grid
from pages.ui.report import Figure, Part, Table, html_report
from pages.ui.text import benchmarks as text
from scar_core.verdict import Verdict


def report_of(results: Sequence[Json], published: Json, verdicts: Sequence[Verdict]) -> bytes:
    """Return all tables, published and measured, and what agrees, as one HTML file."""
    ours, theirs, tested = data.sizes(results, published)
    content: list[Part] = []
    if verdicts:
        content.append(text.summary(*counts(verdicts)))
    content.append(text.size(ours, theirs, data.TRAINED_ON, tested))
    grids = _grids(results, published)
    for table in sorted({*grids, *(one.table for one in verdicts)}):
        said = [one.sentence for one in verdicts if one.table == table]
        content += [text.titled(table, sentence) for sentence in said]
        content += [
            Table(grid.caption, grid.rows()) for grid in grids.get(table, []) if not grid.is_empty
        ]
    content += _curves(results)
    if verdicts:
        content.append(text.HOW_DECIDED)
    weights: dict[str, str] = {}
    for row in (row for result in results for row in data.rows_of(result)):
        if row.get("checkpoint"):
            weights.setdefault(data.title_of(row), str(row["checkpoint"]))
    return html_report(
        text.TITLE, content, checkpoints=weights, facts=text.facts([dict(r) for r in results])
    )


def counts(verdicts: Sequence[Verdict]) -> tuple[int, int, int]:
    """How many checks are the same, reversed, open."""
    same, turned, left = (
        sum(len(one.of(outcome)) for one in verdicts) for outcome in ("same", "reversed", "open")
    )
    return same, turned, left


def _grids(results: Sequence[Json], published: Json) -> dict[int, list[Grid]]:
    figures = list(text.FIGURES)
    types: list[Json | None] = [*data.by_place(data.of_kind(results, "missingness")).values()]
    return {
        1: [data.probes(results, published, share) for share in (1, 10, 100)],
        2: [
            data.missing(results, published, view, figure)
            for view in ("random", "hard")
            for figure in figures
        ],
        3: [variants.variants(results, published, 3, figure) for figure in figures],
        4: [data.types(one, published, figure) for one in types or [None] for figure in figures],
        5: [variants.variants(results, published, 5, "macro_auroc")],
        6: [variants.costs(results, published)],
    }


def _curves(results: Sequence[Json]) -> list[Part]:
    found: list[Part] = []
    for one in data.by_place(data.of_kind(results, "missingness")).values():
        for figure in text.FIGURES:
            chart = charts.curves(one, figure)
            if charts.has_curves(one):
                alt = text.curves_alt(chart.title, charts.curve_ends(chart))
                found.append(Figure(chart, alt))
    return found
