"""Datasets that are too large to be at hand, in made folders of the published shape."""

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from scar_core.datasets import Example, dataset
from scar_core.datasets._splits import hashed_split
from scar_core.datasets.base import SPLITS, SUBSET
from scar_core.datasets.csn import labels_of
from scar_core.errors import DatasetError, RecordError
from scar_core.leads import LEADS
from scar_core.simulate.write import write_records
from tests.formats.made_files import wfdb_files
from tests.made import made_record

SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}


def write_wfdb(header: Path, seed: int = 0, dx: str = "") -> None:
    header.parent.mkdir(parents=True, exist_ok=True)
    files = wfdb_files(made_record(seed), stem=header.stem, comments=[f"Dx: {dx}"] if dx else [])
    for name, content in files.items():
        header.with_name(name).write_bytes(content)


def write_table(path: Path, columns: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)


def test_a_hash_decides_for_ever() -> None:
    found = [hashed_split("mimic_iv_ecg", str(10_000_000 + i)) for i in range(12)]
    assert "".join(split[0] + split[-1] for split in found) == "tntntntntttnvlvltntntntn"
    many = [hashed_split("mimic_iv_ecg", str(i)) for i in range(20_000)]
    for split, share in SHARES.items():
        assert abs(many.count(split) / 20_000 - share) < 0.01
    assert many != [hashed_split("code15", str(i)) for i in range(20_000)]


@pytest.fixture
def mimic(tmp_path: Path) -> Path:
    rows: list[list[object]] = []
    for i in range(40):
        subject, study = 10_000_000 + i // 2, 40_000_000 + i
        path = f"files/p1000/p{subject}/s{study}/{study}"
        rows.append([subject, study, study, "2100-01-01 00:00:00", path])
        write_wfdb(tmp_path / f"{path}.hea", i)
    columns = ["subject_id", "study_id", "file_name", "ecg_time", "path"]
    write_table(tmp_path / "record_list.csv", columns, rows)
    reports: list[list[object]] = [
        [s, study, f"Sinus rhythm {study}", "", "Atrial premature complexes."]
        for s, study, *_ in reversed(rows)
    ]
    columns = ["subject_id", "study_id", "report_0", "report_1", "report_2"]
    write_table(tmp_path / "machine_measurements.csv", columns, reports)
    return tmp_path


def test_mimic_pairs_reports_by_study_and_splits_by_patient(mimic: Path) -> None:
    found = [e for split in SPLITS for e in dataset("mimic_iv_ecg").examples(mimic, split)]
    assert len(found) == 40 and len({e.split for e in found}) > 1
    for example in found:
        assert example.report == f"sinus rhythm {example.name}. atrial premature complexes"
        assert example.split == hashed_split("mimic_iv_ecg", example.patient)
        assert example.path.parent.name == f"s{example.name}"
    assert len({(e.patient, e.split) for e in found}) == len({e.patient for e in found}) == 20
    assert found[0].read().lead_names == LEADS


def test_half_a_table_is_said_so(mimic: Path) -> None:
    table = mimic / "record_list.csv"
    table.write_text(table.read_text()[:-60])
    with pytest.raises(DatasetError, match="breaks off in row"):
        dataset("mimic_iv_ecg").examples(mimic, "train")


def write_part(path: Path, exams: list[int]) -> None:
    """A part of CODE-15: zeros at both ends, and one row more than it has exams."""
    tracings = np.zeros((len(exams) + 1, 4096, 12), np.float32)
    for row, exam in enumerate(exams):
        tracings[row, 500:3500] = made_record(exam, seconds=30.0).signal.T
    with h5py.File(path, "w") as file:
        file["tracings"] = tracings
        file["exam_id"] = np.array([*exams, 0])


@pytest.fixture
def code15(tmp_path: Path) -> Path:
    rows: list[list[object]] = []
    for part in range(2):
        exams = [100 * part + i for i in (3, 1, 2)]
        write_part(tmp_path / f"exams_part{part}.hdf5", exams)
        for exam in sorted(exams):
            rows.append(
                [
                    exam,
                    exam % 100,
                    f"exams_part{part}.hdf5",
                    *[exam == 2] * 2,
                    *[False] * 4,
                    exam == 1,
                ]
            )
    columns = ["exam_id", "patient_id", "trace_file", "1dAVb", "RBBB", "LBBB", "SB", "ST", "AF"]
    write_table(tmp_path / "exams.csv", [*columns, "normal_ecg"], rows)
    return tmp_path


