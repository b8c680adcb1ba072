"""EDF: amplitudes, rates, gaps of discontinuous files, and one sentence for what is broken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.formats.made_clinic import Stored, edf_file
from tests.formats.made_files import stored
from tests.formats.refused import sentence_about
from tests.made import made_record

RECORD = made_record(7, seconds=6.0, rate_hz=250.0)
DIGITAL: Stored = dict(zip(LEADS, stored(RECORD), strict=True))


def read(content: bytes, name: str = "a.edf") -> ECGRecord:
    return open_record(name, data={name: content})


def said_about(content: bytes) -> str:
    return sentence_about(content, "a.edf")


def test_every_value_comes_back() -> None:
    record = read(edf_file(DIGITAL, samples=250))
    assert (record.lead_names, record.sampling_rate_hz) == (LEADS, 250.0)
    expected = np.stack(list(DIGITAL.values())) / 1000
    np.testing.assert_allclose(record.signal, expected, atol=1e-6)
    assert record.present.all()
    assert record.notes == ()
    assert record.metadata == {}


def test_the_content_decides_not_the_suffix() -> None:
    content = edf_file(DIGITAL, samples=250)
    assert read(content, "a.bin").fingerprint() == read(content).fingerprint()


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(["uV", "mV", "µV"]),
    st.integers(-4000, 3000),
    st.integers(500, 5000),
    st.sampled_from([("1", 250), ("0.5", 250), ("2", 1500), ("0.004", 1)]),
)
def test_scaling_follows_the_ranges(
    unit: str, low: int, width: int, timing: tuple[str, int]
) -> None:
    """physical = low + (digital + 32768) · width / 65535, by the definition of the ranges."""
    record_s, samples = timing
    digital = {lead: DIGITAL[lead] for lead in ("II", "V5")}
    factor = 1 if unit == "mV" else 1000
    physical = (f"{low * factor / 100:g}", f"{(low + width) * factor / 100:g}")
    content = edf_file(digital, samples=samples, record_s=record_s, unit=unit, physical=physical)
    bottom, top = (float(text) / factor for text in physical)
    record = read(content)
    assert record.sampling_rate_hz == pytest.approx(samples / float(record_s))
    rows = np.stack(list(digital.values()))
    expected = bottom + (rows + 32768) * (top - bottom) / 65535
    np.testing.assert_allclose(record.signal, expected, rtol=1e-5, atol=1e-4)


def test_gaps_of_a_discontinuous_file_are_not_present() -> None:
    starts = ["0", "1", "4.5", "5.5", "6.5", "9"]
    content = edf_file(DIGITAL, samples=250, kind="EDF+D", starts=starts)
    record = read(content)
    assert record.duration_s == 10.0
    expected = np.zeros((12, 2500), np.float32)
    present = np.zeros((12, 2500), bool)
    for at, start in enumerate(starts):
        first = int(float(start) * 250)
        rows = np.stack(list(DIGITAL.values()))[:, at * 250 : (at + 1) * 250]
        expected[:, first : first + 250] = rows / 1000
        present[:, first : first + 250] = True
    np.testing.assert_array_equal(record.present, present)
    np.testing.assert_allclose(record.signal, expected, atol=1e-6)
    assert any("3 parts" in note for note in record.notes)


def test_a_continuous_file_with_annotations_passes_them_over() -> None:
    starts = [str(at) for at in range(6)]
    plus = read(edf_file(DIGITAL, samples=250, kind="EDF+C", starts=starts))
    assert plus.fingerprint() == read(edf_file(DIGITAL, samples=250)).fingerprint()
    timed = read(edf_file(DIGITAL, samples=250, kind="EDF+D", starts=starts))
    assert timed.fingerprint() == plus.fingerprint()


def test_labels_of_the_standard_and_of_sleep_studies() -> None:
    named = {"ECG II": DIGITAL["II"], "EKG V1": DIGITAL["V1"], "EEG Fpz-Cz": DIGITAL["I"]}
    record = read(edf_file(named, samples=250))
    assert record.lead_names == ("II", "V1")
    assert "EEG Fpz-Cz" in record.notes[0]
    sleep = {"EEG Fpz-Cz": DIGITAL["II"], "ECG": DIGITAL["I"], "Resp": DIGITAL["III"][:600]}
    record = read(edf_file(sleep, samples=250))
    assert record.lead_names == ("I",)
    np.testing.assert_allclose(record.signal[0], DIGITAL["I"] / 1000, atol=1e-6)
    assert "taken for lead I" in record.notes[0]
    assert "Resp" in record.notes[1]


def test_leads_at_another_rate_are_left_out_and_named() -> None:
    mixed = {"V2": DIGITAL["V2"], "II": DIGITAL["II"], "V1": DIGITAL["V1"][:750]}
    record = read(edf_file(mixed, samples=250))
    assert record.lead_names == ("V2", "II")
    assert "another rate: V1" in record.notes[0]


def test_sex_and_age_are_read_and_no_name() -> None:
    told = "MCH-0234567 F 02-MAY-1951 Haagse_Harry"
    record = read(edf_file(DIGITAL, samples=250, kind="EDF+C", patient=told))
    assert record.metadata == {"sex": "female", "age": 50.0}


def test_a_recording_that_was_not_closed() -> None:
    record = read(edf_file(DIGITAL, samples=250, declared=-1))
    assert record.n_samples == 1500
    assert "not closed" in record.notes[0]


GOOD = edf_file(DIGITAL, samples=250)
TIMED = edf_file(DIGITAL, samples=250, kind="EDF+D", starts=["0", "1", "2", "3", "4", "5"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD[:-1], "truncated: it holds 5 of 6"),
        (GOOD[:300], "declares 12 signals"),
        (GOOD[:200], "no EDF header"),
        (b"", "no EDF header"),
        (GOOD[:236] + b"99999999" + GOOD[244:], "truncated: it holds 6 of 99999999"),
        (GOOD[:236] + b"many    " + GOOD[244:], "number of data records 'many'"),
        (GOOD[:236] + b"nan     " + GOOD[244:], "number of data records 'nan'"),
        (GOOD[:244] + b"0       " + GOOD[252:], "sampling rate of 0 Hz"),
        (GOOD[:244] + b"-1      " + GOOD[252:], "sampling rate of 0 Hz"),
        (GOOD[:244] + b"1e-30   " + GOOD[252:], "between 20 and"),
        (GOOD[:252] + b"0   " + GOOD[256:], "declares 0 signals"),
        (GOOD[:252] + b"9999" + GOOD[256:], "declares 9999 signals"),
        (edf_file({"I": DIGITAL["I"]}, samples=250, unit="furlong"), "unknown unit"),
        (edf_file({"I": DIGITAL["I"]}, samples=250, physical=("1", "1")), "no range"),
        (edf_file({"Resp": DIGITAL["I"]}, samples=250), "no known lead"),
        (edf_file({"I": DIGITAL["I"], "ECG I": DIGITAL["I"]}, samples=250), "lead I twice"),
        (TIMED.replace(b"+3\x14", b"?3\x14"), "record 4 of a.edf does not say"),
        (TIMED.replace(b"+5\x14", b"+999999999999\x14"), "too far apart"),
        (TIMED.replace(b"EDF Annotations", b"EDF Bnnotations"), "does not say when"),
    ],
)
def test_what_is_broken_gets_one_sentence(content: bytes, said: str) -> None:
    assert said in said_about(content)
