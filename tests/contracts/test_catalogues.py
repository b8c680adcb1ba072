"""Contracts that every entry of a catalogue keeps, whoever adds it."""

from importlib import import_module

import pytest

from scar_core.datasets import dataset, dataset_names
from scar_core.datasets.base import DatasetSpec
from scar_core.findings import BY_SCP, BY_SNOMED, FINDINGS, Finding, findings_of
from scar_core.formats import Format, format_names
from scar_core.methods import method, method_names
from scar_core.methods.base import MethodSpec


@pytest.mark.parametrize("name", method_names())
def test_every_method_names_its_file(name: str) -> None:
    found = method(name)
    assert isinstance(found, MethodSpec)
    assert found.name == name


@pytest.mark.parametrize("name", dataset_names())
def test_every_dataset_names_its_file(name: str) -> None:
    found = dataset(name)
    assert isinstance(found, DatasetSpec)
    assert found.name == name
    assert found.licence


@pytest.mark.parametrize("name", format_names())
def test_every_format_names_its_file(name: str) -> None:
    found = import_module(f"scar_core.formats.{name}").FORMAT
    assert isinstance(found, Format)
    assert found.name == name
    assert found.title
    assert found.suffixes
    assert all(suffix.startswith(".") and suffix.islower() for suffix in found.suffixes)


@pytest.mark.parametrize("name", format_names())
def test_sniffing_never_fails(name: str) -> None:
    sniff = import_module(f"scar_core.formats.{name}").FORMAT.sniff
    for head in (b"", b"\0" * 4096, bytes(range(256)), b"<", b"\n" * 9, b"a 12", b"\xff\xfe<"):
        assert sniff(head, "a.b") is False


def test_no_catalogue_is_empty() -> None:
    assert method_names()
    assert dataset_names()
    assert format_names()


@pytest.mark.parametrize("finding", FINDINGS.values(), ids=FINDINGS)
def test_every_finding_implies_findings(finding: Finding) -> None:
    assert finding.code not in finding.implies
    assert findings_of([finding.code]) <= FINDINGS.keys()
    for broader in finding.implies:
        assert finding.code not in findings_of([broader]), "two findings imply each other"


def test_codes_of_other_vocabularies_are_unique() -> None:
    """A code in two rows would silently belong to the later one."""
    assert len(BY_SCP) == sum(len(finding.scp) for finding in FINDINGS.values())
    assert len(BY_SNOMED) == sum(len(finding.snomed) for finding in FINDINGS.values())
    assert all(code.isdigit() for code in BY_SNOMED)


def test_every_finding_can_be_named() -> None:
    preferred = [finding.phrases[0].lower() for finding in FINDINGS.values()]
    assert all(preferred)
    assert len(set(preferred)) == len(preferred)
