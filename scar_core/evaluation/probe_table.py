"""Table 1: linear probes of every method at several shares of the training labels."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.datasets import dataset
from scar_core.errors import DatasetError
from scar_core.evaluation.answers import Prepared, Progress, answer, no_progress, read_all
from scar_core.evaluation.calibration import sigmoid
from scar_core.evaluation.dump import write_parquet
from scar_core.evaluation.figures import best_thresholds, task_figures
from scar_core.evaluation.probe import (
    SHARES,
    Features,
    Probe,
    fit_legacy,
    fit_probe,
    macro_area,
    nested_share,
)
from scar_core.evaluation.rows import Row, compare, expected_error, identity
from scar_core.evaluation.run import Request, envelope, load_subjects, open_studies
from scar_core.evaluation.study import Study
from scar_core.evaluation.subjects import Subject
from scar_core.evaluation.task_calibration import reliability
from scar_core.evaluation.tasks import labelled_set
from scar_core.results import write_result

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def evaluate_probes(
    request: Request,
    *,
    shares: Sequence[float] = SHARES,
    draws: int = 3,
    legacy: bool = False,
    commit: str = "",
    progress: Progress = no_progress,
) -> list[dict[str, Any]]:
    """Probe every method at every share of the training labels, and write a result for each task.

    Args:
        request: What is asked for; its views do not count, nothing is hidden.
        shares: Percent of the training labels.
        draws: How often a share below 100 % is drawn.
        legacy: The paper's probe instead; its results have a file of their own.
        commit: Of the program, for the result.
        progress: Told how far it is.

    Raises:
        DatasetError: The dataset has no training or validation split.
    """
    spec = dataset(request.dataset)
    if not {"train", "val"} <= set(spec.splits):
        raise DatasetError(
            f"{spec.title} has no training and validation splits here, only "
            f"{', '.join(spec.splits)}, so nothing can be probed on it; choose another dataset"
        )
    subjects, _ = load_subjects(request)
    subjects = [replace(subject, features=True) for subject in subjects]
    results = []
    for study in open_studies(request, subjects, progress=progress):
        rows, answers = [], []
        for subject in subjects:
            train, held, asked = _features(request, study, subject, progress)
            for percent in shares:
                times = draws if percent < 100 or legacy else 1
                seeds = [study.options.seed + draw for draw in range(times)]
                probes = _probes(train, held, asked, percent, seeds, legacy=legacy)
                rows.append(_row(study, subject, probes, held.truth, percent))
                answers.append(probes)
        result = envelope(request, study, commit)
        asked_for = {"shares": list(shares), "draws": draws, "legacy": legacy}
        result["configuration"] |= asked_for
        result["name"] += f"_{'legacy' if legacy else 'logistic'}"
        made = compare(rows)
        result |= {
            "rows": [row.content for row in rows],
            "comparisons": made,
            "comparisons_made": len(made),
            "notes": _notes(study, draws, legacy=legacy),
        }
        write_result(result, request.results)
        if request.dump is not None:
            _dump(study, rows, answers, request.dump / result["name"])
        results.append(result)
    return results


def _features(
    request: Request, study: Study, subject: Subject, progress: Progress
) -> tuple[Features, Features, Floats]:
    train = labelled_set(
        request.dataset, study.test.task, "train", request.root,
        limit=request.limit, prompts=request.prompts,
    )  # fmt: skip
    records = read_all(train.examples, [subject.contract], progress)

    def embed(prepared: Prepared) -> Floats:
        nothing = np.zeros((len(prepared.names), 1, 12, 50), np.bool_)
        raw = answer(subject, prepared, nothing, study.parts, progress)
        return np.asarray(raw[:, 0], np.float64)

    return (
        Features(embed(records), train.truth > 0),
        Features(embed(study.validation_records), study.validation.truth > 0),
        embed(study.records),
    )


def _probes(
    train: Features,
    held: Features,
    asked: Floats,
    percent: float,
    seeds: Sequence[int],
    *,
    legacy: bool,
) -> list[Probe]:
    """One probe for each drawn part of the training records."""
    probes = []
    for seed in seeds:
        rows = nested_share(len(train.values), percent, seed)
        part = Features(train.values[rows], train.truth[rows])
        probes.append(
            fit_legacy(part, held, asked, seed) if legacy else fit_probe(part, held, asked)
        )
    return probes


def _row(
    study: Study, subject: Subject, probes: Sequence[Probe], held_truth: Bools, percent: float
) -> Row:
    scores = np.stack([probe.scores for probe in probes], axis=1)  # draws stand where masks do
    on_validation = np.concatenate([probe.validation for probe in probes])
    repeated = np.tile(held_truth, (len(probes), 1)).astype(np.float64)
    thresholds = best_thresholds(sigmoid(on_validation), repeated)
    found = task_figures(
        scores, sigmoid(scores), study.truth, study.test.labels, study.weights,
        thresholds=thresholds, min_positives=study.options.min_positives,
    )  # fmt: skip
    counted = [study.test.labels.index(label) for label in found.per_label]
    each = [macro_area(probe.scores[:, counted], study.truth[:, counted]) for probe in probes]
    bins = reliability(
        sigmoid(scores), np.broadcast_to(study.truth[:, None], scores.shape).astype(np.float64)
    )
    content = identity(subject, study.test.dataset) | {
        "view": f"{percent:g} %",
        "share_percent": percent,
        "training_records": probes[0].training_records,
        "draws": len(probes),
        "draw_aurocs": each,
        "chosen": [probe.chosen for probe in probes],
        "unlearned": sorted({study.test.labels[k] for probe in probes for k in probe.unlearned}),
        **found.to_json(),
        "ece": expected_error(bins),
        "reliability": bins,
    }
    return Row(content, {"macro_auroc": found.samples})


def _notes(study: Study, draws: int, *, legacy: bool) -> list[str]:
    kind = (
        "the paper's probe (SGD, batch 128, learning rate 0.001, stopped early on validation)"
        if legacy
        else "logistic regression for each label, C chosen on validation for the task"
    )
    return [
        f"Probe: {kind}; embeddings are frozen, full view, standardised on the training part."
        if not legacy
        else f"Probe: {kind}; embeddings are frozen, full view.",
        f"Shares below 100 % are drawn {draws} times; figures are means over the draws, intervals "
        f"resample {len(set(study.test.patients))} test patients and not the draws: draw_aurocs "
        "shows how far these differ.",
        "A label without a positive in the drawn part scores 0.5 and is named in unlearned.",
    ]


def _dump(
    study: Study, rows: Sequence[Row], answers: Sequence[Sequence[Probe]], folder: Path
) -> None:
    tables = []
    for row, probes in zip(rows, answers, strict=True):
        scores = np.stack([probe.scores for probe in probes], axis=1)
        shape = scores.shape
        names, labels = np.asarray(study.test.names), np.asarray(study.test.labels)
        tables.append(
            {
                "method": row.content["method"],
                "share_percent": row.content["share_percent"],
                "record": np.repeat(names, shape[1] * shape[2]),
                "patient": np.repeat(np.asarray(study.test.patients), shape[1] * shape[2]),
                "draw": np.tile(np.repeat(np.arange(shape[1]), shape[2]), shape[0]),
                "label": np.tile(labels, shape[0] * shape[1]),
                "truth": np.broadcast_to(study.truth[:, None], shape).ravel(),
                "score": scores.ravel(),
            }
        )
    write_parquet(folder / "answers.parquet", tables)
