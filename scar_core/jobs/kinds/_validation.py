"""How a training gets on: figures of saved weights on records that nobody trains on.

On PTB-XL's validation records where they are at hand, CMRS too; else on simulated records, which
are a compass and no result: what is trained on is simulated too, in part.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS

if TYPE_CHECKING:
    from scar_core.analysis.map_records import Known

POPULATION = 987_654
"""Seed of a population that no training draws."""
VIEWS = {"full": "auroc", "random": "auroc_random"}
"""Views, and what the figure under each is called."""
RESAMPLES = 200
LEAST = 3
"""Findings that fewer records have, or lack, do not count."""


@lru_cache(maxsize=1)
def _records(count: int) -> "tuple[tuple[str, Known], ...]":
    from scar_core.analysis.map_records import CHUNK, draw_records, record_name

    drawn = [
        known for chunk in range(-(-count // CHUNK)) for known in draw_records(POPULATION, chunk)
    ]
    return tuple((record_name(number), known) for number, known in enumerate(drawn[:count]))


def judge_saved(folder: Path, records: int, device: str) -> dict[str, Any]:
    """Figures of a run's saved weights; ``on`` says of which records.

    Args:
        folder: Of the run.
        records: How many simulated records, where there are no others.
        device: Where the model runs.

    Returns:
        As ``evaluation.validate.validate`` or ``rank_saved`` gives them.
    """
    from scar_core.evaluation.validate import DATASET, validate

    try:
        return {"on": DATASET, **validate(folder, device=device)}
    except DatasetError:
        found = rank_saved(folder, records, device)
        return {"on": "simulated", **found} if found else {}


def rank_saved(folder: Path, records: int, device: str) -> dict[str, Any]:
    """Rank simulated records by text with a run's saved weights.

    Args:
        folder: Of the run.
        records: How many records.
        device: Where the model runs.

    Returns:
        ``step``, ``labels`` (how many findings count), and macro over them ``auroc`` with nothing
        hidden and ``auroc_random`` under the view ``random``, each with its ``_interval`` (95 %,
        records resampled); empty for a method that reads no texts.
    """
    from scar_core.analysis.map_making import embed_under
    from scar_core.evaluation.statistics import interval, patient_weights, weighted_auroc
    from scar_core.evaluation.zero_shot import Predictor

    predictor = Predictor.load(folder, device)
    if predictor.checkpoint.kind == "classifier":
        return {}
    drawn = _records(records)
    truth = np.array([[code in known.positive for code in FINDINGS] for _, known in drawn])
    counts = truth.sum(0)
    columns = [k for k, n in enumerate(counts) if LEAST <= n <= records - LEAST]
    if not columns:
        return {}
    phrases = [finding.phrases[0] for finding in FINDINGS.values()]
    texts = predictor.embed_texts([phrases[k] for k in columns]).float().cpu().numpy()
    found: dict[str, Any] = {
        "step": int(predictor.checkpoint.origin["steps"]),
        "labels": len(columns),
    }
    pairs = [(name, known.record) for name, known in drawn]
    weights = patient_weights([name for name, _ in drawn], RESAMPLES)
    weights = np.concatenate([np.ones((1, len(drawn))), weights])
    for view, figure in VIEWS.items():
        embedding, _ = embed_under(predictor, pairs, view, 0)
        scores = np.asarray(embedding @ texts.T, np.float64)
        areas = [
            weighted_auroc(scores[:, place], truth[:, k], weights)
            for place, k in enumerate(columns)
        ]
        macro = np.nanmean(areas, axis=0)
        found[figure] = float(macro[0])
        found[f"{figure}_interval"] = interval(macro[1:])
    return found
