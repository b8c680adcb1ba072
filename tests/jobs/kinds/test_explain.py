"""Explanations of many records: a line each, the same after any kill."""

import json
from pathlib import Path
from typing import Any

import pytest

from scar_core.errors import ConfigError
from scar_core.jobs.base import checked
from tests.evaluation.made import save_classifier
from tests.jobs.kinds.fakes import FakeWork, run_job, run_with_kills
from tests.methods.tiny import CONTRACT, save_tiny


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("explain")
    save_tiny(home / "one", contract=CONTRACT)
    save_classifier(home / "f")
    return home


@pytest.fixture(autouse=True)
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAR_DATA", str(home))


def asked(home: Path, **changes: Any) -> dict[str, Any]:
    return {"method": f"one={home / 'one'}", "records": 6, **changes}


def lines(work: FakeWork) -> list[dict[str, Any]]:
    return [json.loads(line) for line in work.result("explain.jsonl").read_text().splitlines()]


def test_every_record_has_a_line(home: Path, tmp_path: Path) -> None:
    work = FakeWork(tmp_path)
    summary = run_job("explain", asked(home), work)
    found = lines(work)
    assert [one["record"] for one in found] == [f"r{k:05d}" for k in range(6)]
    assert (summary["records"], summary["not_explained"]) == (6, 0)
    assert sum(summary["findings"].values()) == 6 and len(summary["checkpoint"]) == 12
    for one in found:
        assert len(one["shapley"]) == 12 and 0 <= one["probability"] <= 1
        assert one["electrodes"]["faults"] and "hard" not in one
    mean = sum(one["shapley"]["V1"] for one in found) / 6
    assert summary["mean_shapley"]["V1"] == pytest.approx(mean)


def test_a_killed_job_ends_in_the_same_lines(home: Path, tmp_path: Path) -> None:
    calm, killed = FakeWork(tmp_path / "calm"), FakeWork(tmp_path / "killed")
    given = asked(home, questions=["electrodes"])
    summary = run_job("explain", given, calm)
    again, kills = run_with_kills("explain", given, killed, 3, move=True)
    assert kills and again == summary and lines(calm) == lines(killed)


def test_one_finding_can_be_asked_about_in_every_way(home: Path, tmp_path: Path) -> None:
    work = FakeWork(tmp_path)
    questions = ["shapley", "subsets", "hard", "flip", "stability"]
    given = asked(home, records=1, finding="atrial fibrillation", questions=questions)
    run_job("explain", given, work)
    (one,) = lines(work)
    assert one["finding"].lower() == "atrial fibrillation" and set(questions) <= set(one)
    assert one["hard"]["objective"] == f"drop of {one['finding']}"
    with pytest.raises(ConfigError, match="there is no finding"):
        run_job("explain", {**given, "finding": "hiccups"}, FakeWork(tmp_path / "bad"))


def test_what_cannot_be_explained_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="answers no prompts"):
        run_job("explain", {"method": f"f={home / 'f'}"}, FakeWork(tmp_path))
    for changes, sentence in (
        ({"method": "ecgfm"}, "answers no prompts"),
        ({"method": "nobody"}, "there is no checkpoint"),
        ({"questions": []}, "at least 1"),
        ({"questions": ["why"]}, "there is no question 'why'"),
        ({"budget": 0.0}, "budget is 0"),
        ({"records": 0}, "records is 0"),
        ({"dataset": "nobody"}, "there is no dataset"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            checked("explain", changes)
