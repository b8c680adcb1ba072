"""Verifying a dataset on disk: what is missing, damaged or unreadable is named."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scar_core.cli import main
from scar_core.datasets import dataset
from scar_core.datasets._journal import Journal
from scar_core.datasets._verify import verify
from scar_core.datasets.base import SUBSET
from scar_core.simulate.write import write_records

INDEX = "path,patient,split,rhythm\n"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    write_records(folder, 3, seed=1, rate_hz=100)
    rows = [f"sim0001_{i:05d}.hea,p{i},test,SR\n" for i in range(3)]
    (folder / "INDEX.csv").write_text(INDEX + "".join(rows))
    return folder


@pytest.fixture
def copy(records: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(records, tmp_path / "here"))


def with_sums(folder: Path) -> Path:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS.txt").write_text("".join(lines))
    return folder


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["data", "verify", f"folder@{folder}"])
    return code, json.loads(capsys.readouterr().out)


def test_a_sound_folder(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(copy, capsys)
    assert code == 0 and found["sound"] and found["record files"] == 3
    assert found["files with a checksum"] == 0
    assert found["examples"] == {"train": 0, "val": 0, "test": 3}


def test_what_is_wrong_is_named(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_sums(copy)
    (copy / "sim0001_00000.dat").unlink()
    rotten = bytearray((copy / "sim0001_00001.dat").read_bytes())
    rotten[500] ^= 1
    (copy / "sim0001_00001.dat").write_bytes(rotten)
    (copy / "sim0001_00002.hea").unlink()
    code, found = told(copy, capsys)
    assert code == 1 and not found["sound"] and "to mend it" in found
    assert set(found["missing"]["such as"]) == {"sim0001_00000.dat", "sim0001_00002.hea"}
    assert "sim0001_00001.dat" in found["damaged"]["such as"]
    assert found["unreadable"]["n"] == 1
    assert "sim0001_00000" in found["unreadable"]["such as"][0]


def test_a_headers_checksum_is_enough(copy: Path) -> None:
    rotten = bytearray((copy / "sim0001_00001.dat").read_bytes())
    rotten[500] ^= 1
    (copy / "sim0001_00001.dat").write_bytes(rotten)
    found = verify(dataset(f"folder@{copy}"), None)
    assert found.damaged == ["sim0001_00001.hea"] and not found.sound


def test_the_second_look_is_quick_and_sees_changes(copy: Path) -> None:
    spec = dataset(f"folder@{with_sums(copy)}")
    first = verify(spec, None)
    assert first.sound and first.again == 0
    calls: list[tuple[int, int]] = []
    second = verify(spec, None, lambda done, total: calls.append((done, total)))
    n_files = second.listed + 3
    assert second.sound and second.again == n_files == len(calls) and calls[-1][0] == n_files
    (copy / "sim0001_00001.txt").write_text("another report")
    third = verify(spec, None)
    assert third.damaged == ["sim0001_00001.txt"] and third.again == n_files - 1


def test_a_subset_is_sound_by_itself(copy: Path) -> None:
    (copy / "sim0001_00002.hea").unlink()
    (copy / SUBSET).write_text("{}")
    found = verify(dataset(f"folder@{copy}"), None)
    assert found.sound and found.subset and found.records == 2


def test_a_journal_that_broke_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    Journal(tmp_path).note("a", "1")
    file = tmp_path / ".verified.tsv"
    file.write_text(file.read_text() + "12.9\tb")
    journal = Journal(tmp_path)
    assert journal.knows("a", "1") and not journal.knows("a", "2") and not journal.knows("b", "1")
    journal.note("b", "1")
    again = Journal(tmp_path)
    assert again.knows("a", "1") and again.knows("b", "1")
    (tmp_path / "a").unlink()
    assert not again.knows("a", "1")


def test_real_checksums(real_ecg: Path, tmp_path: Path) -> None:
    """Ten records of LUDB and its tables, by the checksums of its server."""
    home = tmp_path / "ludb"
    (home / "data").mkdir(parents=True)
    names = [
        "ludb.csv",
        "RECORDS",
        *(f"data/{i}.{k}" for i in range(1, 11) for k in ("hea", "dat")),
    ]
    for name in names:
        shutil.copyfile(real_ecg / "ludb" / name, home / name)
    sums = (real_ecg / "ludb" / "SHA256SUMS.txt").read_text().splitlines()
    chosen = [line for line in sums if line.split()[1] in names]
    assert len(chosen) == len(names)
    (home / "SHA256SUMS.txt").write_text("\n".join(chosen))
    (home / SUBSET).write_text("{}")
    found = verify(dataset("ludb"), tmp_path)
    assert found.sound and found.listed == 22 and found.examples == {"train": 10}


def test_a_dataset_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "verify", "ptbxl", "--root", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"python -m scar_core data download ptbxl --root {tmp_path}" in said
