"""Shipping a classifier: evaluated on real test records with nothing hidden, with a card."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.datasets import Example, dataset, dataset_names
from scar_core.evaluation.calibration import expected_calibration_error, sigmoid
from scar_core.evaluation.card import CARD, EvaluationSet
from scar_core.evaluation.metrics import Ranking, rank
from scar_core.methods import method
from scar_core.methods.checkpoint import CONFIG, WEIGHTS, Checkpoint, load_checkpoint, write_beside
from scar_core.methods.contract import prepare, stacked

Floats = NDArray[np.float64]

TASKS = (
    ("ptbxl", "super", "super", "superclasses"),
    ("ptbxl", "sub", "sub", "subclasses"),
    ("ptbxl", "form", "form", "form statements"),
    ("ptbxl", "rhythm", "rhythm", "rhythm statements"),
    ("challenge", "labels", "challenge", "labels"),
)
"""Dataset, its task, the head that answers it, and how it is called."""

VALIDATED, TESTED, FEW = 3, 5, 32


def classify(checkpoint: Checkpoint, examples: Sequence[Example]) -> dict[str, Floats]:
    """Logits of every task for records with nothing hidden, (record, label) each.

    Args:
        checkpoint: Of a classifier.
        examples: The records.

    Raises:
        CheckpointError: The checkpoint answers prompts instead.
    """
    model, parts = checkpoint.classifier, []
    for start in range(0, len(examples), FEW):
        records = [example.read() for example in examples[start : start + FEW]]
        inputs = [prepare(record, record.present, checkpoint.contract) for record in records]
        read = stacked(inputs)
        with torch.inference_mode():
            parts.append(model.classify(read.signal, read.visible))
    return {
        task: torch.cat([part[task] for part in parts]).double().numpy() for task in model.tasks
    }


def evaluate_classifier(
    checkpoint: Checkpoint, split: str, root: Path | None = None
) -> list[tuple[EvaluationSet, Ranking, float]]:
    """Rank real records by a classifier's own labels, full view.

    Args:
        checkpoint: Of a classifier with the heads of ``TASKS``; heads that it lacks are left out.
        split: ``val`` (PTB-XL alone has one) or ``test``.
        root: Folder of the datasets.

    Returns:
        For each task that the split has: the set, its ranking, and the expected calibration error
        over all of its labels.
    """
    found = []
    answers: dict[str, tuple[list[Example], dict[str, Floats]]] = {}
    least = VALIDATED if split == "val" else TESTED
    for name, task, head, title in TASKS:
        spec = dataset(name)
        if split not in spec.splits or head not in checkpoint.classifier.tasks:
            continue
        if name not in answers:
            examples = spec.examples(root, split)
            answers[name] = (examples, classify(checkpoint, examples))
        examples, logits = answers[name]
        labels = checkpoint.classifier.tasks[head]
        truth = np.array([[label in e.labels[task] for label in labels] for e in examples])
        ranking = rank(
            logits[head], truth, labels, [e.patient for e in examples], min_positives=least
        )
        source = "in-source" if name == "ptbxl" else "cross-source"
        words = f"{spec.title}, {split}, {title} with ≥ {least} positives"
        error = expected_calibration_error(sigmoid(logits[head]).ravel(), truth.ravel())
        one = EvaluationSet(name, task, least, words, source, split)
        found.append((one, ranking, error))
    return found


def promote_classifier(run: Path, folder: Path, root: Path | None = None) -> str:
    """Make a run of a classifier one that is shipped: copy, evaluate, write its card.

    Nothing is calibrated: it was trained to give probabilities, and the card says how well it does.

    Args:
        run: Folder of a training run, or another checkpoint.
        folder: Where to; replaced file by file.
        root: Folder of the datasets.

    Returns:
        The card's text.

    Raises:
        CheckpointError: The run holds no checkpoint, or none of a classifier.
    """
    checkpoint = load_checkpoint(run)  # refuse before anything is replaced
    figures = [*evaluate_classifier(checkpoint, "val", root)]
    figures += evaluate_classifier(checkpoint, "test", root)
    folder.mkdir(parents=True, exist_ok=True)
    if run.resolve() != folder.resolve():
        for name in (CONFIG, WEIGHTS):
            shutil.copyfile(run / name, folder / name)
    text = classifier_card(checkpoint, figures)
    write_beside(folder / CARD, text.encode())
    return text


def classifier_card(
    checkpoint: Checkpoint, figures: Sequence[tuple[EvaluationSet, Ranking, float]]
) -> str:
    """Write the card of a classifier, as Markdown."""
    origin, contract = checkpoint.origin, checkpoint.contract
    training, spec = origin["training"], method(checkpoint.method)
    names = [part.partition(":")[0] for part in str(origin["data"]).split(",")]
    weights = sum(value.numel() for value in checkpoint.weights().values())
    lines = [
        f"# {spec.title} {checkpoint.digest}",
        "",
        f"{spec.source}. A reference model for measuring others, trained and used on complete "
        "records; what is hidden is zero to it. Not a medical device.",
        "",
        "| | |",
        "|---|---|",
        f"| data | `{origin['data']}` |",
        f"| steps × batch | {origin['steps']} × {training['batch']} |",
        f"| began with | {origin.get('began_with') or 'nothing'} |",
        f"| seed | {origin['seed']} |",
        f"| commit | {origin['commit'] or 'not known'} |",
        f"| weights | {weights:,} |",
        f"| input | {len(contract.leads)} leads, {contract.rate_hz:g} Hz, {contract.seconds:g} s, "
        f"{contract.low_hz:g}–{contract.high_hz:g} Hz, {contract.normalisation} |",
        "",
        "## Its own labels, nothing hidden",
        "",
        "ECE is the expected calibration error of all labels together, of which most are rare.",
        "",
        "| records | source | records | labels | macro AUROC | 95 % interval by patient | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    for one, found, error in figures:
        low, high = found.interval
        lines.append(
            f"| {one.title} | {one.source} | {found.records} | {len(found.per_label)} "
            f"| {found.macro_auroc:.3f} | {low:.3f}–{high:.3f} | {error:.3f} |"
        )
    lines += [""]
    for one, found, _ in figures:
        labels = ", ".join(
            f"{label} {value:.2f} ({found.positives[label]})"
            for label, value in sorted(found.per_label.items(), key=lambda item: -item[1])
        )
        lines += [f"{one.title}, AUROC (positives): {labels}.", ""]
    lines += [
        "Labels of the Challenge are learned by way of the findings that PTB-XL, LUDB and Georgia "
        "state; one that they only ever affirm, or never mention, stays at one half.",
        "",
        "## Data that it was trained on",
        "",
    ]
    sources = [dataset(name) for name in names if name in dataset_names()]
    lines += [f"- {one.title}, {one.licence}: {one.citation}" for one in sources]
    return "\n".join(lines) + "\n"
