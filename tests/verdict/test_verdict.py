"""Verdicts follow the intervals: the same sentence turns round when the figures do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scar_core.results import read_published, read_results
from scar_core.verdict import Check, Verdict, compare_with_paper, measured_cost, place_name

Json = dict[str, Any]


def published(**tables: list[Json]) -> Json:
    return {"tables": {key.removeprefix("t"): {"rows": rows} for key, rows in tables.items()}}


def paper(method: str, auroc: float, cmrs: float, view: str = "random", **more: object) -> Json:
    row = {"method": method, "dataset": "ptbxl", "task": "super", "view": view}
    return row | {"macro_auroc": auroc, "cmrs": cmrs} | more


def comparison(low: float, high: float, figure: str = "cmrs", **more: object) -> Json:
    one = {"figure": figure, "view": "random", "first": "scar", "second": "merl"}
    return one | {"difference": (low + high) / 2, "interval": [low, high]} | more


def measured(*comparisons: Json, what: str = "cmrs", **more: object) -> Json:
    result: Json = {"what": what, "dataset": "ptbxl", "dataset_title": "PTB-XL", "task": "super"}
    return result | {"rows": [], "comparisons": list(comparisons)} | more


TABLE_2 = published(t2=[paper("SCAR", 80.4, 79.1), paper("MERL", 79.4, 25.5)])


@pytest.mark.parametrize(
    ("low", "high", "outcome", "beginning"),
    [
        (3.0, 9.0, "same", "As in the paper, SCAR has a higher CMRS than MERL"),
        (-9.0, -3.0, "reversed", "Unlike in the paper, where SCAR has a higher CMRS than MERL"),
        (-1.0, 4.0, "open", "In the paper, SCAR has a higher CMRS than MERL"),
    ],
)
def test_the_interval_alone_decides(low: float, high: float, outcome: str, beginning: str) -> None:
    verdicts = compare_with_paper([measured(comparison(low, high))], TABLE_2)
    assert [v.outcome for v in verdicts] == [outcome]
    assert verdicts[0].sentence.startswith(beginning + " under random missingness")
    assert "+53.6 points there" in verdicts[0].sentence


def test_the_paper_turned_round_turns_the_sentence_round() -> None:
    turned = published(t2=[paper("SCAR", 79.4, 25.5), paper("MERL", 80.4, 79.1)])
    (verdict,) = compare_with_paper([measured(comparison(3, 9))], turned)
    assert verdict.outcome == "reversed"
    assert "SCAR has a lower CMRS than MERL" in verdict.sentence


def test_fractions_of_auroc_become_points() -> None:
    (verdict,) = compare_with_paper([measured(comparison(0.02, 0.04, "macro_auroc"))], TABLE_2)
    assert verdict.checks[0].interval == pytest.approx((2.0, 4.0))
    assert "+3.0 here" in verdict.sentence


def test_exceptions_are_named() -> None:
    rows = TABLE_2["tables"]["2"]["rows"]
    both = published(t2=[*rows, *(row | {"task": "form"} for row in rows)])
    results = [
        measured(comparison(3, 9)),
        measured(comparison(-9, -3), task="form"),
    ]
    (verdict,) = compare_with_paper(results, both)
    assert verdict.outcome == "mixed"
    said = "here 1 of the two comparisons agrees and 1 is reversed (PTB-XL form)"
    assert said in verdict.sentence


def test_hard_masks_by_the_ends_of_both_intervals() -> None:
    said = published(
        t2=[paper("MELP", 75.0, 43.9), paper("MELP", 67.3, 38.1, view="hard")],
    )

    def row(view: str, low: float, high: float) -> Json:
        mean = (low + high) / 2
        return {"method": "melp", "view": view, "macro_auroc": mean, "interval": [low, high]}

    apart = measured() | {"rows": [row("random", 0.80, 0.82), row("hard", 0.70, 0.72)]}
    (verdict,) = compare_with_paper([apart], said)
    assert verdict.outcome == "same"
    assert verdict.checks[0].place == "MELP on PTB-XL superclasses"
    assert "under random missingness every method has a higher AUROC than" in verdict.sentence
    near = measured() | {"rows": [row("random", 0.70, 0.82), row("hard", 0.70, 0.72)]}
    assert compare_with_paper([near], said)[0].outcome == "open"


def test_variants_of_training_by_their_titles() -> None:
    rows = [
        {"method": "SCAR", "variant": "full model", "dataset": "all", "task": "average",
         "view": "random", "macro_auroc": 79.52, "cmrs": 78.91},
        {"method": "SCAR", "variant": "adversarial mask + selector", "dataset": "all",
         "task": "average", "view": "random", "macro_auroc": 72.29, "cmrs": 59.89},
    ]  # fmt: skip
    one = comparison(-6, -2, first="full", second="adversary-selector", task="average")
    result = measured(one, comparison(1, 2, first="full", second="random"), what="ablation")
    result["rows"] = [
        {"method": "full", "variant": "full model"},
        {"method": "adversary-selector", "variant": "adversarial mask + selector"},
    ]
    (verdict,) = compare_with_paper([result], published(t3=rows))
    assert verdict.outcome == "reversed"
    assert "the full model has a higher CMRS than adversarial mask" in verdict.sentence


def test_loss_weights_by_their_values() -> None:
    rows = [
        {"method": "SCAR", "lambda_cons": c, "lambda_mask": 1.0, "dataset": "all",
         "task": "average", "macro_auroc": auroc}
        for c, auroc in ((0.5, 77.28), (1.0, 79.52))
    ]  # fmt: skip
    one = comparison(
        0.01, 0.03, "macro_auroc", first="cons1-mask1", second="cons0.5-mask1", task="average"
    )
    result = measured(one, what="lambda")
    result["rows"] = [
        {"method": "cons1-mask1", "variant": "λ_cons 1, λ_mask 1"},
        {"method": "cons0.5-mask1", "variant": "λ_cons 0.5, λ_mask 1"},
    ]
    (verdict,) = compare_with_paper([result], published(t5=rows))
    assert (verdict.table, verdict.outcome) == (5, "same")


def test_costs_have_no_interval() -> None:
    rows = [{"method": "SCAR", "gflop": 2.66}, {"method": "MERL", "gflop": 0.08}]

    def cost(scar: float) -> Json:
        found = [{"method": "scar", "gflop": scar}, {"method": "merl", "gflop": 0.15}]
        return measured(what="efficiency") | {"rows": found}

    assert compare_with_paper([cost(0.23)], published(t6=rows))[0].outcome == "same"
    assert compare_with_paper([cost(0.11)], published(t6=rows))[0].outcome == "reversed"
    assert measured_cost({"training_records_per_s": 50, "parameters": 2_000_000}) == {
        "parameters": 2.0, "gflop": None, "latency": None, "training": 20.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"what": "cmrs"},
        measured(comparison(1, 2) | {"interval": None}),
        measured(comparison(1, 2) | {"interval": [1, None]}),
        measured(comparison(1, 2) | {"difference": None}),
        measured(comparison(1, 2, second="nobody")),
        measured({"figure": "cmrs"}),
        {"what": "cmrs", "rows": [3, None], "comparisons": ["x"]},
        {"what": "cmrs", "rows": 3, "comparisons": {}},
        measured(comparison(1, 2), configuration={"limit": 8}),
        measured(what="efficiency"),
    ],
)
def test_what_lacks_something_is_passed_over(broken: Json) -> None:
    assert compare_with_paper([broken], TABLE_2) == []
    assert compare_with_paper([broken], {}) == []


@given(
    some.floats(-99, 99),
    some.floats(-99, 99),
    some.floats(-99, 99),
)
def test_turning_both_round_changes_nothing(said: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    check = Check(2, "cmrs", "SCAR", "MERL", "", "here", said, (a + b) / 2, (low, high))
    mirror = Check(2, "cmrs", "MERL", "SCAR", "", "here", -said, -(a + b) / 2, (-high, -low))
    assert check.outcome == mirror.outcome
    assert (check.outcome == "open") == (said == 0 or low <= 0 <= high)
    assert Verdict((check,)).outcome == check.outcome


def test_the_shipped_results_are_judged_with_the_shipped_paper() -> None:
    verdicts = compare_with_paper(read_results(), read_published())
    assert {1, 2, 4, 6} <= {verdict.table for verdict in verdicts}
    for verdict in verdicts:
        assert sum(len(verdict.of(o)) for o in ("same", "reversed", "open")) == len(verdict.checks)
        assert verdict.sentence.endswith(".")
        assert "  " not in verdict.sentence


def test_places_are_named() -> None:
    assert place_name({"dataset": "ptbxl", "dataset_title": "PTB-XL", "task": "super"}) == (
        "PTB-XL superclasses"
    )
    assert place_name({"dataset": "csn"}, "average") == "csn average"
