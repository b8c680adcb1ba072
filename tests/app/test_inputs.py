"""Sources of records: what is offered, and one sentence for whatever cannot be read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pages.ui import inputs
from scar_core.errors import RecordError
from scar_core.formats import formats
from scar_core.leads import LEADS
from tests.app.records import make_gallery, make_record, write_wfdb


def test_gallery_cases_can_be_read(tmp_path: Path) -> None:
    make_gallery(tmp_path)
    cases = inputs.gallery_cases(tmp_path)
    assert [case.key for case in cases] == ["gallery:normal", "gallery:fast"]
    assert cases[0].finding_names == ("Sinus rhythm",)
    assert inputs.read_case(cases[0]).lead_names == LEADS


@pytest.mark.parametrize("text", [None, "", "{", "3", '[{"name": "x"}]', "[{}]"])
def test_a_missing_or_damaged_gallery_is_empty(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "index.json").write_text(text)
    assert inputs.gallery_cases(tmp_path) == ()


def test_evidence_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    make_gallery(tmp_path)
    index = tmp_path / "index.json"
    good = '"evidence": {"SR": [{"lead": "II", "start_s": 0, "stop_s": 1}], "PVC": [{"lead": "Q"}]}'
    index.write_text(index.read_text().replace('"evidence": {}', good))
    evidence = inputs.gallery_cases(tmp_path)[0].evidence
    assert list(evidence) == ["SR"]
    assert evidence["SR"][0].lead == "II"


def test_folder_lists_records_only(tmp_path: Path) -> None:
    write_wfdb(tmp_path, "b", make_record())
    for name in ("a.csv", "b.mat", "c.EDF", "d.xml", "e.mat", "note.txt", "picture.png"):
        (tmp_path / name).write_text("x")
    keys = [case.key.removeprefix("folder:") for case in inputs.folder_cases(tmp_path)]
    assert keys == ["a.csv", "b.hea", "c.EDF", "d.xml", "e.mat"]


def test_every_format_can_be_uploaded_and_is_named() -> None:
    for form in formats():
        assert form.title in inputs.format_titles()
        assert set(form.suffixes) <= set(inputs.record_suffixes())


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (["b.dat", "b.hea"], "b.hea"),
        (["b.hea", "other.mat"], "b.hea"),
        (["b.mat"], "b.mat"),
        (["scan.DCM"], "scan.DCM"),
        (["no_suffix"], "no_suffix"),
    ],
)
def test_which_of_the_files_is_the_record(names: list[str], main: str) -> None:
    assert inputs.main_file(names) == main


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be listed"):
        inputs.folder_cases(tmp_path / "nowhere")


def test_upload_of_a_wfdb_pair(tmp_path: Path) -> None:
    write_wfdb(tmp_path, "mine", make_record())
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    record = inputs.read_upload(files)
    np.testing.assert_allclose(record.signal, make_record().signal, atol=0.0006)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.dat": b"xx"}, "without a header"),
        ({"a.hea": b"", "b.hea": b""}, "one record at a time"),
        ({"a.hea": b"a picture, perhaps"}, "a.hea"),
        ({"a.csv": b"\x00\x01\x02"}, "a.csv"),
    ],
)
def test_a_bad_upload_gets_one_sentence(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(RecordError, match=said) as caught:
        inputs.read_upload(files)
    assert "\n" not in str(caught.value)


def test_longer_records_are_cropped_and_flat_parts_are_not_recorded() -> None:
    record = make_record(seconds=25.0)
    signal = record.signal.copy()
    signal[7, 6000:7000] = 0.25
    shown, start_s = inputs.ten_seconds(replace(record, signal=signal), 11.0)
    assert start_s == 11.0
    assert shown.duration_s == 10.0
    assert not shown.present[7, 500:1500].any()
    assert shown.present[7, 1501:].all()
    assert shown.present[:7].all()
    assert any("not recorded" in note for note in shown.notes)


def test_the_start_is_kept_inside_the_record() -> None:
    assert inputs.ten_seconds(make_record(seconds=25.0), 99.0)[1] == 15.0
    short, start_s = inputs.ten_seconds(make_record(seconds=4.0), 3.0)
    assert (short.duration_s, start_s) == (4.0, 0.0)


def test_missing_leads_are_there_but_not_recorded() -> None:
    record = make_record().in_order(("II", "V5"))
    shown, _ = inputs.ten_seconds(record, 0.0)
    assert shown.lead_names == LEADS
    assert shown.present.any(axis=1).sum() == 2


def test_the_folder_chosen_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAR_RECORDS", "/from/env")
    assert inputs.records_folder() == Path("/from/env")
    assert inputs.records_folder("/chosen") == Path("/chosen")
    assert inputs.records_folder("") is None
