"""Labels for classifiers: the datasets' own, and the Challenge's by way of findings."""

import math

import torch

from scar_core.datasets import dataset
from scar_core.findings import FINDINGS, findings_of
from scar_core.training.labels import (
    CHALLENGE,
    CODES,
    challenge_findings,
    class_tasks,
    forget_one_sided,
    label_rows,
    truth_row,
)

NAN = math.nan


def test_the_tasks_are_those_of_the_datasets() -> None:
    tasks = class_tasks()
    assert set(tasks) == {"super", "sub", "form", "rhythm", "challenge"}
    assert tasks["challenge"] == dataset("challenge").tasks["labels"]
    assert [len(tasks[name]) for name in ("super", "sub", "form", "rhythm")] == [5, 23, 19, 12]


def test_every_challenge_label_is_a_finding() -> None:
    found = challenge_findings()
    assert set(found) == set(class_tasks()[CHALLENGE])
    assert all(codes <= FINDINGS.keys() for codes in found.values())
    assert found["AF"] == {"AFIB"} and found["RBBB"] == {"CRBBB"} and found["IAVB"] == {"AVB1"}


def test_a_judged_task_names_all_that_is_there() -> None:
    truth = torch.tensor([truth_row((), ())] * 3)
    labels: list[dict[str, tuple[str, ...]]] = [
        {"super": ("MI", "CD")},
        {"super": ()},
        {"rhythm": ("SR",)},
    ]
    rows = label_rows(truth, labels, {"super": ("NORM", "MI", "CD")})
    assert set(rows) == {"super"}
    assert rows["super"][:2].tolist() == [[0, 1, 1], [0, 0, 0]]
    assert rows["super"][2].isnan().all()


def test_challenge_labels_follow_from_what_is_known() -> None:
    positive = findings_of({"AFIB", "LAFB"})
    truth = torch.tensor([truth_row(positive, {"SR", "PVC"}), truth_row((), ())])
    labels = class_tasks()[CHALLENGE]
    rows = label_rows(truth, [{}, {}], {CHALLENGE: labels})[CHALLENGE]
    told = dict(zip(labels, rows[0].tolist(), strict=True))
    assert told["AF"] == 1 and told["SR"] == 0 and told["PVC"] == 0
    assert math.isnan(told["LQT"]) and rows[1].isnan().all()
    for label, codes in challenge_findings().items():
        values = [truth[0, CODES.index(code)].item() for code in codes]
        if any(value == 1 for value in values):
            assert told[label] == 1
        elif all(value == 0 for value in values):
            assert told[label] == 0
        else:
            assert math.isnan(told[label])


def test_labels_that_are_only_ever_affirmed_are_forgotten() -> None:
    one = torch.tensor([[1.0, 1.0, 0.0], [NAN, 1.0, 0.0]])
    two = torch.tensor([[0.0, NAN, 0.0]])
    forget_one_sided([one, two])
    assert one[:, 0].tolist()[0] == 1.0 and two[0, 0] == 0.0
    assert one[:, 1:].isnan().all() and two[:, 1:].isnan().all()
