"""NumPy files: shapes, names, members; and no object, bomb or half file gets past."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scar_core.errors import RecordError
from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.made import made_record

RECORD = made_record(12)
MANY = np.stack([made_record(seed).signal for seed in range(3)])


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(*, compress: bool = True, **arrays: Any) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(file, **arrays)
    return file.getvalue()


def read(content: bytes, rate_hz: float | None = 100.0, member: str = "") -> ECGRecord:
    return open_record(f"a.npy{member}", data={"a.npy": content}, sampling_rate_hz=rate_hz)


def said_about(content: bytes, rate_hz: float | None = 100.0, member: str = "") -> str:
    with pytest.raises(RecordError) as caught:
        read(content, rate_hz, member)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_its_own(dtype: str, turned: bool, order: Any, tmp_path: Path) -> None:
    signal = np.asarray(RECORD.signal.T if turned else RECORD.signal, dtype, order=order)
    record = read(npy(signal))
    assert record.lead_names == LEADS
    np.testing.assert_allclose(record.signal, RECORD.signal, atol=3e-3 if dtype == "<f2" else 1e-6)
    assert "in order" in record.notes[0]
    assert "taken for millivolts" in record.notes[1]
    (tmp_path / "b.bin").write_bytes(npy(signal))
    on_disk = open_record(tmp_path / "b.bin", sampling_rate_hz=100)
    assert on_disk.fingerprint() == record.fingerprint()


def test_int16_is_microvolts() -> None:
    record = read(npy(np.round(RECORD.signal * 1000).astype(np.int16)))
    np.testing.assert_allclose(record.signal, RECORD.signal, atol=6e-4)


def test_a_dead_lead_and_gaps_do_not_change_the_unit() -> None:
    digital = np.round(RECORD.signal * 1000)
    digital[2] = 0
    digital[3, 5:9] = np.nan
    record = read(npy(digital))
    np.testing.assert_allclose(record.signal[5:], RECORD.signal[5:], atol=6e-4)
    assert not record.present[2].any()
    centred = RECORD.signal - RECORD.signal.mean(axis=1, keepdims=True)
    centred /= centred.std(axis=1, keepdims=True)
    centred[4] = 0
    assert read(npy(centred)).unit == "sd"


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("turned", [False, True])
def test_many_records_in_one_array(order: Any, turned: bool, tmp_path: Path) -> None:
    array = np.asarray(MANY.transpose(0, 2, 1) if turned else MANY, order=order)
    content = npy(array)
    (tmp_path / "a.npy").write_bytes(content)
    for index in range(3):
        record = read(content, member=f"#{index}")
        np.testing.assert_array_equal(record.signal, MANY[index])
        assert record.name == f"a#{index}"
        path = tmp_path / f"a.npy#{index}"
        assert open_record(path, sampling_rate_hz=100).fingerprint() == record.fingerprint()
    record = read(content)
    np.testing.assert_array_equal(record.signal, MANY[0])
    assert "holds 3 records; this is the first. Name another as a.npy#1 to a.npy#2." in str(
        record.notes
    )
    for member in ("#3", "#-1", "#x", "#00000000001"):
        assert "they are #0 to #2" in said_about(content, member=member)


def test_padding_of_equally_long_records_is_cut_off() -> None:
    padded = np.zeros((2, 512, 12), np.float32)
    padded[0, 60:460] = RECORD.signal.T
    padded[1, :509] = 1
    record = read(npy(padded))
    np.testing.assert_array_equal(record.signal, RECORD.signal)
    assert "60 samples before and 52 after" in str(record.notes)
    whole = read(npy(padded), member="#0")
    assert whole.n_samples == 400


@pytest.mark.parametrize("compress", [False, True])
def test_named_arrays(compress: bool) -> None:
    order = [5, 1, 0, 8]
    content = npz(
        compress=compress,
        signal=np.round(RECORD.signal[order].T * 1000),
        fs=100,
        lead_names=np.array([LEADS[at] for at in order]),
        unit="uV",
        sex="male",
        age=44.0,
        more=np.arange(5),
    )
    record = read(content, None)
    assert record.lead_names[:4] == tuple(LEADS[at] for at in order)
    np.testing.assert_allclose(record.signal[:4], RECORD.signal[order], atol=6e-4)
    assert record.metadata == {"age": 44.0, "sex": "male"}
    assert all("taken for" not in note for note in record.notes)


def test_many_records_by_name() -> None:
    record = read(npz(x=MANY, fs=100), None, "#2")
    np.testing.assert_array_equal(record.signal, MANY[2])


GOOD = npy(RECORD.signal)
OBJECTS = np.array([{"a": 1}] * 30, dtype=object)


def lying(shape: str) -> bytes:
    """A header of 128 bytes that promises a shape, and nothing behind it."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    return b"\x93NUMPY\1\0" + struct.pack("<H", 118) + text.ljust(117).encode() + b"\n"


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(f"{name}.npy", content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x93NUMPY", "cannot be read as a NumPy file"),
        (GOOD[:2000], "it holds 1872 of 19200 bytes"),
        (b"\x93NUMPY\3\0" + GOOD[8:], "no plain array of numbers"),
        (npy(OBJECTS), "no plain array of numbers"),
        (npy(np.zeros(40, [("I", "f4"), ("II", "f4")])), "no plain array of numbers"),
        (npy(RECORD.signal * 1j), "no plain array of numbers"),
        (npy(np.ones((12, 400), bool)), "no plain array of numbers"),
        (lying("(12, 1000000000000)"), "more than the 256 MB read"),
        (lying("(12, -5)"), "no plain array of numbers"),
        (lying("(1000000000, 12, 5000)"), "it holds 0 of 240000 bytes"),
        (lying("(12, 10**9)"), "no plain array of numbers"),
        (lying("((((((((((((12,)"), "no plain array of numbers"),
        (npy(np.zeros((0, 12, 400))), "holds no record"),
        (npy(np.zeros((2, 2, 2, 400))), "no array that can be an ECG"),
        (npy(RECORD.signal[:7]), "neither side is 12 leads"),
        (npy(RECORD.signal[:, :12]), "no array that can be an ECG"),
        (npz(signal=RECORD.signal, lead_names=np.array(LEADS, object)), "'lead_names' holds"),
        (npz(signal=RECORD.signal, lead_names=np.array(LEADS[:4])), "neither side is 4 leads"),
        (npz(a=np.arange(3)), "no array that can be an ECG"),
        (npz(signal=RECORD.signal)[:-30], "no complete archive"),
        (archive(signal=lying("(12, 1000000000000)")), "more than the 256 MB read"),
        (archive(signal=lying("(12, 5000000)") + b"\0" * 10**7), "it holds 10000000 of 240000000"),
        (archive(**{f"a{at}": GOOD[:128] for at in range(300)}), "more than 200 arrays"),
    ],
)
def test_broken(content: bytes, words: str) -> None:
    assert words in said_about(content)


def test_a_flipped_bit_within_an_archive() -> None:
    content = bytearray(npz(signal=RECORD.signal, fs=100))
    content[3000] ^= 16
    assert "cannot be read as a NumPy file" in said_about(bytes(content))


def test_rate_and_member_that_are_not_there() -> None:
    assert "--rate 500" in said_about(GOOD, None)
    assert "holds one record; leave out '#1'" in said_about(GOOD, member="#1")
    with pytest.raises(RecordError, match="holds one record"):
        open_record("a.csv#1", data={"a.csv": b"# rate: 100\nI\n1\n"})


def test_an_archive_of_something_else_is_no_ecg() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("word/document.xml", "<a/>")
    with pytest.raises(RecordError, match="in no format that can be read"):
        open_record("a.docx", data={"a.docx": file.getvalue()})
