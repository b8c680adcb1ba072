"""Files of ECGs: the folder is the catalogue, one module per file format.

Each module names itself with ``FORMAT = Format(...)``. Which one reads a file is decided by what
is in it; its suffix only decides who explains a file that none of them recognises.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

from scar_core.catalog import names_in
from scar_core.errors import RecordError
from scar_core.formats._assemble import check_rate
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.record import ECGRecord

__all__ = ["Format", "format_names", "formats", "open_record"]


def format_names() -> tuple[str, ...]:
    """Names of all formats, sorted."""
    return tuple(name for name in names_in(__name__) if name != "base")


@cache
def formats() -> tuple[Format, ...]:
    """Return every format in this folder, in the order of its module names."""
    return tuple(import_module(f"{__name__}.{name}").FORMAT for name in format_names())


def open_record(
    path: Path | str,
    *,
    data: Mapping[str, bytes] | None = None,
    sampling_rate_hz: float | None = None,
) -> ECGRecord:
    """Read one ECG, whatever its format.

    Args:
        path: The record: any of its files, or for WFDB their common name without a suffix. With
            ``data``, the name of the main file in it. Of a file that holds several records,
            ``FILE#NAME`` names one.
        data: Uploaded files by name; nothing is read from disk then.
        sampling_rate_hz: The rate, for files that do not say it.

    Returns:
        The record in millivolt (unit ``"sd"`` if it was stored z-scored), at its own rate and
        length. NaN and flat leads are not present; ``notes`` say what was done.

    Raises:
        RecordError: The file is missing, damaged, too large, too short or no ECG.
    """
    if sampling_rate_hz is not None:
        check_rate(sampling_rate_hz, "The record to open")
    try:
        source = Source.of(path, data)
        form = _format_of(source)
        if source.member and not form.many:
            msg = f"{source.name} holds one record; leave out '#{source.member}'."
            raise RecordError(msg)
        record = form.read(source, sampling_rate_hz)
    except RecordError as error:
        if str(error) == _printable(str(error)):
            raise
        raise RecordError(_printable(str(error))) from error
    notes = tuple(map(_printable, record.notes))
    return record if notes == record.notes else replace(record, notes=notes)


def _printable(text: str) -> str:
    """Return a sentence without the control characters that a damaged file brings into it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _format_of(source: Source) -> Format:
    """Return the format whose content the file has, else the one that can say what is wrong.

    Raises:
        RecordError: No format recognises it, and its suffix speaks of none or of several.
    """
    head, known, suffix = source.head(), formats(), Path(source.name).suffix.lower()
    if found := next((form for form in known if form.sniff(head, source.name)), None):
        return found
    named = [form for form in known if suffix in form.suffixes]
    own = [form for form in named if suffix == f".{form.name}"] or named
    if len(own) == 1:
        return own[0]
    titles = ", ".join(form.title for form in own or known)
    msg = f"{source.name} is in no format that can be read; give a record as one of: {titles}."
    raise RecordError(msg)
