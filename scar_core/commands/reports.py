"""Show what becomes of reports before a method reads them."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", help="a report, which is printed clean and in English")
    parser.add_argument("--csv", type=Path, help="table whose reports are counted instead")
    parser.add_argument("--column", default="report", help="its column (default report)")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.errors import ConfigError
    from scar_core.reports import MAX_TOKENS, clean_report
    from scar_core.reports.coverage import measure_coverage

    if arguments.csv is None:
        if not arguments.text:
            raise ConfigError("no report was given; write one, or name a table with --csv.")
        print(clean_report(" ".join(arguments.text)))
        return 0
    found = measure_coverage(_column(arguments.csv, arguments.column))
    if arguments.json:
        print(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        return 0
    print(
        f"{found.reports} reports, {found.foreign} of them not in English\n"
        f"translated to the last word: {found.translated} "
        f"({_share(found.translated, found.foreign)})\n"
        f"words translated: {found.words_translated} of {found.words} "
        f"({_share(found.words_translated, found.words)})\n"
        f"longest clean report: {found.longest} words and marks; {found.cut} reach the limit of "
        f"{MAX_TOKENS}\n"
        f"commonest words left: {', '.join(f'{word} ({n})' for word, n in found.unknown) or 'none'}"
    )
    return 0


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


def _column(path: Path, column: str) -> list[str]:
    import csv

    from scar_core.errors import DatasetError

    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"the table {path} cannot be read ({error}); give a CSV file.") from None
    if not rows or column not in rows[0]:
        raise DatasetError(
            f"the table {path} has no column {column!r}; name one of its columns with --column."
        )
    return [row[column] or "" for row in rows]


COMMAND = Command("clean and translate reports, or count what is translated", _add, _run)
