"""CSV: names, times, units, separators; and one sentence for what is broken."""

import csv as csv_writer
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.errors import RecordError
from scar_core.formats import open_record
from scar_core.leads import LEADS
from tests.made import made_record

RECORD = made_record(5, seconds=2.0, rate_hz=250.0)
RATE = "# sampling_rate_hz: 250\n"
SECONDS = np.arange(500) / 250


def table(
    header: Sequence[str] = LEADS, *, scale: float = 1.0, before: Sequence[np.ndarray] = ()
) -> str:
    out = io.StringIO()
    writer = csv_writer.writer(out, lineterminator="\n")
    writer.writerow(header)
    columns = [*before, *(RECORD.signal * scale)]
    writer.writerows([f"{value:.6f}" for value in row] for row in zip(*columns, strict=True))
    return out.getvalue()


def read(text: str | bytes, rate_hz: float | None = None) -> "tuple[np.ndarray, float]":
    content = text.encode() if isinstance(text, str) else text
    record = open_record("a.csv", data={"a.csv": content}, sampling_rate_hz=rate_hz)
    assert record.name == "a"
    return record.signal, record.sampling_rate_hz


def said_about(text: str | bytes, rate_hz: float | None = None) -> str:
    with pytest.raises(RecordError) as caught:
        read(text, rate_hz)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    "text",
    [
        RATE + table(),
        "# fs = 250 Hz\n" + table(),
        "#Sampling rate (Hz): 250,,,\n\n" + table(),
        table(["time", *LEADS], before=[SECONDS]),
        table(["Time (ms)", *LEADS], before=[SECONDS * 1000 + 17]),
        table(["t_s", *LEADS], before=[SECONDS]),
        table(["sample", "time_ms", *LEADS], before=[np.arange(500), SECONDS * 1000]),
        RATE + table([lead.upper() for lead in LEADS]),
        RATE + table([f"{lead} (uV)" for lead in LEADS], scale=1000),
        RATE + table([f"{lead}_µV" for lead in LEADS], scale=1000),
        RATE + table([f"{lead} [mV]" for lead in LEADS]),
        RATE + "# unit: uV\n" + table(scale=1000),
        RATE + table().replace(",", ";"),
        RATE + table().replace(",", "\t"),
        RATE + table().replace(",", ";").replace(".", ","),
        (RATE + table()).replace("\n", "\r\n"),
        "\ufeff" + RATE + table(),
        (RATE + table()).encode("utf-16"),
        RATE + table().replace(",", "  "),
        RATE + table().replace(",", "\t").replace(".", ","),
        RATE + table().replace(",", " ").replace(".", ","),
        RATE + "# note\n" + table() + "\n",
    ],
)
def test_ways_to_write_the_same(text: str | bytes) -> None:
    signal, rate_hz = read(text)
    np.testing.assert_allclose(signal, RECORD.signal, atol=2e-6)
    assert rate_hz == 250.0


def unnamed(text: str) -> str:
    return text.split("\n", 1)[1]


@pytest.mark.parametrize(
    "text",
    [
        RATE + unnamed(table()),
        RATE + unnamed(table()).replace(",", ";").replace(".", ","),
        RATE + unnamed(table()).replace(",", " "),
        RATE + unnamed(table()).replace(",", "\t"),
        unnamed(table(["time", *LEADS], before=[SECONDS])),
        RATE + unnamed(table(["sample", *LEADS], before=[np.arange(500)])),
        RATE + unnamed(table(["sample", *LEADS], before=[np.arange(1, 501)])),
    ],
)
def test_twelve_columns_without_names_are_in_the_standard_order(text: str) -> None:
    for name in ("a.csv", "a.txt", "a.export", "a"):
        record = open_record(name, data={name: text.encode()})
        assert record.lead_names == LEADS
        assert record.sampling_rate_hz == 250.0
        np.testing.assert_allclose(record.signal, RECORD.signal, atol=2e-6)
        order = "I, II, III, aVR, aVL, aVF, V1–V6"
        assert record.notes == (f"The file names no leads; they are taken for {order}, in order.",)


