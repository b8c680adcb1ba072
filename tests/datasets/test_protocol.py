"""Our labels and splits are the community's, row by row, in all 18 tables.

From the raw labels: all rows of CPSC2018 (its reference table), all rows of PTB-XL's form tables
and the same records' rows of the other nine (its published statements), and the CSN records of the
Challenge selection (their headers). The rest of PTB-XL through made statements, one a label, and
the rest of CSN through the acronyms that its tables hold.
"""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from scar_core.datasets import DatasetSpec, Example, dataset
from scar_core.datasets._splits import held_out, protocol_split
from scar_core.datasets.base import SUBSET
from scar_core.datasets.csn import LABELS, labels_of
from scar_core.errors import DatasetError
from tests.datasets import protocol
from tests.datasets.protocol import SETS, SPLITS

PTBXL = [table for table, (name, _) in SETS.items() if name == "ptbxl"]


def listed(spec: DatasetSpec, folder: Path) -> list[Example]:
    """All examples, those that are only tested on among them, wherever their files are."""
    return spec.list_examples(folder)


@pytest.fixture(scope="module")
def made_ptbxl(
    merl_splits: Path, real_ecg: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Example]:
    folder = tmp_path_factory.mktemp("ptbxl")
    protocol.write_ptbxl(merl_splits, real_ecg / "ptbxl" / "scp_statements.csv", folder)
    return listed(dataset("ptbxl"), folder)


