"""The results store: stable names, whole files, strangers passed over."""

import json
import os
from pathlib import Path

import pytest

from scar_core import results
from scar_core.errors import ConfigError
from scar_core.results import (
    own_results_dir,
    read_published,
    read_results,
    result_name,
    results_dir,
    write_result,
)

RESULT = {"schema": 1, "name": "cmrs_x", "what": "cmrs", "rows": [{"method": "scar"}]}


def test_a_result_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert write_result(RESULT, folder) == folder / "cmrs_x.json"
    assert read_results(folder) == [RESULT]
    write_result(RESULT | {"rows": []}, folder)
    assert read_results(folder)[0]["rows"] == []
    assert [path.name for path in folder.iterdir()] == ["cmrs_x.json"]


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    write_result(RESULT, tmp_path)
    for name, text in (
        ("a.json", "{"), ("b.json", "[]"), ("c.json", '{"schema": 2, "rows": []}'),
        ("published.json", json.dumps(RESULT)), (".hidden.json", json.dumps(RESULT)),
        ("note.txt", "x"),
    ):  # fmt: skip
        (tmp_path / name).write_text(text)
    assert read_results(tmp_path) == [RESULT]
    assert read_results(tmp_path / "nowhere") == []
    assert read_published(tmp_path / "nowhere") == {}


def test_names_are_stable_and_tell_what_it_is() -> None:
    one = result_name("cmrs", {"b": 1, "a": [2]}, "ptbxl", "super", "test")
    assert one == result_name("cmrs", {"a": [2], "b": 1}, "ptbxl", "super", "test")
    assert one.startswith("cmrs_ptbxl_super_test_") and len(one.rpartition("_")[2]) == 6
    assert one != result_name("cmrs", {"a": [3], "b": 1}, "ptbxl", "super", "test")
    own = result_name("cmrs", {}, "folder@/home/me/my ecg", "labels", "test")
    assert own.startswith("cmrs_folder-home-me-my-ecg_labels_test_")


def test_nothing_half_or_undefined_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_result(RESULT | {"rows": [{"macro_auroc": float("nan")}]}, tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="give another folder with --results"):
        write_result(RESULT, tmp_path / "file")


def test_published_figures_are_marked_and_sourced() -> None:
    published = read_published()
    assert published["status"] == "published"
    zero_shot = published["tables"]["2"]
    assert zero_shot["source"] and len(zero_shot["rows"]) == 36
    by_key = {(r["method"], r["task"], r["view"]): r for r in zero_shot["rows"]}
    scar = by_key["SCAR", "super", "hard"]
    assert (scar["macro_auroc"], scar["cmrs"]) == (78.58, 74.40)
    assert set(published["tables"]) == {"1", "2", "3", "4", "5", "6"}
    assert published["others"]


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAR_RESULTS", str(tmp_path))
    assert results_dir() == tmp_path
    assert own_results_dir() == tmp_path
    assert read_results() == []


def test_own_results_are_read_with_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "shipped"
    monkeypatch.delenv("SCAR_RESULTS", raising=False)
    monkeypatch.setenv("SCAR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(results, "results_dir", lambda: shipped)
    own = own_results_dir()
    assert own == tmp_path / "home" / "results" and read_results() == []
    write_result(RESULT | {"name": "b"}, shipped)
    write_result(RESULT | {"name": "a", "seed": 1}, own)
    assert [one["name"] for one in read_results()] == ["a", "b"]
    path = write_result(RESULT | {"name": "b", "seed": 2}, own)
    assert read_results()[1]["seed"] == 2
    os.utime(path, (1, 1))  # the shipped one is newer now
    assert "seed" not in read_results()[1]
    assert read_results(shipped) == [RESULT | {"name": "b"}]
