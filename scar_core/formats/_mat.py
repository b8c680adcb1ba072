"""MATLAB files of versions 4 and 5, read so that no length in them is believed.

Numbers, texts, structs of one element and cells of texts are read; what else such files can hold
(objects, functions, sparse and complex arrays) is passed over.
Format: MathWorks, "MAT-File Format" (R2024a). Version 7.3 is HDF5.
"""

import struct
import zlib
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.formats._arrays import Fact
from scar_core.formats._assemble import MAX_VALUES

EXPANDED_LIMIT = 128_000_000
"""Most bytes that the compressed parts of a file may take when expanded."""
DEEPEST = 4
MOST_TEXT = 10_000

_V4_TYPES = {0: "f8", 1: "f4", 2: "i4", 3: "i2", 4: "u2", 5: "u1"}
_V5_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8",
             12: "i8", 13: "u8"}  # fmt: skip
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _CHAR, _DOUBLE, _SINGLE, _LAST_NUMERIC = 1, 2, 4, 6, 7, 15


def is_mat4(head: bytes) -> bool:
    """Say whether a file begins as version 4 does: with the size and name of a matrix."""
    return _mat4_order(head) != ""


def _mat4_order(head: bytes) -> str:
    """Return the byte order of a matrix of version 4; empty if it is none."""
    if len(head) < 20:
        return ""
    for order in "<>":
        kind, rows, columns, imaginary, length = struct.unpack(f"{order}5i", head[:20])
        name = head[20 : 20 + max(0, min(length, 64))]
        big, rest = divmod(kind, 1000)
        if (
            big == (order == ">")
            and (rest // 10 in _V4_TYPES and rest % 10 in (0, 1))
            and (rows > 0 and columns > 0 and imaginary in (0, 1) and 1 < length <= 64)
            and (name[-1:] == b"\0" and name[:-1].isalnum())
        ):
            return order
    return ""


def is_mat5(head: bytes) -> bool:
    """Say whether a file begins as version 5 does."""
    return len(head) >= 136 and head[124:128] in (b"\0\1IM", b"\1\0MI")


def mat_variables(content: bytes) -> dict[str, Fact]:
    """Return the variables of a file by name; fields of structs as ``STRUCT.FIELD``.

    Raises:
        ValueError: It is damaged, or larger than anything that is read.
    """
    try:
        found = _version_5(content) if is_mat5(content) else _version_4(content)
    except (struct.error, zlib.error, UnicodeError, StopIteration) as error:
        msg = f"{error or 'it ends too early'}"
        raise ValueError(msg) from error
    return found


def _version_4(content: bytes) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    at = 0
    while order := _mat4_order(content[at : at + 128]):
        kind, rows, columns, imaginary, length = struct.unpack_from(f"{order}5i", content, at)
        name = content[at + 20 : at + 20 + length - 1].decode("latin-1")
        dtype = np.dtype(order + _V4_TYPES[kind % 1000 // 10])
        start = at + 20 + length
        values = _numbers(memoryview(content)[start:], dtype, rows * columns)
        if kind % 10 == 0 and not imaginary:
            found[name] = values.reshape((rows, columns), order="F")
        at = start + values.nbytes * (1 + imaginary)
    return found


def _version_5(content: bytes) -> dict[str, Fact]:
    order = "<" if content[126:128] == b"IM" else ">"
    found: dict[str, Fact] = {}
    left = EXPANDED_LIMIT
    for kind, data in _elements(memoryview(content)[128:], order):
        if kind == _COMPRESSED:
            expanded = zlib.decompressobj().decompress(data, left)
            left -= len(expanded)
            if left <= 0:
                msg = f"it expands to more than {EXPANDED_LIMIT // 10**6} MB"
                raise ValueError(msg)
            inner = memoryview(expanded)
            kind, data = next(_elements(inner, order))
        if kind == _MATRIX:
            name, value = _matrix(data, order, DEEPEST)
            found |= _flat(name, value)
    return found


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Yield kind and bytes of each element; short ones lie within their own tag."""
    at = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from(f"{order}II", data, at)
        short, kind = kind >> 16, kind & 0xFFFF
        start, length = (at + 4, short) if short else (at + 8, length)
        if start + length > len(data) or short > 4:
            msg = "it ends too early"
            raise ValueError(msg)
        yield kind, data[start : start + length]
        at = at + 8 if short else start + length
        if not short and kind != _COMPRESSED:
            at += -length % 8


def _matrix(data: memoryview, order: str, depth: int) -> tuple[str, object]:
    """Return name and value of a matrix: a Fact, a dict of fields, or None."""
    parts = _elements(data, order)
    flags = struct.unpack_from(f"{order}I", next(parts)[1])[0]
    dims = tuple(np.frombuffer(next(parts)[1], f"{order}i4").tolist())
    name = bytes(next(parts)[1]).decode("latin-1")
    klass, is_complex = flags & 0xFF, bool(flags & 0x800)
    if not depth or min(dims, default=0) <= 0 or is_complex:
        return name, None
    if klass == _CHAR:
        return name, _text(*next(parts), order, dims)
    if _DOUBLE <= klass <= _LAST_NUMERIC:
        kind, numbers = next(parts)
        dtype = np.dtype(order + _V5_TYPES[kind]) if kind in _V5_TYPES else None
        if dtype is None:
            return name, None
        return name, _widened(_numbers(numbers, dtype, prod(dims)), klass).reshape(dims, order="F")
    if klass == _STRUCT and prod(dims) == 1:
        length = max(1, struct.unpack_from(f"{order}i", next(parts)[1])[0])
        names = bytes(next(parts)[1])
        fields = [names[i : i + length].split(b"\0")[0] for i in range(0, len(names), length)]
        values = (_matrix(inner, order, depth - 1)[1] for _, inner in parts)
        return name, dict(zip((field.decode("latin-1") for field in fields), values, strict=False))
    if klass == _CELL:
        cells = [_matrix(inner, order, depth - 1)[1] for _, inner in parts]
        texts = tuple(cell for cell in cells if isinstance(cell, str))
        return name, texts if len(texts) == len(cells) else None
    return name, None


def _numbers(data: memoryview, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    if count > MAX_VALUES or count * dtype.itemsize > len(data):
        msg = f"it promises {count} numbers in {len(data)} bytes"
        raise ValueError(msg)
    return np.frombuffer(data, dtype, count)


def _widened(numbers: NDArray[Any], klass: int) -> NDArray[Any]:
    """Numbers that were stored shorter than they are; single precision holds 16 bits exactly."""
    if klass in (_DOUBLE, _SINGLE) and numbers.dtype.kind in "iu":
        return numbers.astype(np.float32 if numbers.dtype.itemsize <= 2 else np.float64)
    return numbers


def _text(kind: int, data: memoryview, order: str, dims: tuple[int, ...]) -> Fact | None:
    """Decode a text, or the rows of several."""
    if kind not in _TEXTS or len(data) > 4 * MOST_TEXT or prod(dims) > MOST_TEXT:
        return None
    endian = {"<": "-le", ">": "-be"}[order] if _TEXTS[kind][-2:] in ("16", "32") else ""
    text = bytes(data).decode(_TEXTS[kind] + endian)
    if dims[0] == 1:
        return text
    return tuple(text[row :: dims[0]].strip() for row in range(dims[0]))


def _flat(name: str, value: object) -> dict[str, Fact]:
    """Name the fields of a struct after it; drop what is no fact."""
    if isinstance(value, dict):
        return {
            key: fact
            for field, inner in value.items()
            for key, fact in _flat(f"{name}.{field}", inner).items()
        }
    return {name: value} if isinstance(value, str | tuple | np.ndarray) else {}
