"""Places on a map: exact where the embedding is known, between its neighbours elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.analysis.neighbours import (
    chord,
    nearest_rows,
    place,
    placement_error,
    usual_distance,
)
from scar_core.errors import ConfigError


def made(seed: int, n: int = 60, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, width))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return values.astype(np.float32), rng.normal(size=(n, 2))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(9, 60))
def test_a_point_placed_at_its_own_embedding_lands_on_itself(seed: int, n: int) -> None:
    values, xy = made(seed, n)
    placed = place(values, values, xy)
    assert np.abs(placed.xy - xy).max() < 1e-9
    assert placed.distance.max() < 1e-3
    assert not placed.strange.any()
    assert (placed.nearest[:, 0] == np.arange(n)).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999))
def test_a_place_lies_among_its_neighbours(seed: int) -> None:
    values, xy = made(seed)
    queries, _ = made(seed + 5000, 10)
    placed = place(queries, values, xy, neighbours=5)
    near = xy[placed.nearest]
    assert (placed.xy >= near.min(1) - 1e-9).all()
    assert (placed.xy <= near.max(1) + 1e-9).all()


def test_small_steps_make_small_moves() -> None:
    values, xy = made(1)
    start, stop = values[3].astype(float), values[4].astype(float)
    path = np.array([(1 - t) * start + t * stop for t in np.linspace(0, 1, 400)])
    path /= np.linalg.norm(path, axis=1, keepdims=True)
    placed = place(path, values, xy, neighbours=len(values) - 1)
    steps = np.linalg.norm(np.diff(placed.xy, axis=0), axis=1)
    assert steps.max() < 0.1 * np.linalg.norm(np.ptp(xy, axis=0))
    assert np.allclose(placed.xy[[0, -1]], xy[[3, 4]], atol=1e-3)


def test_nearest_rows_are_those_of_a_full_sort() -> None:
    values, _ = made(2)
    queries, _ = made(3, 7)
    rows, cosine = nearest_rows(queries, values, 5)
    every = queries @ values.T
    assert np.array_equal(rows, np.argsort(-every, axis=1, kind="stable")[:, :5])
    assert np.allclose(cosine, np.sort(every, axis=1)[:, ::-1][:, :5], atol=1e-6)
    without, _ = nearest_rows(values, values, 5, without=range(len(values)))
    assert (without != np.arange(len(values))[:, None]).all()


def test_what_is_unlike_the_map_is_strange() -> None:
    rng = np.random.default_rng(0)
    values = np.eye(8)[0] + 0.05 * rng.normal(size=(50, 8))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    limit = usual_distance(values)
    placed = place(np.eye(8)[[0, 3]], values, rng.normal(size=(50, 2)), limit=limit)
    assert placed.strange.tolist() == [False, True]
    assert chord(np.array([1.0, 0.0, -1.0])) == pytest.approx([0, 2**0.5, 2])


def test_records_of_a_smooth_picture_are_found_again() -> None:
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 6, 400)
    values = np.stack([np.cos(angle), np.sin(angle), 0.5 * np.cos(2 * angle)], axis=1)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    assert placement_error(values, values[:, :2]) < 0.01
    assert placement_error(values, rng.normal(size=(400, 2))) > 0.1


def test_shapes_must_fit() -> None:
    values, xy = made(0)
    with pytest.raises(ConfigError, match="same width"):
        place(values[:, :5], values, xy)
    with pytest.raises(ConfigError, match="ask for 1 to 60"):
        nearest_rows(values, values, 61)
