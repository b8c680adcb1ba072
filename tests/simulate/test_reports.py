"""Reports name only what is true, in many wordings."""

import random
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scar_core.findings import FINDINGS, findings_of
from scar_core.simulate import report_text, simulate


def words(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - not for secrets


_DENIED = re.compile(r"\b(no|normal) [^.,;]*", re.IGNORECASE)


def false_names(text: str, true: frozenset[str]) -> list[str]:
    """Find phrases of findings that are not true, after striking out true phrases and denials."""
    left = text.lower()
    phrases = sorted((p.lower() for c in true for p in FINDINGS[c].wordings), key=len, reverse=True)
    for phrase in phrases:
        left = re.sub(rf"\b{re.escape(phrase)}\b", "#", left)
    left = left.replace("no previous ecg", "#")
    left = _DENIED.sub("#", left)
    return [
        code
        for code, finding in FINDINGS.items()
        if code not in true
        for phrase in finding.wordings
        if re.search(rf"\b{re.escape(phrase.lower())}\b", left)
    ]


def test_reports_of_simulated_records_have_no_false_findings() -> None:
    generator = torch.Generator().manual_seed(4)
    batch = simulate(600, generator=generator, rate_hz=100, seconds=5, with_evidence=False)
    for codes, report in zip(batch.findings, batch.reports, strict=True):
        assert report
        assert false_names(report, findings_of(codes)) == [], (codes, report)


@given(st.lists(st.sampled_from(sorted(FINDINGS)), min_size=1, max_size=5), st.integers(0, 10**6))
def test_reports_of_any_findings_have_no_false_findings(codes: list[str], seed: int) -> None:
    text = report_text(codes, words(seed))
    assert text
    assert false_names(text, findings_of(codes)) == []


def test_the_checker_can_fail() -> None:
    assert "CLBBB" in false_names("Sinus rhythm, left bundle branch block.", frozenset({"SR"}))


@given(st.integers(0, 10**6))
def test_denials_contradict_nothing(seed: int) -> None:
    text = report_text(["AMI", "ACUTEMI", "STE", "LAFB"], words(seed), deny=1.0).lower()
    for wrong in ("no st elevation", "no evidence of infarction", "normal axis", "no ischaemic"):
        assert wrong not in text


def test_wordings_vary_and_the_preferred_one_is_common() -> None:
    texts = [report_text(["AFIB"], words(seed), deny=0) for seed in range(300)]
    assert len(set(texts)) > 40
    assert sum("atrial fibrillation" in text.lower() for text in texts) > 100


def test_rates_are_stated_now_and_then() -> None:
    texts = [report_text(["SR"], words(seed), rate_bpm=71.6) for seed in range(200)]
    assert 10 < sum("72" in text for text in texts) < 80


def test_nothing_to_say_and_unknown_codes() -> None:
    assert report_text([], words(0), deny=0) == ""
    with pytest.raises(KeyError):
        report_text(["NOPE"], words(0))
