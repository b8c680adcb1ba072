"""Computing a result of the Benchmarks page again: its command, its job, and following it."""

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import worker
from pages.ui.benchmarks_command import (
    GRIDS,
    KINDS,
    REFERENCES,
    USUAL,
    alike,
    command_of,
    parameters_of,
    tasks_of,
)
from scar_core.errors import WorkerUnavailable
from scar_core.jobs.info import JobInfo
from tests.app.shipped import shipped_file
from tests.app.test_benchmarks import PAGE, REAL, to_run_again, trained
from tests.app.test_cmrs import everything, store


def parsed(command: str) -> argparse.Namespace:
    """Read a command with the program's own parser."""
    from scar_core.commands.evaluate import COMMAND

    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "scar_core", "evaluate"]
    return parser.parse_args(words[4:])


def test_commands_ask_for_exactly_what_was_asked() -> None:
    from scar_core.commands.evaluate import _request

    done = 0
    for group in alike(REAL):
        arguments = parsed(command_of(group))
        if group[0]["what"] == "efficiency":
            assert [*arguments.method, "random"] == group[0]["configuration"]["methods"]
            continue
        request = _request(arguments)
        assert request.what == group[0]["what"]
        if request.what in GRIDS:  # one result of all tasks, and of trainings
            asked = group[0]["configuration"]
            assert list(request.tasks) == asked["task"] and len(group) == 1
            assert list(request.all_views) == asked["views"]
            assert arguments.seeds == asked["seeds"] and arguments.steps == asked["steps"]
            assert arguments.settings == asked["settings"]
            done += 1
            continue
        assert set(request.tasks) == {result["task"] for result in group}
        for result in group:
            asked = dict(result["configuration"])
            extra = {key: asked.pop(key) for key in ("shares", "draws", "legacy") if key in asked}
            assert request.configuration(result["task"]) == asked
            for key, value in extra.items():
                given = getattr(arguments, {"shares": "share"}.get(key, key))
                assert given == value or (given is None and value == USUAL[key])
            done += 1
    assert done >= 14


def test_what_is_taken_for_granted_is_the_commands() -> None:
    from dataclasses import asdict

    from scar_core.evaluation.probe import SHARES
    from scar_core.evaluation.run import REFERENCES as THEIRS
    from scar_core.evaluation.study import Options

    assert {key: USUAL[key] for key in asdict(Options())} == asdict(Options())
    assert list(THEIRS) == REFERENCES
    assert USUAL["shares"] == list(SHARES)


@pytest.mark.parametrize("what", ["ablation", "lambda", "architecture", "sources"])
def test_commands_of_trainings(what: str) -> None:
    arguments = parsed(command_of([trained(what)]))
    assert (arguments.what, arguments.grid) == ("ablation", what)
    assert arguments.task == ["rhythm", "form"]
    assert (arguments.seeds, arguments.steps) == ([0, 1], 300)
    assert arguments.settings == ["batch=32"]


def test_unusual_wishes_are_in_the_command() -> None:
    result = next(r for r in REAL if r["what"] == "cmrs")
    asked = result["configuration"] | {
        "seed": 7, "limit": 20, "variant": "js", "references": ["ecgfm"], "prompts": "0123",
    }  # fmt: skip
    command = command_of([result | {"configuration": asked}])
    for words in ("--seed 7", "--limit 20", "--variant js", "--reference ecgfm", "--prompts"):
        assert words in command


def test_parameters_are_those_that_the_kind_knows() -> None:
    group = next(g for g in alike(REAL) if g[0]["what"] == "cmrs" and len(g) > 1)
    known = [{"name": "tasks", "type": "list"}, {"name": "seed", "type": "int"},
             {"name": "methods", "type": "list"}, {"name": "limit", "type": "int"}]  # fmt: skip
    found = parameters_of(group, known)
    assert found.keys() == {"tasks", "seed", "methods"}
    assert "random" not in found["methods"]
    assert set(found["tasks"]) == {result["task"] for result in group}
    one = parameters_of(group, [{"name": "task", "type": "str"}])
    assert one == {"task": group[0]["task"]}


def test_kinds_of_jobs_take_the_parameters_of_every_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import fields

    from scar_core.jobs.kinds import _evaluation

    monkeypatch.setattr(_evaluation, "check_dataset", lambda *_: None)  # it need not be here
    from scar_core.jobs.base import checked, kind

    made: list[list[Any]] = [
        [trained(w)] for w in ("ablation", "lambda", "architecture", "sources")
    ]
    for group in [*alike(REAL), *made]:
        name = KINDS.get(group[0]["what"])
        if name is None:
            continue
        known = [
            {"name": f.name, "type": "list" if isinstance(f.default, tuple) else "any"}
            for f in fields(kind(name).parameters)
        ]
        asked = checked(name, parameters_of(group, known))
        wanted = group[0]["configuration"]
        assert asked.dataset == wanted["dataset"]
        assert set(asked.tasks) == {task for one in group for task in tasks_of([one])}
        assert list(asked.views) == wanted["views"]
        assert (asked.seed, asked.masks, asked.variant) == (0, 4, "skill")
        if hasattr(asked, "seeds"):
            assert (asked.grid, list(asked.seeds)) == (group[0]["what"], wanted["seeds"])
        else:
            assert list(asked.methods) == [m for m in wanted["methods"] if m != "random"]


class Queue:
    """A stand-in for the queue of jobs."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.state = "running"
        self.error: str | None = None

    def kinds(self) -> dict[str, Any]:
        return {"cmrs": {"parameters": [{"name": "tasks", "type": "list"}]}}

    def submit(self, kind: str, parameters: dict[str, Any], **_: object) -> JobInfo:
        self.asked.append((kind, parameters))
        return self.show("j1")

    def show(self, job: str) -> JobInfo:
        if job != "j1":
            raise WorkerUnavailable("There is no such job.")
        return JobInfo(
            "j1", "cmrs", "CMRS", self.state, "short", 0.0, error=self.error,  # type: ignore[arg-type]
            progress={"done": 3, "total": 10, "unit": "records", "rate": None, "left_s": None},
        )  # fmt: skip


def test_running_again_queues_the_same_and_follows_it(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue()
    monkeypatch.setattr(worker, "jobs", lambda: queue)
    store(monkeypatch, tmp_path / "results", shipped_file("cmrs"))
    at = to_run_again(open_page(PAGE, table="2"), "2")
    at.button(key="again 2 0").click().run()
    assert not at.exception
    assert queue.asked == [("cmrs", {"tasks": ["super"]})]
    assert at.query_params["job"] == "j1"
    assert "CMRS: running" in everything(at)
    queue.state = "done"
    at.run()
    assert "Done" in at.success[0].value
    queue.state, queue.error = "failed", "The dataset is not there."
    at.run()
    assert at.error[0].value == "The dataset is not there."


def test_no_queue_is_told_with_the_command_beside(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Queue:
        raise WorkerUnavailable("The worker is not running; start it.")

    monkeypatch.setattr(worker, "jobs", none)
    at = to_run_again(open_page(PAGE, table="6"), "6")
    assert not [button for button in at.button if button.label == "Run again"]
    at = to_run_again(open_page(PAGE, table="4"), "4")
    at.button(key="again 4 0").click().run()
    assert "use the command instead" in at.error[0].value
    at = open_page(PAGE, table="4", job="gone")
    assert not at.exception
    assert "not running" in at.warning[0].value
