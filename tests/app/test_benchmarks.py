"""The Benchmarks page: tables, what holds of the paper, states."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import benchmarks_charts as charts
from pages.ui import benchmarks_data as data
from pages.ui import benchmarks_variants as variants
from pages.ui.benchmarks_command import (
    REFERENCES,
)
from pages.ui.benchmarks_grid import Block, Cell, Grid, Line, html_of
from pages.ui.text import benchmarks as text
from scar_core.results import read_published, read_results
from tests.app.shipped import learned, row_of, score_said, shipped, shipped_file
from tests.app.test_cmrs import SHIPPED, everything, store

PAGE = "pages/5_Benchmarks.py"
REAL = read_results(SHIPPED)
PAPER = read_published(SHIPPED)


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
    shown = [code.value for code in to_run_again(at, section).code]
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


def test_variants_of_a_model_that_no_longer_ships_say_so(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(
        monkeypatch, tmp_path / "results", *[one.name for one in SHIPPED.glob("efficiency_*.json")]
    )
    for what, first in (("lambda", "cons1-mask1"), ("ablation", "full")):
        result = trained(what)
        for row in result["rows"]:
            row["parameters"] = 2_500_000 if row["method"] == first else 7
        (folder / f"{what}_x.json").write_text(json.dumps(result))
        number = {"lambda": "5", "ablation": "3"}[what]
        assert "another shape (2.50 million" in everything(open_page(PAGE, table=number))
        for row in result["rows"]:
            row["parameters"] = learned()
        (folder / f"{what}_x.json").write_text(json.dumps(result))
        assert "another shape" not in everything(open_page(PAGE, table=number))


def test_a_tables_sentence_counts_as_people_do() -> None:
    assert text.of_table_lead("3", 1, 0, 15) == (
        "Of 16 differences of Table 3 that can be repeated here, 1 comes out as in the paper, none "
        "the other way round, and 15 cannot be decided."
    )
    assert "none come out as in the paper, 2 the other way round" in text.of_table_lead(
        "5", 0, 2, 9
    )


def test_report_holds_every_table_and_verdict() -> None:
    from pages.ui.benchmarks_report import report_of
    from scar_core.verdict import compare_with_paper

    verdicts = compare_with_paper(REAL, PAPER)
    told = report_of(REAL, PAPER, verdicts).decode()
    for words in ("SCAR paper, Table 1", "SCAR paper, Table 6", "As in the paper, SCAR", "<svg"):
        assert words in told
    assert "http://" not in told.replace("http://www.w3.org", "").replace("http://purl.org", "")
    assert b"none" in report_of([], {}, [])
