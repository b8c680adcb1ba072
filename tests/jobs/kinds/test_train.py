"""Trainings as jobs: live figures, and the same weights whatever happened on the way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from scar_core.errors import ConfigError
from scar_core.jobs.base import checked
from scar_core.jobs.kinds import _checkpoints
from scar_core.jobs.kinds._running import read_lines
from scar_core.jobs.kinds._validation import judge_saved
from scar_core.jobs.kinds.train import _OURS, PRESETS, Train
from scar_core.methods.checkpoint import load_checkpoint
from scar_core.settings import to_mapping
from scar_core.training import presets
from scar_core.training.config import TrainConfig
from tests.jobs.kinds.fakes import FakeWork, Killed, run_job, run_with_kills
from tests.methods.tiny import CONTRACT, MODEL

SETTINGS = [
    f"contract={json.dumps(to_mapping(CONTRACT))}",
    *(f"model.{name}={json.dumps(value)}" for name, value in MODEL.items()),
    "warmup=2",
    "masker_every=2",
]
TINY: dict[str, Any] = {
    "steps": 7, "batch": 6, "simulated_records": 16, "save_every": 3, "validate": 16,
    "settings": SETTINGS,
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Runs are compared bit by bit; sums depend on how they are split."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def figures(work: FakeWork) -> list[dict[str, float]]:
    rows = list(read_lines(work.result("metrics.jsonl")))
    for row in rows:
        del row["records_per_s"]
    return rows


def weights(work: FakeWork) -> bytes:
    return work.result("checkpoint/model.safetensors").read_bytes()


@pytest.fixture(scope="module", autouse=True)
def no_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing but simulated records, whatever this machine has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCAR_DATA", str(tmp_path_factory.mktemp("no_data")))
        yield


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[FakeWork, dict[str, Any]]:
    """A run that nothing happened to."""
    work = FakeWork(tmp_path_factory.mktemp("alone"))
    return work, run_job("train", TINY, work)


def test_a_run_publishes_a_checkpoint_and_figures(alone: tuple[FakeWork, dict[str, Any]]) -> None:
    work, summary = alone
    assert load_checkpoint(work.result("checkpoint")).digest == summary["checkpoint"]
    assert summary["steps"] == 7 and summary["job"] == work.job and summary["method"] == "scar"
    rows = figures(work)
    assert [row["step"] for row in rows] == list(range(1, 8))
    assert all(row["learning_rate"] > 0 for row in rows) and "gradient_norm" in rows[0]
    ranked = list(read_lines(work.result("validation.jsonl")))
    assert [row["step"] for row in ranked] == [3, 6, 7]
    assert all(0 < row["auroc"] < 1 and row["labels"] > 0 for row in ranked)
    assert {row["on"] for row in ranked} == {"simulated"}
    low, high = ranked[0]["auroc_random_interval"]
    assert low <= ranked[0]["auroc_random"] <= high
    assert work.told[-1] == (42, 42, "records")
    assert work.published.count("metrics.jsonl") >= 2, "nobody could see it while it lasted"


def test_validation_records_judge_a_run_where_they_are_at_hand(
    alone: tuple[FakeWork, dict[str, Any]], real_ecg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_DATA", str(real_ecg))
    found = judge_saved(alone[0].result("checkpoint"), 8, "cpu")
    assert (found["on"], found["step"], found["records"]) == ("ptbxl", 7, 158)
    assert 0 <= found["cmrs_interval"][0] <= found["cmrs"] <= found["cmrs_interval"][1] <= 100


@pytest.mark.parametrize(("every", "move"), [(4, False), (6, True)])
def test_a_killed_run_ends_with_the_same_weights(
    alone: tuple[FakeWork, dict[str, Any]], tmp_path: Path, every: int, move: bool
) -> None:
    work = FakeWork(tmp_path)
    summary, kills = run_with_kills("train", TINY, work, every, move=move)
    assert kills >= 3
    assert weights(work) == weights(alone[0]) and figures(work) == figures(alone[0])
    assert summary["checkpoint"] == alone[1]["checkpoint"]
    assert (
        work.result("validation.jsonl").read_text()
        == alone[0].result("validation.jsonl").read_text()
    )


def test_a_run_loses_one_interval_at_most(tmp_path: Path) -> None:
    work = FakeWork(tmp_path)

    def kill(what: str) -> None:
        if what == "progress" and len(work.told) == 4:  # in step 5; 3 was saved
            raise Killed

    work.kill = kill
    with pytest.raises(Killed):
        run_job("train", TINY, work)
    work.kill = lambda what: None
    work.lose_scratch()
    before = len(work.told)
    run_job("train", TINY, work)
    steps_done = [done / 6 for done, _, _ in work.told[before:]]
    assert steps_done == [4, 5, 6, 7]


def test_a_training_begins_with_another_ones_checkpoint(
    alone: tuple[FakeWork, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = "train-0123456789abcdef"

    def bring(named: str, names: dict[str, bool], folder: Path) -> None:
        assert named == job
        for name in names:
            if alone[0].result(name).is_file():
                _checkpoints.copy_whole(alone[0].result(name), folder / name)

    monkeypatch.setattr(_checkpoints, "bring", bring)
    given = {**TINY, "steps": 4, "validate": 0, "init": f"job:{job}", "seed": 3}
    work = FakeWork(tmp_path)
    _, kills = run_with_kills("train", given, work, 3, move=True)
    made = load_checkpoint(work.result("checkpoint"))
    assert kills and made.origin["began_with"] == alone[1]["checkpoint"]


def test_a_wrong_setting_of_the_method_is_refused_before_data_is_read(tmp_path: Path) -> None:
    work = FakeWork(tmp_path)
    with pytest.raises(ConfigError, match="wdith"):
        run_job("train", {**TINY, "settings": ["model.wdith=3"]}, work)
    assert not (work.folder / "run").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"method": "nobody"}, "there is no method 'nobody'"),
        ({"method": "random"}, "there is no method 'random'"),
        ({"preset": "scar-huge"}, "there is no preset"),
        ({"preset": "merl-paper"}, "no size of scar"),
        ({"data": "simulated:0"}, "is no part of a mixture"),
        ({"data": "nobody:1"}, "there is no dataset 'nobody'"),
        ({"data": "mimic_iv_ecg"}, "is not in"),
        ({"steps": -1}, "steps is -1"),
        ({"batch": 1}, "batch of 1"),
        ({"batch": 9, "processes": 2}, "does not divide among 2"),
        ({"precision": "fp8"}, "there is no precision"),
        ({"save_every": 0}, "save_every is 0"),
        ({"settings": ["steps=4"]}, "is a parameter of its own"),
        ({"settings": ["init=/etc"]}, "is a parameter of its own"),
        ({"settings": ["width"]}, "write it as name=value"),
        ({"settings": ["model.text.folder=/etc"]}, "outside of the folders"),
        ({"init": "/etc"}, "outside of the folders"),
        ({"init": "job:../x"}, "is no job"),
        ({"hosts": ["elsewhere"]}, "may not be used"),
        ({"hosts": ["-oProxyCommand=x"]}, "may not be used"),
    ],
)
def test_bad_parameters_are_refused_in_a_sentence(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        checked("train", changes)


def test_data_that_is_only_tested_on_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scar_core.datasets import dataset, dataset_names

    only = next(n for n in dataset_names() if "train" not in dataset(n).splits)
    spec = dataset(only)
    folder = tmp_path / spec.folder
    folder.mkdir(parents=True)
    (folder / "MANIFEST.json").write_text("{}")
    monkeypatch.setenv("SCAR_DATA", str(tmp_path))
    with pytest.raises(ConfigError, match="has no train split"):
        checked("train", {"data": f"simulated:1,{only}:1"})


def test_names_that_are_written_down_are_those_that_there_are() -> None:
    assert set(PRESETS) == {"", *presets.PRESETS}
    assert set(_OURS) <= set(to_mapping(TrainConfig()))


def _ranks() -> list[int]:
    """Processes of trainings that are this process's grandchildren."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if (
            b"scar_core.jobs.kinds._ranks" in words
            and b"rank" in words
            and b"--standalone" not in (words)
        ):
            found.append(int(path.parent.name))
    return sorted(found)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")
