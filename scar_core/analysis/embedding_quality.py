"""How well groups hold together in embeddings, and how far a picture of them can be believed.

Silhouette, purity and separation belong to the embeddings themselves, by cosine: a picture can show
groups that are not there. Trustworthiness is about the picture. Each figure that chance alone would
raise has its value by chance beside it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int_]

NEIGHBOURS = 15
SAMPLE = 4000
"""Of more records than this, so many are drawn by seed: distances grow with the square."""


def embedding_quality(
    embedding: Floats,
    labels: Sequence[str],
    xy: Floats,
    seed: int = 0,
    *,
    neighbours: int = NEIGHBOURS,
) -> dict[str, Any]:
    """Measure one method's embeddings of one view, and their picture.

    Args:
        embedding: (n, E), finite.
        labels: A group for each record; an empty text: none, and only trustworthiness counts it.
        xy: (n, 2), the picture.
        seed: Of the draw where there are more than ``SAMPLE`` records.
        neighbours: How many neighbours count; lowered where there are too few records.

    Returns:
        ``records``, ``scored`` (how many were looked at), ``neighbours``; ``silhouette`` in
        [−1, 1]; ``purity`` in [0, 1], the mean share of a record's nearest neighbours with its
        label, and ``purity_by_chance``; ``trustworthiness`` in [0, 1]; ``separation`` in [0, 1],
        the share of the embeddings' variance that lies between the labels, and
        ``separation_by_chance``; ``by_label``: ``label``, ``records``, ``purity`` and
        ``silhouette`` of each. None where a figure has no meaning: fewer than two labels.

    Raises:
        ConfigError: Shapes that do not fit, values that are not finite, or under five records.
    """
    n = len(embedding)
    good = embedding.ndim == 2 and xy.shape == (n, 2) and len(labels) == n and n >= 5
    if not (good and np.isfinite(embedding).all() and np.isfinite(xy).all()):
        raise ConfigError(
            f"embeddings {embedding.shape}, {len(labels)} labels and a picture {xy.shape} cannot be"
            " measured; give (n, E), n and (n, 2), finite, of at least five records"
        )
    rows = np.arange(n)
    if n > SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(n, SAMPLE, replace=False))
    unit = _unit(embedding[rows])
    cosine = unit @ unit.T
    near = min(neighbours, (len(rows) - 1) // 2)
    named = np.asarray(labels)[rows]
    return {
        "records": n,
        "scored": len(rows),
        "neighbours": near,
        "trustworthiness": trustworthiness(cosine, np.asarray(xy[rows], np.float64), near),
        **_of_groups(unit, cosine, named, neighbours),
    }


def _of_groups(unit: Floats, cosine: Floats, names: NDArray[Any], near: int) -> dict[str, Any]:
    kept = np.flatnonzero(names != "")
    labels, own = np.unique(names[kept], return_inverse=True)
    counts = np.bincount(own, minlength=len(labels))
    if not 2 <= len(labels) < len(kept):
        nothing = ("silhouette", "purity", "purity_by_chance", "separation", "separation_by_chance")
        return {**dict.fromkeys(nothing), "by_label": []}
    among = cosine[np.ix_(kept, kept)]
    purity = knn_purity(among, own, min(near, len(kept) - 1))
    silhouettes = silhouette(among, own)
    n = len(kept)
    return {
        "silhouette": float(silhouettes.mean()),
        "purity": float(purity.mean()),
        "purity_by_chance": float((counts * (counts - 1)).sum() / (n * (n - 1))),
        "separation": separation(unit[kept], own),
        "separation_by_chance": (len(labels) - 1) / (n - 1),
        "by_label": [
            {
                "label": str(label),
                "records": int(counts[k]),
                "purity": float(purity[own == k].mean()),
                "silhouette": float(silhouettes[own == k].mean()),
            }
            for k, label in enumerate(labels)
        ],
    }


def _unit(embedding: Floats) -> Floats:
    values = np.asarray(embedding, np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True).clip(1e-12))


def knn_purity(cosine: Floats, own: Ints, neighbours: int) -> NDArray[np.float64]:
    """Share of each record's nearest neighbours that have its label.

    Args:
        cosine: (n, n).
        own: (n,), number of each record's label.
        neighbours: How many; fewer than n.

    Returns:
        (n,).
    """
    others = cosine.copy()
    np.fill_diagonal(others, -np.inf)
    nearest = np.argpartition(-others, neighbours - 1, axis=1)[:, :neighbours]
    return np.asarray((own[nearest] == own[:, None]).mean(1), np.float64)


def silhouette(cosine: Floats, own: Ints) -> NDArray[np.float64]:
    """Silhouette of each record on cosine distance, 0 where its label has no other record.

    Source: Rousseeuw, J. Comput. Appl. Math. 20 (1987), 53–65.

    Args:
        cosine: (n, n).
        own: (n,), number of each record's label, from 0 without gaps.

    Returns:
        (n,), in [−1, 1].
    """
    counts = np.bincount(own).astype(np.float64)
    member = np.eye(len(counts))[own]  # (n, label)
    sums = (1.0 - np.asarray(cosine, np.float64)).clip(0) @ member
    rows = np.arange(len(own))
    alone = counts[own] == 1
    within = sums[rows, own] / np.maximum(1, counts[own] - 1)
    between = sums / counts
    between[rows, own] = np.inf
    nearest = between.min(1)
    widest = np.maximum(np.maximum(within, nearest), 1e-12)
    return np.asarray(np.where(alone, 0.0, (nearest - within) / widest))


def separation(values: Floats, own: Ints) -> float:
    """Share of the variance that lies between the labels' means (η²), in [0, 1].

    Args:
        values: (n, E).
        own: (n,), number of each record's label, from 0 without gaps.
    """
    values = np.asarray(values, np.float64)
    centred = values - values.mean(0)
    counts = np.bincount(own).astype(np.float64)
    means = (np.eye(len(counts))[own].T @ centred) / counts[:, None]
    total = float((centred**2).sum())
    return float((counts[:, None] * means**2).sum() / total) if total > 0 else 0.0


def trustworthiness(cosine: Floats, xy: NDArray[np.float64], neighbours: int) -> float:
    """Whether neighbours in the picture are neighbours in truth, by cosine, in [0, 1].

    Source: Venna and Kaski, ICANN 2001.

    Args:
        cosine: (n, n), of the embeddings.
        xy: (n, 2).
        neighbours: How many; fewer than n / 2.
    """
    n = len(xy)
    order = -np.asarray(cosine, np.float32)
    np.fill_diagonal(order, -np.inf)
    penalty = 0
    for start in range(0, n, 500):  # ranks of all pairs at once would need n² integers
        some = slice(start, start + 500)
        ranks = order[some].argsort(1, kind="stable").argsort(1)
        away = ((xy[some, None] - xy[None]) ** 2).sum(-1)
        away[np.arange(len(away)), np.arange(start, start + len(away))] = np.inf
        seen = np.argpartition(away, neighbours - 1, axis=1)[:, :neighbours]
        excess = np.take_along_axis(ranks, seen, 1) - neighbours
        penalty += int(excess[excess > 0].sum())
    return 1.0 - penalty * 2 / (n * neighbours * (2 * n - 3 * neighbours - 1))
