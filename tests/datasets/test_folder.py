"""Anybody's own directory with an index."""

from pathlib import Path

import pytest

from scar_core.datasets import dataset
from scar_core.datasets._splits import hashed_split
from scar_core.datasets.folder import finding_named
from scar_core.errors import DatasetError
from tests.formats.made_files import wfdb_files
from tests.made import made_record

HEAD = "path,patient,split,report,age,findings,heart_rate,snomed\n"
ROWS = (
    "a/one,p1,train,Sinus rhythm.,60,SR; inferior infarct;own word,61.5,426783006\n"
    "a/one.csv,p1,train,,60,,70,\n"
    "two.hea,p2,test,,50,afib|LVH|AFIB,90,164889003;164873001\n"
    "three.csv,p3,,,50,NST_;STD_,90,\n"
)


def write(folder: Path, rows: str = ROWS, head: str = HEAD) -> Path:
    (folder / "a").mkdir(parents=True, exist_ok=True)
    for stem in ("a/one", "two"):
        for name, content in wfdb_files(made_record(), stem=Path(stem).name).items():
            (folder / stem).with_name(name).write_bytes(content)
    text = "time,I\n" + "".join(f"{i / 100},{i % 7}\n" for i in range(300))
    (folder / "a" / "one.csv").write_text(text)
    (folder / "three.csv").write_text(text)
    (folder / "INDEX.csv").write_text(head + rows, encoding="utf-8")
    return folder


def test_tasks_labels_and_findings(tmp_path: Path) -> None:
    spec = dataset(f"folder@{write(tmp_path)}")
    assert set(spec.tasks) == {"findings", "snomed"}
    assert set(spec.tasks["findings"]) == {
        "SR", "inferior infarct", "own word", "afib", "LVH", "AFIB", "NST_", "STD_",
    }  # fmt: skip
    assert spec.tasks["snomed"] == ("164873001", "164889003", "426783006")
    one, again = spec.examples(None, "train")[:2]
    assert one.positive == {"SR", "IMI", "MI"} and one.negative == frozenset()
    assert one.report == "Sinus rhythm." and one.patient == again.patient == "p1"
    assert one.labels["findings"] == ("SR", "inferior infarct", "own word")
    (two,) = spec.examples(None, "test")
    assert two.labels["findings"] == ("afib", "LVH", "AFIB")
    assert {"AFIB", "LVH", "HYP"} <= two.positive
    assert [e.read().n_leads for e in (one, again, two)] == [12, 1, 12]


def test_the_folder_itself_is_a_root(tmp_path: Path) -> None:
    write(tmp_path)
    names = [e.name for e in dataset("folder").examples(tmp_path, "test")]
    assert names == [e.name for e in dataset(f"folder@{tmp_path}").examples(None, "test")]


def test_without_splits_patients_are_hashed(tmp_path: Path) -> None:
    rows = "".join(f"x{i}.csv,p{i // 2}\n" for i in range(400))
    spec = dataset(f"folder@{write(tmp_path, rows, 'path,patient' + chr(10))}")
    for i in range(400):
        (tmp_path / f"x{i}.csv").touch()
    found = {split: spec.examples(None, split) for split in ("train", "val", "test")}
    assert sum(map(len, found.values())) == 400 and all(map(len, found.values()))
    for split, examples in found.items():
        assert all(hashed_split("folder", e.patient) == split for e in examples)


@pytest.mark.parametrize(
    ("rows", "head", "sentence"),
    [
        ("", HEAD, "names no record"),
        ("../a.csv,p,test,,,,,\n", HEAD, "name files below"),
        ("/etc/passwd,p,test,,,,,\n", HEAD, "name files below"),
        ("C:\\x.csv,p,test,,,,,\n", HEAD, "name files below"),
        (" ,p,test,,,,,\n", HEAD, "name files below"),
        ("a/one,p,all,,,,,\n", HEAD, "the split 'all'; splits are train, val, test"),
        ("a/one,p,train,,,,,\ntwo,p,test,,,,,\n", HEAD, "patient p in train and in test"),
        ("two,p,test,,,,,\ntwo,p,test,,,,,\n", HEAD, "names two twice"),
        ("two,p\n", "file,patient\n", "has no column path"),
        ("a/none.csv,p,test,,,,,\n", HEAD, "is incomplete: the files of 1 of 1 test examples"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, rows: str, head: str, sentence: str) -> None:
    write(tmp_path, rows, head)
    with pytest.raises(DatasetError, match=sentence):
        dataset(f"folder@{tmp_path}").examples(None, "test")


def test_no_index_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"INDEX\.csv is missing"):
        dataset(f"folder@{tmp_path}")
    (tmp_path / "INDEX.csv").write_bytes(b"path\n\xff\xfe\n")
    with pytest.raises(DatasetError, match="cannot be read as a table"):
        dataset(f"folder@{tmp_path}")
    with pytest.raises(DatasetError, match="there is no dataset 'ptbxl@x'"):
        dataset("ptbxl@x")


@pytest.mark.parametrize(
    ("label", "code"),
    [("AFIB", "AFIB"), ("a fib", "AFIB"), ("Atrial Fibrillation", "AFIB"), ("NST_", "NST"),
     ("164889003", "AFIB"), ("asmi", "AMI"), ("LAO/LAE", "LAE"), ("no such", None), ("", None)],
)  # fmt: skip
def test_what_a_label_names(label: str, code: str | None) -> None:
    assert finding_named(label) == code


def test_the_real_index_is_such_a_folder(real_ecg: Path) -> None:
    spec = dataset(f"folder@{real_ecg / 'ptbxl_zscored'}")
    ours = dataset("ptbxl")
    assert set(spec.tasks) == {"super", "sub", "form", "rhythm"}
    for split in ("val", "test"):
        mine, theirs = spec.examples(None, split), ours.examples(real_ecg, split)
        assert [(e.name, e.patient, e.path) for e in mine] == [
            (e.name, e.patient, e.path) for e in theirs
        ]
        assert all(
            set(a.labels["sub"]) == set(b.labels["sub"]) for a, b in zip(mine, theirs, strict=True)
        )
    assert set(spec.tasks["super"]) == {"NORM", "MI", "STTC", "CD", "HYP"}
