"""Files of ECGs: the folder is the registry, one module per file format.

A module that can read a format says so with ``FORMAT = RecordFormat(...)``. Which one reads a
file is decided by what is in it; its suffix only decides whom the error message speaks about.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from math import isfinite
from pathlib import Path

from scar_core.errors import RecordError
from scar_core.formats.source import RecordFormat, Source
from scar_core.record import ECGRecord


def formats() -> tuple[RecordFormat, ...]:
    """Return every format in this folder, in the order of its module names."""
    modules = (import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    return tuple(module.FORMAT for module in modules if hasattr(module, "FORMAT"))


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
    if sampling_rate_hz is not None and not (isfinite(sampling_rate_hz) and sampling_rate_hz > 0):
        msg = f"A sampling rate of {sampling_rate_hz} Hz was given; give a positive number."
        raise RecordError(msg)
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
