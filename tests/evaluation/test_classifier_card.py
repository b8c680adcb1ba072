"""Shipping a classifier: its figures against scikit-learn's, its card, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from scar_core.datasets import Example
from scar_core.datasets.base import DatasetSpec
from scar_core.errors import CheckpointError
from scar_core.evaluation import classifier_card as module
from scar_core.evaluation.card import promote
from scar_core.evaluation.classifier_card import classify, evaluate_classifier
from scar_core.methods import method
from scar_core.methods.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from scar_core.settings import to_mapping
from tests.methods.made import SETTINGS, contract_of, tiny
from tests.training.made import MadeExample, tiny_config

TASKS = {"super": ["NORM", "MI"], "challenge": ["SR", "AF", "PVC"]}


def examples(split: str, task: str, names: list[str]) -> list[Example]:
    return [
        MadeExample(
            name=str(number + (100 if split == "val" else 0)),
            path=Path("nowhere"),
            patient=f"p{number // 2}",
            split=split,
            positive=frozenset(),
            labels={task: tuple(names[i] for i in range(len(names)) if (number >> i) & 1)},
        )
        for number in range(40)
    ]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    changes = {**SETTINGS["xresnet"], "tasks": TASKS}
    model = tiny("xresnet", tasks=TASKS)
    for head in model.heads.values():  # type: ignore[operator]
        torch.nn.init.normal_(head.weight)
    save_checkpoint(
        tmp_path / "run", name="xresnet", settings=method("xresnet").configure(changes),
        contract=contract_of("xresnet"), tokenizer="", weights=model.state_dict(),
        origin={"steps": 9, "seed": 2, "data": "ptbxl:1,ludb:1", "commit": "abc",
                "training": to_mapping(tiny_config())},
    )  # fmt: skip
    listed = {
        ("ptbxl", "val"): examples("val", "super", TASKS["super"]),
        ("ptbxl", "test"): examples("test", "super", TASKS["super"]),
        ("challenge", "test"): examples("test", "labels", TASKS["challenge"]),
    }

    def listing(self: DatasetSpec, root: Path | None, split: str) -> list[Example]:
        return listed[self.name, split]

    monkeypatch.setattr(DatasetSpec, "examples", listing)
    return tmp_path / "run"


def test_figures_are_those_of_each_label(run: Path) -> None:
    checkpoint = load_checkpoint(run)
    found = evaluate_classifier(checkpoint, "test")
    assert [(one.name, one.task, one.source) for one, _, _ in found] == [
        ("ptbxl", "super", "in-source"), ("challenge", "labels", "cross-source"),
    ]  # fmt: skip
    for (_, ranking, error), head in zip(found, ("super", "challenge"), strict=True):
        task = "super" if head == "super" else "labels"
        records = examples("test", task, TASKS[head])
        logits = classify(checkpoint, records)[head]
        for column, label in enumerate(TASKS[head]):
            truth = np.array([label in one.labels[task] for one in records])
            expected = roc_auc_score(truth, logits[:, column])
            assert ranking.per_label[label] == pytest.approx(expected)
        assert ranking.records == 40 and 0 <= error <= 1
    assert [one.split for one, _, _ in evaluate_classifier(checkpoint, "val")] == ["val"]


def test_records_are_classified_alike_alone_and_together(run: Path) -> None:
    checkpoint, records = load_checkpoint(run), examples("test", "super", TASKS["super"])
    together = classify(checkpoint, records)["super"]
    alone = classify(checkpoint, records[35:36])["super"]
    assert together.shape == (40, 2)
    np.testing.assert_allclose(together[35:36], alone, rtol=1e-4, atol=1e-5)


def test_a_promoted_classifier_is_copied_with_a_card(run: Path, tmp_path: Path) -> None:
    (run / "state.pt").write_bytes(b"x")
    text = promote(run, tmp_path / "shipped")
    names = {file.name for file in (tmp_path / "shipped").iterdir()}
    assert names == {"config.json", "model.safetensors", "README.md"}
    assert (tmp_path / "shipped" / "README.md").read_text() == text
    loaded = load_checkpoint(tmp_path / "shipped")
    for said in (
        loaded.digest, "xresnet1d", "| seed | 2 |", "9 × 6", "50 Hz, 4 s", "in-source",
        "cross-source", "Lobachevsky University Database", "Not a medical device", "ECE",
    ):  # fmt: skip
        assert said in text, said
    promote(tmp_path / "shipped", tmp_path / "shipped")  # onto itself


def test_what_does_not_load_replaces_nothing(run: Path, tmp_path: Path) -> None:
    promote(run, tmp_path / "shipped")
    before = {file.name: file.read_bytes() for file in (tmp_path / "shipped").iterdir()}
    (run / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(CheckpointError):
        promote(run, tmp_path / "shipped")
    after = {file.name: file.read_bytes() for file in (tmp_path / "shipped").iterdir()}
    assert after == before


def test_only_classifiers_classify(run: Path) -> None:
    model = tiny("merl")
    checkpoint = Checkpoint("merl", model, "", {}, {}, "0")  # type: ignore[arg-type]
    with pytest.raises(CheckpointError, match="answers prompts"):
        module.classify(checkpoint, examples("test", "super", ["NORM"]))
