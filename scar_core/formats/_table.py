"""A table of numbers as text: its separator, its names or none, its comments."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import check_size
from scar_core.leads import LEADS, PRECORDIAL

_LABEL = re.compile(r"^(.*?)[\s_]*[(\[]\s*([^)\]]*?)\s*[)\]]$")
_LABEL_TAIL = re.compile(r"^(.*?)[\s_]+(mv|uv|µv|μv|nv|v|sd|ms|s|sec)$", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[-+]?\d+)?|nan)?$", re.IGNORECASE)
_UNNAMED = {1: ("ECG",), 8: ("I", "II", *PRECORDIAL), 12: LEADS}


MAX_ROWS = 2_000_000
MAX_COLUMNS = 1000
MAX_LABEL = 80
_BLANKS = " \r\f\v\xa0"
"""What may surround a row; a tab there is an empty cell."""


@dataclass(frozen=True)
class Table:
    """A CSV file's text, taken apart but not yet read as numbers.

    Attributes:
        named: Whether the columns had names in the file.
        labels: Names of the columns.
        rows: Rows of numbers, as they stand.
        row_numbers: (row,) the line in the file of each, from 1.
        separator: What lies between two cells.
        comments: Lines after ``#``.
    """

    named: bool
    labels: tuple[str, ...]
    rows: Sequence[str]
    row_numbers: NDArray[np.int32]
    separator: str
    comments: tuple[str, ...]


def cells_of(line: str) -> list[str]:
    """Take a row apart at its separator, of which commas are the last to be taken for one."""
    separator = next((each for each in ";\t," if each in line), None)
    return line.split(separator)


def is_numeric(cells: Sequence[str]) -> bool:
    """Say whether a row holds numbers, and no names."""
    stripped = [cell.strip() for cell in cells]
    return any(stripped) and all(map(_NUMBER.match, stripped))


def take_apart(text: str, name: str) -> Table:
    """Separate comments, the row of names, and the rows of numbers.

    Raises:
        RecordError: There is no row of names, nothing below it, or there are too many rows, or
            cells in one.
    """
    # Not splitlines, which also parts at signs that a name may hold.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MAX_ROWS:
        msg = f"{name} has more than the {MAX_ROWS // 10**6} million rows that are read; cut it."
        raise RecordError(msg)
    lines = [line.strip(_BLANKS) for line in text.split("\n")]
    comments = tuple(
        line.lstrip("#").strip().rstrip(",;").strip() for line in lines if line.startswith("#")
    )
    at = [i for i, line in enumerate(lines) if line and line[0] != "#" and not line.isspace()]
    if not at:
        msg = f"{name} has no row of lead names; a CSV record starts with one."
        raise RecordError(msg)
    rows = [lines[i] for i in at] if len(at) < len(lines) else lines
    separator = next((each for each in ";\t," if each in rows[0]), ",")
    if separator not in rows[0] and len(rows[0].split()) == len(rows[-1].split()):
        rows, separator = ["\t".join(row.split()) for row in rows], "\t"
    labels = _labels(rows[0], separator, name)
    named = not is_numeric(labels)
    if not named:
        firsts = [row.split(separator)[0] for row in (rows[0], rows[-1])]
        labels = _assumed(len(labels), firsts, len(rows), name)
    rows, numbers = rows[named:], np.array(at[named:], np.int32) + 1
    if not rows:
        msg = f"{name} has no samples below its first row; add one row per sample."
        raise RecordError(msg)
    check_size(len(labels), len(rows), name)
    for number, row in zip(numbers, rows, strict=True):
        if row.count(separator) >= len(labels):
            msg = (
                f"Row {number} of {name} has {row.count(separator) + 1} cells, but the first row "
                f"names {len(labels)} columns; mend the export."
            )
            raise RecordError(msg)
    return Table(named, labels, rows, numbers, separator, comments)


def _labels(first: str, separator: str, name: str) -> tuple[str, ...]:
    """Return the cells of the first row."""
    if first.count(separator) >= MAX_COLUMNS:
        msg = f"{name} has more than {MAX_COLUMNS} columns; write one for each lead."
        raise RecordError(msg)
    try:
        return tuple(cell.strip() for cell in next(csv.reader([first], delimiter=separator)))
    except csv.Error as error:  # a cell longer than 131,072 characters
        msg = f"{name} has a first row that cannot be read ({error}); mend the export."
        raise RecordError(msg) from error


def _assumed(n_columns: int, firsts: Sequence[str], n_rows: int, name: str) -> tuple[str, ...]:
    """Return the names of the columns of a table without names.

    Args:
        n_columns: How many there are.
        firsts: First cells of the first row and of the last.
        n_rows: How many rows there are.
        name: What the file is called.

    Raises:
        RecordError: There are so many columns that they cannot be told.
    """
    if leads := _UNNAMED.get(n_columns):
        return leads
    leads = _UNNAMED.get(n_columns - 1)
    if leads is None:
        msg = (
            f"{name} has {n_columns} columns without names; write the leads' names into a first "
            "row, such as I,II,V1."
        )
        raise RecordError(msg)
    start, stop = (
        float(first.replace(",", ".") or "nan") if _NUMBER.match(first) else float("nan")
        for first in map(str.strip, firsts)
    )
    # No ECG is sampled once a second: such a column counts samples.
    return ("sample" if stop - start == n_rows - 1 else "time", *leads)


def split_label(label: str) -> tuple[str, str]:
    """Separate ``"I (uV)"`` or ``"time_ms"`` into name and unit; the unit may be empty."""
    # No name is longer, and longer ones would take the expressions seconds.
    found = len(label) <= MAX_LABEL and (_LABEL.match(label) or _LABEL_TAIL.match(label))
    return (found[1].strip(), found[2]) if found else (label.strip(), "")


def numbers_of(table: Table, wanted: Sequence[int], name: str) -> NDArray[np.float64]:
    """Return the wanted columns (column, row) as numbers; NaN where a cell is empty or NaN.

    Raises:
        RecordError: A cell is no number.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(
            BytesIO("\n".join(table.rows).encode()),
            sep=table.separator,
            header=None,
            names=list(range(len(table.labels))),
            index_col=False,
            usecols=sorted(wanted),
            decimal="," if table.separator != "," and any("," in r for r in table.rows) else ".",
            low_memory=False,
        )
    except (ValueError, pd.errors.ParserError) as error:
        msg = f"{name} cannot be read as a table of {len(table.labels)} columns; mend the export."
        raise RecordError(msg) from error
    columns = []
    for at in wanted:
        try:
            column = pd.to_numeric(frame[at], errors="coerce").astype(np.float64)
        except (OverflowError, TypeError, ValueError) as error:  # hundreds of digits
            msg = f"{name} holds numbers in column {table.labels[at]!r} that are far too large."
            raise RecordError(msg) from error
        bad = np.flatnonzero((column.isna() & frame[at].notna()).to_numpy())
        if bad.size:
            cell = str(frame[at].iloc[bad[0]])[:30]
            msg = (
                f"{name} holds {cell!r} in column {table.labels[at]!r}, row "
                f"{table.row_numbers[bad[0]]}, where a number is needed."
            )
            raise RecordError(msg)
        columns.append(column.to_numpy())
    return np.stack(columns)
