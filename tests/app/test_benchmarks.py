"""The Benchmarks page: tables, commands that make the same result, states, running again."""

import argparse
import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import benchmarks_charts as charts
from pages.ui import benchmarks_data as data
from pages.ui import benchmarks_variants as variants
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
from pages.ui.benchmarks_grid import Block, Cell, Grid, Line, html_of
from scar_core.errors import WorkerUnavailable
from scar_core.jobs.info import JobInfo
from scar_core.results import read_published, read_results
from tests.app.shipped import learned, row_of, score_said, shipped, shipped_file
from tests.app.test_cmrs import SHIPPED, everything, store

PAGE = "pages/5_Benchmarks.py"
REAL = read_results(SHIPPED)
PAPER = read_published(SHIPPED)


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


def trained(what: str) -> dict[str, Any]:
    """A made-up result of trainings."""
    rows = []
    titles = {
        "ablation": {"full": "full model", "random-mean": "random mask + mean pool"},
        "lambda": {"cons1-mask1": "λ_cons 1, λ_mask 1", "cons0.5-mask1": "λ_cons 0.5, λ_mask 1"},
        "architecture": {"full": "as shipped", "heads-1": "1 selector head"},
        "sources": {"full": "all sources", "real": "real records alone"},
    }[what] | {"random": "random weights"}
    for k, (name, title) in enumerate(titles.items()):
        for task in ("rhythm", "average"):
            rows.append(
                {"method": name, "title": "SCAR", "variant": title, "task": task, "view": "random",
                 "macro_auroc": 0.8 - 0.1 * k, "interval": [0.7 - 0.1 * k, 0.9 - 0.1 * k],
                 "seed_aurocs": [0.8, 0.8], "seed_cmrs": [50.0, 50.0],
                 "cmrs": {"score": 50.0 - k, "interval": [40.0, 60.0]}}
            )  # fmt: skip
    names = list(titles)
    asked = {
        "methods": names[:-1], "references": REFERENCES, "views": ["random"], "dataset": "ptbxl",
        "task": ["rhythm", "form"], "split": "test", "limit": None, "prompts": "built-in",
        "seed": 0, "masks": 4, "candidates": 16, "min_positives": 5, "resamples": 1000,
        "variant": "skill", "seeds": [0, 1], "steps": 300, "settings": ["batch=32"],
    }  # fmt: skip
    one = {"figure": "macro_auroc", "view": "random", "first": names[0], "second": names[1],
           "difference": 0.1, "interval": [0.05, 0.15], "p": 0.002, "p_holm": 0.004,
           "task": "rhythm"}  # fmt: skip
    return {
        "schema": 1, "name": f"{what}_x", "what": what, "dataset": "ptbxl",
        "dataset_title": "PTB-XL", "task": "rhythm+form", "configuration": asked, "rows": rows,
        "records": 183, "comparisons": [one], "comparisons_made": 1, "commit": "abc", "seed": 0,
    }  # fmt: skip


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


def cell(grid: Grid, block: int, line: str, column: str) -> Cell:
    found = next(one for one in grid.blocks[block].lines if one.name.startswith(line))
    return found.cells[list(grid.columns).index(column)]


def test_tables_hold_published_and_measured_side_by_side() -> None:
    one = data.probes(REAL, PAPER, 100)
    assert cell(one, 0, "SCAR", "PTB-XL rhythm").value == 97.02
    ours = row_of(shipped("linear-probe"), "100 %")["macro_auroc"]
    assert cell(one, 1, "SCAR", "PTB-XL superclasses").value == pytest.approx(100 * ours)
    assert cell(one, 1, "SCAR", "CSN").value is None
    two = data.missing(REAL, PAPER, "hard", "cmrs")
    assert cell(two, 0, "MERL", "CSN").value == 40.28
    measured = cell(two, 1, "SCAR", "PTB-XL superclasses")
    assert measured.value == pytest.approx(row_of(shipped("cmrs"), "hard")["cmrs"]["score"])
    assert measured.ends == pytest.approx(row_of(shipped("cmrs"), "hard")["cmrs"]["interval"])
    assert two.blocks[1].lines[-1].name == "Random weights"
    assert not two.blocks[1].lines[-1].counts
    four = data.types(next(r for r in REAL if r["what"] == "missingness"), PAPER, "cmrs")
    assert cell(four, 0, "SCAR", "Time only").value == 91.5
    six = variants.costs(REAL, PAPER)
    assert cell(six, 0, "SCAR", "GFLOP per record").value == 2.66
    assert cell(six, 1, "SCAR", "Parameters, millions").value == learned() / 1e6


