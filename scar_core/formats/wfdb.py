"""WFDB records: a text header ``.hea`` and signal files (``.dat``, or ``.mat`` with a header).

The header is read here, because real headers carry record names, dates and paths that the wfdb
package refuses; it is then given a repaired copy, in a folder of its own, and only decodes the
samples. Format: https://wfdb.io/spec/header-files.html (checked 2025).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats.assemble import (
    assemble,
    check_rate,
    check_size,
    match_leads,
    metadata_of,
    unit_scale,
)
from scar_core.formats.source import RecordFormat, Source, decoded, is_plain_name, looks_like_text
from scar_core.leads import LIMB, limb_residual
from scar_core.record import ECGRecord

HEADER_LIMIT = 1_000_000
DEFAULT_RATE_HZ = 250.0
DEFAULT_GAIN = 200.0
MAX_SIGNALS = 512
RAW_RESIDUAL = 0.05
"""Largest relative limb-lead residual at which raw values count as obeying Einthoven."""

# Samples in so many bytes, and the value that stands for "no sample", per storage format.
_PACKED = {
    16: (1, 2, -(2**15)), 61: (1, 2, -(2**15)), 80: (1, 1, -(2**7)), 160: (1, 2, -(2**15)),
    24: (1, 3, -(2**23)), 32: (1, 4, -(2**31)), 212: (2, 3, -(2**11)),
    310: (3, 4, -(2**9)), 311: (3, 4, -(2**9)),
}  # fmt: skip
_FLAC = {508: -(2**7), 516: -(2**15), 524: -(2**23)}

_FIRST = re.compile(r"^\S+\s+\d+(\s+[-+.\dnaNif]\S*)?(\s+\d+)?(\s.*)?$")
_STORAGE = re.compile(r"^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$")
_GAIN = re.compile(r"^([-+.\deEnaif]+)(?:\((-?\d+)\))?(?:/(\S+))?$")


@dataclass(frozen=True)
class _Signal:
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
class _Header:
    rate_hz: float
    n_samples: int | None
    signals: tuple[_Signal, ...]
    comments: tuple[str, ...]
    notes: tuple[str, ...] = ()


def _recognises(source: Source, head: bytes) -> bool:
    if source.name.lower().endswith(".hea") or not source.has(source.name):
        content = head or source.read(f"{source.name}.hea", HEADER_LIMIT)
        first = _content_lines(content)[:1] if looks_like_text(content[:4096]) else []
        return bool(first and _FIRST.match(first[0]))
    return source.name.lower().endswith((".dat", ".mat")) and source.has(f"{source.stem}.hea")


def _complaint(source: Source, head: bytes) -> str:
    if not source.name.lower().endswith(".hea"):
        return (
            f"{source.name} is a signal file without a header; "
            f"put (or upload) {source.stem}.hea beside it."
        )
    lines = _content_lines(head) if looks_like_text(head) else []
    found = f"its first line is {lines[0][:60]!r}" if lines else "it holds no text"
    return (
        f"{source.name} is no WFDB header: {found}, but a header starts with the record's name, "
        "the number of leads, the rate and the samples, such as 'a 12 500 5000'."
    )


def _content_lines(content: bytes) -> list[str]:
    lines = (line.strip() for line in decoded(content).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    file = source.name if source.name.lower().endswith(".hea") else f"{source.stem}.hea"
    header = _parse(decoded(source.read(file, HEADER_LIMIT)), file)
    rate_hz = sampling_rate_hz or header.rate_hz
    leads, notes = match_leads([signal.label for signal in header.signals], file)
    used = [header.signals[at] for at in leads.values()]
    # Only files that hold a lead are needed; the others may be missing.
    files = {signal.file for signal in used}
    stored = tuple(signal for signal in header.signals if signal.file in files)
    header = replace(header, signals=stored)
    n_samples = _check_files(header, source, file)
    digital = _decode(header, source, [stored.index(signal) for signal in used], n_samples)
    missing = np.stack([row == _missing(s) for row, s in zip(digital, used, strict=True)])
    values, unit = _physical(digital, used, list(leads))
    values[missing] = np.nan
    notes = [*header.notes, *notes]
    raw = None if unit == "sd" else _raw_is_right(digital, values, list(leads))
    if raw is not None:
        values = np.where(missing, np.float32(np.nan), raw)
        notes.append(
            "The header scales every lead to 1 mV from peak to peak; the raw values obey "
            "Einthoven's identities and were read as 1 µV per unit instead."
        )
    return assemble(
        values,
        tuple(leads),
        rate_hz,
        name=Path(file).stem,
        unit=unit,
        metadata=metadata_of(header.comments),
        notes=notes,
    )


def _parse(text: str, file: str) -> _Header:
    """Read a header's text.

    Raises:
        RecordError: It contradicts the format, or points outside its folder.
    """
    lines = [line.strip() for line in text.splitlines()]
    content = [line for line in lines if line and not line.startswith("#")]
    comments = tuple(line.lstrip("#").strip() for line in lines if line.startswith("#"))
    name, count, *rest = content[0].split()
    if "/" in name:
        msg = f"{file} describes a record of several segments; give one of its segments instead."
        raise RecordError(msg)
    n_signals = int(count)
    if not 1 <= n_signals <= MAX_SIGNALS or len(content) - 1 < n_signals:
        msg = (
            f"{file} declares {n_signals} signals but describes {len(content) - 1}; "
            f"a header has one line for each of 1 to {MAX_SIGNALS} signals."
        )
        raise RecordError(msg)
    rate_hz = DEFAULT_RATE_HZ
    if rest:
        rate_hz = _number(re.split(r"[/(]", rest[0])[0], file, "sampling rate")
    check_rate(rate_hz, file)
    n_samples = int(_number(rest[1], file, "number of samples")) if len(rest) > 1 else 0
    signals = tuple(_parse_signal(line, file) for line in content[1 : n_signals + 1])
    notes = [] if rest else [f"The header states no rate; {rate_hz:g} Hz is the format's default."]
    if any(signal.per_frame != 1 for signal in signals):
        notes.append("Signals stored at a higher rate were averaged to the record's rate.")
    return _Header(rate_hz, n_samples or None, signals, comments, tuple(notes))


def _parse_signal(line: str, file: str) -> _Signal:
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
    if kind not in _PACKED and kind not in _FLAC:
        known = ", ".join(map(str, (*_PACKED, *_FLAC)))
        msg = f"{file} uses the storage format {kind}, which is not read; known are {known}."
        raise RecordError(msg)
    scaling = _GAIN.match(fields[2]) if len(fields) > 2 else None
    if len(fields) > 2 and scaling is None:
        msg = f"{file} states the gain {fields[2][:30]!r}; write it as 1000(0)/mV."
        raise RecordError(msg)
    gain = _number(scaling[1], file, "gain") if scaling else 0.0
    zero = int(_number(fields[4], file, "ADC zero")) if len(fields) > 4 else 0
    return _Signal(
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


def _check_files(header: _Header, source: Source, file: str) -> int:
    """Compare what is declared with what is there, before anything is decoded.

    Returns:
        Samples per lead (frames).

    Raises:
        RecordError: A signal file is missing or too short, or the record is too large.
    """
    if header.n_samples is not None:
        check_size(sum(s.per_frame for s in header.signals), header.n_samples, file)
    n_samples = header.n_samples
    for name in dict.fromkeys(signal.file for signal in header.signals):
        inside = [signal for signal in header.signals if signal.file == name]
        if len({(signal.storage, signal.offset) for signal in inside}) > 1:
            msg = f"{file} states several formats or offsets for {name}; one is needed."
            raise RecordError(msg)
        if not source.has(name):
            where = "uploaded" if source.folder is None else "there"
            msg = f"{file} names the signal file {name}, which is not {where}; add it."
            raise RecordError(msg)
        holds = _frames(inside, source.size(name))
        if holds is None and n_samples is None:
            msg = f"{file} does not state the number of samples, which format 5xx needs; add it."
            raise RecordError(msg)
        if n_samples is None and holds is not None:
            n_samples = holds
            check_size(len(header.signals), n_samples, file)
        if holds is not None and n_samples is not None and holds < n_samples:
            msg = (
                f"{name} is truncated: it holds {holds} of the {n_samples} samples that {file} "
                "declares; get the complete file."
            )
            raise RecordError(msg)
    if not n_samples or n_samples < 1:
        msg = f"{file} declares {n_samples or 0} samples; a record has at least one second."
        raise RecordError(msg)
    return n_samples


def _frames(inside: Sequence[_Signal], size: int) -> int | None:
    """Return how many samples per signal a file can hold; None if it is compressed."""
    first = inside[0]
    if first.storage in _FLAC:
        return None
    samples, per_bytes, _ = _PACKED[first.storage]
    stored = max(0, size - first.offset) * samples // per_bytes
    return stored // sum(signal.per_frame for signal in inside)


def _missing(signal: _Signal) -> int:
    return _FLAC[signal.storage] if signal.storage in _FLAC else _PACKED[signal.storage][2]


def _decode(
    header: _Header, source: Source, wanted: list[int], n_samples: int
) -> NDArray[np.int32]:
    """Return the stored integers (wanted signal, sample) of a repaired copy of the record."""
    import wfdb

    with TemporaryDirectory(prefix="scar-wfdb-") as folder:
        here = Path(folder)
        aliases: dict[str, str] = {}
        lines = [f"r {len(header.signals)} {header.rate_hz:.9g} {n_samples}"]
        for at, signal in enumerate(header.signals):
            if signal.file not in aliases:
                aliases[signal.file] = f"s{len(aliases)}.dat"
                source.place(signal.file, here / aliases[signal.file])
            storage = f"{signal.storage}x{signal.per_frame}:{signal.skew}+{signal.offset}"
            line = f"{aliases[signal.file]} {storage} 1(0)/mV 0 {signal.zero} 0 0 0 c{at}"
            lines.append(line.replace("x1:", ":").replace(":0", "").replace("+0 ", " "))
        (here / "r.hea").write_text("\n".join(lines) + "\n", encoding="ascii")
        try:
            record: Any = wfdb.rdrecord(
                str(here / "r"), channels=wanted, physical=False, return_res=32
            )
            digital = np.ascontiguousarray(record.d_signal.T, dtype=np.int32)
        except Exception as error:
            # Damaged data surface as whatever numpy, soundfile or wfdb happen to raise.
            names = ", ".join(aliases)
            msg = f"{names} cannot be decoded, it is damaged or truncated; get the complete file."
            raise RecordError(msg) from error
    if digital.shape != (len(wanted), n_samples):
        msg = (
            f"{', '.join(aliases)} holds {digital.shape[1]} of the {n_samples} samples that the "
            "header declares; get the complete file."
        )
        raise RecordError(msg)
    return digital


def _physical(
    digital: NDArray[np.int32], signals: Sequence[_Signal], leads: Sequence[str]
) -> tuple[NDArray[np.float32], Literal["mV", "sd"]]:
    """Return the values (lead, sample) in the record's unit, by each lead's gain and baseline."""
    units = [
        unit_scale(signal.unit or "mV", lead) for signal, lead in zip(signals, leads, strict=True)
    ]
    if len({unit for unit, _ in units}) > 1:
        msg = "Some leads are in millivolt and others z-scored; store all of them in one unit."
        raise RecordError(msg)
    values = np.empty(digital.shape, np.float32)
    for row, (signal, (_, scale)) in enumerate(zip(signals, units, strict=True)):
        values[row] = (digital[row] - float(signal.baseline)) * (scale / signal.gain)
    return values, units[0][0]


def _raw_is_right(
    digital: NDArray[np.int32], values: NDArray[np.float32], leads: Sequence[str]
) -> NDArray[np.float32] | None:
    """Return raw values as microvolts if the header hides true amplitudes (as LUDB's do).

    That is so if every lead spans 1 mV (± 2 %) by the header, and the limb leads obey Einthoven
    clearly better in raw values than in the header's.
    """
    if not set(LIMB) <= set(leads) or not np.allclose(np.ptp(values, axis=1), 1.0, atol=0.02):
        return None
    rows = [leads.index(lead) for lead in LIMB]
    raw = digital.astype(np.float32) * np.float32(1e-3)
    residual = limb_residual(raw[rows])
    better = residual < RAW_RESIDUAL and residual < limb_residual(values[rows]) / 2
    return raw if better else None


FORMAT = RecordFormat("WFDB (.hea with .dat or .mat)", (".hea", ".dat", ".mat"),
                      _recognises, _read, _complaint)  # fmt: skip
