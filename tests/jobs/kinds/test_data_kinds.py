"""Packing, downloading and promoting as jobs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scar_core import store
from scar_core.config import promoted_dir
from scar_core.datasets import DatasetSpec, dataset
from scar_core.errors import ConfigError, DatasetError
from scar_core.jobs.base import checked
from scar_core.jobs.kinds import _checkpoints, promote
from tests.datasets.server import FileServer
from tests.evaluation.made import write_records
from tests.jobs.kinds.fakes import FakeWork, run_job, run_with_kills
from tests.methods.tiny import save_tiny

RUN = "train-0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "data"
    write_records(home, {"train": 10, "val": 4, "test": 5})
    monkeypatch.setenv("SCAR_DATA", str(home))
    monkeypatch.setenv("SCAR_HOME", str(tmp_path / "state"))
    return home


def test_a_packing_that_was_killed_goes_on(home: Path, tmp_path: Path) -> None:
    given = {"dataset": "ptbxl", "splits": ["train", "test"], "seconds": 5.0}
    calm = run_job("pack", {**given, "out": "calm"}, FakeWork(tmp_path / "calm"))
    work = FakeWork(tmp_path / "killed")
    summary, kills = run_with_kills("pack", given, work, 1, move=True)
    assert kills and summary == {**calm, "folder": "packed/ptbxl"}
    assert (summary["records"], summary["failed"]) == (15, 0)
    packed = store.Store.open(home / "packed" / "ptbxl")
    assert not packed.verify()
    manifests = [
        json.loads((folder / "MANIFEST.json").read_text())["shards"]
        for folder in (home / "packed" / "ptbxl", home / "calm")
    ]
    assert manifests[0] == manifests[1]
    told = json.loads(work.result("store.json").read_text())
    assert told["about"]["dataset"] == "ptbxl"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"out": "/etc/store"}, "outside of the folders"),
        ({"out": "../store"}, "outside of the folders"),
        ({"splits": ["all"]}, "there is no split"),
        ({"dataset": "code15"}, "is not in"),
        ({"seconds": -1.0}, "seconds is -1"),
        ({"workers": 0}, "workers is 0"),
    ],
)
def test_what_cannot_be_packed_is_refused(
    home: Path, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        checked("pack", changes)


def test_a_download_goes_on_where_it_broke_off(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"data/{k}.{end}": f"{end} of {k} ".encode() * 50 for k in range(3)
             for end in ("hea", "dat")}  # fmt: skip
    with FileServer() as server:
        server.put({"ludb.csv": b"ID\n", **files})
        there = replace(dataset("ludb"), files=server.base)

        def named(name: str) -> DatasetSpec:
            return there if name == "ludb" else dataset(name)

        monkeypatch.setattr("scar_core.jobs.kinds.download.dataset", named)
        work = FakeWork(tmp_path / "work")
        given = {"dataset": "ludb", "connections": 1}
        summary, kills = run_with_kills("download", given, work, 2, move=True)
        folder = home / there.folder
        assert kills and summary["folder"] == there.folder
        for name, content in files.items():
            assert (folder / name).read_bytes() == content
            assert server.requests(name).count("") == 1, f"{name} was begun twice"
        server.files["data/9.dat"] = b""
        del server.files["SHA256SUMS.txt"]
        with pytest.raises(DatasetError):
            run_job("download", given, FakeWork(tmp_path / "gone"))
    assert json.loads(work.result("download.json").read_text()) == summary


def test_what_cannot_be_downloaded_is_refused() -> None:
    for changes, sentence in (
        ({"dataset": "nobody"}, "there is no dataset"),
        ({"dataset": "simulated"}, "is on no server"),
        ({"connections": 0}, "connections is 0"),
        ({"records": -1}, "records is -1"),
        ({"base_url": "http://127.0.0.1/"}, "there is no setting 'base_url'"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            checked("download", changes)


def test_a_training_is_promoted_under_a_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_tiny(tmp_path / "trained")

    def bring(job: str, names: dict[str, bool], folder: Path) -> None:
        assert job == RUN
        for name in names:
            source = tmp_path / "trained" / Path(name).name
            if source.is_file():
                _checkpoints.copy_whole(source, folder / name)

    def shipped(run: Path, folder: Path) -> str:
        for path in run.iterdir():
            _checkpoints.copy_whole(path, folder / path.name)
        (folder / "README.md").write_text("# SCAR 1\n")
        return "# SCAR 1\n"

    monkeypatch.setattr(promote, "bring", bring)
    monkeypatch.setattr(promote, "_NEEDS", ("ptbxl",))
    monkeypatch.setattr("scar_core.evaluation.card.promote", shipped)
    work = FakeWork(tmp_path / "work")
    summary = run_job("promote", {"run": RUN, "name": "mine"}, work)
    assert summary["card"] == "SCAR 1" and summary["name"] == "mine"
    assert (promoted_dir() / "mine" / "model.safetensors").is_file()
    assert work.result("checkpoint/README.md").read_text() == "# SCAR 1\n"
    checked("embed", {"methods": ["mine", "scar"]})
    with pytest.raises(ConfigError, match=r"choose one of: .*mine"):
        checked("embed", {"methods": ["yours"]})
    for changes, sentence in (
        ({"name": "scar"}, "is shipped with the program"),
        ({"name": "../scar"}, "cannot be called"),
        ({"run": "mine"}, "is no job"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            checked("promote", {"run": RUN, "name": "mine", **changes})
