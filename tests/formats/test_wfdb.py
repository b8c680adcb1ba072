"""WFDB: by name, in any storage, through every quirk; and one sentence for what is broken."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.errors import RecordError
from scar_core.formats import open_record
from scar_core.leads import LEADS
from tests.formats.made_files import Files, edited, stored, wfdb_files
from tests.made import made_record

RECORD = made_record(3)
GOOD = wfdb_files(RECORD)


def said_about(files: Files, name: str = "a.hea") -> str:
    with pytest.raises(RecordError) as caught:
        open_record(name, data=files)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("kind", ["16", "212", "16+24"])
def test_storage(kind: str) -> None:
    read = open_record("a.hea", data=wfdb_files(RECORD, kind=kind))
    np.testing.assert_allclose(read.signal, stored(RECORD) / 1000, atol=1e-6)
    assert read.lead_names == LEADS
    assert (read.sampling_rate_hz, read.unit, read.name) == (100.0, "mV", "a")
    assert read.present.all()
    assert read.notes == ()


def test_flac_in_two_files() -> None:
    soundfile = pytest.importorskip("soundfile")
    digital = stored(RECORD).T.astype(np.int16)
    lines = ["a 12 100 400"]
    files: Files = {}
    for name, rows in (("a_a.dat", slice(0, 6)), ("a_b.dat", slice(6, 12))):
        buffer = io.BytesIO()
        soundfile.write(buffer, digital[:, rows], 100, format="FLAC", subtype="PCM_16")
        files[name] = buffer.getvalue()
        lines += [f"{name} 516 1000(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS[rows]]
    files["a.hea"] = "\n".join(lines).encode()
    np.testing.assert_allclose(open_record("a", data=files).signal, digital.T / 1000, atol=1e-6)
    short = files | {"a_b.dat": files["a_b.dat"][:-200]}
    assert "damaged or truncated" in said_about(short)


def test_any_of_its_names_and_from_disk(tmp_path: Path) -> None:
    for name, content in GOOD.items():
        (tmp_path / name).write_bytes(content)
    expected = open_record("a.hea", data=GOOD).fingerprint()
    for name in ("a", "a.hea", "a.dat"):
        assert open_record(name, data=GOOD).fingerprint() == expected
        assert open_record(tmp_path / name).fingerprint() == expected
        assert open_record(str(tmp_path / name)).name == "a"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.dat", "a.hea"]


@settings(deadline=None, max_examples=20)
@given(st.permutations(LEADS).map(lambda order: order[:7]))
def test_order_follows_the_names(leads: list[str]) -> None:
    record = RECORD.in_order(leads)
    labels = [lead.upper() if at % 2 else lead.lower() for at, lead in enumerate(leads)]
    read = open_record("a.hea", data=wfdb_files(record, labels=labels))
    assert read.lead_names[:7] == tuple(leads)
    np.testing.assert_allclose(read.signal[:7], record.signal, atol=6e-4)


@pytest.mark.parametrize(
    ("gain", "factor"),
    [("1000(0)/mV", 1.0), ("1000/mv", 1.0), ("1(0)/uV", 1.0), ("1/µV", 1.0), ("1e6/V", 1.0),
     ("1000(100)/mV", 1.0), ("500", 2.0), ("0", 5.0), ("200.0(0)/mV", 5.0)],
)  # fmt: skip
def test_gain_and_unit(gain: str, factor: float) -> None:
    read = open_record("a.hea", data=wfdb_files(RECORD, gain=gain))
    offset = -0.1 if "(100)" in gain else 0
    np.testing.assert_allclose(read.signal, stored(RECORD) / 1000 * factor + offset, atol=1e-5)


def test_baseline_defaults_to_the_adc_zero() -> None:
    files = edited(wfdb_files(RECORD, gain="1000/mV"), " 16 0 ", " 16 50 ")
    read = open_record("a.hea", data=files)
    np.testing.assert_allclose(read.signal, stored(RECORD) / 1000 - 0.05, atol=1e-5)


def test_z_scores_are_no_millivolts_and_not_judged_by_einthoven() -> None:
    scrambled = replace(RECORD, lead_names=LEADS[::-1])
    read = open_record("a.hea", data=wfdb_files(scrambled, gain="1000(0)/sd"))
    assert read.unit == "sd"
    assert read.notes == ()


def test_quirky_headers() -> None:
    for first in ("a.mat 12 100 400", "a 12 100/1000(5) 400 2014-05-08 05:05:15",
                  "other 12 100.0 400 07:50:51 13/08/1988 ", "a 12 100"):  # fmt: skip
        files = edited(GOOD, "a 12 100 400", first)
        assert open_record("a.hea", data=files).n_samples == 400
    crlf = GOOD | {"a.hea": GOOD["a.hea"].replace(b"\n", b"\r\n") + b"\r\n"}
    assert open_record("a.hea", data=crlf).lead_names == LEADS
    commented = GOOD | {"a.hea": b"# first\n\n" + GOOD["a.hea"]}
    assert open_record("a.hea", data=commented).metadata["comments"] == ("first",)
    no_rate = open_record("a.hea", data=edited(GOOD, "a 12 100 400", "a 12"))
    assert no_rate.sampling_rate_hz == 250
    assert "default" in no_rate.notes[0]
    assert open_record("a.hea", data=GOOD, sampling_rate_hz=200).duration_s == 2


def test_extra_leads_are_dropped_with_a_note_and_their_files_not_needed() -> None:
    labels = [*LEADS[:9], "vx", "vy", "RESP"]
    files = wfdb_files(RECORD, labels=labels)
    read = open_record("a.hea", data=files)
    assert read.lead_names == LEADS[:9]
    assert read.notes == ("Left out, because they are none of the 12 leads: vx, vy, RESP.",)
    more = edited(files, "a 12", "a 13")
    more["a.hea"] += b"\na.xyz 16 1000 16 0 0 0 0 vz"
    assert open_record("a.hea", data=more).signal.shape == (9, 400)


def test_monitor_and_hand_held_leads() -> None:
    two = open_record(
        "a.hea", data=wfdb_files(RECORD.in_order(("II", "V5")), labels=("MLII", "V5"))
    )
    assert two.lead_names == ("II", "V5")
    assert two.notes == ("Lead MLII of a monitor is taken for II.",)
    one = open_record("a.hea", data=wfdb_files(RECORD.in_order(("I",)), labels=("ECG",)))
    assert one.lead_names == ("I",)
    assert "taken for lead I" in one.notes[0]


def test_missing_samples_and_flat_leads_are_not_present() -> None:
    digital = stored(RECORD).astype("<i2")
    digital[2, 5:9] = -32768
    digital[4] = 17
    digital[7, 100:250] = 0
    read = open_record("a.hea", data=GOOD | {"a.dat": digital.T.tobytes()})
    gone = np.zeros((12, 400), bool)
    gone[2, 5:9], gone[4] = True, True
    gone[7, 100:250] = True
    np.testing.assert_array_equal(read.present, ~gone)
    assert not read.signal[gone].any()
    said = " ".join(read.notes)
    assert "0.1% of the samples" in said
    assert "Flat from start to end, so not present: aVL." in said
    assert "V2 (1.5 s)" in said


def test_scaled_headers_are_recognised() -> None:
    """As in LUDB: 1 µV per unit, but each lead's header scales it to 1 mV peak to peak."""
    digital = stored(RECORD)
    lines = GOOD["a.hea"].decode().splitlines()
    for at, row in enumerate(digital, start=1):
        lines[at] = lines[at].replace("1000(0)", f"{np.ptp(row)}(3)")
    read = open_record("a.hea", data=GOOD | {"a.hea": "\n".join(lines).encode()})
    np.testing.assert_allclose(read.signal, digital / 1000, atol=1e-6)
    assert "scales every lead to 1 mV" in read.notes[0]


