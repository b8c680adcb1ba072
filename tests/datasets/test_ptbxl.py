"""PTB-XL: splits by patient, and its labels as they are."""

from collections import Counter
from pathlib import Path

import pytest

from scar_core.datasets import Example, dataset
from scar_core.datasets.base import SPLITS
from scar_core.datasets.ptbxl import FORM, RHYTHM, SUB, SUPER


@pytest.fixture(scope="module")
def splits(real_ecg: Path) -> dict[str, list[Example]]:
    return {split: dataset("ptbxl").examples(real_ecg, split) for split in SPLITS}


def test_no_patient_is_in_two_splits(splits: dict[str, list[Example]]) -> None:
    patients = [{example.patient for example in examples} for examples in splits.values()]
    assert [len(examples) for examples in splits.values()] == [1277, 158, 183]
    assert sum(map(len, patients)) == len(set().union(*patients))


def test_test_labels_are_counted_as_in_the_index(splits: dict[str, list[Example]]) -> None:
    supers = Counter(label for e in splits["test"] for label in e.labels["super"])
    assert supers == {"NORM": 101, "STTC": 50, "CD": 39, "MI": 22, "HYP": 14}
    others = Counter(label for e in splits["test"] for label in e.labels["labels"])
    assert {label: others[label] for label in ("SR", "NDT", "LAFB/LPFB", "ISCI", "LPR")} == {
        "SR": 149, "NDT": 21, "LAFB/LPFB": 10, "ISCI": 6, "LPR": 5,
    }  # fmt: skip
    assert sum(count >= 5 for count in others.values()) == 24


def test_labels_of_the_other_tasks_together(splits: dict[str, list[Example]]) -> None:
    for example in splits["val"]:
        labels = example.labels
        together = set(labels["sub"]) | set(labels["form"]) | set(labels["rhythm"])
        assert set(labels["labels"]) == together and len(labels["labels"]) == len(together)
        assert not set(labels["sub"]) - set(SUB) and not set(labels["form"]) - set(FORM)
        assert not set(labels["rhythm"]) - set(RHYTHM)


def test_superclasses_are_the_datasets_own(splits: dict[str, list[Example]]) -> None:
    for example in splits["train"]:
        assert example.positive & set(SUPER) == set(example.labels["super"])


def test_some_rows_by_hand(splits: dict[str, list[Example]]) -> None:
    by_name = {example.name: example for example in splits["train"] + splits["val"]}
    normal = by_name["00024"]
    assert normal.patient == "9012" and normal.positive == {"NORM", "SR"}
    assert {"AFIB", "CLBBB", "IMI", "LVH"} <= normal.negative and "LPFB" not in normal.negative
    assert by_name["00043"].split == "val"
