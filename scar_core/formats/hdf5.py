"""HDF5: one record or many (CODE-15's parts), and MATLAB's version 7.3.

The ECG is the dataset called ``tracings``, ``signal`` or the like: (lead, sample), (sample, lead),
or with a first axis of records, of which ``FILE#5`` names the sixth. Nothing is followed out of
the file: no external or soft links, no external storage, no virtual datasets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError, ScarError
from scar_core.formats._arrays import (
    MOST_SMALL,
    Fact,
    facts_of,
    member_index,
    record_of,
    signal_name,
    without_padding,
)
from scar_core.formats._assemble import check_size
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.record import ECGRecord

if TYPE_CHECKING:
    import h5py

MAGIC = b"\x89HDF\r\n\x1a\n"
CHUNK_LIMIT = 64_000_000
DEEPEST = 3
MOST_LINKS = 1000
CODE15 = {"tracings", "exam_id"}
CODE15_UNIT = (
    "The authors of CODE-15 contradict themselves on the unit; the numbers are taken for "
    "millivolts, which fits their size."
)


def _sniff(head: bytes, name: str) -> bool:
    return any(head[at : at + 8] == MAGIC for at in (0, 512, 1024, 2048))


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    import h5py

    try:
        with source.open(source.name) as raw, h5py.File(raw, "r") as file:
            return _record(file, source, sampling_rate_hz)
    except ScarError:
        raise
    except Exception as error:
        # Damaged files surface as whatever h5py happens to raise.
        msg = f"{source.name} cannot be read as an HDF5 file: damaged or incomplete; get it again."
        raise RecordError(msg) from error


def _record(file: "h5py.File", source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    arrays = dict(_datasets(file, "", DEEPEST))
    chosen = signal_name(arrays, source.name)
    small = dict(_small(arrays, chosen))
    dataset = "CODE-15" if set(arrays) == CODE15 else ""
    beside = (file, arrays[chosen].parent, arrays[chosen])
    facts = facts_of(dict(_attributes(beside)) | small, dataset, 400.0)
    array, notes = _values(arrays[chosen], source)
    name = source.stem + (f"#{source.member}" if source.member else "")
    notes = (*notes, CODE15_UNIT) if dataset else notes
    facts = replace(facts, notes=notes)
    return record_of(array, facts, sampling_rate_hz, file=source.name, name=name)


def _datasets(group: "h5py.Group", path: str, depth: int) -> Iterator[tuple[str, "h5py.Dataset"]]:
    """Yield the datasets that lie in this file themselves."""
    import h5py

    for at, key in enumerate(group):
        if at == MOST_LINKS:
            return
        if key.startswith("#") or not isinstance(group.get(key, getlink=True), h5py.HardLink):
            continue
        item = group[key]
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            yield f"{path}{key}", item
        elif isinstance(item, h5py.Group) and depth:
            yield from _datasets(item, f"{path}{key}/", depth - 1)


def _values(dataset: "h5py.Dataset", source: Source) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Read one record of a dataset.

    Raises:
        RecordError: It lies outside the file, is too large, or there is no such record.
    """
    _check(dataset, source.name)
    shape = dataset.shape
    if len(shape) < 3:
        if source.member:
            msg = f"{source.name} holds one record; leave out '#{source.member}'."
            raise RecordError(msg)
        check_size(1, prod(shape), source.name)
        return np.asarray(dataset[()]), ()
    index, notes = member_index(source.member, shape[0], source.name)
    check_size(shape[1], shape[2], source.name)
    array, cut = without_padding(np.asarray(dataset[index]))
    return array, (*notes, *cut)


def _check(dataset: "h5py.Dataset", name: str) -> None:
    if dataset.external or dataset.is_virtual:
        msg = f"{name} keeps its numbers in other files, which are not read; store them inside."
        raise RecordError(msg)
    if dataset.chunks and prod(dataset.chunks) * dataset.dtype.itemsize > CHUNK_LIMIT:
        msg = f"{name} stores chunks of more than {CHUNK_LIMIT // 10**6} MB; store smaller ones."
        raise RecordError(msg)


def _small(arrays: dict[str, "h5py.Dataset"], chosen: str) -> Iterator[tuple[str, Fact]]:
    for key, dataset in arrays.items():
        if key == chosen or prod(dataset.shape) not in range(1, MOST_SMALL + 1):
            continue
        _check(dataset, key)
        if (fact := _fact(dataset[()], dataset.attrs.get("MATLAB_class"))) is not None:
            yield key, fact


def _attributes(
    holders: Sequence["h5py.Group | h5py.Dataset"],
) -> Iterator[tuple[str, Fact]]:
    """Yield what the file, the group and the dataset say of themselves."""
    for holder in holders:
        for key in list(holder.attrs)[:MOST_SMALL]:
            if (fact := _fact(holder.attrs[key], None)) is not None:
                yield key, fact


def _fact(value: object, matlab_class: object) -> Fact | None:
    """Return a text, texts or numbers; MATLAB stores text as numbers, and says so beside them."""
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if matlab_class == b"char" and array.dtype == np.uint16:
        return "".join(map(chr, array.reshape(-1, order="F").tolist()))
    if array.dtype.kind == "O":
        texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in array.flat]
        return tuple(texts) if all(isinstance(text, str) for text in texts) else None
    return array if array.dtype.kind in "iufSU" else None


FORMAT = Format("hdf5", "HDF5 (.h5, .hdf5, MATLAB 7.3)", (".hdf5", ".h5"), _sniff, _read, many=True)