def test_limb_leads_that_were_exchanged_are_reported() -> None:
    labels = ["I", "II", "III", "aVR", "aVF", "aVL", *LEADS[6:]]
    read = open_record("a.hea", data=wfdb_files(RECORD, labels=labels))
    assert "aVL and aVF seem to be swapped" in read.notes[0]


@pytest.mark.parametrize(
    ("comments", "expected"),
    [
        (["Age: 59", "Sex: Female", "Dx: 1,2", "Rx: Unknown"],
         {"age": 59.0, "sex": "female", "dx": ("1", "2")}),
        (["<age>: 51", "<sex>: M ", "<diagnoses>:", "Rhythm: Sinus.", "LVH. "],
         {"age": 51.0, "sex": "male", "diagnoses": ("Rhythm: Sinus", "LVH")}),
        (["Age: NaN", "Sex: Unknown", "Labels: NORM, SR"], {"labels": ("NORM", "SR")}),
        ([" 69 M 1085 1629 x1", " Aldomet"], {"age": 69.0, "sex": "male"}),
        ([" Reason for admission: MI", " Additional diagnoses: n/a"], {"diagnoses": ("MI",)}),
    ],
)  # fmt: skip
def test_metadata(comments: list[str], expected: dict[str, object]) -> None:
    metadata = dict(open_record("a.hea", data=wfdb_files(RECORD, comments=comments)).metadata)
    assert metadata.pop("comments") == tuple(comment.strip() for comment in comments)
    assert metadata == expected


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("a 12 100 400", "a 12 100 1000000000", "declares 1000000000 samples"),
        ("a 12 100 400", "a 12 100 401", "holds 400 of the 401 samples"),
        ("a 12 100 400", "a 12 100 -5", "-5 samples"),
        ("a 12 100 400", "a 12 0 400", "sampling rate of 0 Hz"),
        ("a 12 100 400", "a 12 -100 400", "sampling rate of -100 Hz"),
        ("a 12 100 400", "a 12 nan 400", "sampling rate 'nan'"),
        ("a 12 100 400", "a 12 100 many", "number of samples 'many'"),
        ("a 12 100 400", "a/3 12 100 400", "several segments"),
        ("a 12 100 400", "a 13 100 400", "declares 13 signals but describes 12"),
        ("a 12 100 400", "a 0 100 400", "declares 0 signals"),
        ("a 12 100 400", "a 12 1 400", "between 20 and 100000 Hz"),
        ("a 12 100 400", "Dear doctor, please find", "first line 'Dear doctor, please find'"),
        ("a.dat 16 ", "b.dat 16 ", "b.dat, which is not uploaded"),
        ("a.dat 16 ", "../a.dat 16 ", "'../a.dat', which is not beside it"),
        ("a.dat 16 ", "/etc/passwd 16 ", "'/etc/passwd', which is not beside it"),
        ("a.dat 16 ", "..\\a.dat 16 ", "which is not beside it"),
        ("a.dat 16 ", "C:a.dat 16 ", "which is not beside it"),
        ("a.dat 16 ", ".. 16 ", "which is not beside it"),
        ("a.dat 16 ", "a.dat 16:99999999 ", "skew of 99999999"),
        ("a.dat 16 ", "a.dat 9 ", "storage format 9"),
        ("a.dat 16 ", "a.dat sixteen ", "no file and format"),
        ("1000(0)/mV", "1000(0)/mmHg", "unknown unit 'mmHg'"),
        ("1000(0)/mV", "much", "gain 'much'"),
        ("1000(0)/mV", "nan/mV", "gain 'nan'"),
        ("1000(0)/mV", "1(0)/mV", "wrong unit"),
        ("0 0 V6", "0 0 V5", "lead V5 twice"),
        ("0 0 V6", "0 0 v5", "lead V5 twice"),
    ],
)
def test_broken_headers(old: str, new: str, words: str) -> None:
    assert words in said_about(edited(GOOD, old, new))