def test_published_tables_stand_alone_where_nothing_was_measured() -> None:
    for number in (3, 5):
        grid = variants.variants([], PAPER, number, "macro_auroc")
        assert [len(block.lines) for block in grid.blocks] == [5 if number == 3 else 4, 0]
        assert not charts.measured_bars(grid, "macro_auroc").series
    assert data.probes([], {}, 1).is_empty
    assert variants.cost_bars([]) is None


@pytest.mark.parametrize(("what", "number"), [("ablation", 3), ("lambda", 5)])
def test_trainings_fill_their_tables(what: str, number: int) -> None:
    grid = variants.variants([trained(what)], PAPER, number, "macro_auroc")
    assert len(grid.blocks[1].lines) == 3
    assert "Average" in grid.columns
    assert "PTB-XL rhythm" in grid.columns
    other = trained(what) | {"dataset": "challenge", "dataset_title": "A long title"}
    both = variants.variants([trained(what), other], PAPER, number, "macro_auroc")
    assert set(both.columns) - set(grid.columns) == {"Challenge"}
    assert len(both.blocks[1].lines) == 3
    assert cell(both, 1, "", "Challenge") == cell(both, 1, "", "PTB-XL rhythm")
    html = html_of(grid)
    assert "mean of 2 trainings" in html
    assert "class='faint'" in html
    short = trained(what) | {"name": "a", "configuration": {"steps": 10, "seeds": [0]}}
    assert data.of_kind([short, trained(what)], what)[0]["name"] == f"{what}_x"
    own = variants.own([trained("architecture")], "architecture", "cmrs")
    assert own is not None
    assert own.columns[0] == "PTB-XL rhythm, hidden: at random"
    assert own.blocks[0].lines[0].cells[0].value == 50.0
    assert variants.own([trained("architecture")], "sources", "cmrs") is None


def test_best_of_a_block_is_bold_and_random_weights_never() -> None:
    lines = [Line("a", [Cell(1.0)]), Line("b", [Cell(2.0)]), Line("r", [Cell(9.0)], counts=False)]
    html = html_of(Grid("c", ["x"], (Block("m", lines),)))
    assert html.count("class=best") == 1
    assert "<td class=best>2.0" in html
    fewer = html_of(Grid("c", ["x"], (Block("m", lines),), lower=(True,)))
    assert "<td class=best>1.0" in fewer
    alone = html_of(Grid("c", ["<x>"], (Block("m", lines[:1]),)))
    assert "best" not in alone
    assert "&lt;x&gt;" in alone


def test_curves_calibration_and_labels_of_real_results() -> None:
    result = next(r for r in REAL if r["what"] == "missingness" and r["task"] == "super")
    drawn = charts.curves(result, "macro_auroc")
    assert [curve.name for curve in drawn.series][-1] == "Random weights"
    assert drawn.series[0].x[0] == 0
    assert len(drawn.series[0].x) == 10
    assert list(drawn.series[0].x) == sorted(drawn.series[0].x)
    assert charts.curves(result, "cmrs").series[0].x[0] > 0
    said = charts.reliability(result, "random")
    assert said.series[-1].y == [0.0, 1.0]
    assert len(said.series) == 1 + len(data.methods_of([result]))
    assert (charts.errors(result).blocks[0].lines[0].cells[1].value or 1) < 0.1
    form = next(r for r in REAL if r["what"] == "cmrs" and r["task"] == "form")
    table = charts.labels(form, "random")
    counted, rare = table.blocks
    assert all((line.cells[0].value or 0) >= 5 for line in counted.lines)
    assert all((line.cells[0].value or 0) < 5 for line in rare.lines)
    assert "DIG" in [line.name for line in rare.lines]
    assert len(charts.label_bars(table).labels) == len(counted.lines)


