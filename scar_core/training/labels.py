"""Labels of the tasks that classifiers learn, for any training record."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from scar_core.datasets import dataset
from scar_core.datasets.challenge import label_of
from scar_core.findings import BY_SNOMED, FINDINGS

CODES = tuple(FINDINGS)
"""Order of the findings in truth tensors."""

CHALLENGE = "challenge"

Tasks = Mapping[str, tuple[str, ...]]


def class_tasks() -> dict[str, tuple[str, ...]]:
    """Every task that the classifiers have a head for, with its labels in order."""
    ptbxl = dataset("ptbxl").tasks
    tasks = {name: ptbxl[name] for name in ("super", "sub", "form", "rhythm")}
    return {**tasks, CHALLENGE: dataset("challenge").tasks["labels"]}


def challenge_findings() -> dict[str, frozenset[str]]:
    """Finding codes that each Challenge label stands for, by way of its SNOMED CT concepts."""
    found: dict[str, frozenset[str]] = {}
    for snomed, code in BY_SNOMED.items():
        label = label_of(snomed)
        if label is not None:
            found[label] = found.get(label, frozenset()) | {code}
    return found


def truth_row(positive: Collection[str], negative: Collection[str]) -> list[float]:
    """Truth of each finding in the order of ``CODES``: 1, 0, or NaN where unknown."""
    return [
        1.0 if code in positive else 0.0 if code in negative else float("nan") for code in CODES
    ]


def label_rows(
    truth: Tensor, labels: Sequence[Mapping[str, Iterable[str]]], tasks: Tasks
) -> dict[str, Tensor]:
    """Labels of records by task.

    Args:
        truth: Float (n, F), findings in the order of ``CODES``: 1, 0 or NaN.
        labels: For each record the labels that its dataset gives it, by task; a task that is
            there has been judged, so what it does not name is absent.
        tasks: The tasks that are asked for.

    Returns:
        Float (n, C) for each task: 1, 0, or NaN where unknown. Those of the Challenge follow from
        the findings, everywhere: true if one of a label's findings is, false if all are false.
    """
    rows = {name: torch.full((len(labels), len(names)), torch.nan) for name, names in tasks.items()}
    for name, names in tasks.items():
        for row, given in enumerate(labels):
            if name in given:
                own = set(given[name])
                rows[name][row] = torch.tensor([float(label in own) for label in names])
    if CHALLENGE in tasks:
        findings = challenge_findings()
        for column, label in enumerate(tasks[CHALLENGE]):
            codes = [CODES.index(code) for code in sorted(findings.get(label, ()))]
            if codes:
                rows[CHALLENGE][:, column] = _any_true(truth[:, codes])
    return rows


def _any_true(truth: Tensor) -> Tensor:
    some, none = (truth == 1).any(1), (truth == 0).all(1)
    unknown = torch.full_like(truth[:, 0], torch.nan)
    return torch.where(some, 1.0, torch.where(none, 0.0, unknown))


def forget_one_sided(parts: Sequence[Tensor]) -> None:
    """Make labels unknown that all sources together only affirm, or only deny.

    Nothing can be learned of them but how often they are stated.

    Args:
        parts: Float (n, C) of each source, of one task; changed in place.
    """
    together = torch.cat(list(parts))
    two_sided = (together == 1).any(0) & (together == 0).any(0)
    for part in parts:
        part[:, ~two_sided] = torch.nan
