"""Reading the tables and headers in which datasets keep their labels."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from scar_core.errors import DatasetError

_HEADER_BYTES = 65_536


def read_rows(path: Path, what: str, columns: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Read a CSV table with a header, row by row.

    Args:
        path: The table.
        what: The dataset, as the error names it.
        columns: Columns that it must have.

    Raises:
        DatasetError: The file is missing, no table, or lacks a column or a cell.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            lacking = [name for name in columns if name not in (rows.fieldnames or ())]
            if lacking:
                raise DatasetError(
                    f"{what}: {path} has no column {', '.join(lacking)}; it is another table or "
                    "damaged, so fetch it again"
                )
            for number, row in enumerate(rows, 2):
                if any(row[name] is None for name in columns):
                    raise DatasetError(
                        f"{what}: {path} breaks off in row {number}; it is half a file, so fetch "
                        "it again"
                    )
                yield row
    except FileNotFoundError as error:
        raise DatasetError(
            f"{what} is not in {path.parent}: {path.name} is missing; set SCAR_DATA or --root to "
            "the folder that holds the datasets"
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{what}: {path} cannot be read as a table ({error}); fetch it again"
        ) from error


def header_comments(path: Path) -> dict[str, str]:
    """Return the ``# name: value`` lines of a WFDB header; names in lower case, first one wins.

    A header that is not there has none.

    Raises:
        DatasetError: It is there and cannot be read.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(_HEADER_BYTES).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error}); fetch it again") from error
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            name, _, value = line.lstrip("# ").partition(":")
            found.setdefault(name.strip().lower(), value.strip())
    return found


def diagnoses(path: Path) -> tuple[str, ...]:
    """Return the SNOMED CT codes of a header's ``Dx`` line, in its order, without repeats."""
    stated = header_comments(path).get("dx", "")
    return tuple(dict.fromkeys(code.strip() for code in stated.split(",") if code.strip()))


def by_stem(folder: Path, pattern: str) -> dict[str, Path]:
    """Find files below a folder by name without suffix; of equal names the first path counts."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob(pattern)):
        found.setdefault(path.stem, path)
    return found
