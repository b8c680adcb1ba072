"""MATLAB files: as scipy writes them, as other people's look, and what is broken or lies."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from scar_core.errors import RecordError
from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.made import made_record

RECORD = made_record(11)
NAMES = np.array(LEADS, dtype=object)


def mat(version: str = "5", *, compress: bool = False, **variables: Any) -> bytes:
    file = io.BytesIO()
    savemat(file, variables, format=version, do_compression=compress)
    return file.getvalue()


def read(content: bytes, rate_hz: float | None = None) -> ECGRecord:
    return open_record("a.mat", data={"a.mat": content}, sampling_rate_hz=rate_hz)


def said_about(content: bytes, rate_hz: float | None = 100.0) -> str:
    with pytest.raises(RecordError) as caught:
        read(content, rate_hz)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


@pytest.mark.parametrize("version", ["4", "5"])
@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("turned", [False, True])
def test_plain_numbers(version: str, dtype: str, turned: bool) -> None:
    signal = RECORD.signal.astype(dtype)
    record = read(mat(version, val=signal.T if turned else signal), 100.0)
    assert record.lead_names == LEADS
    np.testing.assert_array_equal(record.signal, RECORD.signal)
    assert "taken for I, II, III, aVR, aVL, aVF, V1–V6, in order" in record.notes[0]
    assert "taken for millivolts" in record.notes[1]


@pytest.mark.parametrize("compress", [False, True])
def test_everything_stated(compress: bool) -> None:
    """Leads in another order, rate, unit, sex and age: nothing is left to be assumed."""
    order = [3, 0, 11, 7]
    content = mat(
        compress=compress,
        ecg=np.round(RECORD.signal[order] * 1000),
        fs=250.0,
        lead_names=NAMES[order],
        units="uV",
        age=61,
        sex="F",
        notes="something else",
    )
    record = read(content)
    assert record.lead_names == ("aVR", "I", "V6", "V2")
    np.testing.assert_allclose(record.signal, RECORD.signal[order], atol=6e-4)
    assert (record.sampling_rate_hz, record.unit, record.notes) == (250.0, "mV", ())
    assert record.metadata == {"age": 61.0, "sex": "female"}


def test_names_as_rows_of_letters() -> None:
    padded = np.array([f"{lead:<4}" for lead in LEADS[::-1]])
    record = read(mat(signal=RECORD.signal[::-1], leads=padded, fs=100))
    assert record.lead_names == LEADS[::-1]
    np.testing.assert_array_equal(record.in_order().signal, RECORD.signal)


@pytest.mark.parametrize("dtype", ["i2", "i4", "f8"])
def test_whole_numbers_without_a_unit_are_microvolts(dtype: str) -> None:
    digital = np.round(RECORD.signal * 1000)
    record = read(mat("4" if dtype == "i2" else "5", val=digital.astype(dtype)), 100.0)
    np.testing.assert_allclose(record.signal, digital / 1000, rtol=1e-6)
    assert "whole and carry no unit; they are taken for microvolts" in record.notes[1]


def test_z_scores_are_recognised() -> None:
    centred = RECORD.signal - RECORD.signal.mean(axis=1, keepdims=True)
    record = read(mat(val=centred / centred.std(axis=1, keepdims=True)), 100.0)
    assert record.unit == "sd"
    assert "z-scores" in record.notes[1]


def test_cpsc2018() -> None:
    signal = np.tile(RECORD.signal, 2)
    content = mat(compress=True, ECG={"sex": "Male", "age": 52, "data": signal})
    record = read(content)
    assert record.sampling_rate_hz == 500
    assert record.metadata == {"age": 52.0, "sex": "male"}
    assert "the shape of CPSC2018's, so 500 Hz" in record.notes[0]
    assert read(content, 100.0).sampling_rate_hz == 100


def test_eight_leads_and_one() -> None:
    eight = [0, 1, *range(6, 12)]
    record = read(mat(val=RECORD.signal[eight]), 100.0)
    np.testing.assert_allclose(record.in_order().signal, RECORD.signal, atol=1e-6)
    record = read(mat(val=RECORD.signal[1]), 100.0)
    assert record.lead_names == ("I",)


def test_other_byte_order() -> None:
    """Version 5 as a big-endian machine writes it, byte by byte."""

    def element(kind: int, data: bytes) -> bytes:
        return struct.pack(">II", kind, len(data)) + data + b"\0" * (-len(data) % 8)

    parts = element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">ii", 12, 400))
    parts += element(1, b"val") + element(9, RECORD.signal.T.astype(">f8").tobytes())
    content = b"MATLAB 5.0 MAT-file".ljust(124) + b"\1\0MI" + element(14, parts)
    np.testing.assert_array_equal(read(content, 100.0).signal, RECORD.signal)
    np.testing.assert_array_equal(loadmat(io.BytesIO(content))["val"], RECORD.signal)
    old = (
        struct.pack(">5i", 1000, 12, 400, 0, 4) + b"val\0" + RECORD.signal.T.astype(">f8").tobytes()
    )
    np.testing.assert_array_equal(read(old, 100.0).signal, RECORD.signal)


GOOD = mat(val=RECORD.signal)


def bomb() -> bytes:
    """200 KB that expand to 200 MB."""
    expanded = zlib.compressobj(9)
    packed = b"".join(expanded.compress(b"\0" * 10**7) for _ in range(20)) + expanded.flush()
    return GOOD[:128] + struct.pack("<II", 15, len(packed)) + packed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no MATLAB file"),
        (b"not a matrix at all" * 20, "is no MATLAB file"),
        (GOOD[:128], "is no MATLAB file"),
        (GOOD[:1000], "it ends too early"),
        (mat(val=RECORD.signal, compress=True)[:3000], "cannot be read as a MATLAB file"),
        (GOOD.replace(struct.pack("<ii", 12, 400), struct.pack("<ii", 12, 2**30)), "it promises"),
        (struct.pack("<5i", 0, 12, 2**30, 0, 4) + b"val\0" + b"\0" * 999, "it promises"),
        (bomb(), "it expands to more than 128 MB"),
        (mat(text="hello"), "no array that can be an ECG"),
        (mat(val=RECORD.signal[:5]), "neither side is 12 leads, 8 (I, II, V1–V6) or one"),
        (mat(val=RECORD.signal, lead_names=NAMES[:5]), "neither side is 5 leads"),
        (mat(val=np.ones((12, 12, 40))), "several records"),
        (mat(val=RECORD.signal * 1j), "no array that can be an ECG"),
        (mat(val=RECORD.signal, unit="mmHg"), "unknown unit 'mmHg'"),
        (mat(val=RECORD.signal * 1234.5678), "wrong unit"),
    ],
)
def test_broken(content: bytes, words: str) -> None:
    assert words in said_about(content)


def test_the_rate_is_asked_for() -> None:
    assert "state it when opening the file (on the command line with --rate 500)" in said_about(
        GOOD, None
    )
    assert "sampling rate of 5 Hz" in said_about(mat(val=RECORD.signal, fs=5), None)


def test_a_header_beside_it_makes_it_wfdb(tmp_path: Path) -> None:
    digital = np.round(RECORD.signal * 500).astype("<i2")
    lines = ["a 12 100 400", *(f"a.mat 16+24 500/mV 16 0 0 0 0 {lead}" for lead in LEADS)]
    (tmp_path / "a.mat").write_bytes(mat("4", val=digital))
    (tmp_path / "a.hea").write_text("\n".join(lines))
    record = open_record(tmp_path / "a.mat")
    np.testing.assert_allclose(record.signal, digital / 500, rtol=1e-6)


def test_real_cpsc2018(real_ecg: Path) -> None:
    paths = sorted((real_ecg / "cpsc2018_raw").glob("*.mat"))
    assert paths
    for path in paths:
        record = open_record(path)
        theirs = loadmat(path)["ECG"][0, 0]
        np.testing.assert_array_equal(record.signal, theirs["data"].astype(np.float32))
        assert record.metadata["age"] == theirs["age"][0, 0]
        assert record.sampling_rate_hz == 500
