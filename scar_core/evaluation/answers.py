"""Answers of models under many masks: each record is read and fitted once, then masked often."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.datasets import Example
from scar_core.evaluation.parts import Parts, key_of
from scar_core.evaluation.subjects import Subject
from scar_core.evaluation.views import present_patches, to_samples
from scar_core.methods.contract import InputContract, fit, ready
from scar_core.record import ECGRecord
from scar_core.settings import to_mapping

Bools = NDArray[np.bool_]
Answers = NDArray[np.float32]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

BATCH = 8
"""Records in a forward pass: on a CPU, larger ones fall out of its caches and are slower."""
PART = 16
"""Records that are computed together; what is finished is kept after so many."""


def no_progress(what: str, done: int, total: int) -> None:
    """Say nothing."""
    del what, done, total


@dataclass(frozen=True)
class Prepared:
    """Records that were read, and fitted to the contracts of all models.

    Attributes:
        names: Of the records.
        present: Bool (record, 12, 50), patches that were measured.
        fingerprints: Of the records' content.
        fitted: Records by contract, at its leads, rate and length.
    """

    names: list[str]
    present: Bools
    fingerprints: list[str]
    fitted: dict[InputContract, list[ECGRecord]] = field(default_factory=dict)

    def select(self, names: Sequence[str]) -> "Prepared":
        """The records of these names, in this order."""
        at = {name: row for row, name in enumerate(self.names)}
        rows = [at[name] for name in names]
        return Prepared(
            list(names),
            self.present[rows],
            [self.fingerprints[row] for row in rows],
            {c: [records[row] for row in rows] for c, records in self.fitted.items()},
        )


def read_all(
    examples: Sequence[Example],
    contracts: Sequence[InputContract],
    progress: Progress = no_progress,
) -> Prepared:
    """Read records once and fit them to every contract.

    Args:
        examples: The records.
        contracts: Of all models that will answer.
        progress: Told how many were read.

    Raises:
        RecordError: A file cannot be used.
    """
    fitted: dict[InputContract, list[ECGRecord]] = {contract: [] for contract in contracts}
    present, fingerprints = [], []
    for number, example in enumerate(examples):
        progress("reading", number, len(examples))
        record = example.read()
        present.append(present_patches(record))
        fingerprints.append(record.fingerprint())
        for contract, records in fitted.items():
            records.append(fit(record, contract))
    progress("reading", len(examples), len(examples))
    names = [example.name for example in examples]
    return Prepared(names, np.stack(present), fingerprints, fitted)


def answer(
    subject: Subject,
    prepared: Prepared,
    masks: Bools,
    parts: Parts,
    progress: Progress = no_progress,
) -> Answers:
    """Ask a model about every record under every one of its masks.

    Args:
        subject: The model.
        prepared: The records, fitted to its contract among others.
        masks: Bool (record, mask, 12, 50), True = hidden.
        parts: Where finished parts are kept, and found again.
        progress: Told how many records are done.

    Returns:
        Float32 (record, mask, E or label): the model's raw answers.
    """
    count = len(prepared.names)
    keys = _keys(subject, prepared, masks)
    found = [parts.get(key) for key in keys]
    for start in range(0, count, PART):
        progress(subject.name, start, count)
        rows = [row for row in range(start, min(start + PART, count)) if found[row] is None]
        if rows:
            made = _compute(subject, prepared.fitted[subject.contract], rows, masks)
            for row, part in zip(rows, made, strict=True):
                parts.put(keys[row], part)
                found[row] = part
    progress(subject.name, count, count)
    return np.stack([part for part in found if part is not None])


def _keys(subject: Subject, prepared: Prepared, masks: Bools) -> list[str]:
    checkpoint = subject.checkpoint
    contract = json.dumps(to_mapping(subject.contract), sort_keys=True)
    kind = "features" if subject.features else "answers"
    same = [kind, checkpoint.method, checkpoint.digest, contract, str(masks.shape[1:])]
    return [
        key_of([*same, fingerprint, np.packbits(mine).tobytes()])
        for fingerprint, mine in zip(prepared.fingerprints, masks, strict=True)
    ]


def _compute(
    subject: Subject, records: Sequence[ECGRecord], rows: Sequence[int], masks: Bools
) -> Answers:
    contract = subject.contract
    pairs = [(row, number) for row in rows for number in range(masks.shape[1])]
    answers = []
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        hidden = to_samples(np.stack([masks[pair] for pair in batch]), contract)
        present = np.stack([records[row].present for row, _ in batch])
        signal = torch.from_numpy(np.stack([records[row].signal for row, _ in batch]))
        visible = torch.from_numpy(present & ~hidden)
        in_mv = torch.tensor([[records[row].unit == "mV"] for row, _ in batch])
        answers.append(subject.raw(ready(signal, visible, contract, in_mv)))
    return np.concatenate(answers).reshape(len(rows), masks.shape[1], -1)
