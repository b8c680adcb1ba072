"""Charts of the Benchmarks page, and tables of calibration and labels, as values."""

from collections.abc import Mapping, Sequence
from typing import Any

from pages.ui.benchmarks_data import (
    RANDOM,
    Json,
    figure_cell,
    methods_of,
    row_of,
    rows_of,
    shares_of,
    title_of,
)
from pages.ui.benchmarks_grid import Block, Cell, Grid, Line
from pages.ui.charts import Bars, Curve, Lines, Series
from pages.ui.cmrs_data import ends, number
from pages.ui.text import benchmarks as text
from scar_core.verdict import place_name

FEW = 20
"""Answers in a bin, below which it is left out of the picture."""
STANDING = 8
"""More labels than these are written beside lying bars."""
ROOM = 4.0
"""Points that a scale leaves below its lowest interval."""


def measured_bars(grid: Grid, figure: str) -> Bars:
    """The measured rows of a table as bars with intervals; columns nobody measured are left out."""
    block = next((b for b in grid.blocks if not b.published), Block("", ()))
    kept = [
        k
        for k in range(len(grid.columns))
        if any(line.cells[k].value is not None for line in block.lines)
    ]
    series = []
    for line in block.lines:
        cells = [line.cells[k] for k in kept]
        low = [None if cell.ends is None else cell.ends[0] for cell in cells]
        high = [None if cell.ends is None else cell.ends[1] for cell in cells]
        series.append(Series(line.name, [cell.value for cell in cells], low, high))
    return Bars(
        f"{grid.caption.partition(', AUROC')[0].partition(', macro')[0]}: {text.MEASURED.lower()}",
        [text.short_place(grid.columns[k]) for k in kept],
        series,
        y_title=text.FIGURES[figure],
        limits=_limits(series, figure),
    )


def _limits(series: Sequence[Series], figure: str) -> tuple[float, float]:
    if figure == "cmrs":
        return 0.0, 100.0
    known = [
        v
        for one in series
        for values in (one.values, one.low or ())
        for v in values
        if v is not None
    ]
    return max(0.0, min([50.0, *(v - ROOM for v in known)])), 100.0


def told(chart: Bars) -> list[tuple[str, str, float]]:
    """A chart's numbers for its description."""
    return [
        (label, part.name, value)
        for i, label in enumerate(chart.labels)
        for part in chart.series
        for value in [part.values[i]]
        if value is not None
    ]


def curve_points(result: Json, method: str, figure: str) -> list[tuple[float, Cell]]:
    """Hidden share in per cent and figure, in that order; nothing hidden is 0 %."""
    found = []
    for row in rows_of(result):
        view, share = str(row.get("view")), number(row.get("hidden_share"))
        if row.get("method") != method or not (view == "full" or view.startswith("ratio-")):
            continue
        cell = figure_cell(row, figure)
        if cell.value is not None and share is not None:
            found.append((100 * share, cell))
    return sorted(found, key=lambda pair: pair[0])


def has_curves(result: Json) -> bool:
    """Whether a result has figures at several hidden shares."""
    return any(str(row.get("view")).startswith("ratio-") for row in rows_of(result))


def curves(result: Json, figure: str) -> Lines:
    """A figure of every method against the share that is hidden."""
    drawn = []
    for method, row in methods_of([result]).items():
        points = curve_points(result, method, figure)
        if points:
            pairs = [cell.ends for _, cell in points]
            drawn.append(
                Curve(
                    title_of(row),
                    [x for x, _ in points],
                    [cell.value for _, cell in points],
                    [None if pair is None else pair[0] for pair in pairs],
                    [None if pair is None else pair[1] for pair in pairs],
                )
            )
    return Lines(
        text.curves_title(figure, place_name(result)),
        drawn,
        x_title=text.CURVES_X,
        y_title=text.FIGURES[figure],
        limits=(0.0, 100.0) if figure == "cmrs" else (40.0, 100.0),
    )


def curve_ends(chart: Lines) -> list[tuple[str, float, float, float]]:
    """Name, first value, last value and last share of every curve."""
    return [
        (one.name, float(one.y[0] or 0), float(one.y[-1] or 0), float(one.x[-1]))
        for one in chart.series
        if len(one.x)
    ]


def share_bars(result: Json) -> Bars:
    """Linear probes of one task with few and with all labels."""
    shares = sorted(set(shares_of(result)))
    series = []
    for method, row in methods_of([result]).items():
        cells = [figure_cell(row_of(result, method, f"{s:g} %"), "macro_auroc") for s in shares]
        low = [None if cell.ends is None else cell.ends[0] for cell in cells]
        high = [None if cell.ends is None else cell.ends[1] for cell in cells]
        series.append(Series(title_of(row), [cell.value for cell in cells], low, high))
    return Bars(
        text.shares_title(place_name(result)),
        [text.percent(f"{share:g}") for share in shares],
        series,
        x_title=text.SHARES_X,
        y_title=text.FIGURES["macro_auroc"],
        limits=_limits(series, "macro_auroc"),
    )


