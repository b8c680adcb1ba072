"""Our own grids: the longest trainings of each dataset, in columns, and a sentence for each row."""

from typing import Any

import pytest

from scar_core.verdict import OWN, own_table, page
from scar_core.verdict.own import markdown


def result(dataset: str, steps: int, auroc: float, what: str = "architecture") -> dict[str, Any]:
    rows = [
        {"method": name, "variant": title, "task": task, "view": view, "seed_aurocs": [0.1, 0.2],
         "macro_auroc": auroc - lower, "interval": [auroc - lower - 0.1, auroc - lower + 0.1],
         "cmrs": {"score": None} if view == "full" else {"score": 40.0, "interval": [30.0, 50.0]},
         "gflop": 0.25, "ms_per_record": {"1": 5.0, "64": 2.0}}
        for name, title, lower in (
            ("small", "patches of 0.1 s", 0.05), ("full", "as shipped", 0.0),
            ("random", "random weights", 0.3),
        )
        for task in ("labels", "average")
        for view in ("full", "random")
    ]  # fmt: skip
    found = [
        {"first": "full", "second": "small", "figure": "macro_auroc", "task": "labels",
         "view": "full", "difference": 0.05, "interval": [0.01, 0.09]},
        {"first": "full", "second": "small", "figure": "macro_auroc", "task": "labels",
         "view": "random", "difference": -0.03, "interval": [-0.05, 0.01]},
        {"first": "full", "second": "small", "figure": "macro_auroc", "task": "average",
         "view": "full", "difference": 9.0, "interval": [8.0, 10.0]},
    ]  # fmt: skip
    return {
        "name": f"{what}-{dataset}-{steps}", "what": what, "dataset": dataset,
        "dataset_title": dataset.upper(), "rows": rows, "comparisons": found,
        "configuration": {"steps": steps, "seeds": [0, 1]},
    }  # fmt: skip


RESULTS = [result("ludb", 300, 0.8), result("ptbxl", 20, 0.6), result("ptbxl", 300, 0.9)]


def test_the_longest_trainings_of_each_dataset_stand_side_by_side() -> None:
    table = own_table(RESULTS, "architecture")
    assert table is not None and table.steps == 300
    assert table.files == ("architecture-ptbxl-300", "architecture-ludb-300")
    assert [(c.place.split()[0], c.view) for c in table.columns] == [
        ("PTBXL", "full"), ("PTBXL", "random"), ("LUDB", "full"), ("LUDB", "random"),
    ]  # fmt: skip
    assert [line.name for line in table.lines] == ["full", "small", "random"]
    first = table.lines[0]
    assert [cell and round(cell[0]) for cell in first.cells] == [90, 90, 80, 80]
    assert (first.runs, first.gflop, first.ms) == (2, 0.25, 5.0)


def test_the_score_has_no_column_where_nothing_is_hidden() -> None:
    table = own_table(RESULTS, "architecture", "cmrs")
    assert table is not None
    assert {column.view for column in table.columns} == {"random"}
    assert table.lines[0].cells[0] == (40.0, (30.0, 50.0))
    assert table.sentences == ()  # nobody compared these scores


def test_costs_stand_beside_variants_that_differ_in_them() -> None:
    same = own_table(RESULTS, "architecture")
    other = result("ptbxl", 300, 0.9)
    for row in other["rows"]:
        row["gflop"] = 0.5 if row["method"] == "small" else 0.25
    differ = own_table([other], "architecture")
    assert same is not None and not same.costs_differ and "GFLOP" not in markdown(same)[0]
    assert differ is not None and differ.costs_differ and "GFLOP" in markdown(differ)[0]
    assert "| 0.50 | 5.00 |" in markdown(differ)[3]


def test_a_sentence_counts_what_intervals_decide() -> None:
    table = own_table(RESULTS[:1], "architecture")
    assert table is not None
    (sentence,) = table.sentences
    assert sentence == (
        "Patches of 0.1 s: AUROC −1.0 points on average against the first row; of 2 differences "
        "0 are decided in its favour, 1 against it, 1 not."
    )


def test_the_papers_grid_is_told_where_the_paper_did_not_look() -> None:
    made = [result("ptbxl", 300, 0.9, "ablation"), result("simulated", 300, 0.7, "ablation")]
    text = page(made, {})
    for figure in ("macro_auroc", "cmrs"):
        table = own_table(made, "ablation", figure)
        assert table is not None and "SIMULATED all labels" in {c.place for c in table.columns}
        assert all(f"{line}\n" in text for line in markdown(table, with_cost=False))
    assert "GFLOP" not in text
    weights = result("ptbxl", 300, 0.9, "lambda")
    for row in [*weights["rows"], *weights["comparisons"]]:
        for key in ("method", "first"):
            if row.get(key) == "full":
                row[key] = "cons1-mask1"
    table = own_table([weights], "lambda")
    assert table is not None and table.lines[0].name == "cons1-mask1" and table.sentences


@pytest.mark.parametrize("what", OWN)
def test_the_page_holds_the_table(what: str) -> None:
    made = result("ptbxl", 300, 0.9, what)
    text = page([made], {})
    table = own_table([made], what)
    assert table is not None
    assert all(f"{line}\n" in text for line in markdown(table))
    assert f"`{made['name']}.json`" in text
    assert own_table([], what) is None