def test_sizes_are_the_checkpoints() -> None:
    ours, theirs, counts = data.sizes(REAL, PAPER)
    assert theirs == 201.01
    assert ours == learned() / 1e6
    assert max(counts) == max(one["records"] for one in REAL if "records" in one)
    config = SHIPPED.parents[0] / "checkpoints" / "scar" / "config.json"
    training = json.loads(config.read_text())["origin"]["training"]
    assert training["simulated_records"] == data.TRAINED_ON[1]
    assert training["grafted_records"] == data.TRAINED_ON[2] and "grafted" in training["data"]


def test_real_records_of_the_training_are_counted() -> None:
    from scar_core.datasets import dataset
    from scar_core.errors import DatasetError

    try:
        counted = [
            len(dataset(name).examples(None, "train")) for name in ("ptbxl", "ludb", "georgia")
        ]
    except DatasetError as error:
        pytest.skip(str(error))
    assert sum(counted) == data.TRAINED_ON[0]


def test_page_opens_with_what_holds(open_page: Callable[..., AppTest]) -> None:
    said = everything(open_page(PAGE))
    assert "differences that the paper prints and that can be repeated here" in said
    assert "As in the paper, SCAR has a higher CMRS than MERL and MELP" in said
    assert "1,541 real records" in said


SECTIONS = ["1", "2", "3", "4", "5", "6", "curves", "calibration", "labels"]


def to_run_again(at: AppTest, section: str) -> AppTest:
    """Open what says how a section is computed again."""
    assert not [button for button in at.button if button.label == "Run again"]
    at.session_state[f"again {section}"] = True
    at.run()
    assert not at.exception
    return at


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_renders(section: str, open_page: Callable[..., AppTest]) -> None:
    at = open_page(PAGE, table=section)
    said = everything(at)
    if section in "123456":
        assert "Published (SCAR paper, Table" in said
    to_run_again(at, section)
    shown = [code.value for code in at.code]
    assert any(code.startswith("python -m scar_core evaluate") for code in shown)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_without_results(
    section: str, open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(monkeypatch, tmp_path / "results")
    at = open_page(PAGE, table=section)
    assert len(at.info) == 2
    assert at.code[0].value.startswith("python -m scar_core evaluate")
    if section in "123456":
        assert "Published (SCAR paper, Table" in everything(at)


def test_nonsense_and_damage(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(monkeypatch, tmp_path / "results", shipped_file("cmrs"))
    (folder / "bad.json").write_text("{")
    (folder / "bare.json").write_text(
        json.dumps({"schema": 1, "name": "bare", "what": "cmrs", "rows": [{"method": "x"}, 3]})
    )
    at = open_page(PAGE, table="2", view="moon", figure="beauty")
    told = " ".join(warning.value for warning in at.warning)
    assert "bad.json" in told
    assert told.count("is not among the results") == 2
    assert score_said("random") not in everything(open_page(PAGE, table="labels"))


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


def test_store_of_ones_own_still_has_the_published_figures(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(monkeypatch, tmp_path / "results")
    (folder / "ablation_x.json").write_text(json.dumps(trained("ablation")))
    (folder / "architecture_x.json").write_text(json.dumps(trained("architecture")))
    said = everything(open_page(PAGE, table="3"))
    assert "the full model has a higher AUROC than random mask + mean pool" in said
    assert "Our architecture, varied" in said
    shutil.copy(SHIPPED / "published.json", folder)
    assert "Published (SCAR paper, Table 3)" in everything(open_page(PAGE, table="3"))


def test_report_holds_every_table_and_verdict() -> None:
    from pages.ui.benchmarks_report import report_of
    from scar_core.verdict import compare_with_paper

    verdicts = compare_with_paper(REAL, PAPER)
    told = report_of(REAL, PAPER, verdicts).decode()
    for words in ("SCAR paper, Table 1", "SCAR paper, Table 6", "As in the paper, SCAR", "<svg"):
        assert words in told
    assert "http://" not in told.replace("http://www.w3.org", "").replace("http://purl.org", "")
    assert b"none" in report_of([], {}, [])
