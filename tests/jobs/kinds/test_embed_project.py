"""Embeddings and their map: the same whatever happened on the way."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scar_core.analysis.map_records import Records
from scar_core.config import checkpoint_dir
from scar_core.embedding_map import EmbeddingMap, read_embedding
from scar_core.errors import ConfigError
from scar_core.jobs.base import checked
from scar_core.jobs.kinds import _checkpoints, _records
from scar_core.jobs.kinds._records import Chosen, examples_from
from scar_core.jobs.storage import Storage
from tests.evaluation import made
from tests.jobs.kinds.fakes import FakeWork, run_job, run_with_kills
from tests.methods.tiny import save_tiny

OTHER = "embed-0123456789abcdef"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("embed")
    made.save_models(home)
    save_tiny(home / "short", 3)
    made.write_records(home, {"train": 8, "val": 4, "test": 11})
    return home


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCAR_DATA", str(home))
    monkeypatch.setattr(_records, "SHARD", 4)
    monkeypatch.setattr("scar_core.jobs.kinds._embedding.SHARD", 4)
    _checkpoints._loaded.cache_clear()
    return home


def flat(values: Any, seed: int, neighbours: int, distance: float, start: str = "") -> Any:
    """A picture without UMAP, which needs seconds to compile."""
    assert start == "pca" and neighbours == 3
    return np.ascontiguousarray((values - values.mean(0))[:, :2], np.float32)


def asked(home: Path, **changes: object) -> dict[str, object]:
    methods = [f"{name}={home / name}" for name in ("one", "short")]
    return {"methods": methods, "records": 10, "views": ["full", "random"], **changes}


def test_embeddings_have_a_row_for_each_record(here: Path, tmp_path: Path) -> None:
    work = FakeWork(tmp_path)
    summary = run_job("embed", asked(here), work)
    assert summary["records"] == 10 and summary["unreadable"] == 0
    rows = pd.read_parquet(work.result("rows.parquet"))
    assert list(rows["record"]) == [f"r{k:05d}" for k in range(10)]
    assert set(rows["dataset"]) == {"simulated:0"} and rows["label"].astype(bool).all()
    assert rows["report"].str.len().min() > 10
    full = np.load(work.result("embeddings/one_full.npy"), allow_pickle=False)
    hidden = np.load(work.result("embeddings/one_random.npy"), allow_pickle=False)
    assert full.dtype == np.float32 and full.shape == (10, 16)
    assert np.allclose(np.linalg.norm(full, axis=1), 1, atol=1e-4)
    assert not np.allclose(full, hidden, atol=1e-3)
    assert (rows["missing_random"] > rows["missing_full"]).all()
    assert rows[["error_one_full", "error_short_random"]].notna().all().all()
    assert rows["error_one_full"].between(0, 1).all()
    assert json.loads(work.result("embedding.json").read_text()) == summary
    assert len(summary["methods"]["one"]) == 12 and 0 < summary["missing"]["random"] < 1
    assert work.told and work.lines


@pytest.mark.parametrize(("every", "move"), [(2, False), (3, True)])
def test_a_killed_job_ends_in_the_same_files(
    here: Path, tmp_path: Path, every: int, move: bool
) -> None:
    alone, killed = FakeWork(tmp_path / "alone"), FakeWork(tmp_path / "killed")
    summary = run_job("embed", asked(here), alone)
    again, kills = run_with_kills("embed", asked(here), killed, every, move=move)
    assert kills >= 3 and again == summary
    for name in set(alone.published):
        assert alone.result(name).read_bytes() == killed.result(name).read_bytes(), name


def test_simulated_records_are_found_again(here: Path, tmp_path: Path) -> None:
    """A page draws them anew by seed and name."""
    chosen = Chosen("simulated", "test", 21, 5)
    for one in examples_from(chosen, 14, FakeWork(tmp_path), 20):
        known = Records().find(chosen.source, one.name)
        assert np.array_equal(known.record.signal, one.read().signal)
        assert (known.positive, known.report) == (one.positive, one.report)


def test_a_dataset_is_spread_and_bad_records_are_left_out(here: Path, tmp_path: Path) -> None:
    methods = [f"one={here / 'one'}"]
    given = {"methods": methods, "dataset": "ptbxl", "records": 6, "views": ["hard"]}
    summary = run_job("embed", given, FakeWork(tmp_path / "a"))
    assert summary["records"] == 6 and summary["missing"]["hard"] > 0
    folder = here / "files"
    folder.mkdir(exist_ok=True)
    for path in sorted((here / "ptbxl_zscored").glob("m00[0-4].*")):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "bad.hea").write_text("bad 12 nonsense")
    work = FakeWork(tmp_path / "b")
    given = {"methods": methods, "dataset": f"folder@{folder}"}
    summary = run_job("embed", given, work)
    assert (summary["records"], summary["unreadable"]) == (5, 1)
    rows = pd.read_parquet(work.result("rows.parquet"))
    assert list(rows["record"]) == [f"m00{k}.hea" for k in range(5)]
    assert set(rows["label"]) == {""} and rows["error_one_full"].isna().all()
    assert any("left out" in line for line in work.lines)


def test_a_map_holds_every_panel(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scar_core.analysis.projection.lay_out", flat)
    work = FakeWork(tmp_path / "map")
    summary = run_job("project", asked(here, neighbours=3), work)
    found = EmbeddingMap.from_json(json.loads(work.result("projection.json").read_text()))
    assert found.methods == ("one", "short") and found.views == ("full", "random")
    assert len(found.names) == 10 and found.datasets[0] == "simulated:0"
    panel = found.panel("one", "random")
    assert np.ptp(panel.xy) > 0 and (panel.missing > 0).all() and np.isfinite(panel.error).all()
    assert summary["scores"]["one_full"].keys() >= {
        "silhouette", "purity", "trustworthiness", "separation",
    }  # fmt: skip
    rows = pd.read_parquet(work.result("rows.parquet"))
    assert list(found.groups) == list(rows["label"])
    read_embedding(work.result("embeddings/one_full.npy").read_bytes(), 10)

    def bring(job: str, names: dict[str, bool], folder: Path) -> None:
        assert job == OTHER
        for name in names:
            _checkpoints.copy_whole(work.result(name), folder / name)

    again = FakeWork(tmp_path / "again")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scar_core.jobs.kinds.project.bring", bring)
        run_job("project", {"embed": OTHER, "neighbours": 3}, again)
    same = EmbeddingMap.from_json(json.loads(again.result("projection.json").read_text()))
    assert np.array_equal(same.panel("one", "random").xy, panel.xy)
    assert again.result("embeddings/one_full.npy").is_file()


def test_files_of_another_job_are_found_in_the_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_STORAGE", str(tmp_path / "files"))
    (tmp_path / "x").write_bytes(b"weights")
    storage = Storage(str(tmp_path / "files"))
    storage.put("results", OTHER, "checkpoint/model.safetensors", tmp_path / "x")
    names = {"checkpoint/model.safetensors": True, "checkpoint/tokenizer.json": False}
    _checkpoints.bring(OTHER, names, tmp_path / "here")
    there = [p for p in (tmp_path / "here").rglob("*") if p.is_file()]
    assert [path.read_bytes() for path in there] == [b"weights"]
    with pytest.raises(ConfigError, match="has no file"):
        _checkpoints.bring(OTHER, {"other.json": True}, tmp_path / "here")


@pytest.mark.slow
def test_a_map_that_was_interrupted_is_the_same(here: Path, tmp_path: Path) -> None:
    given = asked(here, neighbours=3, views=["full"])
    alone, killed = FakeWork(tmp_path / "alone"), FakeWork(tmp_path / "killed")
    run_job("project", given, alone)
    _, kills = run_with_kills("project", given, killed, 4, move=True)
    assert kills
    one, other = (work.result("projection.json").read_text() for work in (alone, killed))
    assert one == other


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"methods": ["nobody"]}, "there is no checkpoint 'nobody'"),
        ({"methods": []}, "expected at least 1"),
        ({"methods": ["scar", "scar"]}, "each once"),
        ({"methods": ["own=/etc"]}, "outside of the folders that jobs may use"),
        ({"methods": ["own=job:../x"]}, "is no job"),
        ({"methods": [3]}, "of type str"),
        ({"views": ["everything"]}, "there is no view 'everything'"),
        ({"views": []}, "name one, such as full"),
        ({"dataset": "nobody"}, "there is no dataset 'nobody'"),
        ({"dataset": "code15"}, "is not in"),
        ({"dataset": "ptbxl", "split": "all"}, "there is no split 'all'"),
        ({"dataset": "folder@/etc"}, "outside of the folders"),
        ({"records": 0}, "records is 0; expected 1 to 20000"),
        ({"records": 20_001}, "expected 1 to 20000"),
        ({"seed": -1}, "seed is -1"),
        ({"record": 3}, "there is no setting 'record'"),
    ],
)
def test_bad_parameters_are_refused_in_a_sentence(
    here: Path, changes: dict[str, object], sentence: str
) -> None:
    for name in ("embed", "project"):
        with pytest.raises(ConfigError, match=sentence):
            checked(name, changes)


def test_shipped_checkpoints_can_be_chosen() -> None:
    assert {"scar", "merl"} <= {path.name for path in checkpoint_dir().iterdir()}
    checked("embed", {})
    with pytest.raises(ConfigError, match="neighbours is 1"):
        checked("project", {"neighbours": 1})
