"""HDF5 files: CODE-15's parts, single records, MATLAB 7.3; and nothing is followed out of them."""

import io
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from scar_core.errors import RecordError
from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.made import made_record

RECORD = made_record(13)
LONG = [made_record(seed, seconds=10, rate_hz=400) for seed in range(3)]


def made(fill: Callable[[h5py.File], object]) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as out:
        fill(out)
    return file.getvalue()


def code15(file: h5py.File) -> None:
    """Three exams as in CODE-15, the last one of 7 s: zeros at both ends make them equally long."""
    tracings = np.zeros((3, 4096, 12), np.float32)
    for row, record in zip(tracings, LONG, strict=True):
        row[48:4048] = record.signal.T
    tracings[2, :648] = tracings[2, 3448:] = 0
    file["exam_id"] = np.array([1169160, 2873686, 168405])
    file.create_dataset("tracings", data=tracings, chunks=(1, 4096, 12), compression="gzip")


def read(content: bytes, rate_hz: float | None = 100.0, member: str = "") -> ECGRecord:
    return open_record(f"a.h5{member}", data={"a.h5": content}, sampling_rate_hz=rate_hz)


def said_about(content: bytes, rate_hz: float | None = 100.0, member: str = "") -> str:
    with pytest.raises(RecordError) as caught:
        read(content, rate_hz, member)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


def test_code15(tmp_path: Path) -> None:
    content = made(code15)
    (tmp_path / "exams_part0.hdf5").write_bytes(content)
    for index, (start, stop) in enumerate([(0, 4000), (0, 4000), (600, 3400)]):
        record = open_record(f"{tmp_path}/exams_part0.hdf5#{index}")
        np.testing.assert_array_equal(record.signal, LONG[index].signal[:, start:stop])
        assert (record.lead_names, record.sampling_rate_hz) == (LEADS, 400.0)
        assert record.name == f"exams_part0#{index}"
        assert record.present.all()
        said = " ".join(record.notes)
        assert f"{48 + start} samples before and {48 + 4000 - stop} after" in said
        assert "the shape of CODE-15's, so 400 Hz" in said
        assert "contradict themselves on the unit" in said
    first = open_record(tmp_path / "exams_part0.hdf5")
    np.testing.assert_array_equal(first.signal, LONG[0].signal)
    assert "holds 3 records; this is the first" in " ".join(first.notes)
    assert "no record #3; they are #0 to #2" in said_about(content, None, "#3")


def test_one_record_with_all_that_is_known_of_it() -> None:
    def fill(file: h5py.File) -> None:
        group = file.create_group("recording")
        group["signal"] = np.round(RECORD.signal.T * 1000).astype("i2")
        group["fs"] = 100
        group["lead_names"] = [lead.encode() for lead in LEADS]
        file.attrs["unit"] = "uV"
        file.attrs["sex"] = "F"
        file.attrs["age"] = 30

    record = read(made(fill), None)
    np.testing.assert_allclose(record.signal, RECORD.signal, atol=6e-4)
    assert record.metadata == {"age": 30.0, "sex": "female"}
    assert record.notes == ()


def test_names_and_rate_in_attributes() -> None:
    def fill(file: h5py.File) -> None:
        file["ecg"] = RECORD.signal[::-1]
        file["ecg"].attrs["sampling_rate"] = 250.0
        file.attrs["leads"] = list(LEADS[::-1])

    record = read(made(fill), None)
    assert record.sampling_rate_hz == 250
    np.testing.assert_array_equal(record.in_order().signal, RECORD.signal)


def test_matlab_7_3() -> None:
    """As MATLAB writes it: a user block of 512 bytes, arrays turned, texts as numbers."""
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=512) as out:
        group = out.create_group("ECG")
        group["data"] = RECORD.signal.T.astype("f8")
        group["fs"] = [[100.0]]
        group["sex"] = np.frombuffer("Male".encode("utf-16-le"), "<u2").reshape(4, 1)
        group["sex"].attrs["MATLAB_class"] = np.bytes_("char")
        out.create_group("#refs#")["a"] = np.zeros((12, 9000))
    content = b"MATLAB 7.3 MAT-file".ljust(512) + file.getvalue()[512:]
    record = open_record("a.mat", data={"a.mat": content})
    np.testing.assert_array_equal(record.signal, RECORD.signal)
    assert record.metadata == {"sex": "male"}


