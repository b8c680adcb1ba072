"""aECG: origins, scales, units, rhythm against derived beat, and XML that attacks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.formats.made_clinic import Stored, aecg_file, aecg_set
from tests.formats.made_files import stored
from tests.formats.refused import sentence_about
from tests.made import made_record

RECORD = made_record(9, seconds=4.0, rate_hz=250.0)
DIGITAL: Stored = dict(zip(LEADS, stored(RECORD), strict=True))
TWO = {lead: DIGITAL[lead] for lead in ("II", "V5")}
BEAT = {lead: row[:300] // 2 for lead, row in DIGITAL.items()}


def read(content: bytes, name: str = "a.xml", rate_hz: float | None = None) -> ECGRecord:
    return open_record(name, data={name: content}, sampling_rate_hz=rate_hz)


def said_about(content: bytes) -> str:
    return sentence_about(content, "a.xml")


def test_every_value_comes_back_and_the_beat_does_not() -> None:
    record = read(aecg_file([aecg_set(DIGITAL)], beat=[aecg_set(BEAT)]))
    assert (record.lead_names, record.sampling_rate_hz) == (LEADS, 250.0)
    np.testing.assert_allclose(record.signal, np.stack(list(DIGITAL.values())) / 1000, atol=1e-6)
    assert record.present.all()
    assert record.notes == ()
    assert record.metadata == {"sex": "male", "age": 49.0, "report": "Sinus"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_encodings(encoding: str) -> None:
    text = aecg_file([aecg_set(TWO)]).decode()
    declared = {"utf-16": "UTF-16", "utf-8-sig": "UTF-8", "latin-1": "ISO-8859-1"}[encoding]
    content = text.replace("UTF-8", declared).encode(encoding)
    assert read(content, "x").fingerprint() == read(aecg_file([aecg_set(TWO)])).fingerprint()


@settings(deadline=None, max_examples=15)
@given(
    st.floats(0.5, 5).map(lambda value: f"{value:.4f}"),
    st.floats(-300, 300).map(lambda value: f"{value:.3f}"),
    st.sampled_from([("uV", 1e-3), ("mV", 1.0), ("nV", 1e-6)]),
)
def test_origin_and_scale_have_units_of_their_own(
    scale: str, origin: str, unit: tuple[str, float]
) -> None:
    name, factor = unit
    told = f"{float(scale) * 1e-3 / factor:.6f}"
    content = aecg_file(
        [
            aecg_set(
                TWO,
                scale=f'<scale value="{told}" unit="{name}"/>',
                origin=f'<origin value="{origin}" unit="uV"/>',
            )
        ]
    )
    rows = np.stack(list(TWO.values()))
    expected = rows * float(told) * factor + float(origin) * 1e-3
    np.testing.assert_allclose(read(content).signal, expected, rtol=1e-5, atol=1e-5)


def test_times_relative_absolute_and_absent() -> None:
    def timed(head: str, step: str) -> ECGRecord:
        return read(aecg_file([aecg_set(TWO, head=head, increment=step)]))

    plain = read(aecg_file([aecg_set(TWO)]))
    relative = timed('<head value="0" unit="s"/>', '<increment value="4" unit="ms"/>')
    assert relative.fingerprint() == plain.fingerprint()
    rounded = timed('<head value="0" unit="s"/>', '<increment value="0.003333" unit="s"/>')
    assert rounded.sampling_rate_hz == 300.0
    without = aecg_set(TWO).replace("TIME_ABSOLUTE", "OTHER")
    assert read(aecg_file([without]), rate_hz=250.0).n_samples == plain.n_samples


def test_sets_are_placed_in_time() -> None:
    first = {lead: DIGITAL[lead][:500] for lead in ("V1", "II")}
    later = {lead: DIGITAL[lead][500:] for lead in ("V5", "II")}
    stamp = '<head value="20021122091003.500+0100"/>'
    record = read(aecg_file([aecg_set(first), aecg_set(later, head=stamp)]))
    assert record.lead_names == ("V1", "II", "V5")
    assert record.n_samples == 875 + 500
    present = np.zeros((3, 1375), bool)
    present[:2, :500] = present[1:, 875:] = True
    np.testing.assert_array_equal(record.present, present)
    np.testing.assert_allclose(record.signal[2, 875:], DIGITAL["V5"][500:] / 1000, atol=1e-6)
    assert any("2 parts" in note for note in record.notes)


GOOD = aecg_file([aecg_set(TWO)])
LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
COMMENT = b"<!-- made -->"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD[:-30], "damaged or truncated XML"),
        (GOOD.replace(COMMENT, LAUGHS), "defines entities"),
        (GOOD.replace(COMMENT, OUTSIDE), "defines entities"),
        (GOOD.replace(b">Sinus<", b">&outside;<"), "damaged or truncated XML"),
        (GOOD.replace(b"UTF-8", b"UTF-9"), "damaged or truncated XML"),
        (GOOD.replace(b">Sinus<", b">" + b"<a>" * 200 + b"</a>" * 200 + b"<"), "nests"),
        (aecg_file([aecg_set(TWO)], kind="REPRESENTATIVE_BEAT"), "only REPRESENTATIVE_BEAT"),
        (aecg_file([]), "no rhythm, no lead"),
        (aecg_file([aecg_set(TWO).replace("TIME_ABSOLUTE", "OTHER")]), "state the sampling rate"),
        (aecg_file([aecg_set(TWO, increment="")]), "time increment ''"),
        (
            aecg_file([aecg_set(TWO, increment='<increment value="0" unit="s"/>')]),
            "sampling rate of 0 Hz",
        ),
        (
            aecg_file([aecg_set(TWO, increment='<increment value="1" unit="h"/>')]),
            "measures time in 'h'",
        ),
        (aecg_file([aecg_set(TWO, head='<head value="20021199"/>')]), "the time '20021199'"),
        (aecg_file([aecg_set(TWO, scale="")]), "unknown unit ''"),
        (aecg_file([aecg_set(TWO, scale='<scale unit="uV"/>')]), "scale of lead II ''"),
        (GOOD.replace(b"<digits>", b"<digits>x "), "digits that are no numbers"),
        (GOOD.replace(b"<digits>", b"<digits>1 ", 1), "unequal length"),
        (GOOD.replace(b"digits", b"data"), "without a list of digits"),
        (GOOD.replace(b"MDC_ECG_LEAD_", b"MDC_PULS_"), "no rhythm, no lead"),
        (b"<?xml version='1.0'?><Unknown/>", "in no format"),
    ],
)
def test_what_is_broken_gets_one_sentence(content: bytes, said: str) -> None:
    assert said in said_about(content)


def test_a_flood_of_elements_is_stopped() -> None:
    flood = GOOD.replace(b">Sinus<", b">" + b"<a/>" * 300_000 + b"<")
    assert "more than 200000 XML elements" in said_about(flood)
