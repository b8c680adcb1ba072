"""Files of ECGs: the folder is the registry, one module per file format.

Each module names itself with ``FORMAT = RecordFormat(...)``. Which one reads a
file is decided by what is in it; its suffix only decides whom the error message speaks about.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from scar_core.catalog import names_in
from scar_core.errors import RecordError
from scar_core.formats._assemble import check_rate
from scar_core.formats._source import RecordFormat, Source
from scar_core.record import ECGRecord


def formats() -> tuple[RecordFormat, ...]:
    """Return every format in this folder, in the order of its module names."""
    return tuple(import_module(f"{__name__}.{name}").FORMAT for name in names_in(__name__))


def open_record(
    path: Path | str,
    *,
    data: Mapping[str, bytes] | None = None,
    sampling_rate_hz: float | None = None,
) -> ECGRecord:
    """Read one ECG, whatever its format.

    Args:
        path: The record: any of its files, or for WFDB their common name without a suffix. With
            ``data``, the name of the main file in it.
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
    source = Source.of(path, data)
    head = source.head()
    known = formats()
    for form in known:
        if form.recognises(source, head):
            return form.read(source, sampling_rate_hz)
    for form in known:
        if Path(source.name).suffix.lower() in form.suffixes:
            raise RecordError(form.complaint(source, head))
    names = " and ".join(form.name for form in known)
    msg = f"{source.name} is in no format that can be read; give a record as {names}."
    raise RecordError(msg)