def test_fewer_columns_without_names() -> None:
    columns = [line.split(",") for line in unnamed(table()).splitlines()]
    eight = "\n".join(",".join([*row[:2], *row[6:]]) for row in columns)
    record = open_record("a.csv", data={"a.csv": eight.encode()}, sampling_rate_hz=250)
    assert record.lead_names[:8] == ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    np.testing.assert_allclose(record.in_order().signal, RECORD.signal, atol=4e-6)
    one = "\n".join(row[0] for row in columns)
    record = open_record("a.csv", data={"a.csv": one.encode()}, sampling_rate_hz=250)
    assert record.lead_names == ("I",)
    timed = "\n".join(f"{time:.3f};{row[0]}" for time, row in zip(SECONDS, columns, strict=True))
    record = open_record("a.csv", data={"a.csv": timed.encode()})
    assert (record.lead_names, record.sampling_rate_hz) == (("I",), 250.0)


def test_the_caller_may_know_the_rate() -> None:
    assert read(table(), 250.0)[1] == 250.0
    assert "add a time column" in said_about(table())
    assert "between 20 and" in said_about(table(), 0.0)
    assert "between 20 and" in said_about(table(), float("nan"))


def test_rounded_times_give_the_rate() -> None:
    times = np.round(np.arange(500) / 300, 3)
    assert read(table(["time", *LEADS], before=[times]))[1] == 300.0


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(12)).map(lambda order: order[:5]))
def test_columns_go_by_name(order: list[int]) -> None:
    lines = [line.split(",") for line in table().splitlines()]
    text = "\n".join(",".join(line[at] for at in order) for line in lines)
    record = open_record("a.csv", data={"a.csv": (RATE + text).encode()})
    assert record.lead_names[:5] == tuple(LEADS[at] for at in order)
    np.testing.assert_allclose(record.signal[:5], RECORD.signal[order], atol=2e-6)


def test_gaps_are_not_present() -> None:
    lines = table().splitlines()
    for at, gap in ((3, ""), (4, "NaN"), (5, "nan"), (6, "inf")):
        cells = lines[at].split(",")
        cells[1] = gap
        lines[at] = ",".join(cells)
    record = open_record("a.csv", data={"a.csv": (RATE + "\n".join(lines)).encode()})
    gone = np.zeros((12, 500), bool)
    gone[1, 2:6] = True
    np.testing.assert_array_equal(record.present, ~gone)
    assert not record.signal[gone].any()
    assert "missing or NaN" in record.notes[0]


def test_an_empty_cell_at_the_edge_of_a_tab_separated_row_stays_one() -> None:
    lines = table().replace(",", "\t").splitlines()
    lines[7] = lines[7][lines[7].index("\t") :]
    lines[9] = lines[9][: lines[9].rindex("\t") + 1]
    record = open_record("a.tsv", data={"a.tsv": (RATE + "\n".join(lines)).encode()})
    gone = np.zeros((12, 500), bool)
    gone[0, 6] = gone[11, 8] = True
    np.testing.assert_array_equal(record.present, ~gone)


def test_other_columns_and_metadata() -> None:
    text = RATE + "# age: 61\n# sex: male\n" + table([*LEADS[:11], "SpO2"])
    record = open_record("a.csv", data={"a.csv": text.encode()})
    assert record.lead_names == LEADS[:11]
    assert record.notes[0] == "Left out, because they are none of the 12 leads: SpO2."
    assert (record.metadata["age"], record.metadata["sex"]) == (61.0, "male")


def test_z_scores() -> None:
    text = RATE + table([f"{lead} (sd)" for lead in LEADS])
    assert open_record("a.csv", data={"a.csv": text.encode()}).unit == "sd"


