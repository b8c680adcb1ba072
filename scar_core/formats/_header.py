"""The text of a WFDB header, read leniently where real headers break the rules.

Format: https://wfdb.io/spec/header-files.html (checked 2025).
"""

import re
from dataclasses import dataclass
from math import isfinite

from scar_core.errors import RecordError
from scar_core.formats._assemble import check_rate
from scar_core.formats._signals import FLAC, PACKED
from scar_core.formats._source import decoded, is_plain_name, looks_like_text

DEFAULT_RATE_HZ = 250.0
DEFAULT_GAIN = 200.0
MAX_SIGNALS = 512
NOT_STORED = ["~", "0"]
"""File and format of a signal of which nothing is stored."""

_FIRST = re.compile(r"^\S+\s+\d{1,6}(\s+[-+.\dnaNif]\S*(\s.*)?)?$")
_STORAGE = re.compile(r"^(\d{1,4})(?:x(\d{1,4}))?(?::(\d{1,9}))?(?:\+(\d{1,9}))?$")
_SEGMENTS = re.compile(r"^[^/]+/(\d{1,6})$")
_SEGMENT = re.compile(r"^(\S+)\s+(\d{1,12})$")
_GAIN = re.compile(r"^([-+.\deEnaif]+)(?:\((-?\d{1,12})\))?(?:/(\S+))?$")


@dataclass(frozen=True)
class Signal:
    """One signal line of a header.

    Attributes:
        file: The signal file, beside the header.
        storage: Number of the storage format; 0 if nothing is stored.
        per_frame: Samples in each frame of the record.
        skew: Frames by which the signal lags behind the others in its file.
        offset: Bytes (FLAC: samples) before the first frame.
        gain: Digital units per ``unit``; 0 if it is not stated.
        baseline: Digital value of 0 ``unit``.
        unit: As written; empty if it is not.
        initial: First digital value, to which format 8 adds its steps.
        checksum: Sum of the digital values modulo 2**16; None if it is not stated.
        label: What the signal is called.
    """

    file: str
    storage: int
    per_frame: int
    skew: int
    offset: int
    gain: float
    baseline: int
    unit: str
    initial: int
    checksum: int | None
    label: str


@dataclass(frozen=True)
class Header:
    """A header: of signals, or of segments that are records of their own.

    Attributes:
        rate_hz: Frames per second.
        n_samples: Frames; None if not stated.
        signals: Its signals; empty in a header of segments.
        segments: Name and frames of each segment, in order; ``"~"`` is a gap.
        comments: Lines after ``#``.
        notes: What had to be assumed.
    """

    rate_hz: float
    n_samples: int | None
    signals: tuple[Signal, ...]
    segments: tuple[tuple[str, int], ...]
    comments: tuple[str, ...]
    notes: tuple[str, ...] = ()


def parse_header(content: bytes, file: str) -> Header:
    """Read a header.

    Raises:
        RecordError: It is none, contradicts the format, or points outside its folder.
    """
    lines = [line.strip() for line in decoded(content).splitlines()]
    comments = tuple(line.lstrip("#").strip() for line in lines if line.startswith("#"))
    lines = [line for line in lines if line and not line.startswith("#")]
    if not looks_like_text(content) or not lines or not _FIRST.match(lines[0]):
        found = "binary data or nothing"
        if looks_like_text(content) and lines:
            found = f"the first line {lines[0][:60]!r}"
        msg = (
            f"{file} is no WFDB header: it holds {found}, but a header starts with the record's "
            "name, the number of leads, the rate and the samples, such as 'a 12 500 5000'."
        )
        raise RecordError(msg)
    name, count, *rest = lines[0].split()
    rate_hz = DEFAULT_RATE_HZ
    if rest:
        rate_hz = _number(re.split(r"[/(]", rest[0])[0], file, "sampling rate")
    check_rate(rate_hz, file)
    stated = int(_number(rest[1], file, "number of samples")) if len(rest) > 1 else 0
    notes = [] if rest else [f"The header states no rate; {rate_hz:g} Hz is the format's default."]
    if "/" in name:
        segments = _parse_segments(lines, file)
        total = sum(n_samples for _, n_samples in segments)
        if stated and total != stated:
            msg = f"{file} declares {stated} samples, but its segments add up to {total}; mend it."
            raise RecordError(msg)
        return Header(rate_hz, total, (), segments, comments, tuple(notes))
    n_signals = int(count)
    if not 1 <= n_signals <= MAX_SIGNALS or len(lines) - 1 < n_signals:
        msg = (
            f"{file} declares {n_signals} signals but describes {len(lines) - 1}; "
            f"a header has one line for each of 1 to {MAX_SIGNALS} signals."
        )
        raise RecordError(msg)
    signals = tuple(_parse_signal(line, file) for line in lines[1 : n_signals + 1])
    return Header(rate_hz, stated or None, signals, (), comments, tuple(notes))


