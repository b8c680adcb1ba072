"""Contracts that every entry of a catalogue keeps, whoever adds it."""

from importlib import import_module

import pytest

from scar_core.catalog import names_in
from scar_core.datasets import dataset, dataset_names
from scar_core.datasets.base import DatasetSpec
from scar_core.findings import BY_SCP, BY_SNOMED, FINDINGS, Finding, findings_of
from scar_core.formats._source import RecordFormat
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


@pytest.mark.parametrize("name", names_in("scar_core.formats"))
def test_every_format_names_its_file(name: str) -> None:
    """A format's name is what people read: its first word is the file."""
    found = import_module(f"scar_core.formats.{name}").FORMAT
    assert isinstance(found, RecordFormat)
    assert found.name.split()[0].lower() == name
    assert found.suffixes
    assert all(suffix.startswith(".") and suffix.islower() for suffix in found.suffixes)


def test_no_catalogue_is_empty() -> None:
    assert method_names()
    assert dataset_names()
    assert names_in("scar_core.formats")


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
