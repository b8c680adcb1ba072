"""Where new embeddings belong on a map that is already drawn, and which records lie near them.

A place is the barycentre of the nearest records of the map, in the embedding space, weighted by
distance: an embedding that the map holds lies exactly on its point, and no picture is fitted again.
It is an approximation. ``strange`` says where it should not be believed: an embedding farther from
every record than the map's own records are from each other.

On the shipped map records placed by the others come within 0.3 to 0.6 % of the picture's diagonal
of their own points (median); UMAP's own transform puts them within 0.7 % of these places, after a
first call of tens of seconds, and a second for two hundred records where this takes 0.1 s.

Source: Shepard, ACM National Conference 1968 (inverse-distance weights).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int_]

NEIGHBOURS = 8
POWER = 4.0
"""Weights fall with this power of the distance."""
STRANGE = 0.99
"""Quantile of the map's own nearest distances above which an embedding is strange to it."""
_EXACT = 1e-4
"""Distances below this are rounding (embeddings are stored as float16)."""
_ROWS = 512


@dataclass(frozen=True, eq=False)
class Placed:
    """Places of embeddings on a map.

    Attributes:
        xy: Float64 (q, 2).
        distance: Float64 (q,), chord to the nearest record of the map, in [0, 2].
        strange: Bool (q,), farther from every record than the map's own are from each other.
        nearest: Int (q, k), rows of the map, nearest first.
    """

    xy: NDArray[np.float64]
    distance: NDArray[np.float64]
    strange: NDArray[np.bool_]
    nearest: Ints


def nearest_rows(
    queries: Floats, embedding: Floats, k: int, without: Sequence[int] | None = None
) -> tuple[Ints, NDArray[np.float64]]:
    """Find the nearest records of a map by cosine.

    Args:
        queries: (q, E), L2-normalised.
        embedding: (n, E), L2-normalised.
        k: How many; at most n, and less than n where rows are left out.
        without: For each query a row of the map that does not count.

    Returns:
        Rows (q, k), nearest first (of equals the lower row first), and their cosines (q, k).

    Raises:
        ConfigError: Widths that differ, or more neighbours than the map has.
    """
    n = len(embedding) - (without is not None)
    if queries.ndim != 2 or queries.shape[1:] != embedding.shape[1:] or not 1 <= k <= n:
        raise ConfigError(
            f"{k} neighbours of embeddings {queries.shape} were asked for among {embedding.shape}; "
            f"give vectors of the same width and ask for 1 to {n}"
        )
    rows, cosines = [], []
    for start in range(0, len(queries), _ROWS):
        cosine = (
            np.asarray(queries[start : start + _ROWS], np.float32)
            @ np.asarray(embedding, np.float32).T
        )
        if without is not None:
            left = np.asarray(without[start : start + _ROWS])
            cosine[np.arange(len(cosine)), left] = -np.inf
        near = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
        near.sort(axis=1)
        found = np.take_along_axis(cosine, near, 1)
        order = np.argsort(-found, axis=1, kind="stable")
        rows.append(np.take_along_axis(near, order, 1))
        cosines.append(np.take_along_axis(found, order, 1))
    if not rows:
        return np.zeros((0, k), np.int_), np.zeros((0, k))
    return np.concatenate(rows), np.concatenate(cosines).astype(np.float64)


def chord(cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of unit vectors with this cosine."""
    return np.asarray(np.sqrt(np.maximum(0.0, 2.0 - 2.0 * cosine)))


def usual_distance(embedding: Floats, quantile: float = STRANGE, most: int = 2000) -> float:
    """How far apart nearest neighbours of a map are: this quantile of their chords.

    Args:
        embedding: (n, E), L2-normalised; n at least 2.
        quantile: Which one.
        most: At most so many records, evenly spaced, are looked at.
    """
    rows = np.unique(np.linspace(0, len(embedding) - 1, min(most, len(embedding))).astype(int))
    _, cosine = nearest_rows(embedding[rows], embedding, 1, without=rows.tolist())
    return float(np.quantile(chord(cosine[:, 0]), quantile))


def place(
    queries: Floats,
    embedding: Floats,
    xy: Floats,
    *,
    limit: float | None = None,
    neighbours: int = NEIGHBOURS,
    without: Sequence[int] | None = None,
) -> Placed:
    """Place embeddings on a map.

    Args:
        queries: (q, E), L2-normalised, from the method that made the map.
        embedding: (n, E), the map's, L2-normalised.
        xy: (n, 2), the map's picture.
        limit: Chord above which an embedding is strange; None: ``usual_distance``.
        neighbours: How many carry a place; fewer where the map is smaller.
        without: For each query a row of the map that does not count, to try the rule on records
            whose places are known.

    Raises:
        ConfigError: Widths that differ.
    """
    k = min(neighbours, len(embedding) - (without is not None))
    near, cosine = nearest_rows(queries, embedding, k, without)
    away = chord(cosine)
    places = np.asarray(xy, np.float64)[near]  # (q, k, 2)
    weights = (away / np.maximum(away[:, :1], _EXACT) + 1e-9) ** -POWER
    weights = np.where(away[:, :1] < _EXACT, away < _EXACT, weights)
    # Records that share an embedding share its weight; the first of them is the one meant.
    exact = away[:, 0] < _EXACT
    weights[exact, 1:] = 0.0
    mean = (weights[..., None] * places).sum(1) / weights.sum(1)[:, None]
    limit = usual_distance(embedding) if limit is None else limit
    return Placed(mean, away[:, 0], away[:, 0] > limit, near)


def placement_error(
    embedding: Floats, xy: Floats, neighbours: int = NEIGHBOURS, most: int = 1000
) -> float:
    """Median distance of records from their own points when placed by the others.

    Args:
        embedding: (n, E), L2-normalised.
        xy: (n, 2).
        neighbours: As in ``place``.
        most: At most so many records, evenly spaced, are tried.

    Returns:
        As a share of the picture's diagonal.
    """
    rows = np.unique(np.linspace(0, len(xy) - 1, min(most, len(xy))).astype(int))
    found = place(
        embedding[rows], embedding, xy, limit=np.inf, neighbours=neighbours, without=rows.tolist()
    )
    away = np.linalg.norm(found.xy - xy[rows], axis=1)
    return float(np.median(away) / np.linalg.norm(np.ptp(xy, axis=0)))
