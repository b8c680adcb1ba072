"""Labelled sets: the records of a task with their truth, and what a reference model knows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scar_core.datasets import Example, dataset
from scar_core.errors import ConfigError, DatasetError
from scar_core.evaluation.prompts import finding_of, task_prompts
from scar_core.findings import FINDINGS

Floats = NDArray[np.float64]

CALIBRATION_SET = "ptbxl"
"""Whose validation records serve a dataset that has none of its own."""
FINDINGS_TASK = "findings"
"""The task that every dataset has of which the truth is known in our own vocabulary."""
_HEADS = ("sub", "form", "rhythm", "super", "challenge")
"""Where a label is looked for, the finest first, if a reference has no head for the task."""


@dataclass(frozen=True)
class LabelledSet:
    """Records of one task and split.

    Attributes:
        dataset: Name of the dataset.
        task: Task whose labels are asked for.
        split: Split of the records.
        labels: Names of the labels.
        prompts: One text for each label, lower-cased.
        examples: The records.
        truth: (record, label): 1, 0, or NaN where nobody knows.
        origin: Name of the dataset that the records are of; another one than ``dataset`` where
            its validation records had to serve.
    """

    dataset: str
    task: str
    split: str
    labels: tuple[str, ...]
    prompts: tuple[str, ...]
    examples: tuple[Example, ...]
    truth: Floats
    origin: str

    @property
    def patients(self) -> list[str]:
        """Patient of each record."""
        return [example.patient for example in self.examples]

    @property
    def names(self) -> list[str]:
        """Name of each record."""
        return [example.name for example in self.examples]

    @property
    def meanings(self) -> list[str | None]:
        """Finding code of each label; None where our vocabulary has no word for it."""
        return [finding_of(_speech(self.dataset, self.task), label) for label in self.labels]

    @property
    def title(self) -> str:
        """What the records are, in words."""
        return f"{dataset(self.origin).title}, {self.split} split, {len(self.examples)} records"


def labelled_set(
    name: str,
    task: str,
    split: str,
    root: Path | None = None,
    *,
    limit: int | None = None,
    prompts: Mapping[str, str] | None = None,
) -> LabelledSet:
    """List a task's records and their truth.

    Args:
        name: Dataset.
        task: One of its tasks.
        split: One of its splits.
        root: Folder of the datasets.
        limit: At most so many records, evenly spread.
        prompts: Text by label, instead of the built-in ones.

    Raises:
        DatasetError: The dataset, task or split is not there, or has no records.
        ConfigError: A label without a prompt.
    """
    spec = dataset(name)
    labels = task_labels(name, task)
    examples = _spread(_counted(name, root, split, task), limit)
    if not examples:
        raise DatasetError(f"{spec.title} has no records in its {split} split here; get them first")
    truth = _truth(examples, task, labels, list(labels) if task == FINDINGS_TASK else None)
    if task == FINDINGS_TASK:  # a table says of some findings nothing, or not of every record
        known = np.flatnonzero(np.isfinite(truth).all(axis=0))
        truth, labels = truth[:, known], tuple(labels[column] for column in known)
    if np.isnan(truth).any() or not labels:
        raise DatasetError(
            f"{spec.title} does not say of every record which findings it lacks; choose one of its "
            f"tasks: {', '.join(spec.tasks) or 'none'}"
        )
    texts = _texts(_speech(name, task), labels, prompts)
    return LabelledSet(name, task, split, labels, texts, tuple(examples), truth, name)


def _speech(name: str, task: str) -> str:
    """Whose abbreviations the labels are: the dataset's, or our own codes."""
    return "" if task == FINDINGS_TASK else name


def task_labels(name: str, task: str) -> tuple[str, ...]:
    """Labels of a dataset's task; ``findings`` are all codes of our own vocabulary.

    Raises:
        DatasetError: The dataset has no such task.
    """
    spec = dataset(name)
    if task == FINDINGS_TASK:
        return tuple(FINDINGS)
    if task not in spec.tasks:
        raise DatasetError(
            f"{spec.title} has no task {task!r}; choose one of: "
            f"{', '.join([*spec.tasks, FINDINGS_TASK])}"
        )
    return tuple(spec.tasks[task])


