"""The catalogue of datasets, and the roles that none of them may leave."""

import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest

from scar_core.datasets import dataset, dataset_names
from scar_core.datasets.base import SPLITS, Example, data_root, same_recordings, truth_of
from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS, findings_of
from tests.made import made_record

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
    try:
        examples = [e for split in spec.splits for e in spec.examples(real_ecg, split)]
    except DatasetError as error:
        pytest.skip(f"not at hand: {error}")
    assert len({example.name for example in examples}) == len(examples) > 50
    for example in examples:
        assert example.split in spec.splits and example.patient and example.path.is_file()
        assert example.positive <= ALL_CODES and example.negative <= ALL_CODES
        assert not example.positive & example.negative
        for task, labels in example.labels.items():
            assert task in spec.tasks and len(set(labels)) == len(labels)
            if name != "challenge":
                assert set(labels) <= set(spec.tasks[task])
        assert set(example.labels) == set(spec.tasks)
    record = examples[0].read()
    leads = {"cinc2017": 1, "mitbih": 2, "mitbih-beats": 2}.get(name, 12)
    assert record.n_leads == leads and record.duration_s >= (2 if name == "mitbih-beats" else 6)


@pytest.mark.parametrize("name", dataset_names())
def test_everything_is_said_of_a_dataset(name: str) -> None:
    spec = dataset(name)
    assert spec.size and spec.get and spec.how_split and spec.index
    assert spec.url.startswith("https://") or name in ("folder", "simulated")
    if spec.files:
        assert spec.files.startswith("https://") and spec.files.endswith("/")
        assert spec.get == f"python -m scar_core data download {name.partition('-')[0]}"
    for text in (spec.title, spec.size, spec.get, spec.how_split):
        assert text == text.strip()
    assert spec.labelled <= set(spec.tasks)


def test_no_test_patient_is_in_any_training_index(real_ecg: Path) -> None:
    """Within a dataset by patient; across datasets by the recordings that several of them hold."""
    learned, tested = list[Example](), list[Example]()
    for name in dataset_names():
        spec = dataset(name)
        try:
            by_split = {split: spec.examples(real_ecg, split) for split in spec.splits}
        except DatasetError:
            continue  # not at hand, or half of it; the protocol's tables have tests of their own
        fitted = [e for split in ("train", "val") for e in by_split.get(split, [])]
        test = by_split.get("test", [])
        assert not {e.patient for e in fitted} & {e.patient for e in test}, name
        train = {e.patient for e in by_split.get("train", [])}
        assert not train & {e.patient for e in by_split.get("val", [])}, name
        learned += fitted
        tested += test
    assert len(learned) > 5000 and len(tested) > 4000
    assert not same_recordings(learned, tested)


def test_the_same_recording_is_seen_in_two_datasets(real_ecg: Path) -> None:
    challenge = dataset("challenge").examples(real_ecg, "test")
    assert same_recordings(challenge, challenge[:3]) == {e.origin for e in challenge[:3]}
    assert not same_recordings(
        [replace(challenge[0], origin="")], [replace(challenge[0], origin="")]
    )


def test_examples_can_be_sent_to_other_processes(real_ecg: Path) -> None:
    example = dataset("mitbih").examples(real_ecg, "val")[1]
    again = pickle.loads(pickle.dumps(example))  # noqa: S301 - our own
    assert again == example and again.read().fingerprint() == example.read().fingerprint()


def test_an_opener_is_used_in_place_of_the_file() -> None:
    made = made_record()
    example = Example("a", Path("nowhere"), "a", "test", frozenset(), opener=lambda: made)
    assert example.read() is made


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
    assert positive == {"AVB1", "AVB", "HYP"}
    assert negative == {"CD", "NORM", "MI", "STTC"}  # it would have stated them
