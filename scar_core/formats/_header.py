"""The text of a WFDB header, read leniently where real headers break the rules.

Format: https://wfdb.io/spec/header-files.html (checked 2025).
"""

import re
from dataclasses import dataclass
from math import isfinite

from scar_core.errors import RecordError
from scar_core.formats._assemble import check_rate
from scar_core.formats._source import decoded, is_plain_name, looks_like_text

DEFAULT_RATE_HZ = 250.0
DEFAULT_GAIN = 200.0
MAX_SIGNALS = 512

# Samples in so many bytes, and the value that stands for "no sample", per storage format.
PACKED = {
    16: (1, 2, -(2**15)), 61: (1, 2, -(2**15)), 80: (1, 1, -(2**7)), 160: (1, 2, -(2**15)),
    24: (1, 3, -(2**23)), 32: (1, 4, -(2**31)), 212: (2, 3, -(2**11)),
    310: (3, 4, -(2**9)), 311: (3, 4, -(2**9)),
}  # fmt: skip
FLAC = {508: -(2**7), 516: -(2**15), 524: -(2**23)}

_FIRST = re.compile(r"^\S+\s+\d{1,6}(\s+[-+.\dnaNif]\S*(\s.*)?)?$")
_STORAGE = re.compile(r"^(\d{1,4})(?:x(\d{1,4}))?(?::(\d{1,9}))?(?:\+(\d{1,9}))?$")
_GAIN = re.compile(r"^([-+.\deEnaif]+)(?:\((-?\d{1,12})\))?(?:/(\S+))?$")


@dataclass(frozen=True)
class Signal:
    """One signal line of a header; ``gain`` in digital units per ``unit``."""

    file: str
    storage: int
    per_frame: int
    skew: int
    offset: int
    gain: float
    baseline: int
    unit: str
    zero: int
    label: str


@dataclass(frozen=True)
class Header:
    rate_hz: float
    n_samples: int | None
    signals: tuple[Signal, ...]
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
    if "/" in name:
        msg = f"{file} describes a record of several segments; give one of its segments instead."
        raise RecordError(msg)
    n_signals = int(count)
    if not 1 <= n_signals <= MAX_SIGNALS or len(lines) - 1 < n_signals:
        msg = (
            f"{file} declares {n_signals} signals but describes {len(lines) - 1}; "
            f"a header has one line for each of 1 to {MAX_SIGNALS} signals."
        )
        raise RecordError(msg)
    rate_hz = DEFAULT_RATE_HZ
    if rest:
        rate_hz = _number(re.split(r"[/(]", rest[0])[0], file, "sampling rate")
    check_rate(rate_hz, file)
    n_samples = int(_number(rest[1], file, "number of samples")) if len(rest) > 1 else 0
    signals = tuple(_parse_signal(line, file) for line in lines[1 : n_signals + 1])
    notes = [] if rest else [f"The header states no rate; {rate_hz:g} Hz is the format's default."]
    if any(signal.per_frame != 1 for signal in signals):
        notes.append("Signals stored at a higher rate were averaged to the record's rate.")
    return Header(rate_hz, n_samples or None, signals, comments, tuple(notes))


def is_header(head: bytes) -> bool:
    """Say whether a file begins as a header does: a record's line, then a signal's."""
    if not looks_like_text(head):
        return False
    lines = [line.strip() for line in decoded(head).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) < 2 or not _FIRST.match(lines[0]):
        return False
    storage = _STORAGE.match([*lines[1].split(), ""][1])
    return storage is not None and int(storage[1]) in PACKED.keys() | FLAC.keys()


def _parse_signal(line: str, file: str) -> Signal:
    fields = line.split(None, 8)
    storage = _STORAGE.match(fields[1]) if len(fields) > 1 else None
    if storage is None:
        msg = f"{file} has the signal line {line[:60]!r}, which states no file and format."
        raise RecordError(msg)
    if not is_plain_name(fields[0]):
        msg = (
            f"{file} names the signal file {fields[0]!r}, which is not beside it; "
            "write a file name without any folder."
        )
        raise RecordError(msg)
    kind, per_frame, skew, offset = (int(part) if part else 0 for part in storage.groups())
    if kind not in PACKED and kind not in FLAC:
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
        gain=gain or DEFAULT_GAIN,
        baseline=int(scaling[2]) if scaling and scaling[2] else zero,
        unit=(scaling[3] or "") if scaling else "",
        zero=zero,
        label=fields[8] if len(fields) > 8 else "",
    )


def _number(text: str, file: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        msg = f"{file} states the {what} {text[:30]!r}; a number is needed."
        raise RecordError(msg)
    return value