def test_code15_finds_each_exam_in_its_part(code15: Path) -> None:
    found = [e for split in SPLITS for e in dataset("code15").examples(code15, split)]
    assert len(found) == 6
    for example in found:
        record = example.read()
        assert record.sampling_rate_hz == 400 and record.lead_names == LEADS
        made = made_record(int(example.name), seconds=30.0).signal
        at = (record.n_samples - 3000) // 2 if record.n_samples > 3000 else 0
        there = record.signal[:, 500:3500] if at else record.signal
        np.testing.assert_allclose(there, made, atol=1e-6)
        assert example.split == hashed_split("code15", example.patient)
    by_name = {e.name: e for e in found}
    assert by_name["2"].labels["labels"] == ("1dAVb", "RBBB")
    assert {"AVB1", "CRBBB"} <= by_name["2"].positive and "AFIB" in by_name["2"].negative
    assert "NORM" in by_name["1"].positive


def test_code15_says_which_part_is_wrong(code15: Path) -> None:
    write_part(code15 / "exams_part1.hdf5", [7])
    spec = dataset("code15")
    wrong = [e for s in SPLITS for e in spec.examples(code15, s) if e.path.stem == "exams_part1"]
    with pytest.raises(RecordError, match="holds no exam"):
        wrong[0].read()
    (code15 / "exams_part0.hdf5").write_bytes(b"not at all")
    wrong = [e for s in SPLITS for e in spec.examples(code15, s) if e.path.stem == "exams_part0"]
    with pytest.raises(RecordError, match="is no part of CODE-15"):
        wrong[0].read()


def test_csn_reads_acronyms_whole_or_in_parts(tmp_path: Path) -> None:
    dx = "426177001,270492004,251146004"  # SB, 1AVB, LVQRSAL
    write_wfdb(tmp_path / "WFDBRecords" / "01" / "010" / "JS00001.hea", dx=dx)
    (tmp_path / SUBSET).write_text("{}")
    (one,) = dataset("csn").examples(tmp_path, "train")
    (exact,) = dataset("csn-exact").examples(tmp_path, "train")
    assert set(one.labels["labels"]) == {"1AVB", "AVB", "VB", "SA"}
    assert exact.labels["labels"] == ("1AVB",)
    assert one.positive == exact.positive == {"SBRAD", "BRADY", "AVB1", "AVB", "CD", "LVOLT"}
    assert one.negative == {"SR", "STACH", "AFIB", "AFLT"} and one.read().lead_names == LEADS
    assert labels_of((), exact=False) == ()


def test_cpsc2018_of_the_challenge(tmp_path: Path) -> None:
    write_wfdb(tmp_path / "g1" / "A0001.hea", dx="59118001")
    write_wfdb(tmp_path / "g2" / "A0002.hea", dx="426783006")
    write_wfdb(tmp_path / "g2" / "A0003.hea", dx="164889003")  # only tested on
    (tmp_path / SUBSET).write_text("{}")
    found = {e.name: e for split in SPLITS for e in _some(tmp_path, split)}
    assert set(found) == {"A0001", "A0002"}
    assert found["A0001"].labels["labels"] == ("CRBBB",)
    assert found["A0002"].positive == {"NORM", "SR"} and "AFIB" in found["A0002"].negative


def _some(folder: Path, split: str) -> list[Example]:
    try:
        return dataset("cpsc2018").examples(folder, split)
    except DatasetError:  # none of its records is there
        return []


def test_the_published_challenge(tmp_path: Path) -> None:
    write_wfdb(tmp_path / "ptb-xl" / "g1" / "HR00007.hea", dx="426783006,164934002")
    write_wfdb(tmp_path / "ptb" / "g1" / "S0001.hea", dx="164865005")
    found = {e.name: e for e in dataset("challenge").examples(tmp_path, "test")}
    assert found["HR00007"].labels["labels"] == ("SR", "TAb")
    assert found["HR00007"].origin == "ptbxl/7" and found["S0001"].origin == "ptbdb/S0001"


