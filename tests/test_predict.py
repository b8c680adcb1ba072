"""From words on a command line to a scenario and prompts, and from an answer to lines."""

from dataclasses import replace
from pathlib import Path

import pytest

from scar_core.errors import ConfigError
from scar_core.missing import Scenario, Span
from scar_core.predict import answer_text, prompts_of, scenario_of
from scar_core.prediction import ClassScore, Importance, Prediction
from tests.made import made_record

ANSWER = Prediction(
    classes=(
        ClassScore("Sinus rhythm", "sinus rhythm", 0.1234, 0.25, True),
        ClassScore("AF", "atrial fibrillation", -0.5, 0.75, False),
    ),
    importance=Importance(
        ("I", "II", "V1"), 2.0, ((0.25, 0.0), (0.5, 0.246), (0.004, 0.0)), ((True, False),) * 3
    ),
    visible_share=0.5,
    method="scar",
    checkpoint="abc",
    notes=("Cropped.",),
)


def test_words_become_a_scenario() -> None:
    found = scenario_of(" v1, aVL,", ["II:2.0-4.5,V2:0-1", "*:3-4"], "ra", recover=True)
    assert found == Scenario(
        leads=("aVL", "V1"),
        electrodes=("RA",),
        spans=(Span("II", 2.0, 4.5), Span("V2", 0, 1), Span("*", 3, 4)),
        recover=True,
    )
    assert scenario_of("", [], "").is_empty


@pytest.mark.parametrize(
    ("leads", "spans", "electrodes", "sentence"),
    [
        ("V9", [], "", "Unknown lead 'V9'"),
        ("", ["II:x"], "", "Cannot read the span 'II:x'"),
        ("", ["II:5-2"], "", "A span on II from 5.0 to 2.0 s is none"),
        ("", [], "XX", "Unknown electrode 'XX'"),
    ],
)
def test_words_that_cannot_be_understood(
    leads: str, spans: list[str], electrodes: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        scenario_of(leads, spans, electrodes)


def test_prompts_of_a_file_a_task_or_nothing(tmp_path: Path) -> None:
    assert prompts_of(None, None) is None
    file = tmp_path / "p.txt"
    file.write_text("long QT\n")
    assert prompts_of(file, None) == {"long QT": "long QT"}
    assert list(prompts_of(None, "super") or ()) == ["NORM", "MI", "STTC", "CD", "HYP"]
    for task in ("sub", "form", "rhythm", "challenge"):
        assert len(prompts_of(None, task) or ()) > 10
    with pytest.raises(ConfigError, match="there is no task 'all'; choose one of: super, sub"):
        prompts_of(None, "all")


def test_an_answer_in_lines_most_probable_first() -> None:
    text = answer_text(made_record(), Scenario(leads=("V1", "V2", "V3")), ANSWER)
    assert text.splitlines() == [
        "made: V1–V3 hidden; 50% of it was read",
        "note: Cropped.",
        "",
        "finding       probability  similarity",
        "AF            ~      0.75      -0.500",
        "Sinus rhythm         0.25      +0.123",
        "~ approximate: too few validation records to calibrate this finding alone",
        "",
        "attention: II 75%, I 25%",
    ]


def test_an_answer_without_importance_or_with_nothing_visible() -> None:
    calibrated = replace(ANSWER, classes=ANSWER.classes[:1], importance=None, notes=())
    text = answer_text(made_record(), Scenario(), calibrated)
    assert "nothing hidden" in text and "attention" not in text and "~" not in text
    assert ANSWER.importance is not None
    blind = replace(ANSWER.importance, patches=((0.0, 0.0),) * 3)
    text = answer_text(made_record(), Scenario(), replace(ANSWER, importance=blind))
    assert text.endswith("attention: nothing was visible")


def test_where_nothing_is_visible_nothing_is_claimed() -> None:
    text = answer_text(made_record(), Scenario(), replace(ANSWER, visible_share=0.0))
    assert "nothing is visible" in text
    assert "Sinus rhythm" not in text
