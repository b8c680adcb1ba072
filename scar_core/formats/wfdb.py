"""WFDB records: a text header ``.hea`` and signal files (``.dat``, or ``.mat`` with a header).

The header is read here, because real headers carry record names, dates and paths that the wfdb
package refuses; it is then given a repaired copy, in a folder of its own, and only decodes the
samples. Format: https://wfdb.io/spec/header-files.html (checked 2025).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import (
    assemble,
    check_size,
    match_leads,
    metadata_of,
    unit_scale,
)
from scar_core.formats._header import (
    FLAC,
    PACKED,
    Header,
    Signal,
    is_header,
    parse_header,
)
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.leads import LIMB, limb_residual
from scar_core.record import ECGRecord

HEADER_LIMIT = 1_000_000
RAW_RESIDUAL = 0.05
"""Largest relative limb-lead residual at which raw values count as obeying Einthoven."""


def _sniff(head: bytes, name: str) -> bool:
    return name.lower().endswith(".hea") or is_header(head)


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    file = source.name
    if file.lower().endswith(".dat"):
        msg = (
            f"{file} is a signal file without a header; "
            f"put (or upload) {source.stem}.hea beside it."
        )
        raise RecordError(msg)
    header = parse_header(source.read(file, HEADER_LIMIT), file)
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


def _check_files(header: Header, source: Source, file: str) -> int:
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
    skew = max(signal.skew for signal in header.signals)
    if skew > n_samples:
        msg = f"{file} states a skew of {skew} samples, more than the record has; correct it."
        raise RecordError(msg)
    return n_samples


def _frames(inside: Sequence[Signal], size: int) -> int | None:
    """Return how many samples per signal a file can hold; None if it is compressed."""
    first = inside[0]
    if first.storage in FLAC:
        return None
    samples, per_bytes, _ = PACKED[first.storage]
    stored = max(0, size - first.offset) * samples // per_bytes
    return stored // sum(signal.per_frame for signal in inside)


def _missing(signal: Signal) -> int:
    return FLAC[signal.storage] if signal.storage in FLAC else PACKED[signal.storage][2]


def _decode(header: Header, source: Source, wanted: list[int], n_samples: int) -> NDArray[np.int32]:
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
            msg = f"{names} cannot be decoded: damaged or truncated data; get the complete file."
            raise RecordError(msg) from error
    if digital.shape != (len(wanted), n_samples):
        msg = (
            f"{', '.join(aliases)} holds {digital.shape[1]} of the {n_samples} samples that the "
            "header declares; get the complete file."
        )
        raise RecordError(msg)
    return digital


def _physical(
    digital: NDArray[np.int32], signals: Sequence[Signal], leads: Sequence[str]
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


FORMAT = Format("wfdb", "WFDB (.hea with .dat or .mat)", (".hea", ".dat"), _sniff, _read)
