"""MIT-BIH: classes of beats as in the literature, windows and beats where they belong."""

import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given
from hypothesis import strategies as st

from scar_core.datasets import Example, dataset
from scar_core.datasets._annotations import beats_of
from scar_core.datasets.base import SPLITS
from scar_core.datasets.mitbih import DS1, DS2, SAME_MAN, SYMBOLS, VAL, single, windows
from scar_core.errors import DatasetError

PACED = {"102", "104", "107", "217"}


def all_of(name: str, root: Path) -> dict[str, list[Example]]:
    return {split: dataset(name).examples(root, split) for split in SPLITS}


def test_the_published_split() -> None:
    assert len(set(DS1)) == len(set(DS2)) == 22 and not set(DS1) & set(DS2)
    assert not (set(DS1) | set(DS2)) & PACED and set(VAL) < set(DS1)
    assert SAME_MAN in DS1 and "202" in DS2


@given(st.lists(st.floats(0, 99.99), max_size=30), st.floats(10, 100))
def test_every_beat_is_in_the_window_of_its_time(times: list[float], duration: float) -> None:
    beats = [(at, "NV"[i % 2]) for i, at in enumerate(sorted(times))]
    found = windows(beats, duration)
    assert [start for start, _ in found] == [10.0 * i for i in range(int(duration // 10))]
    for start, symbols in found:
        slow = "".join(symbol for at, symbol in beats if start <= at < start + 10)
        assert symbols == slow
    alone = single(beats, duration)
    assert len(alone) == sum(1 <= at <= duration - 1 for at, _ in beats)


def test_real_windows(real_ecg: Path) -> None:
    found = all_of("mitbih", real_ecg)
    assert [len(examples) for examples in found.values()] == [17 * 180, 4 * 180, 22 * 180]
    patients = [{e.patient for e in examples} for examples in found.values()]
    assert sum(map(len, patients)) == len(set().union(*patients)) == 43
    assert "201" in patients[2] and not any(e.name.startswith("201@") for e in found["train"])
    classes = {split: set().union(*(e.labels["aami"] for e in es)) for split, es in found.items()}
    assert all(said == {"N", "S", "V", "F", "Q"} for said in classes.values())
    example = next(e for e in found["test"] if e.name == "200@10.000")
    record = example.read()
    assert record.duration_s == 10 and record.lead_names == ("II", "V1")
    assert "V" in example.labels["aami"] and "PVC" in example.positive
    first = next(e for e in found["test"] if e.name == "200@0.000")
    assert first.read().fingerprint() != record.fingerprint()


def test_real_beats_are_counted_as_published(real_ecg: Path) -> None:
    """Counts of DS2 in the literature, but for the beats in the first and last second."""
    found = all_of("mitbih-beats", real_ecg)
    counts = Counter(e.labels["aami"][0] for e in found["test"])
    published = {"N": 44259, "S": 1837, "V": 3221, "F": 388, "Q": 7}
    for label, n in published.items():
        assert n - 60 <= counts[label] <= n
    assert sum(published.values()) - 66 <= len(found["test"]) <= sum(published.values())
    assert len({e.name for es in found.values() for e in es}) == sum(map(len, found.values()))
    beat = found["test"][0].read()
    assert beat.duration_s == pytest.approx(2.0)
    away = abs(beat.signal[0] - np.median(beat.signal[0]))
    assert away[340:380].max() > 0.9 * away.max()


@pytest.mark.parametrize("record", ["100", "208"])
def test_annotations_are_read_as_the_wfdb_package_reads_them(record: str, real_ecg: Path) -> None:
    theirs = wfdb.rdann(str(real_ecg / "mitdb_212" / record), "atr")
    pairs = zip(theirs.sample.tolist(), theirs.symbol, strict=True)
    ours = beats_of((real_ecg / "mitdb_212" / f"{record}.atr").read_bytes())
    assert ours == [(sample, symbol) for sample, symbol in pairs if symbol in SYMBOLS]
    assert len(ours) > 2000 and set(SYMBOLS.values()) == {"N", "S", "V", "F", "Q"}


def word(code: int, interval: int) -> bytes:
    return struct.pack("<H", code << 10 | interval)


def test_annotations_by_hand() -> None:
    end = word(0, 0)
    long = word(59, 0) + struct.pack("<HH", 1, 5)  # 65,541 samples
    remark = word(63, 3) + b"(N\0\0"
    content = word(28, 18) + remark + word(1, 59) + word(61, 1) + long + word(5, 10) + end
    assert beats_of(content) == [(77, "N"), (65_628, "V")]
    assert beats_of(end) == []
    for broken in (b"", word(1, 5), content[:-2], word(59, 0) + b"\1\0", word(63, 900)):
        with pytest.raises(ValueError, match="no end"):
            beats_of(broken)
    back = word(1, 500) + word(59, 0) + struct.pack("<HH", 0xFFFF, 0xFF00) + word(1, 1) + end
    with pytest.raises(ValueError, match="go back"):
        beats_of(back)


def test_annotations_that_are_broken_are_said(tmp_path: Path) -> None:
    (tmp_path / "100.hea").touch()
    (tmp_path / "100.atr").write_bytes(b"\1")
    with pytest.raises(DatasetError, match="the beats of MIT-BIH record 100 cannot be read"):
        dataset("mitbih").examples(tmp_path, "test")
    (tmp_path / "100.atr").unlink()
    with pytest.raises(DatasetError, match="is incomplete: the files of"):
        dataset("mitbih").examples(tmp_path, "train")
