"""The CMRS page: sums that add up on real results, choices in the link, damaged stores."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import cmrs_charts as charts
from pages.ui.charts import file_of
from pages.ui.cmrs_data import (
    POOLED,
    Part,
    axes,
    comparisons,
    evaluations,
    few,
    heaviest,
    least_p,
    parts,
    pooled_views,
    scored_views,
    scores,
    sums,
)
from pages.ui.cmrs_records import question
from pages.ui.cmrs_store import damaged, stamp_of
from scar_core.results import read_results
from tests.app.fake_worker import FakeClient
from tests.app.shipped import row_of, score_said, shipped, shipped_file

PAGE = "pages/4_CMRS.py"
SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "results"
REAL = [result for group in evaluations(read_results(SHIPPED)).values() for result in group]
NAMES = [result["name"] for result in REAL]


@pytest.mark.parametrize("result", REAL, ids=NAMES)
def test_every_breakdown_of_real_results_is_the_headline(result: dict[str, Any]) -> None:
    for view in scored_views(result):
        found = scores(result, view)
        assert found, view
        assert found[-1].method == "random", "random weights are always shown, and last"
        for one in found:
            assert {"lead", "label", "severity", "type"} <= set(axes(one.content))
            assert (view == POOLED) == ("record" in axes(one.content))
            for total in sums(one.content):
                assert total.holds, (view, one.method, total)
                assert total.points == pytest.approx(one.score, abs=1e-6)


@pytest.mark.parametrize("result", REAL, ids=NAMES)
def test_waterfall_and_treemap_of_real_results_add_up(result: dict[str, Any]) -> None:
    for one in scores(result, POOLED):
        for axis in axes(one.content):
            shown = charts.shown_parts(axis, parts(one.content, axis), str)
            assert len(shown) <= 13
            assert len({name for name, _ in shown}) == len(shown)
            drawn = charts.waterfall("w", shown, one.score)
            assert sum(drawn.values) == pytest.approx(drawn.total, abs=1e-6)
            assert sum(
                charts.treemap("t", [("", p) for p in parts(one.content, axis)]).values
            ) == pytest.approx(100, abs=1e-6)
            table = charts.parts_table(axis, parts(one.content, axis), str, one.score)
            assert table[-1]["adds, points"] == pytest.approx(one.score, abs=1e-6)
            assert table[-1]["costs, points"] == pytest.approx(100 - one.score, abs=1e-6)


def test_sums_notice_a_changed_number() -> None:
    content = json.loads(json.dumps(scores(REAL[0], POOLED)[0].content))
    content["decomposition"]["lead"][3]["score"] += 1
    wrong = [total.axis for total in sums(content) if not total.holds]
    assert wrong == ["lead"]
    content["decomposition"]["label"].pop()
    assert [total.axis for total in sums(content) if not total.holds] == ["lead", "label"]


def test_the_rest_is_what_is_left() -> None:
    found = [Part(str(k), 0.1, 10.0 * k) for k in range(10)]
    head, rest = heaviest(found, 4)
    assert [part.name for part in head] == ["0", "1", "2", "3"]
    assert rest is not None
    assert rest.share == pytest.approx(0.6)
    whole = sum(part.points for part in found)
    assert rest.points + sum(part.points for part in head) == pytest.approx(whole)
    assert heaviest(found, 10)[1] is None


def test_what_is_cut_or_foreign_is_left_out() -> None:
    broken = {"what": "cmrs", "rows": [3, {}, {"view": "random", "cmrs": {"score": None}}]}
    assert evaluations([broken, {}, {"what": "linear-probe"}]) == {}
    half = {
        "what": "cmrs",
        "dataset": "d",
        "task": "t",
        "rows": [{"method": "a", "view": "random", "cmrs": {"score": 5.0, "decomposition": {
            "lead": [{"name": "II"}, 3, {"name": "I", "share": 1.0}]}}}],
    }  # fmt: skip
    (one,) = scores(half, "random")
    assert (one.interval, one.auroc, one.title) == (None, None, "a")
    assert [part.name for part in parts(one.content, "lead")] == ["I"]
    assert axes(one.content) == ["lead"]
    assert comparisons(half, "cmrs", "random") == []


def test_small_evaluations_stand_behind_whole_ones() -> None:
    whole = next(r for r in REAL if r["what"] == "cmrs")
    limited = whole["configuration"] | {"limit": 8}
    trial = {**whole, "name": "a", "configuration": limited}
    (group,) = evaluations([trial, whole]).values()
    assert [result["name"] for result in group] == [whole["name"], "a"]


def test_counts_behind_p_and_labels() -> None:
    form = next(r for r in REAL if (r["dataset"], r["task"]) == ("ptbxl", "form"))
    assert few(form)["DIG"] == 2
    assert few(form)["STE"] == 0
    bare, least = least_p(form)
    assert bare == pytest.approx(2 / 1001)
    assert least == pytest.approx(15 * 2 / 1001)


def test_every_chart_is_a_file(tmp_path: Path) -> None:
    found = scores(REAL[0], "random")
    for chart in (
        charts.headline_chart(found), charts.scatter(found), charts.references_chart(found),
        charts.variants_chart(found),
    ):  # fmt: skip
        assert file_of(chart, "svg").startswith(b"<?xml")
        assert json.loads(file_of(chart, "json"))["table"]
    low = json.loads(file_of(charts.scatter(found), "json"))["table"][0]
    assert any(key.endswith("low") for key in low)


def test_what_is_asked_of_the_worker() -> None:
    result = next(r for r in REAL if r["task"] == "super" and r["what"] == "cmrs")
    content = scores(result, POOLED)[0].content
    asked = question(result, content, pooled_views(result), "00134")
    assert asked["views"] == ["random", "hard"]
    assert asked["labels"] == ["NORM", "MI", "STTC", "CD", "HYP"]


def everything(at: AppTest) -> str:
    """All text of a page that is HTML or words."""
    kinds = ("markdown", "html", "info", "warning", "title", "header", "subheader", "error")
    return " ".join(str(getattr(e, "value", None) or getattr(e, "body", "") or e.proto)
                    for kind in kinds for e in at.get(kind))  # fmt: skip


def test_page_opens_with_its_answer(open_page: Callable[..., AppTest]) -> None:
    at = open_page(PAGE)
    said = everything(at)
    low, high = row_of(shipped("cmrs"), "random")["cmrs"]["interval"]
    assert f"SCAR keeps {score_said('random')} of 100 points ({low:.1f}–{high:.1f})" in said
    floor = row_of(shipped("cmrs"), "random", "random")["cmrs"]["score"]
    assert f"random weights {floor:.1f}" in said
    assert "Adds up: the weights of 12 leads sum to 100.0000 %" in said
    assert at.query_params["view"] == "random"
    assert at.query_params["data"] == "ptbxl.super"


def test_link_chooses_data_view_method_and_breakdown(open_page: Callable[..., AppTest]) -> None:
    at = open_page(PAGE, data="ptbxl.form", view="pooled", method="merl", by="record")
    said = everything(at)
    assert "MERL, native loses" in said
    assert "sum of" not in said
    assert "74 records sum to 100.0000 %" in said.replace("\xa0", " ")
    assert "DIG (2)" in said


def test_link_with_nonsense_is_told(open_page: Callable[..., AppTest]) -> None:
    at = open_page(PAGE, data="nothing.at-all", view="sideways", by="moon")
    assert len([w for w in at.warning if "is not among the results" in w.value]) == 3


def store(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        shutil.copy(SHIPPED / name, folder)
    monkeypatch.setenv("SCAR_RESULTS", str(folder))
    return folder


def test_empty_store(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(monkeypatch, tmp_path / "results")
    at = open_page(PAGE)
    assert "No CMRS has been computed yet" in at.info[0].value
    assert at.code[0].value.startswith("python -m scar_core evaluate cmrs")
    monkeypatch.setenv("SCAR_RESULTS", str(tmp_path / "not" / "there"))
    assert "No CMRS has been computed yet" in open_page(PAGE).info[0].value


def test_damaged_files_are_told_and_the_rest_is_shown(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shipped_file("cmrs")
    folder = store(monkeypatch, tmp_path / "results", name)
    (folder / "cut.json").write_bytes((folder / name).read_bytes()[:5000])
    assert damaged(folder, stamp_of(folder)) == ["cut.json"]
    at = open_page(PAGE)
    assert "cut.json" in at.warning[0].value
    assert f"SCAR keeps {score_said('random')}" in everything(at)


def test_changed_numbers_are_told(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shipped_file("cmrs")
    folder = store(monkeypatch, tmp_path / "results", name)
    content = json.loads((folder / name).read_text())
    for row in content["rows"]:
        if row["view"] == "random":
            row["cmrs"]["decomposition"]["lead"][0]["share"] += 0.1
    (folder / name).write_text(json.dumps(content))
    assert "Does not add up by lead" in everything(open_page(PAGE))


def test_keys_that_are_missing_leave_the_rest(
    open_page: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(monkeypatch, tmp_path / "results")
    row = {"method": "scar", "view": "random", "cmrs": {"score": 50.0}}
    least = {"schema": 1, "name": "x", "what": "cmrs", "dataset": "d", "task": "t", "rows": [row]}
    (folder / "x.json").write_text(json.dumps(least))
    at = open_page(PAGE)
    assert "scar keeps 50.0 of 100 points" in everything(at)
    assert "does not say what its score is made of" in everything(at)


def test_worst_records_open_under_their_masks(
    open_page: Callable[..., AppTest],
    client: FakeClient,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    data = tmp_path / "ptbxl_zscored"
    data.mkdir()
    (data / "INDEX.csv").write_text("path\n")
    monkeypatch.setenv("SCAR_DATA", str(tmp_path))
    asked: list[dict[str, Any]] = []
    mask = {"view": "hard", "number": 2, "severity": 0.2, "impact": 0.25, "query": {"hide": "V1"}}

    def masks(**options: Any) -> dict[str, Any]:
        asked.append(options)
        return {"masks": [mask]}

    client.asks["masks"] = lambda *_, **options: masks(**options)
    at = open_page(PAGE)
    at.button[-1].click().run()
    assert not at.exception
    assert asked[0]["dataset"] == "ptbxl"
    assert asked[0]["views"] == ["random", "hard"]
    links = [str(link.proto) for link in at.get("page_link")]
    assert any("moves the reference by 0.250" in link and "hide=V1" in link for link in links)


def test_records_that_are_not_here_are_told(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCAR_DATA", str(tmp_path))
    at = open_page(PAGE)
    assert "are not on this machine" in at.info[0].value
    assert "data download ptbxl" in at.info[0].value


def test_report_holds_sentence_sums_and_hashes() -> None:
    from pages.ui.cmrs_report import report_of

    result = next(r for r in REAL if r["task"] == "super" and r["what"] == "cmrs")
    told = report_of(result, "random", scores(result, "random"), "scar").decode()
    said = f"SCAR keeps {score_said('random')} of 100"
    checkpoint = row_of(shipped("cmrs"), "random")["checkpoint"]
    for words in (said, "12 leads sum to 100.0000 %", checkpoint, "<svg"):
        assert words in told
    assert result["name"] in told