def calibrated_views(result: Json) -> list[str]:
    """Views with a reliability table."""
    found = dict.fromkeys(str(r.get("view")) for r in rows_of(result) if r.get("reliability"))
    return [view for view in found if not view.startswith("ratio-")]


def reliability(result: Json, view: str) -> Lines:
    """What every method said against what was true."""
    drawn = []
    for method, row in methods_of([result]).items():
        found = row_of(result, method, view) or {}
        bins = [one for one in found.get("reliability") or [] if _bin(one)]
        if bins:
            drawn.append(Curve(title_of(row), [b["said"] for b in bins], [b["true"] for b in bins]))
    return Lines(
        text.CALIBRATION_TITLE,
        [*drawn, Curve(text.PERFECT, [0.0, 1.0], [0.0, 1.0])],
        x_title=text.CALIBRATION_X,
        y_title=text.CALIBRATION_Y,
        limits=(0.0, 1.0),
    )


def _bin(one: Mapping[str, Any]) -> bool:
    count = number(one.get("count")) or 0
    return (
        count >= FEW and number(one.get("said")) is not None and number(one.get("true")) is not None
    )


def errors(result: Json) -> Grid:
    """Expected calibration errors of every method under every view."""
    views = calibrated_views(result)
    lines = [
        Line(
            title_of(row),
            [Cell(number((row_of(result, method, view) or {}).get("ece"))) for view in views],
            counts=method != RANDOM,
        )
        for method, row in methods_of([result]).items()
    ]
    return Grid(
        text.ECE_CAPTION,
        [text.VIEWS.get(view, view) for view in views],
        (Block(f"{text.MEASURED} ({place_name(result)})", lines),),
        digits=(3,),
        lower=(True,) * len(views),
    )


def label_views(result: Json) -> list[str]:
    """Views with figures for single labels."""
    found = dict.fromkeys(str(r.get("view")) for r in rows_of(result) if r.get("per_label"))
    return [view for view in found if not view.startswith("ratio-")]


def labels(result: Json, view: str) -> Grid:
    """AUROC of every label and method, with the number of positives; rare labels apart."""
    rows = {m: row_of(result, m, view) or {} for m in methods_of([result])}
    titles = [title_of(row) for row in methods_of([result]).values()]
    blocks = []
    for key, name in (("per_label", text.COUNTED), ("greyed", text.RARE)):
        names = dict.fromkeys(label for row in rows.values() for label in row.get(key) or {})
        lines = []
        for label in names:
            of = [(row.get(key) or {}).get(label) or {} for row in rows.values()]
            positives = next((n for f in of if (n := number(f.get("positives"))) is not None), None)
            cells = [Cell(positives), *(_label_cell(figures) for figures in of)]
            lines.append(Line(label, cells, counts=key == "per_label"))
        lines.sort(key=lambda line: -(line.cells[0].value or 0))
        blocks.append(Block(name, lines))
    return Grid(
        text.labels_caption(place_name(result), view),
        [text.POSITIVES, *titles],
        blocks,
        digits=(0, *([1] * len(titles))),
        lower=(False,) * (1 + len(titles)),
    )


def _label_cell(figures: Mapping[str, Any]) -> Cell:
    value, pair = number(figures.get("auroc")), ends(figures.get("auroc_interval"))
    return Cell(
        None if value is None else 100 * value,
        None if pair is None else (100 * pair[0], 100 * pair[1]),
    )


def label_bars(grid: Grid) -> Bars:
    """The labels that count, as bars of every method."""
    counted = grid.blocks[0].lines
    series = []
    for k, name in enumerate(grid.columns[1:], 1):
        cells = [line.cells[k] for line in counted]
        low = [None if cell.ends is None else cell.ends[0] for cell in cells]
        high = [None if cell.ends is None else cell.ends[1] for cell in cells]
        series.append(Series(name, [cell.value for cell in cells], low, high))
    lying = len(counted) > STANDING
    return Bars(
        text.LABELS_TITLE,
        [f"{line.name} ({line.cells[0].value or 0:.0f})" for line in counted],
        series,
        x_title=text.FIGURES["macro_auroc"] if lying else "",
        y_title="" if lying else text.FIGURES["macro_auroc"],
        horizontal=lying,
        limits=_limits(series, "macro_auroc"),
    )