def _parse_segments(lines: list[str], file: str) -> tuple[tuple[str, int], ...]:
    """Read the lines ``NAME SAMPLES`` of a record of several segments."""
    declared = _SEGMENTS.match(lines[0].split()[0])
    rows = [_SEGMENT.match(line) for line in lines[1:]]
    found = [(row[1], int(row[2])) for row in rows if row]
    if declared is None or not found or not len(found) == len(rows) == int(declared[1]):
        msg = (
            f"{file} describes a record of several segments, but not one line with name and "
            f"samples for each of them ({lines[0].split()[0][:40]!r} above {len(rows)} lines)."
        )
        raise RecordError(msg)
    outside = [name for name, _ in found if not is_plain_name(name) and name != "~"]
    if outside:
        msg = f"{file} names the segment {outside[0]!r}, which is not beside it; write its name."
        raise RecordError(msg)
    return tuple(found)


def is_header(head: bytes) -> bool:
    """Say whether a file begins as a header does: a record's line, then a signal's or segment's."""
    if not looks_like_text(head):
        return False
    lines = [line.strip() for line in decoded(head).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) < 2 or not _FIRST.match(lines[0]):
        return False
    if _SEGMENTS.match(lines[0].split()[0]):
        return _SEGMENT.match(lines[1]) is not None
    storage = _STORAGE.match([*lines[1].split(), ""][1])
    return storage is not None and int(storage[1]) in PACKED.keys() | FLAC.keys()


def _parse_signal(line: str, file: str) -> Signal:
    fields = line.split(None, 8)
    storage = _STORAGE.match(fields[1]) if len(fields) > 1 else None
    if storage is None:
        msg = f"{file} has the signal line {line[:60]!r}, which states no file and format."
        raise RecordError(msg)
    if not is_plain_name(fields[0]) and fields[:2] != NOT_STORED:
        msg = (
            f"{file} names the signal file {fields[0]!r}, which is not beside it; "
            "write a file name without any folder."
        )
        raise RecordError(msg)
    kind, per_frame, skew, offset = (int(part) if part else 0 for part in storage.groups())
    if kind not in PACKED and kind not in FLAC and fields[:2] != NOT_STORED:
        known = ", ".join(map(str, (*PACKED, *FLAC)))
        msg = f"{file} uses the storage format {kind}, which is not read; known are {known}."
        raise RecordError(msg)
    scaling = _GAIN.match(fields[2]) if len(fields) > 2 else None
    if len(fields) > 2 and scaling is None:
        msg = f"{file} states the gain {fields[2][:30]!r}; write it as 1000(0)/mV."
        raise RecordError(msg)
    gain = _number(scaling[1], file, "gain") if scaling else 0.0
    zero = int(_number(fields[4], file, "ADC zero")) if len(fields) > 4 else 0
    return Signal(
        file=fields[0],
        storage=kind,
        per_frame=max(per_frame, 1),
        skew=skew,
        offset=offset,
        gain=gain,
        baseline=int(scaling[2]) if scaling and scaling[2] else zero,
        unit=(scaling[3] or "") if scaling else "",
        initial=int(_number(fields[5], file, "first value")) if len(fields) > 5 else zero,
        checksum=_checksum(fields[6]) if len(fields) > 6 else None,
        label=fields[8] if len(fields) > 8 else "",
    )


def _checksum(text: str) -> int | None:
    """Return the stated checksum modulo 2**16; 0 is what writers put who computed none."""
    return int(text) % 2**16 or None if re.fullmatch(r"-?\d{1,12}", text) else None


def _number(text: str, file: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        msg = f"{file} states the {what} {text[:30]!r}; a number is needed."
        raise RecordError(msg)
    return value
