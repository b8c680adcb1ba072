"""Watch: the CSV of a wrist-worn recorder, one lead below lines of name, date, rate and unit.

Such files follow the language of the telephone that wrote them: their words are translated, and
``-265,868`` is one number where the decimal sign is a comma. So the rate is known by its unit,
and whether a comma is a decimal sign is told by the whole column.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import assemble, unit_scale
from scar_core.formats._source import Source, decoded, looks_like_text
from scar_core.formats.base import Format
from scar_core.leads import canonical_lead
from scar_core.record import ECGRecord

FILE_LIMIT = 3_000_000
MAX_HEADER = 40
MAX_CELL = 1000

_RATE = re.compile(r"^(\d{1,6}(?:[.,]\d{1,6})?)\s*(?:hertz|hz|hercios|герц|赫兹|ヘルツ)$", re.I)
_NUMBER = re.compile(r"^[-+]?\d[\d.,]*(?:e[-+]?\d{1,3})?$|^nan$", re.I)
_UNITS = ("µv", "μv", "uv", "mv")


@dataclass(frozen=True)
class _Header:
    """``lines`` are those above the numbers, each as (key, value)."""

    lines: tuple[tuple[str, str], ...]
    rate_hz: float | None
    unit: str


def _sniff(head: bytes, name: str) -> bool:
    if not looks_like_text(head):
        return False
    header = _header(decoded(head).splitlines())
    return header.rate_hz is not None and header.unit != ""


def _header(lines: Sequence[str]) -> _Header:
    """Read the lines above the first number."""
    pairs: list[tuple[str, str]] = []
    for line in lines[:MAX_HEADER]:
        bare = line.strip().strip('"')
        if _NUMBER.match(bare):
            break
        if bare:
            key, _, value = line.strip().partition(";" if ";" in line else ",")
            cells = next(csv.reader([value[:MAX_CELL]]), [])
            # 511,562 hertz is one cell in some languages and two in the eyes of a CSV reader.
            pairs.append((key.strip('" \ufeff'), ",".join(cells).replace("\xa0", " ").strip()))
    rates = [found[1] for _, value in pairs if (found := _RATE.match(value))]
    units = [value for _, value in pairs if value.lower() in _UNITS]
    rate_hz = float(rates[0].replace(",", ".")) if rates else None
    return _Header(tuple(pairs), rate_hz, units[0] if units else "")


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    name = source.name
    lines = decoded(source.read(name, FILE_LIMIT)).splitlines()
    header = _header(lines)
    rate_hz = sampling_rate_hz or header.rate_hz
    if rate_hz is None:
        msg = f"{name} does not say its sampling rate; state it when opening the file."
        raise RecordError(msg)
    values = _numbers(lines, name) * unit_scale(header.unit or "µV", "I")[1]
    # "Lead I", "Ableitung I": the last word is the lead in every language.
    told = [canonical_lead(value.split()[-1]) for _, value in header.lines if value.split()]
    lead = next((lead for lead in reversed(told) if lead), None)
    notes = [] if lead else ["The only lead has no name; it is taken for lead I."]
    facts = {key.lower(): value for key, value in header.lines if value}
    said = facts.get("classification")
    return assemble(
        np.asarray(values[None], np.float32),
        (lead or "I",),
        rate_hz,
        name=source.stem,
        metadata={"report": said} if said else {},
        notes=notes,
    )


def _numbers(lines: Sequence[str], name: str) -> NDArray[np.float64]:
    """Return the column of numbers (sample,) below the header.

    Raises:
        RecordError: There is none, or a line in it is no number.
    """
    bare = [line.strip().rstrip(",;").strip('"') for line in lines]
    first = next((at for at, cell in enumerate(bare) if _NUMBER.match(cell)), len(bare))
    cells = {at: cell for at, cell in enumerate(bare[first:], start=first + 1) if cell}
    if not cells:
        msg = f"{name} has no samples below its header; export the record anew."
        raise RecordError(msg)
    column = "\n".join(cells.values())
    # A dot before a comma groups digits; a comma does so if there are dots without that; else
    # the comma is the decimal sign.
    if "." in column and not re.search(r"\.\d+,", column):
        column = column.replace(",", "")
    numbers = (column.replace(".", "") if "," in column else column).replace(",", ".").split("\n")
    try:
        return np.array(numbers, np.float64)
    except ValueError:
        at = next(at for at, text in zip(cells, numbers, strict=True) if not _is_number(text))
        msg = f"{name} holds {cells[at][:30]!r} in row {at}, where a number is needed."
        raise RecordError(msg) from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


FORMAT = Format("watch", "Watch, one lead (.csv)", (".csv",), _sniff, _read)