def test_unknown_leads() -> None:
    labels = [f"X{at}" for at in range(12)]
    said = said_about(wfdb_files(RECORD, labels=labels))
    assert "no known lead (found: X0, X1" in said
    assert "I, II, III, aVR" in said


def test_mixed_units() -> None:
    text = GOOD["a.hea"].decode().replace("1000(0)/mV", "1000(0)/sd", 1)
    assert "in one unit" in said_about(GOOD | {"a.hea": text.encode()})


def test_broken_files(tmp_path: Path) -> None:
    assert "a.dat, which is not uploaded" in said_about({"a.hea": GOOD["a.hea"]})
    assert "without a header" in said_about({"a.dat": GOOD["a.dat"]}, "a.dat")
    assert "is truncated: it holds 200 of the 400" in said_about(
        GOOD | {"a.dat": GOOD["a.dat"][: 200 * 24]}
    )
    assert "no WFDB header" in said_about(GOOD | {"a.hea": b""})
    assert "binary data" in said_about(GOOD | {"a.hea": GOOD["a.dat"]})
    assert "no WFDB header" in said_about(GOOD | {"a.hea": b"I,II\n1,2\n"})
    assert "no WFDB header" in said_about(GOOD | {"a.hea": b"I,II\n1,2\n"}, "a.dat")
    assert "no record 'b.hea' among the uploaded files" in said_about(GOOD, "b.hea")
    everything_missing = np.full((400, 12), -32768, "<i2").tobytes()
    assert "no number at all" in said_about(GOOD | {"a.dat": everything_missing})
    all_flat = np.full((400, 12), 3, "<i2").tobytes()
    assert "flat or missing" in said_about(GOOD | {"a.dat": all_flat})
    (tmp_path / "a.hea").write_bytes(GOOD["a.hea"])
    with pytest.raises(RecordError, match=r"a\.dat, which is not there"):
        open_record(tmp_path / "a.hea")


