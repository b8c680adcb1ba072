"""A table with published and measured figures side by side, as a value and as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any


@dataclass(frozen=True)
class Cell:
    """A figure.

    Attributes:
        value: In the column's unit; None where nobody measured it.
        ends: 95 % interval.
        note: Under the figure.
    """

    value: float | None = None
    ends: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A row.

    Attributes:
        name: Its heading.
        cells: One for each column.
        note: Under the heading, such as what the method had seen.
        counts: Whether the best of a column may stand in it; random weights and rare labels do not.
    """

    name: str
    cells: Sequence[Cell]
    note: str = ""
    counts: bool = True


@dataclass(frozen=True)
class Block:
    """Rows that share their origin.

    Attributes:
        name: Heading, such as "Published: SCAR paper, Table 2".
        lines: The rows.
        published: Printed by other people.
    """

    name: str
    lines: Sequence[Line]
    published: bool = False


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        caption: What it shows, with unit.
        columns: Headings.
        blocks: Published and measured rows; empty ones are left out.
        digits: Of the figures in each column; one for all if only one is given.
        lower: Whether less is better, column by column; empty: more is better everywhere.
    """

    caption: str
    columns: Sequence[str]
    blocks: Sequence[Block]
    digits: Sequence[int] = (1,)
    lower: Sequence[bool] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether it has no row at all."""
        return not any(block.lines for block in self.blocks)

    def rows(self) -> list[dict[str, Any]]:
        """The numbers, one row for each line, for files."""
        found = []
        for block in self.blocks:
            for line in block.lines:
                row: dict[str, Any] = {"": line.name, "origin": block.name}
                for column, cell in zip(self.columns, line.cells, strict=True):
                    row[column] = cell.value
                    if cell.ends is not None:
                        row |= {f"{column} low": cell.ends[0], f"{column} high": cell.ends[1]}
                found.append(row)
        return found


def written(value: float, digits: int) -> str:
    """A figure with so many digits after the point."""
    return f"{value:,.{digits}f}".replace("-", "−")


def html_of(grid: Grid) -> str:
    """Write a table; what is best of a column and block is bold, unless it stands alone."""
    digits = list(grid.digits) * (len(grid.columns) if len(grid.digits) == 1 else 1)
    body = ""
    for block in grid.blocks:
        if not block.lines:
            continue
        best = [_best(block, k, lower) for k, lower in enumerate(_lower(grid))]
        body += (
            f"<tr class='group'><th scope='colgroup' colspan='{len(grid.columns) + 1}'>"
            f"{escape(block.name)}</th></tr>"
        )
        body += "".join(_line(line, block, digits, best) for line in block.lines)
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in ("", *grid.columns))
    label = escape(grid.caption, quote=True)
    return (
        f"<div class='study' tabindex='0' role='region' aria-label='{label}'>"
        f"<table class='study'><caption>{escape(grid.caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _lower(grid: Grid) -> Sequence[bool]:
    return grid.lower or [False] * len(grid.columns)


def _best(block: Block, column: int, lower: bool) -> float | None:
    values = [
        cell.value
        for line in block.lines
        if line.counts
        for cell in [line.cells[column]]
        if cell.value is not None
    ]
    if len(values) < 2:
        return None
    return min(values) if lower else max(values)


def _line(line: Line, block: Block, digits: Sequence[int], best: Sequence[float | None]) -> str:
    kind = " class='said'" if block.published else "" if line.counts else " class='faint'"
    note = f"<small>{escape(line.note)}</small>" if line.note else ""
    cells = "".join(
        _cell(cell, number, line.counts and cell.value is not None and cell.value == top)
        for cell, number, top in zip(line.cells, digits, best, strict=True)
    )
    return f"<tr{kind}><th scope='row'>{escape(line.name)}{note}</th>{cells}</tr>"


def _cell(cell: Cell, digits: int, best: bool) -> str:
    if cell.value is None:
        return f"<td>–{_small(cell.note)}</td>"
    ends = ""
    if cell.ends is not None:
        ends = "–".join(written(end, digits) for end in cell.ends)
    shown = written(cell.value, digits)
    return f"<td{' class=best' if best else ''}>{shown}{_small(ends or cell.note)}</td>"


def _small(words: str) -> str:
    return f"<small>{escape(words)}</small>" if words else ""
