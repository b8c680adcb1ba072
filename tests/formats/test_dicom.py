"""DICOM waveforms: scaling, groups in time, lead codes, a real file, and what is broken."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.formats.made_clinic import DICOM_CODES, Stored, dicom_file, dicom_group
from tests.formats.made_files import stored
from tests.formats.refused import sentence_about
from tests.made import made_record

RECORD = made_record(8, seconds=8.0, rate_hz=250.0)
DIGITAL: Stored = dict(zip(LEADS, stored(RECORD), strict=True))
TWO = {lead: DIGITAL[lead] for lead in ("II", "V5")}


def read(content: bytes, name: str = "a.dcm") -> ECGRecord:
    return open_record(name, data={name: content})


def said_about(content: bytes) -> str:
    return sentence_about(content, "a.dcm")


@pytest.mark.parametrize("scheme", ["MDC", "SCPECG", "words"])
def test_every_value_comes_back(scheme: str) -> None:
    record = read(dicom_file([dicom_group(DIGITAL, scheme=scheme)]))
    assert (record.lead_names, record.sampling_rate_hz) == (LEADS, 250.0)
    np.testing.assert_allclose(record.signal, np.stack(list(DIGITAL.values())) / 1000, atol=1e-6)
    assert record.present.all()
    assert record.notes == ()
    assert record.metadata == {"sex": "female", "age": 61.0, "report": "Sinus rhythm"}


def test_big_endian_and_other_names_are_read_alike() -> None:
    little = read(dicom_file([dicom_group(TWO)]), "export")
    big = dicom_file([dicom_group(TWO, order=">")], syntax="1.2.840.10008.1.2.2", order=">")
    assert read(big).fingerprint() == little.fingerprint()


@settings(deadline=None, max_examples=20)
@given(
    st.floats(0.5, 1.5).map(lambda value: f"{value:.4f}"),
    st.sampled_from(["1", "1.025", "0.5", "2"]),
    st.integers(-300, 300).map(str),
)
def test_sensitivity_correction_and_baseline(gain: str, correction: str, baseline: str) -> None:
    group = dicom_group(TWO, sensitivity=gain, correction=correction, baseline=baseline)
    rows = np.stack(list(TWO.values()))
    expected = (rows * float(gain) * float(correction) + float(baseline)) / 1000
    np.testing.assert_allclose(read(dicom_file([group])).signal, expected, atol=1e-4)


def test_millivolts_and_eight_bits() -> None:
    rows = np.clip(np.stack(list(TWO.values())) // 40, -128, 127)
    small = dict(zip(TWO, rows, strict=True))
    signed = read(dicom_file([dicom_group(small, kind="SB", unit="mV", sensitivity="0.04")]))
    np.testing.assert_allclose(
        signed.signal[signed.present], rows[signed.present] * 0.04, atol=1e-5
    )
    shifted = {lead: row + 128 for lead, row in small.items()}
    group = dicom_group(shifted, kind="UB", unit="mV", sensitivity="0.04", baseline="-5.12")
    np.testing.assert_allclose(read(dicom_file([group])).signal, signed.signal, atol=1e-4)


def test_padding_is_not_present() -> None:
    padded = {lead: row.copy() for lead, row in TWO.items()}
    padded["V5"][700:900] = -32768
    record = read(dicom_file([dicom_group(padded, padding=-32768)]))
    assert record.present[0].all()
    np.testing.assert_array_equal(record.present[1], padded["V5"] != -32768)
    assert not record.signal[1, 700:900].any()


def test_groups_are_placed_in_time_and_medians_passed_over() -> None:
    """A printed page: four times three leads for 2 s each, and II from start to end."""
    leads = list(LEADS)
    page = [dicom_group({"II": DIGITAL["II"]}, label="RHYTHM STRIP")]
    expected = np.zeros((12, 2000))
    expected[1] = DIGITAL["II"] / 1000
    present = expected != 0
    present[1] = True
    for column in range(4):
        three = leads[column * 3 : column * 3 + 3]
        window = slice(column * 500, column * 500 + 500)
        some = {lead: DIGITAL[lead][window] for lead in three}
        page.append(dicom_group(some, offset_ms=str(column * 2000)))
        for lead in three:
            expected[leads.index(lead), window] = DIGITAL[lead][window] / 1000
            present[leads.index(lead), window] = True
    beat = {lead: DIGITAL[lead][:300] for lead in leads}
    page.append(dicom_group(beat, label="MEDIAN BEAT", originality="DERIVED"))
    record = read(dicom_file(page)).in_order()
    np.testing.assert_array_equal(record.present, present)
    np.testing.assert_allclose(record.signal, expected, atol=1e-6)
    assert any("5 parts" in note for note in record.notes)


def test_a_real_file_by_its_bytes() -> None:
    """The 12-lead ECG that pydicom ships: samples found by hand, 1.25 µV each."""
    pydicom = pytest.importorskip("pydicom")
    path = Path(pydicom.__file__).parent / "data" / "test_files" / "waveform_ecg.dcm"
    if not path.is_file():
        pytest.skip("pydicom came without its waveform_ecg.dcm")
    content = path.read_bytes()
    # Group 5400, element 1010, type OW, two bytes reserved, 240,000 bytes.
    at = content.index(struct.pack("<HH2sHI", 0x5400, 0x1010, b"OW", 0, 240_000)) + 12
    raw = np.frombuffer(content, "<i2", 120_000, at).reshape(10_000, 12)
    record = open_record(path)
    assert (record.lead_names, record.sampling_rate_hz) == (LEADS, 1000.0)
    np.testing.assert_allclose(record.signal, raw.T * 1.25e-3, atol=1e-6)
    assert not any("Einthoven" in note for note in record.notes)
    assert "name" not in record.metadata


def test_codes_are_those_of_the_leads() -> None:
    assert set(DICOM_CODES) == set(LEADS)


GOOD = dicom_file([dicom_group(TWO)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no DICOM file"),
        (GOOD[:128], "no DICOM file"),
        (GOOD[:150], "without waveforms (of unknown kind)"),
        (GOOD[:-500], "a.dcm"),
        (dicom_file([]), "without waveforms (12-lead ECG Waveform Storage)"),
        (dicom_file([dicom_group(TWO, originality="DERIVED")]), "derived beats only"),
        (dicom_file([dicom_group({"EEG": TWO["II"]})]), "no known lead"),
        (dicom_file([dicom_group(TWO, unit="m")]), "unknown unit 'm'"),
        (dicom_file([dicom_group(TWO, rate_hz="0.01")]), "between 20 and"),
        (dicom_file([dicom_group(TWO, sensitivity="x")]), "damaged"),
        (
            dicom_file([dicom_group(TWO), dicom_group(TWO, offset_ms="1e15")]),
            "too far apart",
        ),
        (dicom_file([dicom_group(TWO)], syntax="1.2.840.10008.1.2.1.99"), "deflated"),
        (GOOD.replace(b"CS\x02\0SS", b"CS\x02\0MB"), "'MB'"),
        (
            GOOD.replace(
                struct.pack("<HH2sHI", 0x3A, 0x10, b"UL", 4, 2000),
                struct.pack("<HH2sHI", 0x3A, 0x10, b"UL", 4, 2**31),
            ),
            "declares 2147483648 samples",
        ),
        (
            GOOD.replace(
                struct.pack("<HH2sHI", 0x3A, 0x10, b"UL", 4, 2000),
                struct.pack("<HH2sHI", 0x3A, 0x10, b"UL", 4, 4000),
            ),
            "truncated: it holds 8000",
        ),
    ],
)
def test_what_is_broken_gets_one_sentence(content: bytes, said: str) -> None:
    assert said in said_about(content)
