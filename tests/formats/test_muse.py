"""MUSE: eight stored leads and four derived, rhythm against median, and what is broken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.formats.made_clinic import MUSE_LEADS, Stored, muse_file, muse_wave
from tests.formats.made_files import stored
from tests.formats.refused import sentence_about
from tests.made import made_record

RECORD = made_record(10, seconds=4.0, rate_hz=250.0)
ALL: Stored = dict(zip(LEADS, stored(RECORD, gain=200.0), strict=True))
EIGHT = {lead: ALL[lead] for lead in MUSE_LEADS}
BEAT = {lead: row[:300] // 2 for lead, row in EIGHT.items()}


def read(content: bytes, name: str = "a.xml") -> ECGRecord:
    return open_record(name, data={name: content})


def said_about(content: bytes) -> str:
    return sentence_about(content, "a.xml")


def test_eight_leads_come_back_and_four_are_derived() -> None:
    content = muse_file([muse_wave(BEAT, kind="Median"), muse_wave(EIGHT)])
    record = read(content).in_order()
    assert record.sampling_rate_hz == 250.0
    for lead in MUSE_LEADS:
        row = record.signal[LEADS.index(lead)]
        np.testing.assert_allclose(row, EIGHT[lead] * 4.88e-3, atol=1e-5)
    one, two = EIGHT["I"] * 4.88e-3, EIGHT["II"] * 4.88e-3
    derived = [two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    np.testing.assert_allclose(record.signal[2:6], np.stack(derived), atol=1e-5)
    assert record.present.all()
    assert any("III, aVR, aVL, aVF" in note for note in record.notes)
    assert record.metadata == {"age": 61.0, "sex": "female", "report": "Normal sinus rhythm."}


def test_stored_leads_are_never_derived() -> None:
    record = read(muse_file([muse_wave(ALL)]))
    assert record.lead_names == LEADS
    np.testing.assert_allclose(record.signal, np.stack(list(ALL.values())) * 4.88e-3, atol=1e-5)
    assert not any("III" in note for note in record.notes)


@settings(deadline=None, max_examples=15)
@given(
    st.sampled_from([("500", "0", 500.0), ("25", "1", 250.0), ("10000", "-1", 1000.0)]),
    st.sampled_from(["4.88", "2.5", "1", "5.00"]),
)
def test_rate_and_amplitude(rate: tuple[str, str, float], per_bit: str) -> None:
    base, exponent, rate_hz = rate
    record = read(muse_file([muse_wave(ALL, base=base, exponent=exponent, per_bit=per_bit)]))
    assert record.sampling_rate_hz == rate_hz
    expected = np.stack(list(ALL.values()))[:, : record.n_samples] * float(per_bit) * 1e-3
    np.testing.assert_allclose(record.signal, expected, atol=1e-5)


def test_more_leads_and_lost_electrodes_are_named() -> None:
    more = {**EIGHT, "V3R": EIGHT["V3"]}
    record = read(muse_file([muse_wave(more, off="TRUE")]))
    assert any("V3R" in note and "Left out" in note for note in record.notes)
    assert any("electrode off: I, II" in note for note in record.notes)


GOOD = muse_file([muse_wave(EIGHT)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD[:-40], "damaged or truncated XML"),
        (GOOD.replace(b'restecg.dtd">', b'x" [<!ENTITY a SYSTEM "/etc/passwd">]>'), "entities"),
        (muse_file([muse_wave(BEAT, kind="Median")]), "no rhythm (found: Median)"),
        (muse_file([]), "no rhythm (found: nothing)"),
        (muse_file([muse_wave({})]), "no known lead"),
        (muse_file([muse_wave(EIGHT, declared=1001)]), "lead I holds 1000 of 1001 samples"),
        (muse_file([muse_wave(EIGHT, declared=10**12)]), "of 1000000000000 samples"),
        (muse_file([muse_wave(EIGHT, base="")]), "sample base ''"),
        (muse_file([muse_wave(EIGHT, exponent="300")]), "sampling rate of 0 Hz"),
        (muse_file([muse_wave(EIGHT, per_bit="nan")]), "amplitude per bit of lead I 'nan'"),
        (GOOD.replace(b"MICROVOLTS", b"INCHES"), "unknown unit 'INCHES'"),
        (GOOD.replace(b"<WaveFormData>\n", b"<WaveFormData>\n!"), "damaged base64"),
        (GOOD.replace(b"<LeadSampleSize>2", b"<LeadSampleSize>4", 1), "4 bytes per sample"),
        (GOOD.replace(b">V6<", b">V5<"), "lead V5 twice"),
    ],
)
def test_what_is_broken_gets_one_sentence(content: bytes, said: str) -> None:
    assert said in said_about(content)
