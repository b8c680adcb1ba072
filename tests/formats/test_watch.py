"""Watches: languages, decimal commas, the unit of the rate, and what is broken."""

import numpy as np
import pytest

from scar_core.errors import RecordError
from scar_core.formats import open_record
from scar_core.record import ECGRecord
from tests.formats.made_clinic import watch_file
from tests.formats.refused import sentence_about
from tests.made import made_record

MICROVOLTS = made_record(11, seconds=3.0, rate_hz=512.0, leads=("I",)).signal[0] * 1000.0


def read(content: bytes, name: str = "ecg_2020-01-01.csv") -> ECGRecord:
    return open_record(name, data={name: content})


def said_about(content: bytes) -> str:
    return sentence_about(content, "ecg_2020-01-01.csv")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_value_comes_back(language: str) -> None:
    record = read(watch_file(MICROVOLTS, language=language))
    assert (record.lead_names, record.sampling_rate_hz) == (("I",), 512.0)
    np.testing.assert_allclose(record.signal[0], MICROVOLTS / 1000, atol=1e-6)
    assert record.notes == ()
    assert record.metadata == ({"report": "Sinus Rhythm"} if language == "en" else {})


ENGLISH = watch_file(MICROVOLTS).decode()


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH.replace("\n", "\r\n"),
        "\ufeff" + ENGLISH,
        ENGLISH.replace("µV", "μV"),
        "\n".join(line + "," if line[-1:].isdigit() else line for line in ENGLISH.split("\n")),
        "\n".join(f'"{line}"' if line[-1:].isdigit() else line for line in ENGLISH.split("\n")),
    ],
)
def test_ways_to_write_the_same(text: str) -> None:
    assert read(text.encode()).fingerprint() == read(ENGLISH.encode()).fingerprint()


def test_grouped_numbers() -> None:
    rows = MICROVOLTS + 2000
    plain = read(watch_file(rows)).fingerprint()
    head, _, _ = ENGLISH.rpartition("Unit,µV\n\n")
    grouped = "\n".join(f"{value:,.3f}" for value in rows)
    assert "1," in grouped
    assert read((head + "Unit,µV\n\n" + grouped).encode()).fingerprint() == plain
    swapped = grouped.translate(str.maketrans(".,", ",."))
    assert read((head + "Unit,µV\n\n" + swapped).encode()).fingerprint() == plain


def test_rates_with_a_fraction() -> None:
    assert read(watch_file(MICROVOLTS, rate="511.562")).sampling_rate_hz == 511.562
    german = watch_file(MICROVOLTS, language="de", rate="511,562")
    assert read(german).sampling_rate_hz == 511.562


def test_a_lead_without_name_is_taken_for_the_first() -> None:
    record = read(ENGLISH.replace("Lead,Lead I", "Lead,").encode())
    assert record.lead_names == ("I",)
    assert "taken for lead I" in record.notes[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ENGLISH.partition("Unit,µV")[0].encode() + b"Unit,\xb5V\n", "no samples below"),
        ((ENGLISH + "broken\n").encode(), "holds 'broken' in row"),
        ((ENGLISH + "1.2.3\n").encode(), "holds '1.2.3' in row"),
        (ENGLISH.replace("512 hertz", "5 hertz").encode(), "between 20 and"),
        ("\n".join(ENGLISH.split("\n")[:40]).encode(), "at least 1 s"),
    ],
)
def test_what_is_broken_gets_one_sentence(content: bytes, said: str) -> None:
    assert said in said_about(content)


def test_without_a_rate_it_is_an_ordinary_table() -> None:
    with pytest.raises(RecordError):
        read(ENGLISH.replace("Sample Rate,512 hertz", "Sample Rate,").encode())
