"""How well saved weights rank simulated records that nobody trains on: a training's own compass.

It is a compass and no result: the records are simulated, and so is what is trained on, in part.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scar_core.findings import FINDINGS

if TYPE_CHECKING:
    from scar_core.analysis.map_records import Known

POPULATION = 987_654
"""Seed of a population that no training draws."""
VIEWS = ("full", "random")
LEAST = 3
"""Findings that fewer records have, or lack, do not count."""


@lru_cache(maxsize=1)
def _records(count: int) -> "tuple[tuple[str, Known], ...]":
    from scar_core.analysis.map_records import CHUNK, draw_records, record_name

    drawn = [
        known for chunk in range(-(-count // CHUNK)) for known in draw_records(POPULATION, chunk)
    ]
    return tuple((record_name(number), known) for number, known in enumerate(drawn[:count]))


def rank_saved(folder: Path, records: int, device: str) -> dict[str, Any]:
    """Rank simulated records by text with a run's saved weights.

    Args:
        folder: Of the run.
        records: How many records.
        device: Where the model runs.

    Returns:
        ``step``, ``labels`` (how many findings count) and ``auroc_VIEW``, macro over them, under
        the views ``full`` and ``random``; empty for a method that reads no texts.
    """
    from scar_core.analysis.map_making import embed_under
    from scar_core.evaluation.statistics import weighted_auroc
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
    for view in VIEWS:
        pairs = [(name, known.record) for name, known in drawn]
        embedding, _ = embed_under(predictor, pairs, view, 0)
        scores = np.asarray(embedding @ texts.T, np.float64)
        ones = np.ones((1, len(scores)))
        areas = [
            float(weighted_auroc(scores[:, place], truth[:, k], ones)[0])
            for place, k in enumerate(columns)
        ]
        found[f"auroc_{view}"] = float(np.mean(areas))
    return found
