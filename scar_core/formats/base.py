"""What one file format is to the rest: a name, how its content is recognised, how it is read."""

from collections.abc import Callable
from dataclasses import dataclass

from scar_core.formats._source import Source
from scar_core.record import ECGRecord


@dataclass(frozen=True)
class Format:
    """One file format; its module says ``FORMAT = Format(...)``.

    Attributes:
        name: Name of the module.
        title: What people call it, such as ``"CSV (.csv, .tsv)"``.
        suffixes: Lower-case file suffixes by which people know it, the usual one first. They only
            decide who explains a file that no format recognises.
        sniff: Says from a file's first ``HEAD_BYTES`` bytes, and from its name where the content
            cannot tell, whether this format reads it. It must not raise.
        read: Reads it; the second argument is the sampling rate in Hz, if the caller knows it.
            Whatever the file holds, it returns a record or raises RecordError. A format of
            several files asks its Source for those beside the named one.
        many: Whether a file holds several records, of which ``Source.member`` names one.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes, str], bool]
    read: Callable[[Source, float | None], ECGRecord]
    many: bool = False