@pytest.fixture(scope="module")
def raw_ptbxl(real_ecg: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    """The 8,988 rows of 1.0.1 that are at hand: all that state a form."""
    folder = tmp_path_factory.mktemp("raw")
    source = real_ecg / "ptbxl"
    shutil.copyfile(source / "scp_statements.csv", folder / "scp_statements.csv")
    shutil.copyfile(source / "ptbxl_database_form.csv", folder / "ptbxl_database.csv")
    return listed(dataset("ptbxl"), folder)


@pytest.fixture(scope="module")
def raw_cpsc(real_ecg: Path) -> list[Example]:
    return listed(dataset("cpsc2018"), real_ecg / "cpsc2018_raw")


def differing(rows: list[protocol.Row], ours: dict[str, Example], task: str) -> set[str]:
    """Names of the rows that we list with other labels or another patient."""
    return {
        row.name
        for row in rows
        if row.name in ours
        and (set(ours[row.name].labels[task]), ours[row.name].patient)
        != (set(row.labels), row.patient)
    }


@pytest.mark.parametrize("table", SETS)
def test_the_labels_have_the_protocols_names(table: str, merl_splits: Path) -> None:
    name, task = SETS[table]
    assert set(dataset(name).tasks[task]) == protocol.label_names(merl_splits, table)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("table", PTBXL)
def test_ptbxl_row_by_row(
    table: str, split: str, merl_splits: Path, made_ptbxl: list[Example]
) -> None:
    task = SETS[table][1]
    rows = protocol.read(merl_splits, table, split)
    ours = [e for e in made_ptbxl if e.split == split and e.labels[task]]
    assert [example.name for example in ours] == [row.name for row in rows]
    assert not differing(rows, {example.name: example for example in ours}, task)


RAW_ROWS = {
    "ptbxl_form": (7197, 901, 880),  # all that there are
    "ptbxl_super_class": (7163, 896, 879),
    "ptbxl_sub_class": (7163, 896, 879),
    "ptbxl_rhythm": (6988, 874, 853),
}
"""Rows of each table whose published statements are at hand."""
REVISED = {"03799", "09822"}
"""Statements withdrawn after 1.0.1 (an infarction, a block); the protocol is of 1.0.3."""


@pytest.mark.parametrize("table", PTBXL)
def test_ptbxl_from_its_published_statements(
    table: str, merl_splits: Path, raw_ptbxl: list[Example]
) -> None:
    task = SETS[table][1]
    counts, other = [], set[str]()
    for split in SPLITS:
        rows = protocol.read(merl_splits, table, split)
        ours = {e.name: e for e in raw_ptbxl if e.labels[task] and e.split == split}
        counts.append(sum(row.name in ours for row in rows))
        other |= differing(rows, ours, task)
    assert tuple(counts) == RAW_ROWS[table]
    assert other == (REVISED if task in ("super", "sub") else set())


def test_ptbxl_index_has_the_protocols_labels(merl_splits: Path, real_ecg: Path) -> None:
    spec = dataset("ptbxl")
    ours = {e.name: e for e in listed(spec, real_ecg / "ptbxl_zscored")}
    for table in PTBXL:
        for split in SPLITS:
            rows = protocol.read(merl_splits, table, split)
            assert not differing(rows, ours, SETS[table][1])


@pytest.mark.parametrize("split", SPLITS)
def test_cpsc2018_row_by_row(split: str, merl_splits: Path, raw_cpsc: list[Example]) -> None:
    rows = protocol.read(merl_splits, "icbeb", split)
    ours = {example.name: example for example in raw_cpsc if example.split == split}
    assert ours.keys() == {row.name for row in rows}
    assert not differing(rows, ours, "labels")


@pytest.mark.parametrize("split", SPLITS)
def test_csn_row_by_row(split: str, merl_splits: Path) -> None:
    rows = protocol.read(merl_splits, "chapman", split)
    of_split = {n for n, of in protocol_split("csn", "JS{:05d}").items() if of == split}
    assert of_split == {row.name for row in rows} and len(rows) == len(of_split)
    for row in rows:
        acronyms = tuple(row.cells["diagnose"].split(","))
        assert set(labels_of(acronyms, exact=False)) == set(row.labels), row.name


def test_csn_from_its_headers(merl_splits: Path, real_ecg: Path) -> None:
    folder = real_ecg / "cinc2021" / "chapman_shaoxing_ningbo"
    there = {path.stem for path in folder.glob("*.hea")}
    for name, exact in (("csn", False), ("csn-exact", True)):
        ours = {e.name: e for e in listed(dataset(name), folder) if e.name in there}
        assert len(ours) == 20
        for split in SPLITS:
            for row in protocol.read(merl_splits, "chapman", split):
                if row.name in ours:
                    said = ours[row.name].labels["labels"]
                    acronyms = row.cells["diagnose"].split(",")
                    slow = [label for label in LABELS if label in acronyms]
                    assert set(said) == (set(slow) if exact else set(row.labels))
                    assert ours[row.name].split == split


def test_the_labels_that_parts_of_words_made(merl_splits: Path) -> None:
    facts = merl_splits.parent / "csn_substring_label_artefact.json"
    if not facts.is_file():
        pytest.skip(f"no counts of the published labels: {facts} is not there")
    counts = json.loads(facts.read_text(encoding="utf-8"))["counts"]
    for split in SPLITS:
        exact, published = Counter[str](), Counter[str]()
        for row in protocol.read(merl_splits, "chapman", split):
            acronyms = tuple(row.cells["diagnose"].split(","))
            exact.update(labels_of(acronyms, exact=True))
            published.update(labels_of(acronyms, exact=False))
        for label, fact in counts[split].items():
            assert (published[label], exact[label]) == (fact["csv"], fact["exact_token"])
        others = set(LABELS) - set(counts[split])
        assert all(published[label] == exact[label] for label in others)


@pytest.mark.parametrize("table", SETS)
def test_no_patient_of_the_tables_is_in_two_splits(table: str, merl_splits: Path) -> None:
    patients = [
        {row.patient for row in protocol.read(merl_splits, table, split)} for split in SPLITS
    ]
    assert sum(map(len, patients)) == len(set().union(*patients))


@pytest.mark.parametrize("name", ["ptbxl", "cpsc2018", "csn"])
def test_no_patient_of_ours_is_in_two_splits(
    name: str, real_ecg: Path, request: pytest.FixtureRequest
) -> None:
    everything: Callable[[], list[Example]] = {
        "ptbxl": lambda: request.getfixturevalue("made_ptbxl"),
        "cpsc2018": lambda: request.getfixturevalue("raw_cpsc"),
        "csn": lambda: listed(dataset("csn"), real_ecg / "ludb"),  # no header: names alone
    }[name]
    patients = {split: {e.patient for e in everything() if e.split == split} for split in SPLITS}
    assert all(patients.values())
    assert sum(map(len, patients.values())) == len(set().union(*patients.values()))


def test_the_recordings_that_are_only_tested_on(real_ecg: Path) -> None:
    assert held_out() == {e.origin for e in dataset("challenge").examples(real_ecg, "test")}
    with (real_ecg / "cinc2021" / "INDEX.csv").open(newline="") as stream:
        assert {origin.rpartition("/")[2].zfill(5) for origin in held_out()} == {
            row["record"].removeprefix("HR").zfill(5) for row in csv.DictReader(stream)
        }


@pytest.mark.parametrize("name", ["ptbxl", "cpsc2018", "csn"])
def test_they_are_in_no_training_or_validation_split(
    name: str, real_ecg: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whatever the published split says; of PTB-XL, all recordings of their patients."""
    spec = dataset(name)
    whole: list[Example] = (
        request.getfixturevalue("made_ptbxl")
        if name == "ptbxl"
        else listed(spec, real_ecg / "cpsc2018_raw")
    )
    patients = {e.patient for e in whole if e.origin in held_out()}
    assert patients
    (tmp_path / SUBSET).write_text("{}")
    (tmp_path / spec.index[0]).touch()
    wanted = Counter(e.split for e in whole if e.split == "test" or e.patient not in patients)
    for split in SPLITS:
        kept = _as_if_there(spec, whole, split)
        assert len(kept) == wanted[split]
        if split != "test":
            assert not {e.patient for e in kept} & patients


def _as_if_there(spec: DatasetSpec, whole: list[Example], split: str) -> list[Example]:
    """What ``examples`` keeps of a split when every file is there."""
    from dataclasses import replace

    here = Path(__file__)
    there = [replace(example, path=here) for example in whole]
    return replace(spec, list_examples=lambda _: there, index=(here.name,)).examples(
        here.parent, split
    )


def test_half_a_dataset_is_said_so(real_ecg: Path) -> None:
    sentence = r"is incomplete: the files of 4941 of 4943 train examples are missing, .*to get"
    with pytest.raises(DatasetError, match=sentence):
        dataset("cpsc2018").examples(real_ecg, "train")
