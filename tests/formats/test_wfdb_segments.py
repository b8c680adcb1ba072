"""WFDB records of several segments: both layouts, gaps, contradictions."""

from pathlib import Path

import numpy as np
import pytest

from scar_core.errors import RecordError
from scar_core.formats import open_record
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.formats.made_files import Files, edited, stored, wfdb_files
from tests.made import made_record

WHOLE = made_record(6, seconds=9.0)
HERE = (slice(0, 300), slice(300, 400), slice(400, 900))


def piece(part: slice, stem: str, leads: tuple[str, ...] = LEADS, **kw: str) -> Files:
    """One segment of the whole record as files of its own."""
    record = WHOLE.in_order(leads)
    signal, present = record.signal[:, part], record.present[:, part]
    cut = ECGRecord(signal, leads, 100.0, present)
    return wfdb_files(cut, stem=stem, **kw)


def fixed() -> Files:
    files = {"m.hea": b"m/3 12 100 900\nm_1 300\nm_2 100\nm_3 500\n# Age: 50\n"}
    for at, part in enumerate(HERE, start=1):
        files |= piece(part, f"m_{at}", kind="16+24" if at == 2 else "16")
    return files


def variable() -> Files:
    """Lead V1 is missing in the first segment, I in the last; nothing is known of the second."""
    files = {"m.hea": b"m/4 3 100 900\nm_layout 0\nm_1 300\n~ 100\nm_3 500\n"}
    files["m_layout.hea"] = (
        b"m_layout 3 100 0\n~ 0 1000(0)/mV 16 0 0 0 0 I\n~ 0 1000(0)/mV 16 0 0 0 0 II\n"
        b"~ 0 1000(0)/mV 16 0 0 0 0 V1\n"
    )
    files |= piece(HERE[0], "m_1", ("II", "I"))
    files |= piece(HERE[2], "m_3", ("V1", "II"), gain="1000(200)/mV")
    return files


def written(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder / "m"


def test_fixed_layout(tmp_path: Path) -> None:
    record = open_record("m", data=fixed())
    assert (record.lead_names, record.sampling_rate_hz, record.name) == (LEADS, 100.0, "m")
    np.testing.assert_allclose(record.signal, stored(WHOLE) / 1000, atol=1e-6)
    assert record.present.all()
    assert record.metadata["age"] == 50
    assert record.notes == ("Put together from 3 segments and gaps.",)
    assert open_record(written(fixed(), tmp_path)).fingerprint() == record.fingerprint()
    import wfdb

    theirs = wfdb.rdrecord(str(tmp_path / "m")).p_signal
    np.testing.assert_allclose(record.signal, theirs.T, atol=1e-6)


def test_variable_layout(tmp_path: Path) -> None:
    record = open_record(written(variable(), tmp_path))
    assert record.lead_names[:3] == ("I", "II", "V1")
    expected = WHOLE.in_order(("I", "II", "V1")).present.copy()
    expected[:, HERE[1]] = expected[2, HERE[0]] = expected[0, HERE[2]] = False
    np.testing.assert_array_equal(record.present[:3], expected)
    truth = stored(WHOLE.in_order(("I", "II", "V1"))) / 1000.0
    truth[1:, HERE[2]] -= 0.2
    np.testing.assert_allclose(record.signal[:3], np.where(expected, truth, 0), atol=1e-6)
    import wfdb

    theirs = wfdb.rdrecord(str(tmp_path / "m"), m2s=True)
    rows = [theirs.sig_name.index(lead) for lead in ("I", "II", "V1")]
    ours = np.where(record.present, record.signal, np.nan)[:3]
    np.testing.assert_allclose(ours, theirs.p_signal.T[rows], atol=1e-6)


def test_a_segment_without_a_lead_is_a_gap() -> None:
    files = fixed()
    for lead in LEADS:
        files = edited(files, f" {lead}\n", " RESP\n", "m_2.hea") if lead != "V6" else files
    files = edited(files, " V6", " RESP", "m_2.hea")
    files = {name: content for name, content in files.items() if name != "m_2.mat"}
    record = open_record("m", data=files)
    assert not record.present[:, HERE[1]].any()
    assert record.present[:, HERE[2]].all()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("m.hea", "m_2 100", "m_9 100", "there is no m_9.hea"),
        ("m.hea", "m_2 100", "../m_2 100", "'../m_2', which is not beside it"),
        ("m.hea", "m_2 100", "/etc/passwd 100", "'/etc/passwd', which is not beside it"),
        ("m.hea", "m_2 100", "m_2 200", "add up to 1000"),
        ("m.hea", "m_2 100\n", "", "not one line with name and samples for each"),
        ("m.hea", "m/3", "m/3000", "not one line with name and samples for each"),
        ("m.hea", "m/3", "m/x", "not one line with name and samples for each"),
        ("m.hea", "m_2 100", "m_2 many", "not one line with name and samples for each"),
        ("m.hea", "12 100 900\nm_1 300", "12 100\nm_1 999999999999", "m_1.hea has 300 samples"),
        ("m_2.hea", "12 100 100", "12 200 100", "has 100 samples at 200 Hz"),
        ("m_2.hea", "12 100 100", "12 100 99", "has 99 samples at 100 Hz"),
        ("m_2.hea", "1000(0)/mV", "1000(0)/sd", "others z-scored"),
    ],
)
def test_what_contradicts_itself(name: str, old: str, new: str, words: str) -> None:
    with pytest.raises(RecordError) as caught:
        open_record("m", data=edited(fixed(), old, new, name))
    assert words in str(caught.value)


def test_a_record_that_is_its_own_segment() -> None:
    files = fixed() | {"m.hea": b"m/1 12 100 900\nm 900\n"}
    with pytest.raises(RecordError, match="mend one of them"):
        open_record("m", data=files)


def test_no_lead_anywhere_and_too_much_of_one_segment() -> None:
    with pytest.raises(RecordError, match=r"No segment of m\.hea holds a known lead"):
        open_record("m", data={"m.hea": b"m/2 0 100 900\n~ 400\n~ 500\n"})
    many = b"m/90000 12 100\n" + b"m_1 300\n" * 90_000
    with pytest.raises(RecordError, match="cut it into shorter records"):
        open_record("m", data=fixed() | {"m.hea": many})
