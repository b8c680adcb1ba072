"""The vocabulary: unambiguous, closed, and without circles."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scar_core.findings import BY_SCP, BY_SNOMED, FINDINGS, findings_of

codes = st.sets(st.sampled_from(sorted(FINDINGS)))


def test_every_code_is_its_own_key_and_implies_known_ones() -> None:
    for code, finding in FINDINGS.items():
        assert finding.code == code and finding.phrases and all(finding.phrases)
        assert set(finding.implies) <= FINDINGS.keys() - {code}
        assert finding.name[0].isupper() or not finding.name[0].isalpha()


def test_no_wording_and_no_foreign_code_stands_for_two_findings() -> None:
    for said in (
        [phrase.lower() for finding in FINDINGS.values() for phrase in finding.wordings],
        [code for finding in FINDINGS.values() for code in finding.scp],
        [code for finding in FINDINGS.values() for code in finding.snomed],
    ):
        assert [word for word, n in Counter(said).items() if n > 1] == []
    assert all(code in FINDINGS[ours].scp for code, ours in BY_SCP.items())
    assert all(code in FINDINGS[ours].snomed for code, ours in BY_SNOMED.items())


@given(codes, codes)
def test_closing_is_a_closure(one: set[str], two: set[str]) -> None:
    closed = findings_of(one)
    assert one <= closed and findings_of(closed) == closed
    assert findings_of(one | two) == closed | findings_of(two)
    slow = set(one)
    for _ in FINDINGS:
        slow |= {implied for code in slow for implied in FINDINGS[code].implies}
    assert closed == slow


def test_nothing_implies_itself() -> None:
    for code, finding in FINDINGS.items():
        assert code not in findings_of(finding.implies)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("IMI", {"IMI", "MI"}),
        ("ACUTEMI", {"ACUTEMI", "MI"}),
        ("AVB1", {"AVB1", "AVB", "CD"}),
        ("TINV", {"TINV", "TAB", "STTC"}),
        ("SVT", {"SVT", "SVARR", "TACHY"}),
        ("NORM", {"NORM"}),
    ],
)
def test_some_closures(code: str, expected: set[str]) -> None:
    assert findings_of([code]) == expected


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(KeyError):
        findings_of(["RBBB"])


def test_some_codes_of_other_vocabularies() -> None:
    assert BY_SCP["1AVB"] == "AVB1" and BY_SCP["CRBBB"] == "CRBBB" and BY_SCP["LAO/LAE"] == "LAE"
    assert BY_SNOMED["164889003"] == "AFIB" and BY_SNOMED["59118001"] == "CRBBB"
