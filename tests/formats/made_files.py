"""WFDB files in memory, written byte by byte so that reader and writer share no code."""

import struct
from collections.abc import Sequence

import numpy as np

from scar_core.record import ECGRecord

Files = dict[str, bytes]


def stored(record: ECGRecord, gain: float = 1000.0) -> np.ndarray:
    """(lead, sample) int: the record's millivolts as a converter stores them."""
    return np.round(record.signal.astype(np.float64) * gain).astype(int)


def wfdb_files(
    record: ECGRecord,
    *,
    stem: str = "a",
    labels: Sequence[str] | None = None,
    gain: str = "1000(0)/mV",
    comments: Sequence[str] = (),
    kind: str = "16",
) -> Files:
    """A header and one signal file in format 16, 212 or ``16+24`` (``.mat``)."""
    digital = stored(record)
    name = f"{stem}.mat" if kind == "16+24" else f"{stem}.dat"
    interleaved = digital.T.reshape(-1)
    content = pack_212(interleaved) if kind == "212" else interleaved.astype("<i2").tobytes()
    if kind == "16+24":
        content = struct.pack("<5i4s", 30, *digital.shape, 0, 4, b"val\0") + content
    lines = [f"{stem} {record.n_leads} {record.sampling_rate_hz:g} {record.n_samples}"]
    lines += [
        f"{name} {kind} {gain} 16 0 {row[0]} 0 0 {label}"
        for row, label in zip(digital, labels or record.lead_names, strict=True)
    ]
    lines += [f"#{comment}" for comment in comments]
    return {f"{stem}.hea": "\n".join(lines).encode(), name: content}


def pack_212(samples: np.ndarray) -> bytes:
    """Two 12-bit samples in three bytes: low byte, both high nibbles, low byte."""
    packed = bytearray()
    samples = np.append(samples, np.zeros(len(samples) % 2, int))
    for first, second in zip(samples[::2] & 0xFFF, samples[1::2] & 0xFFF, strict=True):
        high = (int(first) >> 8) | (int(second) >> 8) << 4
        packed += bytes([int(first) & 0xFF, high, int(second) & 0xFF])
    return bytes(packed)


def edited(files: Files, old: str, new: str, name: str = "a.hea") -> Files:
    """The files with one text in the header replaced; it must occur."""
    text = files[name].decode()
    assert old in text
    return files | {name: text.replace(old, new).encode()}
