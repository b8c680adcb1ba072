"""How records and errors cross between pages and worker.

A record travels as bytes: a 4-byte little-endian header length, the header as JSON (lead names,
rate, unit, shape), the signal as little-endian float32, row by row, and ``present`` as packed bits.
Only what its fingerprint covers travels: name, metadata and notes stay with whoever opened it.
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, Literal, cast

import numpy as np

from scar_core.errors import (
    CheckpointError,
    ConfigError,
    DatasetError,
    RecordError,
    ScarError,
    WorkerUnavailable,
)
from scar_core.record import ECGRecord

MAX_RECORD_BYTES = 64 * 2**20
MAX_QUESTION_BYTES = 2**20
_PREFIX = struct.Struct("<I")


class UnknownRecord(ScarError):  # noqa: N818 - an answer, not a mistake
    """The worker does not hold this record (any more); the client sends it and asks again."""


class QueueFull(WorkerUnavailable):
    """Too many requests wait already."""


class DeadlinePassed(WorkerUnavailable):
    """The answer was not there in time."""


class RequestTooLarge(ConfigError):  # noqa: N818 - like its siblings
    """More bytes than the door lets in."""


_STATUS: dict[type[ScarError], int] = {
    UnknownRecord: 404,
    RequestTooLarge: 413,
    QueueFull: 429,
    DeadlinePassed: 504,
    WorkerUnavailable: 503,
    CheckpointError: 503,
}
_KINDS: dict[str, type[ScarError]] = {
    kind.__name__: kind
    for kind in (
        UnknownRecord,
        RecordError,
        ConfigError,
        DatasetError,
        CheckpointError,
        WorkerUnavailable,
        ScarError,
    )
}


def encode_record(record: ECGRecord) -> bytes:
    """Return the bytes that ``decode_record`` turns into an equal record.

    Raises:
        RecordError: If it is larger than the worker accepts.
    """
    shape = record.signal.shape
    needed = 4 * math.prod(shape) + math.ceil(math.prod(shape) / 8)
    if needed > MAX_RECORD_BYTES - 4096:
        raise RecordError(
            f"The record has {shape[0]} leads of {shape[1]} samples, {needed / 2**20:.0f} MiB;"
            f" the worker takes {MAX_RECORD_BYTES // 2**20} MiB at most, so cut a window first."
        )
    header = json.dumps(
        {
            "lead_names": list(record.lead_names),
            "sampling_rate_hz": record.sampling_rate_hz,
            "unit": record.unit,
            "shape": list(shape),
        }
    ).encode()
    signal = np.ascontiguousarray(record.signal, dtype="<f4").tobytes()
    return _PREFIX.pack(len(header)) + header + signal + np.packbits(record.present).tobytes()


def decode_record(data: bytes) -> ECGRecord:
    """Rebuild the record that ``encode_record`` wrote.

    Raises:
        RecordError: If the bytes are not such a record.
    """
    try:
        (header_length,) = _PREFIX.unpack_from(data)
        body = _PREFIX.size + header_length
        header = json.loads(data[_PREFIX.size : body])
        n_leads, n_samples = (int(n) for n in header["shape"])
        names = tuple(str(name) for name in header["lead_names"])
        rate_hz, unit = float(header["sampling_rate_hz"]), str(header["unit"])
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(
            "The bytes sent are not a record as scar_core.serving.wire writes it;"
            " send what encode_record returns."
        ) from error
    size = n_leads * n_samples
    expected = body + 4 * size + math.ceil(size / 8)
    if n_leads < 1 or n_samples < 1 or len(data) != expected:
        raise RecordError(
            f"{len(data)} bytes came for a record of {n_leads} leads by {n_samples} samples,"
            f" which takes {expected}; send what encode_record returns."
        )
    signal = np.frombuffer(data, "<f4", size, body).reshape(n_leads, n_samples)
    bits = np.frombuffer(data, np.uint8, offset=body + 4 * size)
    return ECGRecord(
        signal=signal.astype(np.float32),
        lead_names=names,
        sampling_rate_hz=rate_hz,
        present=np.unpackbits(bits, count=size).astype(bool).reshape(n_leads, n_samples),
        unit=cast(Literal["mV", "sd"], unit),  # ECGRecord checks it
    )


def error_to_json(error: ScarError) -> tuple[int, dict[str, str]]:
    """Return the HTTP status and the JSON body in which ``error`` crosses."""
    family = type(error).__mro__
    status = next((_STATUS[kind] for kind in family if kind in _STATUS), 422)
    kind = next(kind for kind in family if kind in _KINDS.values())
    return status, {"error": str(error), "kind": kind.__name__}


def error_from_json(answer: Mapping[str, Any]) -> ScarError:
    """Return the error that ``error_to_json`` wrote, as the nearest class that callers catch."""
    kind = _KINDS.get(str(answer.get("kind")), WorkerUnavailable)
    return kind(str(answer.get("error", "The worker refused without saying why.")))
