"""Guided cases: the answer is the worker's, the quiz counts the first one, links are honest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import lesson_answers
from pages.ui.lesson_answers import cmrs_outcome, compared, rivals, searched
from pages.ui.lessons import LESSONS
from pages.ui.text import learn as text
from scar_core.findings import FINDINGS
from tests.app.fake_worker import FakeClient
from tests.app.records import make_gallery, make_record, write_wfdb

PAGE = "pages/9_Learn.py"
Open = Callable[..., AppTest]
BY_KEY = {lesson.key: lesson for lesson in LESSONS}


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gallery with every case that a lesson names."""
    from pages.ui import inputs

    folder = tmp_path / "gallery"
    make_gallery(folder)
    rows = []
    for name in sorted({lesson.case for lesson in LESSONS if lesson.case}):
        write_wfdb(folder, name, make_record(name))
        rows.append({"name": name, "title": name, "file": f"{name}.hea", "findings": []})
    import json

    (folder / "index.json").write_text(json.dumps(rows))
    monkeypatch.setattr(inputs.gallery_cases, "__defaults__", (folder,))
    return folder


def html(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def worst(_record: Any, _scenario: Any, **_options: Any) -> dict[str, Any]:
    return {
        "checked": 0.3,
        "random": {"count": 1000, "mean": 0.01, "worst": 0.1},
        "scenario": {"leads": ["II"]},
    }


def test_lessons_name_findings_and_cases_that_exist() -> None:
    from pages.ui.inputs import GALLERY, gallery_cases

    shipped = {case.key.removeprefix("gallery:"): case for case in gallery_cases(GALLERY)}
    assert len(LESSONS) == 6
    for lesson in LESSONS:
        if not lesson.case:
            continue
        assert lesson.finding in FINDINGS
        assert lesson.finding in shipped[lesson.case].findings
        assert all(0 <= place < len(lesson.options) for place in lesson.expected)


def test_right_is_what_the_worker_answers() -> None:
    lesson = BY_KEY["rbbb"]
    outcome = compared(lesson, make_record(), FakeClient())
    values = [row.value for row in outcome.rows[1:4]]
    assert outcome.right == (values.index(min(values)),)
    assert outcome.rows[0].name == text.ALONE
    assert outcome.rows[2].query == {
        "record": "gallery:right-bundle-branch-block",
        "hide": "V1,V2,V3",
    }
    assert f"{min(values):.2f}" in outcome.sentences[0]


def test_an_answer_against_the_textbook_is_said() -> None:
    lesson = BY_KEY["fibrillation"]
    outcome = compared(lesson, make_record(), FakeClient())
    agrees = bool(set(outcome.right) & set(lesson.expected))
    assert (text.AS_EXPECTED in outcome.sentences) == agrees
    assert any("textbook would" in said for said in outcome.sentences) != agrees


@pytest.mark.parametrize(("fall", "right"), [(0.1, 0), (0.2, 1), (0.31, 2)])
def test_hard_masks_are_judged_by_ratio(fall: float, right: int) -> None:
    client = FakeClient()
    client.asks["worst"] = lambda *a, **k: worst(*a, **k) | {"checked": fall}
    outcome = searched(BY_KEY["masks"], make_record(), client)
    assert outcome.right == (right,)
    assert outcome.rows[-1].query is not None
    assert outcome.rows[-1].query["hide"] == "II"


def scored(method: str, full: float, score: float, interval: list[float]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"method": method, "title": method, "view": "full", "macro_auroc": full},
        {"method": method, "title": method, "view": "hard", "macro_auroc": full - 0.1},
    ]
    rows[1]["cmrs"] = {"score": score, "interval": interval}
    return rows


def test_cmrs_compares_the_closest_two_and_honours_intervals() -> None:
    rows = scored("a", 0.8, 20, [15, 25]) + scored("b", 0.81, 5, [2, 8])
    rows += scored("c", 0.6, 50, [40, 60])
    pair = rivals([{"what": "cmrs", "dataset": "d", "dataset_title": "D", "rows": rows}])
    assert pair is not None
    assert [pair[1].title, pair[2].title] == ["a", "b"]
    assert cmrs_outcome(pair).right == (0,)
    near = rivals(
        [{"what": "cmrs", "dataset": "d", "rows": scored("a", 0.8, 6, [1, 9]) + rows[2:4]}]
    )
    assert cmrs_outcome(near).right == (2,)
    assert rivals([]) is None


@pytest.mark.parametrize("lesson", [one.key for one in LESSONS])
def test_every_lesson_reveals_an_answer(open_page: Open, client: FakeClient, lesson: str) -> None:
    client.asks["worst"] = worst
    at = open_page(PAGE, case=lesson)
    assert "class='sentence'" not in html(at)
    at.button(key=f"show {lesson}").click().run()
    assert not at.exception
    assert "class='sentence'" in html(at)
    assert "class='bars lesson'" in html(at)


def test_a_quiz_counts_the_first_answer(open_page: Open) -> None:
    at = open_page(PAGE, case="rbbb", mode="quiz")
    assert at.button(key="show rbbb").disabled
    at.radio(key="choice rbbb True False").set_value(1).run()
    at.button(key="show rbbb").click().run()
    assert not at.exception
    right, answered = ("1", "1") if text.RIGHT in html(at) else ("0", "1")
    assert f"{right} of {answered} right" in html(at)
    assert at.radio(key="choice rbbb True True").disabled
    at.radio(key="lesson").set_value("electrode").run()
    assert at.query_params["case"] in ("electrode", ["electrode"])
    assert f"{right} of {answered} right" in html(at)


@pytest.mark.parametrize("query", [{"case": "none"}, {"mode": "exam"}])
def test_a_bad_link_is_said(open_page: Open, query: dict[str, str]) -> None:
    at = open_page(PAGE, **query)
    assert len(at.warning) == 1
    assert "passed over" in at.warning[0].value


def test_worker_down_is_said(open_page: Open, client: FakeClient) -> None:
    client.down = True
    at = open_page(PAGE)
    at.button(key="show rbbb").click().run()
    assert "No answers can be computed" in at.warning[0].value


def test_without_results_the_last_case_says_so(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesson_answers, "read_results", lambda: [])
    at = open_page(PAGE, case="cmrs")
    assert any(text.NO_RESULTS in element.value for element in at.markdown)