def test_the_content_decides_between_the_two_kinds_of_mat() -> None:
    file = io.BytesIO()
    savemat(file, {"val": RECORD.signal, "fs": 100})
    assert open_record("a.hdf5", data={"a.hdf5": file.getvalue()}).lead_names == LEADS


def outside(folder: Path, kind: str) -> Path:
    """A file whose numbers lie in another one, which is there and readable."""
    (folder / "numbers.raw").write_bytes(RECORD.signal.tobytes())
    with h5py.File(folder / "other.h5", "w") as other:
        other["ecg"] = RECORD.signal
    with h5py.File(folder / "a.h5", "w") as file:
        if kind == "storage":
            where = [(str(folder / "numbers.raw"), 0, RECORD.signal.nbytes)]
            file.create_dataset("ecg", RECORD.signal.shape, "f4", external=where)
        elif kind == "virtual":
            layout = h5py.VirtualLayout(RECORD.signal.shape, "f4")
            layout[:] = h5py.VirtualSource(folder / "other.h5", "ecg", RECORD.signal.shape)
            file.create_virtual_dataset("ecg", layout)
        elif kind == "link":
            file["ecg"] = h5py.ExternalLink(str(folder / "other.h5"), "/ecg")
        elif kind == "soft":
            file["ecg"] = h5py.SoftLink("/ecg")
    return folder / "a.h5"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("storage", "keeps its numbers in other files"),
        ("virtual", "keeps its numbers in other files"),
        ("link", "no array that can be an ECG"),
        ("soft", "no array that can be an ECG"),
    ],
)
def test_nothing_is_read_from_other_files(kind: str, words: str, tmp_path: Path) -> None:
    path = outside(tmp_path, kind)
    with pytest.raises(RecordError, match=words):
        open_record(path, sampling_rate_hz=100)


def huge(shape: tuple[int, ...], chunks: tuple[int, ...]) -> Callable[[h5py.File], object]:
    """A dataset of which nothing is stored."""
    return lambda file: file.create_dataset("ecg", shape, "f4", chunks=chunks, compression="gzip")


def looped(file: h5py.File) -> None:
    file.create_group("a")["again"] = file


def crowded(file: h5py.File) -> None:
    for at in range(1200):
        file[f"x{at}"] = 1.0


GOOD = made(code15)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD[:2000], "damaged or incomplete"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 5000, "damaged or incomplete"),
        (made(lambda file: None), "no array that can be an ECG"),
        (made(looped), "no array that can be an ECG"),
        (made(crowded), "no array that can be an ECG"),
        (made(huge((12, 10**12), (12, 1000))), "cut it into shorter records"),
        (made(huge((10**9, 4096, 12), (1, 4096, 12))), "flat or missing"),
        (made(huge((12, 2 * 10**6), (12, 2 * 10**6))), "chunks of more than 64 MB"),
        (made(huge((10**4, 4096, 12), (2000, 4096, 12))), "chunks of more than 64 MB"),
        (made(lambda file: file.create_dataset("x", data=h5py.Empty("f4"))), "no array that can"),
        (made(lambda file: file.create_dataset("x", data=["word"] * 40)), "no array that can"),
        (made(lambda file: file.create_dataset("x", data=RECORD.signal[:7])), "neither side is 12"),
    ],
)
def test_broken(content: bytes, words: str) -> None:
    assert words in said_about(content)


def test_the_rate_is_asked_for() -> None:
    content = made(lambda file: file.create_dataset("ecg", data=RECORD.signal))
    assert "--rate 500" in said_about(content, None)
    assert "holds one record; leave out '#1'" in said_about(content, member="#1")


def test_flipped_bytes_end_in_a_record_or_a_sentence() -> None:
    rng = np.random.default_rng(0)
    small = made(lambda file: file.create_dataset("ecg", data=RECORD.signal, compression="gzip"))
    for _ in range(150):
        broken = bytearray(small)
        for at in rng.integers(0, 2048 if rng.random() < 0.7 else len(small), 4):
            broken[at] = rng.integers(256)
        try:
            read(bytes(broken))
        except RecordError as error:
            assert str(error).endswith(".")
