"""NPY: NumPy's arrays, alone (``.npy``) or named (``.npz``); never with Python objects in them.

A single array is the ECG, (lead, sample) or (sample, lead), or several records in one array of
three axes. Of named arrays one is called ``signal``; ``fs``, ``lead_names`` and ``unit`` are read.
"""

import zipfile
import zlib
from dataclasses import dataclass, replace
from io import BytesIO
from math import prod
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._arrays import (
    NAMES,
    Fact,
    facts_of,
    member_index,
    record_of,
    signal_name,
    without_padding,
)
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.record import ECGRecord

FILE_LIMIT = 400_000_000
ARRAY_LIMIT = 256_000_000
SMALL_BYTES = 65_536
HEADER_LIMIT = 12_000
MOST_MEMBERS = 200
_ENTRY, _END, _END_64 = b"PK\3\4", b"PK\5\6", b"PK\6\7"
"""Where a zip archive's entries, its list of them, and that list's long form begin."""
_NO_ARRAY = "it holds no plain array of numbers"


@dataclass(frozen=True)
class _Header:
    """Where and how an array lies in a file.

    Attributes:
        shape: Length of each axis.
        dtype: Type of the numbers.
        offset: Bytes before the first one.
        fortran: Whether the first axis changes fastest.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    fortran: bool


def _sniff(head: bytes, name: str) -> bool:
    member = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return head.startswith(npy_format.MAGIC_PREFIX) or (
        head.startswith(_ENTRY) and member.endswith(b".npy")
    )


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    head = source.head()
    try:
        if head.startswith(npy_format.MAGIC_PREFIX):
            array, small, notes = _single(source)
        else:
            array, small, notes = _named(source)
    except (ValueError, EOFError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        msg = (
            f"{source.name} cannot be read as a NumPy file ({str(error)[:120] or 'damaged'}); "
            "save it again with numpy.save or numpy.savez, without Python objects."
        )
        raise RecordError(msg) from error
    facts = facts_of(small)
    name = source.stem + (f"#{source.member}" if source.member else "")
    facts = replace(facts, notes=notes)
    return record_of(array, facts, sampling_rate_hz, file=source.name, name=name)


def _single(source: Source) -> tuple[NDArray[Any], dict[str, Fact], tuple[str, ...]]:
    """Read an array of its own; of three axes only the record that is asked for."""
    header = _header(source.part(source.name, 0, HEADER_LIMIT))
    signal_name({"array": header}, source.name)
    shape, start = header.shape, header.offset
    if len(shape) == 3 and not header.fortran:
        index, notes = member_index(source.member, shape[0], source.name)
        shape = shape[1:]
        start += index * prod(shape) * header.dtype.itemsize
        array = _values(source.part(source.name, start, _n_bytes(shape, header)), shape, header)
        array, cut = without_padding(array)
        return array, {}, (*notes, *cut)
    array = _values(source.part(source.name, start, _n_bytes(shape, header)), shape, header)
    return _one(array, source)


def _one(
    array: NDArray[Any], source: Source
) -> tuple[NDArray[Any], dict[str, Fact], tuple[str, ...]]:
    if array.ndim == 3:
        index, notes = member_index(source.member, len(array), source.name)
        array, cut = without_padding(array[index])
        return array, {}, (*notes, *cut)
    if source.member:
        msg = f"{source.name} holds one record; leave out '#{source.member}'."
        raise RecordError(msg)
    return array, {}, ()


def _named(source: Source) -> tuple[NDArray[Any], dict[str, Fact], tuple[str, ...]]:
    """Read the array that is the ECG, and the small ones."""
    content = source.read(source.name, FILE_LIMIT)
    _check_directory(content)
    headers: dict[str, _Header] = {}
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        for key, info in members.items():
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                continue
            with archive.open(info) as file:
                try:
                    headers[key] = _header(file.read(HEADER_LIMIT))
                except ValueError as error:
                    # Whatever else lies beside the ECG may stay unread, but not its leads' names.
                    if key.lower() in NAMES:
                        msg = f"{key!r} holds objects; store the names as strings"
                        raise ValueError(msg) from error
        chosen = signal_name(headers, source.name)
        array, _, notes = _one(_member(archive, members[chosen], headers.pop(chosen)), source)
        small: dict[str, Fact] = {
            key: _member(archive, members[key], header)
            for key, header in headers.items()
            if prod(header.shape) * header.dtype.itemsize <= SMALL_BYTES
        }
    return array, small, notes


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, header: _Header) -> NDArray[Any]:
    with archive.open(info) as file:
        data = file.read(header.offset + _n_bytes(header.shape, header))
    return _values(data[header.offset :], header.shape, header)


def _check_directory(content: bytes) -> None:
    """Refuse an archive of more members than an ECG has, before they are listed."""
    at = content.rfind(_END, -66_000)
    listed = int.from_bytes(content[at + 12 : at + 16], "little")
    if at < 0 or content[at - 20 : at - 16] == _END_64:
        msg = "no complete archive"
        raise ValueError(msg)
    if int.from_bytes(content[at + 10 : at + 12], "little") > MOST_MEMBERS or listed > 100_000:
        msg = f"more than {MOST_MEMBERS} arrays"
        raise ValueError(msg)


def _header(start: bytes) -> _Header:
    """Read the header of an array.

    Raises:
        ValueError: There is none, or the array holds objects, or is too large.
    """
    file = BytesIO(start)
    version = npy_format.read_magic(file)
    read = {
        (1, 0): npy_format.read_array_header_1_0,
        (2, 0): npy_format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(_NO_ARRAY)
    try:
        shape, fortran, dtype = read(file)
    except (
        ValueError, SyntaxError, TokenError, TypeError, RecursionError, MemoryError, KeyError
    ) as error:  # fmt: skip
        raise ValueError(_NO_ARRAY) from error
    if dtype.hasobject or dtype.kind not in "iufSU" or any(length < 0 for length in shape):
        raise ValueError(_NO_ARRAY)
    return _Header(tuple(map(int, shape)), dtype, file.tell(), bool(fortran))


def _n_bytes(shape: tuple[int, ...], header: _Header) -> int:
    n_bytes = prod(shape) * header.dtype.itemsize
    if n_bytes > ARRAY_LIMIT:
        msg = f"its array has {n_bytes / 1e6:.0f} MB, more than the {ARRAY_LIMIT / 1e6:g} MB read"
        raise ValueError(msg)
    return n_bytes


def _values(data: bytes, shape: tuple[int, ...], header: _Header) -> NDArray[Any]:
    if len(data) < _n_bytes(shape, header):
        msg = f"it holds {len(data)} of {_n_bytes(shape, header)} bytes"
        raise ValueError(msg)
    flat = np.frombuffer(data, header.dtype, prod(shape))
    return flat.reshape(shape, order="F" if header.fortran else "C")


FORMAT = Format("npy", "NumPy (.npy, .npz)", (".npy", ".npz"), _sniff, _read, many=True)