def test_two_processes_go_on_after_one_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they are compared with ran, undisturbed, on two machines, of which both are this one."""
    given = {**TINY, "steps": 40, "processes": 2, "validate": 0, "relaunches": 2}
    (tmp_path / "remote").write_text('test "$1" = elsewhere && exec sh -c "$2"')
    monkeypatch.setenv("SCAR_REMOTE", f"sh {tmp_path / 'remote'}")
    monkeypatch.setenv("SCAR_HOSTS", "another,elsewhere")
    monkeypatch.setenv("SCAR_ADDRESS", "127.0.0.1")
    calm = FakeWork(tmp_path / "calm")
    run_job("train", {**given, "processes": 1, "hosts": ["elsewhere"]}, calm)

    work = FakeWork(tmp_path / "killed")
    killed: list[int] = []

    def kill_one() -> None:
        metrics = work.folder / "run" / "metrics.jsonl"
        while not (metrics.is_file() and len(metrics.read_text().splitlines()) >= 5):
            time.sleep(0.02)
        killed.append(_ranks()[-1])
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill_one)
    thread.start()
    run_job("train", given, work)
    thread.join()
    assert killed and any("died" in line for line in work.lines)
    assert [row["step"] for row in figures(work)] == list(range(1, 41))
    assert weights(work) == weights(calm)
    assert not _ranks()


@pytest.mark.slow
def test_what_a_process_refuses_ends_the_job_with_its_sentence(tmp_path: Path) -> None:
    given = {**TINY, "processes": 2, "batch": 12, "settings": [*SETTINGS, "accumulate=4"]}
    with pytest.raises(ConfigError, match="does not divide into 4 parts on each of 2 processes"):
        run_job("train", given, FakeWork(tmp_path))


def test_processes_that_die_for_ever_end_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[int] = []

    def launch(*_arguments: object) -> list[subprocess.Popen[bytes]]:
        launched.append(1)
        return [subprocess.Popen([sys.executable, "-c", "raise SystemExit(9)"], stdin=-1)]

    monkeypatch.setattr("scar_core.jobs.kinds._ranks._launch", launch)
    work = FakeWork(tmp_path)
    with pytest.raises(ConfigError, match="died 3 times without coming further"):
        run_job("train", {**TINY, "processes": 2, "relaunches": 2}, work)
    assert len(launched) == 3 and "status [9]" in work.lines[-1]


def test_parameters_have_a_default_each() -> None:
    assert checked("train", {}) == Train()
