"""How a map of embeddings is made: embed under views, lay out, measure.

The same records are hidden in the same way for every method: a view's masks follow from seed and
record name alone (``evaluation.views``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.analysis.embedding_quality import embedding_quality
from scar_core.analysis.map_records import (
    CHUNK,
    Known,
    draw_records,
    population,
    record_name,
)
from scar_core.analysis.projection import project
from scar_core.embedding_map import UNKNOWN, EmbeddingMap, Panel, group_of
from scar_core.errors import ConfigError
from scar_core.evaluation.views import check_view, draw_masks, present_patches, to_samples
from scar_core.evaluation.zero_shot import Predictor
from scar_core.findings import FINDINGS
from scar_core.methods.contract import fit, ready
from scar_core.record import ECGRecord

Floats = NDArray[np.float32]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

BATCH = 8


def _quiet(what: str, done: int, total: int) -> None:
    del what, done, total


def embed_under(
    predictor: Predictor, records: Sequence[tuple[str, ECGRecord]], view: str, seed: int
) -> tuple[Floats, Floats]:
    """Embed records under a view.

    Args:
        predictor: The method.
        records: Names, from which masks follow, and records.
        view: Any view but ``hard``, which needs a reference model.
        seed: Of the masks; the first mask of each record is used.

    Returns:
        Float32 (record, E), L2-normalised, and float32 (record,), the share of the contract's
        samples that was not read.

    Raises:
        ConfigError: Unknown view, or ``hard``.
    """
    contract = predictor.checkpoint.contract
    rows, missing = [], []
    for start in range(0, len(records), BATCH):
        some = records[start : start + BATCH]
        fitted = [fit(record, contract) for _, record in some]
        masks = np.stack(
            [
                draw_masks(view, present_patches(record), 1, seed=seed, name=name)[0]
                for name, record in some
            ]
        )
        seen = np.stack([one.present for one in fitted]) & ~to_samples(masks, contract)
        visible = torch.from_numpy(seen)
        signal = torch.from_numpy(np.stack([one.signal for one in fitted]))
        in_mv = torch.tensor([[one.unit == "mV"] for one in fitted])
        read = ready(signal, visible, contract, in_mv).to(predictor.device)
        with torch.inference_mode():
            encoding = predictor.checkpoint.model.encode(*read)
        rows.append(encoding.embedding.float().cpu().numpy())
        missing.append(1 - seen.mean((1, 2)))
    return np.concatenate(rows), np.concatenate(missing).astype(np.float32)


def prompt_errors(
    predictor: Predictor, embedding: Floats, truth: NDArray[np.int8], codes: Sequence[str]
) -> Floats:
    """Brier score of each record: how far zero-shot probabilities lie from what is known.

    Args:
        predictor: The method; asked with each finding's first wording.
        embedding: (record, E), L2-normalised.
        truth: (record, finding): 1 true, 0 absent, −1 unknown.
        codes: Of the findings.

    Returns:
        Float32 (record,): mean squared distance over the known findings; NaN where none is known.
    """
    texts = [FINDINGS[code].phrases[0] for code in codes]
    cosine = embedding @ predictor.embed_texts(texts).float().cpu().numpy().T
    probability = np.array(
        [
            [predictor.calibration.probability(text, s)[0] for s in column]
            for text, column in zip(texts, cosine.T.tolist(), strict=True)
        ]
    ).T
    known = truth != UNKNOWN
    squares = np.where(known, (probability - truth) ** 2, 0.0).sum(1)
    counts = known.sum(1)
    return np.where(counts > 0, squares / np.maximum(1, counts), np.nan).astype(np.float32)


def truth_table(
    positive: Sequence[Iterable[str]], negative: Sequence[Iterable[str]]
) -> tuple[tuple[str, ...], NDArray[np.int8]]:
    """Return the findings that anything is known about, and int8 (record, finding)."""
    true, false = [set(one) for one in positive], [set(one) for one in negative]
    codes = tuple(code for code in FINDINGS if any(code in one for one in (*true, *false)))
    table = [
        [1 if c in t else 0 if c in f else UNKNOWN for c in codes]
        for t, f in zip(true, false, strict=True)
    ]
    return codes, np.array(table, np.int8).reshape(len(true), len(codes))


@dataclass(frozen=True, eq=False)
class Embedded:
    """One method's embeddings under one view.

    Attributes:
        method: Name of the method.
        view: Name of the view.
        checkpoint: Digest of the checkpoint.
        embedding: Float32 (record, E).
        missing: Float32 (record,), share that was not read.
        error: Float32 (record,), from ``prompt_errors``.
    """

    method: str
    view: str
    checkpoint: str
    embedding: Floats
    missing: Floats
    error: Floats


def make_panel(embedded: Embedded, groups: Sequence[str], seed: int) -> Panel:
    """Lay one method's embeddings out in the plane, and measure them."""
    xy = np.asarray(project(embedded.embedding, seed=seed).points, np.float32)
    quality: Mapping[str, Any] = embedding_quality(embedded.embedding, groups, xy, seed)
    return Panel(
        method=embedded.method,
        view=embedded.view,
        checkpoint=embedded.checkpoint,
        xy=xy,
        missing=embedded.missing,
        error=embedded.error,
        quality=quality,
    )


def simulated_map(
    predictors: Mapping[str, Predictor],
    records: int,
    views: Sequence[str],
    seed: int,
    progress: Progress = _quiet,
) -> tuple[EmbeddingMap, list[Embedded]]:
    """Make a map of a simulated population, whose records are drawn and need no files.

    Args:
        predictors: The methods by name.
        records: How many; at least five.
        views: Any but ``hard``.
        seed: Of records, views and pictures.
        progress: Told what is being done.

    Raises:
        ConfigError: Too few records, no method, or an unknown view.
    """
    if records < 5 or not predictors or not views:
        raise ConfigError(
            f"a map of {records} records, {len(predictors)} methods and {len(views)} views was "
            "asked for; give at least five records, one method and one view"
        )
    for view in views:
        check_view(view)
    known: list[Known] = []
    for chunk in range(-(-records // CHUNK)):
        progress("drawing", len(known), records)
        known += draw_records(seed, chunk)
    del known[records:]
    names = tuple(map(record_name, range(records)))
    codes, truth = truth_table([k.positive for k in known], [k.negative for k in known])
    groups = [group_of(k.positive) for k in known]
    pairs = [(name, k.record) for name, k in zip(names, known, strict=True)]
    embedded: list[Embedded] = []
    total = len(predictors) * len(views)
    for method, predictor in predictors.items():
        for view in views:
            progress("embedding", len(embedded), total)
            values, missing = embed_under(predictor, pairs, view, seed)
            error = prompt_errors(predictor, values, truth, codes)
            digest = predictor.checkpoint.digest
            embedded.append(Embedded(method, view, digest, values, missing, error))
    panels: list[Panel] = []
    for one in embedded:
        progress("laying out", len(panels), total)
        panels.append(make_panel(one, groups, seed))
    made = EmbeddingMap(
        title=f"{records:,} simulated ECGs",
        names=names,
        datasets=(population(seed),) * records,
        codes=codes,
        truth=truth,
        panels=tuple(panels),
        seed=seed,
        notes=(f"Simulated, seed {seed}: no patient stands behind any of these points.",),
    )
    return made, embedded
