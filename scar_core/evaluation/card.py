"""Shipping a checkpoint: calibrated, evaluated on real test records, with a card that says so."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scar_core.datasets import dataset, dataset_names
from scar_core.evaluation.calibration import Calibration
from scar_core.evaluation.metrics import Ranking
from scar_core.evaluation.zero_shot import Predictor, calibrate_checkpoint, evaluate_zero_shot
from scar_core.methods import method
from scar_core.methods.checkpoint import (
    CONFIG,
    TOKENIZER,
    WEIGHTS,
    Checkpoint,
    load_checkpoint,
    write_beside,
)

CARD = "README.md"


@dataclass(frozen=True)
class EvaluationSet:
    """A task on real records that nothing was trained on.

    Attributes:
        name: Dataset.
        task: Its task.
        min_positives: Labels with fewer positives are left out.
        title: As tables show it.
        source: ``in-source`` if training records come from the same collection.
        split: Split of the dataset.
    """

    name: str
    task: str
    min_positives: int
    title: str
    source: str
    split: str = "test"


TEST_SETS = (
    EvaluationSet("ptbxl", "super", 1, "PTB-XL fold 9, superclasses", "in-source"),
    EvaluationSet("ptbxl", "labels", 5, "PTB-XL fold 9, labels with ≥ 5 positives", "in-source"),
    EvaluationSet("challenge", "labels", 5, "Challenge 2020/21, labels with ≥ 5 positives",
            "cross-source"),
)  # fmt: skip
"""The real test sets of the figures that we publish: one prompt per label, full view."""


VALIDATION_SETS = (
    EvaluationSet("ptbxl", "super", 1, "PTB-XL fold 8, superclasses", "in-source", "val"),
    EvaluationSet("ptbxl", "labels", 3, "PTB-XL fold 8, labels with ≥ 3 positives", "in-source",
                  "val"),
)  # fmt: skip
"""What checkpoints are chosen by; the fold is small, so rarer labels count than in the tests."""


def evaluate_sets(
    predictor: Predictor, sets: Sequence[EvaluationSet], root: Path | None
) -> list[tuple[EvaluationSet, Ranking]]:
    """Zero-shot figures of a checkpoint on several sets, in their order."""
    return [
        (
            one,
            evaluate_zero_shot(
                predictor, one.name, one.task, one.split, root=root, min_positives=one.min_positives
            ),
        )
        for one in sets
    ]


def promote(run: Path, folder: Path, root: Path | None = None) -> str:
    """Make a run the checkpoint that is shipped: copy, calibrate, evaluate, write its card.

    A classifier is not calibrated, and has a card of its own.

    Args:
        run: Folder of a training run, or another checkpoint.
        folder: Where to; replaced file by file.
        root: Folder of the datasets.

    Returns:
        The card's text.

    Raises:
        CheckpointError: The run holds no checkpoint.
    """
    loaded = load_checkpoint(run)  # refuse before anything is replaced
    if loaded.kind == "classifier":
        from scar_core.evaluation.classifier_card import promote_classifier

        return promote_classifier(run, folder, root)
    folder.mkdir(parents=True, exist_ok=True)
    if run.resolve() != folder.resolve():
        for name in (CONFIG, TOKENIZER, WEIGHTS):
            shutil.copyfile(run / name, folder / name)
    calibration = calibrate_checkpoint(folder, root=root)
    predictor = Predictor.load(folder)
    text = card(predictor.checkpoint, calibration, evaluate_sets(predictor, TEST_SETS, root))
    write_beside(folder / CARD, text.encode())
    return text


_SCALED = {
    "lead-z-score": "Each lead is scaled by itself, so voltage criteria (hypertrophy, low voltage) "
    "are judged by shape alone",
    "joint-min-max": "All leads of a record are scaled together, to between 0 and 1: leads can be "
    "compared with each other, millivolts cannot be read off. What is hidden is read as 0, the "
    "deepest point of the record",
}
_TOLD = " where millivolts are not known; where they are, the model is told how large each lead is"


def card(
    checkpoint: Checkpoint, calibration: Calibration, figures: list[tuple[EvaluationSet, Ranking]]
) -> str:
    """Write the card of a checkpoint, as Markdown."""
    origin: dict[str, Any] = dict(checkpoint.origin)
    training, contract = origin["training"], checkpoint.contract
    spec = method(checkpoint.method)
    marks = checkpoint.method in ("scar", "random")  # the others read what is hidden as a voltage
    names = [part.partition(":")[0] for part in str(origin["data"]).split(",")]
    sources = [dataset(name) for name in names if name in dataset_names()]
    lines = [
        f"# {spec.title} {checkpoint.digest}",
        "",
        f"{spec.source}. Not a medical device.",
        "",
        "| | |",
        "|---|---|",
        f"| data | `{origin['data']}`, {training['simulated_records']} simulated records |",
        f"| steps × batch | {origin['steps']} × {training['batch']}, {training['precision']} |",
        f"| texts without a record | {training.get('language_texts', 0)} a step, among them "
        f"{origin.get('reports', 0)} reports |",
        f"| began with | {origin.get('began_with') or 'nothing'} |",
        f"| seed | {origin['seed']} |",
        f"| commit | {origin['commit'] or 'not known'} |",
        f"| input | {len(contract.leads)} leads, {contract.rate_hz:g} Hz, {contract.seconds:g} s, "
        f"{contract.low_hz:g}–{contract.high_hz:g} Hz, {contract.normalisation}, absent = "
        f"{contract.fill:g}{' and marked so' if marks else ''} |",
        f"| patch | {contract.patch_s:g} s of one lead |",
        f"| calibration | {calibration.data}; expected calibration error "
        f"{calibration.error:.3f} (five-fold, pooled over all findings, of which most are rare) |",
        "",
        _SCALED[contract.normalisation] + (_TOLD if contract.amplitude else "") + ".",
        "",
        "## Zero-shot, one prompt per label, nothing hidden",
        "",
        "| test records | source | records | labels | macro AUROC | 95 % interval by patient |",
        "|---|---|---|---|---|---|",
    ]
    for one, found in figures:
        low, high = found.interval
        lines.append(
            f"| {one.title} | {one.source} | {found.records} | {len(found.per_label)} "
            f"| {found.macro_auroc:.3f} | {low:.3f}–{high:.3f} |"
        )
    lines += ["", "`python -m scar_core bench zero-shot` prints them again.", ""]
    for one, found in figures:
        labels = ", ".join(
            f"{label} {value:.2f} ({found.positives[label]})"
            for label, value in sorted(found.per_label.items(), key=lambda item: -item[1])
        )
        lines += [f"{one.title}, AUROC (positives): {labels}.", ""]
    lines += ["## Data that it was trained on", ""]
    lines += [f"- {one.title}, {one.licence}: {one.citation}" for one in sources]
    return "\n".join(lines) + "\n"
