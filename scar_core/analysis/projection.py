"""Embeddings in the plane (UMAP), and how well groups hold together in them.

Scores belong to the embeddings themselves unless they say otherwise: a picture can show groups
that are not there, and trustworthiness says how far it can be believed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Projection:
    """A picture of embeddings, and scores.

    Attributes:
        points: (x, y) of each record.
        seed: Of UMAP.
        neighbours: Neighbours that UMAP kept together, and that the scores look at.
        trustworthiness: Whether neighbours in the picture are neighbours in truth, in [0, 1].
        silhouette: Of the labels, on cosine distance of the embeddings, in [−1, 1]; None without
            two labels of which one has two records.
        purity: Mean share of a record's nearest neighbours, by cosine, that have its label; None
            without labels.
        by_chance: The purity that labels shuffled over the records would have; None likewise.
    """

    points: tuple[tuple[float, float], ...]
    seed: int
    neighbours: int
    trustworthiness: float
    silhouette: float | None
    purity: float | None
    by_chance: float | None

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def knn_purity(embeddings: Floats, labels: Sequence[str], neighbours: int) -> float:
    """Mean share of each record's nearest neighbours, by cosine, that have its label.

    Args:
        embeddings: (R, E).
        labels: R names.
        neighbours: How many; fewer than R.
    """
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True).clip(1e-12)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    nearest = np.argpartition(-cosine, neighbours - 1, axis=1)[:, :neighbours]
    names = np.asarray(labels)
    return float((names[nearest] == names[:, None]).mean())


def lay_out(
    embeddings: Floats, seed: int, neighbours: int, min_distance: float, start: str = "spectral"
) -> Floats:
    """Fit UMAP on cosine distance; the same seed gives the same picture.

    Args:
        embeddings: (R, E), finite.
        seed: Of UMAP.
        neighbours: Neighbours to keep together; fewer than R / 2.
        min_distance: How near points may lie.
        start: ``spectral``, or ``pca``, which is twice as fast for thousands.

    Returns:
        (R, 2).
    """
    import torch
    import umap

    threads = torch.get_num_threads()
    try:
        reducer = umap.UMAP(
            n_neighbors=neighbours, min_dist=min_distance, metric="cosine", random_state=seed,
            n_jobs=1,
            # The spectrum of a tiny graph is degenerate.
            init="pca" if len(embeddings) < 20 else start,
        )  # fmt: skip
        return np.asarray(reducer.fit_transform(embeddings))
    finally:
        # UMAP's compiled loops and torch share OpenMP: the number of threads that the former sets
        # made gradients ten times slower on busy machines.
        torch.set_num_threads(threads)


def project(
    embeddings: Floats,
    labels: Sequence[str] | None = None,
    *,
    seed: int = 0,
    neighbours: int = 15,
    min_distance: float = 0.1,
) -> Projection:
    """Lay embeddings out in the plane; the same seed gives the same picture.

    Args:
        embeddings: (R, E), finite.
        labels: A group for each record; None: no scores of groups.
        seed: Of UMAP.
        neighbours: Neighbours to keep together; lowered where there are too few records.
        min_distance: How near points may lie in the picture.

    Raises:
        ConfigError: Fewer than five records, or labels that do not fit them.
    """
    records = len(embeddings)
    if embeddings.ndim != 2 or records < 5 or not np.isfinite(embeddings).all():
        raise ConfigError(
            f"embeddings of shape {embeddings.shape} cannot be laid out; give at least five "
            "records with finite values"
        )
    if labels is not None and len(labels) != records:
        raise ConfigError(f"{len(labels)} labels for {records} records; give one for each")
    from sklearn.manifold import trustworthiness

    near = min(neighbours, (records - 1) // 2)
    points = lay_out(embeddings, seed, near, min_distance)
    silhouette = purity = chance = None
    if labels is not None:
        counts = np.unique(np.asarray(labels), return_counts=True)[1]
        if 2 <= len(counts) < records:
            from sklearn.metrics import silhouette_score

            silhouette = float(silhouette_score(embeddings, list(labels), metric="cosine"))
        purity = knn_purity(embeddings, labels, near)
        chance = float((counts * (counts - 1)).sum() / (records * (records - 1)))
    return Projection(
        tuple((float(x), float(y)) for x, y in points),
        seed,
        near,
        float(trustworthiness(embeddings, points, n_neighbors=near, metric="cosine")),
        silhouette,
        purity,
        chance,
    )
