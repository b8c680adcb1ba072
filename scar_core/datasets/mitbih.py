"""MIT-BIH Arrhythmia Database by de Chazal's inter-patient split: 10-s windows, or single beats.

Beats are classed N, S, V, F, Q as ANSI/AAMI EC57 groups them; the four records of patients with
pacemakers are left out, as there. Records 201 and 202 are of one man and the published split has
them on both sides: 202 is tested on as published, 201 is left out here.
"""

from bisect import bisect_left
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from scar_core.datasets._annotations import beats_of
from scar_core.datasets.base import DatasetSpec, Example, truth_of
from scar_core.errors import DatasetError
from scar_core.formats import open_record
from scar_core.record import ECGRecord

AAMI = ("N", "S", "V", "F", "Q")
SYMBOLS = {
    "N": "N", "L": "N", "R": "N", "e": "N", "j": "N", "A": "S", "a": "S", "J": "S", "S": "S",
    "V": "V", "E": "V", "F": "F", "/": "Q", "f": "Q", "Q": "Q",
}  # fmt: skip
"""AAMI class of each symbol of a beat."""

DS1 = (
    "101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122", "124", "201",
    "203", "205", "207", "208", "209", "215", "220", "223", "230",
)  # fmt: skip
DS2 = (
    "100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210", "212", "213",
    "214", "219", "221", "222", "228", "231", "232", "233", "234",
)  # fmt: skip
SAME_MAN = "201"
VAL = ("114", "119", "203", "223")
"""Records of DS1 that are validated on; every class is among them."""

WINDOW_S = 10.0
BEAT_S = 2.0
_RATE_HZ = 360.0
_DURATION_S = 650_000 / _RATE_HZ

Beats = list[tuple[float, str]]
"""Time (s) and symbol of each beat, in order."""


@lru_cache(maxsize=4)
def _record(path: Path) -> ECGRecord:
    return open_record(path)


def _cut(path: Path, seconds: float, start_s: float) -> ECGRecord:
    return _record(path).window(seconds, start_s)


def _split_of(record: str) -> str:
    if record in DS2:
        return "test"
    return "val" if record in VAL else "train"


@lru_cache(maxsize=128)
def _beats(folder: Path, record: str) -> Beats:
    """Read a record's beats; none if it is not there, which is found out when it is listed."""
    file = folder / f"{record}.atr"
    if not file.is_file():
        return []
    try:
        found = beats_of(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"the beats of MIT-BIH record {record} cannot be read from {file} ({error}); fetch it "
            "again"
        ) from error
    return [(sample / _RATE_HZ, symbol) for sample, symbol in found]


def _example(folder: Path, record: str, start_s: float, seconds: float, symbols: str) -> Example:
    positive, negative = truth_of(
        [code for code, of in (("PVC", "V"), ("PAC", "Aa")) if set(of) & set(symbols)],
        ("PVC", "PAC"),
    )
    path = folder / f"{record}.hea"
    classes = {SYMBOLS[symbol] for symbol in symbols}
    return Example(
        name=f"{record}@{start_s:.3f}",
        path=path,
        patient="201" if record == "202" else record,
        split=_split_of(record),
        positive=positive,
        negative=negative,
        labels={"aami": tuple(label for label in AAMI if label in classes)},
        opener=partial(_cut, path, seconds, start_s),
    )


def windows(beats: Beats, duration_s: float = _DURATION_S) -> list[tuple[float, str]]:
    """Whole windows of 10 s, one after another: start (s) and the symbols of the beats in it."""
    times = [at for at, _ in beats]
    found = []
    for number in range(int(duration_s // WINDOW_S)):
        start = number * WINDOW_S
        inside = beats[bisect_left(times, start) : bisect_left(times, start + WINDOW_S)]
        found.append((start, "".join(symbol for _, symbol in inside)))
    return found


def single(beats: Beats, duration_s: float = _DURATION_S) -> list[tuple[float, str]]:
    """Beats in the middle of 2 s: start (s) and symbol; those at the very ends are left out."""
    half = BEAT_S / 2
    return [(at - half, symbol) for at, symbol in beats if half <= at <= duration_s - half]


def _records() -> tuple[str, ...]:
    return tuple(record for record in (*DS1, *DS2) if record != SAME_MAN)


def _list_windows(folder: Path) -> list[Example]:
    return [
        _example(folder, record, start, WINDOW_S, symbols)
        for record in _records()
        for start, symbols in windows(_beats(folder, record))
    ]


def _list_beats(folder: Path) -> list[Example]:
    found = []
    for record in _records():
        if not (folder / f"{record}.atr").is_file():
            found.append(_example(folder, record, 0.0, BEAT_S, ""))  # said to be missing by name
        for start, symbol in single(_beats(folder, record)):
            found.append(_example(folder, record, start, BEAT_S, symbol))
    return found


DATASET = DatasetSpec(
    name="mitbih",
    title="MIT-BIH Arrhythmia Database, 10-s windows",
    licence="ODC-By",
    citation="Moody and Mark, The impact of the MIT-BIH Arrhythmia Database (2001); split of de "
    "Chazal et al., Automatic classification of heartbeats (2004)",
    folder="mitdb",
    splits=("train", "val", "test"),
    tasks={"aami": AAMI},
    list_examples=_list_windows,
    size="48 records of 47 patients, two leads, 30 min, 104 MB",
    get="python -m scar_core data download mitbih",
    url="https://physionet.org/content/mitdb/1.0.0/",
    how_split="de Chazal's DS2 test (22 records); DS1 without record 201, whose patient is in "
    f"DS2: {', '.join(VAL)} val, the other 17 train",
    index=("100.hea", "[12]??.atr"),
    also=("mitbih", "physionet.org/files/mitdb/1.0.0"),
    files="https://physionet.org/files/mitdb/1.0.0/",
)

VARIANTS = (
    replace(
        DATASET,
        name="mitbih-beats",
        title="MIT-BIH Arrhythmia Database, single beats",
        list_examples=_list_beats,
    ),
)
