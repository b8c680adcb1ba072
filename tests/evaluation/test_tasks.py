"""Labelled sets: whose truth they are, what validation has to serve, and what labels mean."""

from pathlib import Path

import numpy as np
import pytest

from scar_core.datasets import Example, dataset
from scar_core.errors import ConfigError, DatasetError
from scar_core.evaluation import tasks
from scar_core.evaluation.prompts import finding_of
from scar_core.evaluation.tasks import labelled_set, validation_set
from scar_core.findings import FINDINGS
from tests.evaluation.made import write_records


def test_abbreviations_are_the_datasets_own() -> None:
    assert finding_of("csn", "AF") == "AFLT" and finding_of("challenge", "AF") == "AFIB"
    assert finding_of("csn", "STE") is None and finding_of("ptbxl", "STE") == "STE"
    assert finding_of("", "AVB1") == "AVB1" and finding_of("", "1AVB") is None
    assert finding_of("mitbih", "N") is None
    codes = {finding_of(name, label) for name in ("csn", "cpsc2018", "code15", "challenge")
             for label in dataset(name).tasks["labels"]}  # fmt: skip
    assert codes - {None} <= set(FINDINGS)


def test_a_set_and_its_validation(tmp_path: Path) -> None:
    write_records(tmp_path, {"train": 4, "val": 8, "test": 12})
    of = labelled_set("ptbxl", "super", "test", tmp_path, limit=5)
    assert len(of.examples) == 5 and of.truth.shape == (5, 5)
    for row, example in zip(of.truth, of.examples, strict=True):
        assert [label for label, one in zip(of.labels, row, strict=True) if one] == [
            label for label in of.labels if label in example.labels["super"]
        ]
    held = validation_set(of, tmp_path)
    assert held.split == "val" and len(held.examples) == 8 and np.isfinite(held.truth).all()
    assert not {e.patient for e in held.examples} & {e.patient for e in of.examples}
    assert held.labels == of.labels and held.prompts == of.prompts


def test_prompts_can_be_given_and_are_lower_cased(tmp_path: Path) -> None:
    write_records(tmp_path, {"val": 2, "test": 4})
    texts = {label: f"Text of {label}" for label in ("NORM", "MI", "STTC", "CD", "HYP")}
    of = labelled_set("ptbxl", "super", "test", tmp_path, prompts=texts)
    assert of.prompts[1] == "text of mi"
    del texts["HYP"]
    with pytest.raises(ConfigError, match="the prompts name no text for HYP"):
        labelled_set("ptbxl", "super", "test", tmp_path, prompts=texts)


def test_findings_that_are_not_known_of_every_record_are_left_out(real_ecg: Path) -> None:
    of = labelled_set("ludb", "findings", "train", real_ecg)
    assert np.isfinite(of.truth).all() and of.truth.shape == (200, len(of.labels))
    assert {"AFIB", "LVH", "IRBBB"} <= set(of.labels)
    assert not {"MI", "STTC", "NORM"} & set(of.labels)  # some records leave these open
    with pytest.raises(DatasetError, match="does not say of every record"):
        labelled_set("georgia", "findings", "train", real_ecg)  # says only what is there


def test_a_set_without_validation_is_calibrated_on_what_findings_say(
    real_ecg: Path,
) -> None:
    of = labelled_set("challenge", "labels", "test", real_ecg)
    assert of.truth.shape == (124, len(dataset("challenge").tasks["labels"]))
    held = validation_set(of, real_ecg)
    assert held.origin == "ptbxl" and held.split == "val"
    column = of.labels.index("AF")
    for example, truth in zip(held.examples, held.truth[:, column], strict=True):
        assert truth == ("AFIB" in example.positive)
    unknown = [label for label, t in zip(of.labels, held.truth.T, strict=True) if np.isnan(t).all()]
    assert "STC" in unknown and "AF" not in unknown


def test_findings_are_a_task_where_all_of_them_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def example(name: str, positive: set[str]) -> Example:
        negative = frozenset(set(FINDINGS) - positive)
        return Example(name, Path("x"), name, "test", frozenset(positive), negative)

    made = [example("a", {"AFIB"}), example("b", {"SR", "NORM"})]
    monkeypatch.setattr(tasks, "_counted", lambda *_: made)
    of = labelled_set("simulated", "findings", "test")
    assert of.labels == tuple(FINDINGS) and of.truth.sum() == 3
    assert of.prompts[of.labels.index("AFIB")] == "atrial fibrillation"
    with pytest.raises(DatasetError, match="has no task 'other'; choose one of: findings"):
        labelled_set("simulated", "other", "test")