def test_simulated_records_of_a_folder(tmp_path: Path) -> None:
    write_records(tmp_path / "simulated", 12, seed=3, rate_hz=100)
    spec = dataset("simulated")
    found = [e for split in SPLITS for e in spec.examples(tmp_path, split)]
    assert len(found) == 12
    for example in found:
        told = json.loads(example.path.with_suffix(".json").read_text())
        assert set(told["findings"]) <= example.positive and example.report == told["report"]
        assert not example.positive & example.negative
    (tmp_path / "simulated" / "sim0003_00000.json").write_text("[]")
    with pytest.raises(DatasetError, match="tells no simulated record"):
        spec.examples(tmp_path, "train")


def test_ptbxl_as_published(tmp_path: Path) -> None:
    columns = ["", "diagnostic", "form", "rhythm", "diagnostic_class", "diagnostic_subclass"]
    statements: list[list[object]] = [
        ["LPFB", "1.0", "", "", "CD", "LAFB/LPFB"],
        ["ASMI", "1.0", "", "", "MI", "AMI"],
        ["NST_", "1.0", "1.0", "", "STTC", "NST_"],
        ["SR", "", "", "1.0", "", ""],
    ]
    write_table(tmp_path / "scp_statements.csv", columns, statements)
    columns = ["ecg_id", "patient_id", "strat_fold", "filename_lr", "filename_hr", "scp_codes"]
    stated = ["{'LPFB': 100.0, 'SR': 0.0}", "{'ASMI': 0.0, 'NST_': 50.0}", "{'OTHER': 0.0}"]
    rows: list[list[object]] = [
        [i, f"{i}.0", fold, f"records100/{i}_lr", f"records500/{i}_hr", codes]
        for i, (fold, codes) in enumerate(zip((1, 9, 10), stated, strict=True), 3000)
    ]
    write_table(tmp_path / "ptbxl_database.csv", columns, rows)
    for i in (3000, 3001, 3002):
        write_wfdb(tmp_path / "records100" / f"{i}_lr.hea")
    spec = dataset("ptbxl")
    (one,), (two,), (three,) = (spec.examples(tmp_path, split) for split in SPLITS)
    assert one.path.name == "3000_lr.hea" and one.patient == "3000" and one.read().n_leads == 12
    assert one.labels["sub"] == ("LAFB/LPFB",) and one.labels["rhythm"] == ("SR",)
    assert "LPFB" in one.positive and "LAFB" in one.negative
    assert two.labels == {
        "super": ("MI", "STTC"), "sub": ("AMI", "NST"), "form": ("NST",), "rhythm": (),
        "labels": ("AMI", "NST"),
    }  # fmt: skip
    assert three.labels["super"] == () and spec.examples(tmp_path, "test", "super") == []
    with pytest.raises(DatasetError, match="has no task 'mood'"):
        spec.examples(tmp_path, "test", "mood")
    write_wfdb(tmp_path / "records500" / "3000_hr.hea")
    assert spec.examples(tmp_path, "train")[0].path.name == "3000_hr.hea"
    with pytest.raises(DatasetError, match=r"3001_hr\.hea; to get the rest: .* ptbxl --root"):
        spec.examples(tmp_path, "val")


@pytest.mark.parametrize("codes", ["{", "[]", "{1: 2}", "__import__('os')", "(" * 500])
def test_statements_that_are_none_are_said(tmp_path: Path, codes: str) -> None:
    columns = ["", "diagnostic", "form", "rhythm", "diagnostic_class", "diagnostic_subclass"]
    write_table(tmp_path / "scp_statements.csv", columns, [])
    columns = ["ecg_id", "patient_id", "strat_fold", "filename_lr", "filename_hr", "scp_codes"]
    write_table(tmp_path / "ptbxl_database.csv", columns, [[1, 1, 1, "a", "b", codes]])
    with pytest.raises(DatasetError, match="PTB-XL record 1 states the codes"):
        dataset("ptbxl").examples(tmp_path, "train")