TIMES_WITH_A_HOLE = np.delete(np.arange(501) / 250, 100)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("  \n\n", "is empty"),
        (bytes(range(256)) * 20, "holds binary data"),
        (RATE, "no row of lead names"),
        (RATE + "I,II\n", "no samples below"),
        (RATE + "I,II\n1,2\n2,1\n3,2\n", "3 samples at 250 Hz"),
        (RATE + table([f"x{at}" for at in range(12)]), "no known lead (found: x0, x1"),
        (RATE + "1,2,3\n" * 300, "3 columns without names"),
        (RATE + "1,2\n2,1\n" * 300, "does not rise in equal steps"),
        (RATE + "1,2,x\n" * 300, "no known lead"),
        (RATE + "1,2\n" * 300 + "x,2\n", "'x' in column 'time'"),
        (RATE + "I" + "," * 2000 + "\n1\n", "more than 1000 columns"),
        (RATE + "I\n" + "\n" * 2_000_001, "more than the 2 million rows"),
        (RATE + "I\r" * 2_000_001, "more than the 2 million rows"),
        (RATE + "I " + "(" * 120_000 + ",II\n1,2\n", "1 samples at 250 Hz"),
        (RATE + "1" * 200_000 + "\n1\n", "first row that cannot be read"),
        (RATE + table([*LEADS[:11], "v5"]), "lead V5 twice ('V5', 'v5')"),
        (RATE + table([*LEADS[:11], "V6 (mmHg)"]), "unknown unit 'mmHg'"),
        (RATE + table([*LEADS[:11], "V6 (sd)"]), "in one unit"),
        (RATE + table(scale=1000), "wrong unit"),
        (RATE + "I\n" + "nan\n" * 300, "no number at all"),
        (RATE + "I,II\n" + "0.5,0\n" * 300, "flat or missing"),
        (RATE + "I,II\n" + "1,2\n" * 9 + "1,two\n" + "1,2\n" * 300, "'two' in column 'II', row 12"),
        (RATE + "I,II\n" + "1,2,3\n" * 300, "Row 3 of a.csv has 3 cells"),
        ("# rate: 0\n" + table(), "sampling rate of 0 Hz"),
        ("# rate: -250\n" + table(), "sampling rate of -250 Hz"),
        ("# rate: nan\n" + table(), "sampling rate of nan Hz"),
        ("# rate: fast\n" + table(), "sampling rate 'fast'"),
        (table(["time", *LEADS], before=[SECONDS * 1000]), "call it time_ms"),
        (table(["time", *LEADS], before=[SECONDS[::-1]]), "does not rise in equal steps"),
        (table(["time", *LEADS], before=[SECONDS * 0]), "does not rise in equal steps"),
        (table(["time", *LEADS], before=[TIMES_WITH_A_HOLE]), "does not rise in equal steps"),
        (table(["time (h)", *LEADS], before=[SECONDS]), "time column in 'h'"),
        ("# fs: 500\n" + table(["time", *LEADS], before=[SECONDS]), "said to have 500 Hz"),
    ],
)
def test_broken(text: str | bytes, words: str) -> None:
    assert words in said_about(text)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_bytes_get_past_without_an_answer(content: bytes) -> None:
    for prefix in (b"", b"# rate: 250\nI,II\n"):
        try:
            read(prefix + content)
        except RecordError as error:
            assert str(error)


def test_content_decides_where_the_suffix_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "export.ecg").write_text(RATE + table())
    assert open_record(tmp_path / "export.ecg").lead_names == LEADS
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" * 10)
    with pytest.raises(
        RecordError, match="in no format that can be read; give a record as one of: "
    ):
        open_record(tmp_path / "photo.jpg")
    (tmp_path / "notes.md").write_text("# Notes\n\nA text, with commas; and more.\n")
    with pytest.raises(RecordError, match="in no format that can be read"):
        open_record(tmp_path / "notes.md")
    with pytest.raises(RecordError, match="is a folder"):
        open_record(tmp_path)
    with pytest.raises(RecordError, match=r"no record 'none\.csv' in"):
        open_record(tmp_path / "none.csv")
    with pytest.raises(RecordError, match="no record"):
        open_record(tmp_path / ("long" * 100))
    with pytest.raises(RecordError, match="NUL"):
        open_record("a\0b")


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"I,II\n" + b"1,2\n" * 2000)
        file.truncate(10**9)  # sparse: takes no room
    with pytest.raises(RecordError, match="1000 MB, more than the 100 MB"):
        open_record(path, sampling_rate_hz=500)
