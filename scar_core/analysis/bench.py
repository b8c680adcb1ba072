"""Figures of the counterfactual answers: how exact they are and how long they take."""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scar_core.analysis.attribution import Case, shap_gradient, shap_permutation
from scar_core.analysis.delineation_score import LOOKED_AT, score_delineation
from scar_core.analysis.flip import smallest_flip
from scar_core.analysis.hard_masks import goal_of, random_answers, worst_mask
from scar_core.analysis.leadwise import LeadwiseRecord
from scar_core.analysis.projection import project
from scar_core.analysis.subsets import all_subsets, by_brute_force
from scar_core.errors import DatasetError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.simulate import simulate

Figures = dict[str, Any]

FINDINGS = ("CRBBB", "AFIB", "LVH")
"""What the simulated records have, on which the searches are measured."""


def _timed(action: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What an action returns, and its seconds on the clock and on the processor.

    On a machine that does other work at the same time, the clock says more about that work.
    """
    clock, processor = time.perf_counter(), time.process_time()
    done = action()
    return done, {
        "s": round(time.perf_counter() - clock, 3),
        "processor_s": round(time.process_time() - processor, 3),
    }


def _records() -> list[ECGRecord]:
    records = []
    for number, code in enumerate(FINDINGS):
        made = simulate(
            1, generator=torch.Generator().manual_seed(number), findings=[code], with_evidence=False
        )
        signal = made.signal[0].numpy()
        records.append(
            ECGRecord(signal, LEADS, made.rate_hz, np.ones(signal.shape, np.bool_), name=code)
        )
    return records


def _subsets(predictor: Predictor, record: ECGRecord, sample: int = 64) -> Figures:
    answers, times = _timed(lambda: all_subsets(predictor, record))
    only = np.random.default_rng(0).choice(np.arange(1, len(answers.probability)), sample, False)
    slow, slow_times = _timed(lambda: by_brute_force(predictor, record, only=only))
    scale = (len(answers.probability) - 1) / sample
    return {
        **times,
        "subsets": len(answers.probability) - 1,
        "brute_force_s": round(slow_times["s"] * scale, 1),
        "times_brute_force": round(slow_times["s"] * scale / times["s"]),
        "times_brute_force_processor": round(
            slow_times["processor_s"] * scale / times["processor_s"]
        ),
        "largest_difference": float(np.abs(answers.probability - slow.probability)[only].max()),
        "brute_force_measured_on": sample,
    }


def _masks(record: LeadwiseRecord, budget: float = 0.2) -> Figures:
    count = round(budget * int(record.present.sum()))
    goal, _ = goal_of(record, None)
    (_, others), times = _timed(
        lambda: random_answers(record, count, 1000, np.random.default_rng(0))
    )
    figures: Figures = {"1000 candidates": times}
    for how in ("greedy", "beam"):
        (node, answered), times = _timed(lambda how=how: worst_mask(record, count, goal, how=how))  # type: ignore[misc]
        figures[how] = {**times, "candidates": answered, "impact": round(node.score, 5)}
    scores = goal(others)
    figures["random impact"] = {
        "mean": round(float(scores.mean()), 5),
        "worst": round(float(scores.max()), 5),
    }
    return figures


def _flips(predictor: Predictor, records: list[ECGRecord]) -> Figures:
    figures = {}
    for record in records:
        encoded = LeadwiseRecord(predictor, record)
        found, times = _timed(lambda e=encoded, r=record: smallest_flip(predictor, e, r))  # type: ignore[misc]
        figures[record.name] = {
            **times, "found": found.found, "patches": found.patches, "minimal": found.minimal,
        }  # fmt: skip
    return figures


def _umap(predictor: Predictor) -> Figures:
    made = simulate(200, generator=torch.Generator().manual_seed(0), with_evidence=False)
    there = np.ones(made.signal.shape[1:], np.bool_)
    items = [
        (ECGRecord(signal.numpy(), LEADS, made.rate_hz, there), Scenario())
        for signal in made.signal
    ]
    rows = [predictor.encode(items[k : k + 20])[0].embedding for k in range(0, len(items), 20)]
    labels = [true[0] if true else "none" for true in made.findings]
    embeddings = torch.cat(rows).float().cpu().numpy()
    project(embeddings[:30])  # compiles what it needs
    found, times = _timed(lambda: project(embeddings, labels))
    scores = (found.trustworthiness, found.silhouette, found.purity, found.by_chance)
    names = ("trustworthiness", "silhouette", "knn_purity", "purity_by_chance")
    return {
        "records": len(items),
        **times,
        **{n: None if v is None else round(v, 3) for n, v in zip(names, scores, strict=True)},
    }


def _shap(predictor: Predictor, record: ECGRecord) -> Figures:
    case = Case(predictor, record, "right bundle branch block")
    shap_permutation(case, seed=1)  # imports and compiles
    shap_gradient(case, samples=8)
    permutation, walked = _timed(lambda: shap_permutation(case, seed=2))
    _, gradient = _timed(lambda: shap_gradient(case))
    full = float(case.probability(np.zeros((1, 12, 50), np.bool_))[0])
    gap = abs(float(permutation.sum()) - (full - case.neutral))
    return {
        "permutation": {**walked, "players": permutation.size, "efficiency_gap": float(gap)},
        "gradient": {**gradient, "samples": 64},
    }


def _delineation(root: Path | None) -> Figures | str:
    from scar_core.datasets import dataset

    try:
        folder = dataset("ludb").locate(root)
    except DatasetError as error:
        return f"not measured: {error}"
    headers = [path for path in (folder / "data").glob("*.hea") if int(path.stem) > LOOKED_AT]
    if not headers:
        return f"not measured: {folder} holds no marks; packed records leave them behind"
    found = score_delineation(headers)
    return {
        key: f"sensitivity {one.sensitivity:.3f}, PPV {one.predictive:.3f}, "
        f"{one.bias_ms:+.0f} ± {one.spread_ms:.0f} ms ({one.marks} marks)"
        for key, one in found.items()
    } | {"records": len(headers)}


def bench_analysis(root: Path | None, checkpoint: Path | None) -> Figures:
    """Measure everything; a few minutes.

    Args:
        root: Folder of the datasets, for the delineation.
        checkpoint: A leadwise checkpoint; None: SCAR's, shipped.
    """
    predictor = Predictor.load(checkpoint)
    records = _records()
    all_subsets(predictor, records[0])  # first calls are slower
    encoded = LeadwiseRecord(predictor, records[0])
    return {
        "checkpoint": predictor.checkpoint.digest,
        "threads": torch.get_num_threads(),
        "lead subsets": _subsets(predictor, records[0]),
        **{f"masks, {key}": value for key, value in _masks(encoded).items()},
        **{f"smallest flip, {key}": value for key, value in _flips(predictor, records).items()},
        "UMAP": _umap(predictor),
        **{f"SHAP {key}": value for key, value in _shap(predictor, records[0]).items()},
        "delineation, LUDB, 150 ms": _delineation(root),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
