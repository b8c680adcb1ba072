"""The command as people call it: one JSON object, a table, a sentence for every bad input."""

import json
from pathlib import Path

import pandas as pd
import pytest

from scar_core.cli import main
from scar_core.evaluation import run
from scar_core.results import read_results
from tests.evaluation.made import save_models, write_records


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("command")
    write_records(home / "data", {"train": 8, "val": 12, "test": 24})
    save_models(home)
    return home


@pytest.fixture
def asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("SCAR_HOME", str(home / "state"))
    monkeypatch.setattr(run, "RANDOM", "other")
    methods = [f"{name}={home / name}" for name in ("one", "other")]
    return [
        "--root", str(home / "data"), "--method", *methods, "--resamples", "30",
        "--results", str(home / "results"),
    ]  # fmt: skip


def test_zero_shot_prints_one_object(
    asked: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = home / "dump"
    arguments = ["--task", "super", "--seed", "4", "--json", "--dump", str(dump)]
    assert main(["evaluate", "zero-shot", *asked, *arguments]) == 0
    out, progress = capsys.readouterr()
    content = json.loads(out)
    assert out.count("\n") == 1 and "one: 24" in progress
    assert 0 <= content["interval"][0] <= content["macro_auroc"] <= content["interval"][1] <= 1
    assert content["records"] == 24 and content["seed"] == 4 and len(content["checkpoint"]) == 12
    assert {"auroc", "auprc", "positives"} <= content["per_label"]["NORM"].keys()
    assert set(content["per_label"]) | set(content["left_out"]) >= {"NORM", "MI", "STTC"}
    assert "commit" in content and content["method"] == "one" and content["view"] == "full"
    stored = {one["name"]: one for one in read_results(home / "results")}
    assert stored[content["name"]] == content["results"][0]
    answers = pd.read_parquet(dump / content["name"] / "answers.parquet")
    assert len(answers) == 2 * 24 * 5 and not (dump / content["name"] / "terms.parquet").exists()


def test_several_tasks_print_tables(
    asked: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = ["--reference", f"f={home / 'f'}", "--masks", "1", "--candidates", "2"]
    arguments = ["--task", "super", "rhythm", "--view", "random", "hard", *reference]
    assert main(["evaluate", "cmrs", *asked, *arguments]) == 0
    out = capsys.readouterr().out
    assert "cmrs  ptbxl super test  24 records" in out and "cmrs  ptbxl rhythm test" in out
    line = next(line for line in out.splitlines() if line.startswith("one     hard"))
    assert "cross-source" in line and "–" in line
    assert out.count("written to") == 2 and "not comparable" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["zero-shot", "--dataset", "nobody"], "there is no dataset 'nobody'"),
        (["zero-shot", "--task", "bad"], "has no task 'bad'"),
        (["zero-shot", "--view", "bad"], "there is no view 'bad'"),
        (["zero-shot", "--split", "best"], "has no best split"),
        (["zero-shot", "--masks", "0"], "masks is 0; expected at least 1"),
        (["zero-shot", "--limit", "0"], "give at least 1"),
        (["cmrs", "--reference", "nowhere=/nowhere"], "/nowhere is no checkpoint"),
        (["zero-shot", "--min-positives", "99"], "ask for fewer with --min-positives"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], sentence: str, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", arguments[0], *asked, *arguments[1:]]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ") and sentence in error


def test_cost_of_a_tiny_model(
    home: Path,
    asked: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from scar_core.analysis import efficiency

    monkeypatch.setattr(efficiency, "RANDOM", "other")
    methods = ["--method", f"one={home / 'one'}", "other"]
    monkeypatch.setattr(efficiency, "load_subject", lambda text: _load(home, text))
    assert main(["evaluate", "efficiency", *methods, "--results", str(home / "r"), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    row = content["results"][0]["rows"][0]
    assert row["parameters"] == sum(row["parameters_by_part"].values())
    assert 0 < row["parameters_to_encode"] < row["parameters"]
    assert row["gflop"] > 0 and set(row["ms_per_record"]) == {"1", "64"}
    assert row["training_records_per_s"] is None and "no training" in row["training_note"]


def _load(home: Path, text: str) -> object:
    from scar_core.evaluation.subjects import load_subject

    return load_subject(text if "=" in text else f"{text}={home / text}")
