"""From a WFDB header's signals to their stored integers, file by file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import check_size
from scar_core.formats._header import Header, Signal
from scar_core.formats._signals import FLAC, PACKED, Ints, flac_samples
from scar_core.formats._source import Source

FLAC_LIMIT = 512_000_000


@dataclass(frozen=True)
class Stored:
    """What is stored of one signal.

    Attributes:
        digital: (sample,) integers, ``per_frame`` for every frame.
        missing: bool (sample,), True = the file says that there is no sample.
        sound: Whether the sum of the integers is what the header says; True if it says none.
    """

    digital: Ints
    missing: NDArray[np.bool_]
    sound: bool


def stored_signals(
    header: Header, wanted: Sequence[Signal], source: Source, file: str
) -> list[Stored]:
    """Read the signals that are wanted; files that hold none of them may be missing.

    Args:
        header: The header that ``file`` holds.
        wanted: Some of its signals.
        source: Where the signal files lie.
        file: The header's name, for what is said of it.

    Raises:
        RecordError: A signal file is missing, too short or damaged, or the record is too large.
    """
    files = dict.fromkeys(signal.file for signal in wanted if signal.storage)
    inside = {name: [s for s in header.signals if s.file == name] for name in files}
    n_frames = _check(header, inside, source, file)
    found = {signal: _nothing(signal, n_frames) for signal in wanted if not signal.storage}
    for signals in inside.values():
        frames = _frames(signals, n_frames, source, file)
        ends = np.cumsum([signal.per_frame for signal in signals])
        for end, signal in zip(ends, signals, strict=True):
            if signal in wanted:
                columns = frames[:, end - signal.per_frame : end]
                found[signal] = _stored(columns, signal, n_frames)
        del frames
    return [found[signal] for signal in wanted]


def _check(header: Header, inside: dict[str, list[Signal]], source: Source, file: str) -> int:
    """Compare what is declared with what is there, before anything is decoded.

    Returns:
        Frames of the record.

    Raises:
        RecordError: They contradict each other, or the record is too large.
    """
    n_frames = header.n_samples
    width = sum(signal.per_frame for signal in header.signals)
    for name, signals in inside.items():
        if len({(signal.storage, signal.offset) for signal in signals}) > 1:
            msg = f"{file} states several formats or offsets for {name}; one is needed."
            raise RecordError(msg)
        if n_frames is None and signals[0].storage in FLAC:
            msg = f"{file} does not state the number of samples, which format 5xx needs; add it."
            raise RecordError(msg)
        check_size(width, n_frames or 0, file)
        if not source.has(name):
            where = "uploaded" if source.folder is None else "there"
            msg = f"{file} names the signal file {name}, which is not {where}; add it."
            raise RecordError(msg)
        if n_frames is None:
            n_frames = _held(signals, source.size(name))
            check_size(width, n_frames, file)
    if not n_frames or n_frames < 1:
        msg = f"{file} declares {n_frames or 0} samples; a record has at least one second."
        raise RecordError(msg)
    skew = max((s.skew for signals in inside.values() for s in signals), default=0)
    if skew > n_frames:
        msg = f"{file} states a skew of {skew} samples, more than the record has; correct it."
        raise RecordError(msg)
    return n_frames


def _held(signals: Sequence[Signal], size: int) -> int:
    """Return how many frames a file of so many bytes holds."""
    width = sum(signal.per_frame for signal in signals)
    return PACKED[signals[0].storage].capacity(size - signals[0].offset) // width


def _frames(signals: Sequence[Signal], n_frames: int, source: Source, file: str) -> Ints:
    """Return (frame, sample in frame) of one file; more than asked for where a signal lags."""
    name, first = signals[0].file, signals[0]
    width = sum(signal.per_frame for signal in signals)
    if first.storage in FLAC:
        return _flac_frames(signals, n_frames, source)
    storage = PACKED[first.storage]
    wanted = (n_frames + max(signal.skew for signal in signals)) * width
    content = source.part(name, first.offset, storage.n_bytes(wanted))
    held = storage.capacity(len(content)) // width
    if held < n_frames:
        msg = (
            f"{name} is truncated: it holds {held} of the {n_frames} samples that {file} "
            "declares; get the complete file."
        )
        raise RecordError(msg)
    return storage.samples(content, held * width).reshape(held, width)


def _flac_frames(signals: Sequence[Signal], n_frames: int, source: Source) -> Ints:
    first, per_frame = signals[0], signals[0].per_frame
    try:
        if {signal.per_frame for signal in signals} != {per_frame}:
            msg = "its signals have several rates"
            raise ValueError(msg)
        content = source.read(first.file, FLAC_LIMIT)
        n_samples, bits = n_frames * per_frame, first.storage - 500
        samples = flac_samples(content, first.offset, n_samples, len(signals), bits)
    except ValueError as error:
        msg = (
            f"{first.file} cannot be decoded: damaged or truncated data ({error}); "
            "get the complete file."
        )
        raise RecordError(msg) from error
    frames = samples.reshape(n_frames, per_frame, len(signals))
    return frames.transpose(0, 2, 1).reshape(n_frames, -1)


def _stored(columns: Ints, signal: Signal, n_frames: int) -> Stored:
    """Undo steps and lag of one signal, (frame, sample in frame) as it lies in the file."""
    digital = columns.reshape(-1)
    packed = PACKED.get(signal.storage)
    if packed and packed.differences:
        digital = np.cumsum(digital, dtype=np.int64) + signal.initial
    n_samples = n_frames * signal.per_frame
    sound = signal.checksum is None or _sum(digital[:n_samples]) == signal.checksum
    digital = digital[signal.skew * signal.per_frame :][:n_samples]
    lost = n_samples - len(digital)
    nothing = packed.missing if packed else FLAC[signal.storage]
    missing = np.pad(
        np.zeros(len(digital), np.bool_) if nothing is None else digital == nothing,
        (0, lost),
        constant_values=True,
    )
    return Stored(np.pad(digital, (0, lost)), missing, sound)


def _nothing(signal: Signal, n_frames: int) -> Stored:
    n_samples = n_frames * signal.per_frame
    return Stored(np.zeros(n_samples, np.int8), np.ones(n_samples, np.bool_), sound=True)


def _sum(digital: Ints) -> int:
    return int(digital.sum(dtype=np.int64)) % 2**16