def _counted(name: str, root: Path | None, split: str, task: str) -> list[Example]:
    """The records that the task's protocol counts."""
    return dataset(name).examples(root, split, None if task == FINDINGS_TASK else task)


def _truth(
    examples: Sequence[Example],
    task: str,
    labels: Sequence[str],
    codes: Sequence[str | None] | None,
) -> Floats:
    """(record, label): by the dataset's own labels, or by finding codes where they are given."""
    truth = np.full((len(examples), len(labels)), np.nan)
    for row, example in enumerate(examples):
        if codes is None:
            own = example.labels.get(task, ())
            truth[row] = [label in own for label in labels]
            continue
        for column, code in enumerate(codes):
            if code in example.positive or code in example.negative:
                truth[row, column] = code in example.positive
    return truth


def _texts(
    name: str, labels: tuple[str, ...], prompts: Mapping[str, str] | None
) -> tuple[str, ...]:
    if prompts is None:
        prompts = task_prompts(name, labels)
    missing = [label for label in labels if label not in prompts]
    if missing:
        raise ConfigError(f"the prompts name no text for {', '.join(missing)}; add them")
    return tuple(prompts[label].lower() for label in labels)


def _spread(examples: Sequence[Example], limit: int | None) -> list[Example]:
    if limit is None or limit >= len(examples):
        return list(examples)
    if limit < 1:
        raise ConfigError(f"at most {limit} records were asked for; give at least 1")
    at = np.linspace(0, len(examples) - 1, limit).round().astype(int)
    return [examples[k] for k in at]


def validation_set(
    of: LabelledSet, root: Path | None = None, *, limit: int | None = None
) -> LabelledSet:
    """The records on which a task is calibrated and thresholds are chosen.

    They are the dataset's own validation split; where it has none, that of PTB-XL, whose findings
    say for most labels whether they are true.

    Args:
        of: The evaluated set.
        root: Folder of the datasets.
        limit: At most so many records, evenly spread.
    """
    own = "val" in dataset(of.dataset).splits
    name = of.dataset if own else CALIBRATION_SET
    if own:
        examples = _spread(_counted(name, root, "val", of.task), limit)
        by_code = of.task == FINDINGS_TASK
    else:
        examples = _spread(dataset(name).examples(root, "val"), limit)
        by_code = True
    codes = of.meanings if by_code else None
    truth = _truth(examples, of.task, of.labels, codes)
    return LabelledSet(
        of.dataset, of.task, "val", of.labels, of.prompts, tuple(examples), truth, name
    )


def reference_columns(known: Sequence[tuple[str, str]], of: LabelledSet) -> list[int | None]:
    """Find a set's labels among those that a reference model answers.

    Args:
        known: Task and label of each column of the reference's answers.
        of: The evaluated set.

    Returns:
        Column of each label; None where the reference knows nothing of that meaning.
    """
    at = {pair: column for column, pair in enumerate(known)}
    by_code: dict[str, int] = {}
    for head in reversed(_HEADS):
        spoken = "challenge" if head == "challenge" else "ptbxl"
        for (task, label), column in at.items():
            if task == head and (code := finding_of(spoken, label)) is not None:
                by_code[code] = column
    columns: list[int | None] = []
    for label, code in zip(of.labels, of.meanings, strict=True):
        found = at.get((of.task, label))
        if found is None and of.dataset == "challenge":
            found = at.get(("challenge", label))
        elif found is None and of.dataset == "ptbxl" and of.task != FINDINGS_TASK:
            found = next((at[h, label] for h in _HEADS if (h, label) in at), None)
        if found is None:
            found = by_code.get(code or "")
        columns.append(found)
    return columns
