"""The catalogue of datasets, and the roles that none of them may leave."""

import re
from pathlib import Path

import pytest

from scar_core.datasets import dataset, dataset_names
from scar_core.datasets.base import SPLITS, data_root, truth_of
from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS, findings_of

ALL_CODES = frozenset(FINDINGS)


def test_the_folder_is_the_catalogue() -> None:
    assert set(dataset_names()) >= {"ptbxl", "ludb", "georgia", "challenge"}
    for name in dataset_names():
        spec = dataset(name)
        assert spec.name == name and spec.licence and spec.citation and spec.title
        assert set(spec.splits) <= set(SPLITS)
    with pytest.raises(DatasetError, match=re.escape("there is no dataset 'base'; choose one of")):
        dataset("base")


@pytest.mark.parametrize("name", dataset_names())
def test_a_folder_without_the_dataset_is_said_in_a_sentence(name: str, tmp_path: Path) -> None:
    spec = dataset(name)
    with pytest.raises(DatasetError, match="set SCAR_DATA or"):
        spec.examples(tmp_path, spec.splits[0])


@pytest.mark.parametrize("name", dataset_names())
def test_splits_that_a_dataset_lacks_are_refused(name: str, tmp_path: Path) -> None:
    spec = dataset(name)
    for split in {*SPLITS, "all"} - set(spec.splits):
        with pytest.raises(DatasetError, match=f"has no {split} split here"):
            spec.examples(tmp_path, split)


@pytest.mark.parametrize("name", dataset_names())
def test_real_examples_are_well_formed(name: str, real_ecg: Path) -> None:
    spec = dataset(name)
    examples = [e for split in spec.splits for e in spec.examples(real_ecg, split)]
    assert len({example.name for example in examples}) == len(examples) > 50
    for example in examples:
        assert example.split in spec.splits and example.patient and example.path.is_file()
        assert example.positive <= ALL_CODES and example.negative <= ALL_CODES
        assert not example.positive & example.negative
        for task, labels in example.labels.items():
            assert task in spec.tasks and len(set(labels)) == len(labels)
            if name != "challenge":
                assert set(labels) <= set(spec.tasks[task])
    record = examples[0].read()
    assert record.n_leads == 12 and record.duration_s >= 6


def test_examples_can_be_listed_from_the_folder_itself(real_ecg: Path) -> None:
    spec = dataset("challenge")
    inside = spec.examples(real_ecg / spec.folder, "test")
    assert inside == spec.examples(real_ecg, "test")


def test_data_root_is_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCAR_DATA", str(tmp_path))
    assert data_root() == tmp_path


def test_truth_is_closed_and_the_rest_of_what_was_looked_for_is_false() -> None:
    positive, negative = truth_of(["IMI"], ["IMI", "AMI", "MI", "SR"])
    assert positive == {"IMI", "MI"} and negative == {"AMI", "SR"}


def test_a_datasets_own_superclasses_win() -> None:
    """A block that the dataset does not count as a conduction disturbance is none there."""
    assert "CD" in findings_of(["AVB1"])
    positive, negative = truth_of(["AVB1"], ["AVB1", "CD", "HYP"], supers=["HYP"])
    assert positive == {"AVB1", "AVB", "HYP"} and negative == {"CD"}