def test_three_samples() -> None:
    short = replace(RECORD, signal=RECORD.signal[:, :3], present=RECORD.present[:, :3])
    assert "3 samples at 100 Hz, which is 0.03 s" in said_about(wfdb_files(short))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_no_header_gets_past_without_an_answer(data: st.DataObject) -> None:
    """Whatever is done to a header, there is a record or a RecordError, nothing else."""
    words = GOOD["a.hea"].decode().split(" ")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at] = data.draw(
            st.sampled_from(["", "0", "-1", "9" * 30, "nan", "inf", "\n", "#", "x:y", "1e9", "/"])
            | st.text(max_size=8)
        )
    try:
        open_record("a.hea", data=GOOD | {"a.hea": " ".join(words).encode("utf-8", "replace")})
    except RecordError as error:
        assert str(error)


def test_real_records_through_every_trap(real_ecg: Path) -> None:
    def read(name: str) -> tuple[tuple[int, ...], float, str]:
        record = open_record(real_ecg / name)
        return record.signal.shape, record.sampling_rate_hz, record.unit

    assert read("ptbxl_zscored/00024.hea") == ((12, 2500), 250.0, "sd")
    assert read("georgia_filtered/E00388.hea") == ((12, 2500), 250.0, "mV")
    assert read("cinc2021/ptb/S0001.hea") == ((12, 38400), 1000.0, "mV")
    assert read("ptbdb/s0010_re.hea") == ((12, 38400), 1000.0, "mV")
    assert read("ptbdb/s0043lre.hea") == ((12, 115200), 1000.0, "mV")  # its .xyz is not at hand
    assert read("cinc2017/A00001.hea") == ((1, 9000), 300.0, "mV")
    assert read("mitdb/100.hea") == read("mitdb_212/100.hea") == ((2, 650000), 360.0, "mV")
    one, other = (open_record(real_ecg / name / "100.hea") for name in ("mitdb", "mitdb_212"))
    assert one.fingerprint() == other.fingerprint()


def test_a_record_named_after_its_file(real_ecg: Path) -> None:
    """Headers that name the record E00271.mat on their first line are read by the file's stem."""
    path = real_ecg / "cinc2021/georgia/E00001.hea"
    files = {path.name: path.read_bytes(), "E00001.mat": path.with_suffix(".mat").read_bytes()}
    quirky = edited(files, "E00001 12", "E00001.mat 12", "E00001.hea")
    assert open_record("E00001.hea", data=quirky).fingerprint() == open_record(path).fingerprint()


def test_ludb_has_true_amplitudes(real_ecg: Path) -> None:
    record = open_record(real_ecg / "ludb/data/1.hea")
    assert np.ptp(record.signal, axis=1).min() < 0.8
    assert "Left ventricular hypertrophy" in record.metadata["diagnoses"]
    assert (record.metadata["age"], record.metadata["sex"]) == (51.0, "female")
