"""Reports become clean English text."""

import csv
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scar_core.findings import BY_SNOMED
from scar_core.reports import (
    MAX_TOKENS,
    clean_report,
    count_tokens,
    mimic_report,
    statement_name,
    statements_text,
)
from scar_core.reports.coverage import measure_coverage
from scar_core.reports.german import FOREIGN, PHRASES

ROWS = [
    (
        "sinusrhythmus a-v block i lagetyp normal qrs(t) abnorm    anteroseptaler infarkt     "
        "alter unbest. 4.46                          unbestÄtigter bericht",
        "sinus rhythm. first degree av block. normal axis. abnormal qrs, anteroseptal infarction, "
        "age undetermined",
    ),
    (
        "vorhofflimmern/-flattern linkstyp st & t abnorm, wahrscheinlich    anteriore ischÄmie "
        "oder linksbelastung    hochlaterale ischÄmie oder linksbelastung 4.46        unbestÄ",
        "atrial fibrillation or flutter. left axis. abnormal st and t, probably anterior ischaemia "
        "or left ventricular strain, high lateral ischaemia or left ventricular strain",
    ),
    (
        "sinusrhythmus amplitudenkriterien f#r linkshypertrophie",
        "sinus rhythm. voltage criteria for left ventricular hypertrophy",
    ),
    (
        "sinusrytm vänster el-axel ospecifik t-förändring",
        "sinus rhythm. left axis. nonspecific t wave changes",
    ),
    (
        "sinus rhythm. T waves inverted in I,AVL. Edit: IMI 80, crbbb, (imi 100, crbbb, lafb)",
        "sinus rhythm. t waves inverted in i, avl.",
    ),
    ("q in iii (nicht signifikant) normales ekg", "q in iii (not significant). normal ecg"),
    ("", ""),
    (" \n..", ""),
]  # fmt: skip


@pytest.mark.parametrize(("stored", "clean"), ROWS)
def test_real_rows(stored: str, clean: str) -> None:
    assert clean_report(stored) == clean


fragments = st.sampled_from(
    [" ".join(way) for way in list(PHRASES)[::7]]
    + [
        "4.46   unbestätigter",
        "sinus rhythm.",
        "edit:",
        "    ",
        "V1-3",
        ",",
        ".",
        "#",
        "(",
        "Ä",
        ";",
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(fragments, max_size=60).map(" ".join)))
@example("alter    unbest. #ber")
@settings(max_examples=150, deadline=None)
def test_cleaning_is_idempotent_lower_case_and_bounded(text: str) -> None:
    clean = clean_report(text)
    assert clean_report(clean) == clean
    assert clean == clean.lower()
    assert count_tokens(clean) <= MAX_TOKENS
    assert clean == " ".join(clean.split())


def test_the_limit_counts_words_and_marks() -> None:
    assert count_tokens("st-t changes.") == 5
    assert count_tokens(clean_report("word, " * 200)) <= MAX_TOKENS
    assert clean_report("a " * 200) == " ".join("a" * MAX_TOKENS)


def test_english_is_left_alone() -> None:
    """No English of the tables is taken for German again."""
    for english in set(PHRASES.values()):
        plain = english.lstrip("| ")
        assert clean_report(plain) == plain


@cache
def stored_reports(folder: Path) -> tuple[str, ...]:
    with (folder / "ptbxl" / "ptbxl_database_form.csv").open(encoding="utf-8", newline="") as rows:
        return tuple(row["report"] for row in csv.DictReader(rows))


def test_coverage_of_the_stored_reports(real_ecg: Path) -> None:
    reports = stored_reports(real_ecg)[::15]
    found = measure_coverage(reports)
    assert found.reports == len(reports)
    assert 0.5 < found.foreign / found.reports < 0.75
    assert found.translated / found.foreign > 0.9
    assert found.words_translated / found.words > 0.975
    assert found.longest <= MAX_TOKENS
    for report in reports:
        clean = clean_report(report)
        assert clean_report(clean) == clean
        assert "sinusrhythmus" not in clean
        assert "best" not in clean.split()
        assert "edit" not in clean.split()


def test_coverage_tells_unknown_words() -> None:
    found = measure_coverage(["sinus rhythm", "sinusrhythmus quakig", "sinusrhythmus"])
    assert (found.foreign, found.translated) == (2, 1)
    assert found.unknown == (("quakig", 1),)
    assert "sinusrhythmus" in FOREIGN


def test_mimic_statements_are_joined_in_order() -> None:
    row = {"report_10": "Abnormal ECG", "report_0": "Sinus rhythm", "report_1": "", "x": "y"}
    row |= {"report_2": "Left axis deviation.", "report_3": "Sinus rhythm"}
    assert mimic_report(row) == "sinus rhythm. left axis deviation. abnormal ecg"
    assert mimic_report({}) == ""


def test_statement_names() -> None:
    assert statement_name("IMI", "scp") == "inferior myocardial infarction"
    assert statement_name("NST", "scp") == statement_name("NST_", "scp")
    assert statement_name("164889003", "snomed") == "atrial fibrillation"
    assert statement_name("161", "aha") == "inferior myocardial infarction"
    assert statement_name("no", "aha") is None
    assert statements_text(["SR", "IMI", "?", "SR"], "scp") == (
        "sinus rhythm. inferior myocardial infarction"
    )
    assert all(statement_name(code, "snomed") for code in BY_SNOMED)


def test_every_scp_statement_of_the_source_has_a_name(real_ecg: Path) -> None:
    with (real_ecg / "ptbxl" / "scp_statements.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 71
    for row in rows:
        assert statement_name(row[""], "scp")
        if row["AHA code"]:
            assert statement_name(row["AHA code"], "aha")
