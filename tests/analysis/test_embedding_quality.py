"""Figures of embeddings against scikit-learn's, and against what they mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.analysis import embedding_quality as module
from scar_core.analysis.embedding_quality import embedding_quality
from scar_core.errors import ConfigError


def made(seed: int, n: int = 90, spread: float = 1.0) -> tuple[np.ndarray, list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    values = rng.normal(size=(3, 8))[labels] * 2 + spread * rng.normal(size=(n, 8))
    return values, [("a", "b", "c")[k] for k in labels], values[:, :2] + rng.normal(size=(n, 2))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    from sklearn.manifold import trustworthiness
    from sklearn.metrics import silhouette_score
    from sklearn.neighbors import NearestNeighbors

    values, labels, xy = made(seed)
    found = embedding_quality(values, labels, xy, 0)
    assert found["silhouette"] == pytest.approx(
        silhouette_score(values, labels, metric="cosine"), abs=1e-4
    )
    assert found["trustworthiness"] == pytest.approx(
        trustworthiness(values, xy, n_neighbors=15, metric="cosine"), abs=1e-4
    )
    near = NearestNeighbors(n_neighbors=15, metric="cosine").fit(values).kneighbors()[1]
    names = np.asarray(labels)
    assert found["purity"] == pytest.approx((names[near] == names[:, None]).mean(), abs=2e-3)
    assert found["neighbours"] == 15
    rows = found["by_label"]
    mean = sum(row["silhouette"] * row["records"] for row in rows) / found["records"]
    assert mean == pytest.approx(found["silhouette"])


def test_separation_is_the_share_of_variance_between_labels() -> None:
    values, labels, xy = made(3)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    names = np.asarray(labels)
    within = sum(
        ((unit[names == k] - unit[names == k].mean(0)) ** 2).sum() for k in sorted(set(labels))
    )
    total = ((unit - unit.mean(0)) ** 2).sum()
    found = embedding_quality(values, labels, xy, 0)
    assert found["separation"] == pytest.approx(1 - within / total, abs=1e-5)


def test_shuffled_labels_come_to_chance() -> None:
    values, labels, xy = made(4, n=600)
    shuffled = list(np.random.default_rng(0).permutation(labels))
    told, chance = (embedding_quality(values, names, xy, 0) for names in (labels, shuffled))
    assert told["purity"] > chance["purity"] + 0.2
    assert chance["purity"] == pytest.approx(chance["purity_by_chance"], abs=0.03)
    assert chance["separation"] == pytest.approx(chance["separation_by_chance"], abs=0.02)
    assert abs(chance["silhouette"]) < 0.05


def test_records_without_a_label_count_for_the_picture_only() -> None:
    values, labels, xy = made(5)
    odd = [name if i % 2 else "" for i, name in enumerate(labels)]
    found = embedding_quality(values, odd, xy, 0)
    alone = embedding_quality(values[1::2], odd[1::2], xy[1::2], 0)
    whole = embedding_quality(values, labels, xy, 0)
    assert found["silhouette"] == pytest.approx(alone["silhouette"], abs=1e-6)
    assert found["purity"] == pytest.approx(alone["purity"])
    assert found["trustworthiness"] == whole["trustworthiness"]


def test_one_label_has_no_groups() -> None:
    values, _, xy = made(6, n=20)
    found = embedding_quality(values, ["a"] * 20, xy, 0)
    assert found["silhouette"] is None
    assert found["by_label"] == []
    assert found["trustworthiness"] > 0


def test_many_records_are_drawn_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAMPLE", 60)
    values, labels, xy = made(7)
    first, again, other = (embedding_quality(values, labels, xy, s) for s in (1, 1, 2))
    assert first == again != other
    assert (first["records"], first["scored"]) == (90, 60)


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 40), st.integers(0, 1000))
def test_figures_stay_in_their_range(n: int, seed: int) -> None:
    values, labels, xy = made(seed, n)
    found = embedding_quality(values, labels, xy, seed)
    assert 0 <= found["trustworthiness"] <= 1
    for key, low in (("silhouette", -1), ("purity", 0), ("separation", 0)):
        assert found[key] is None or low <= found[key] <= 1 + 1e-9


@pytest.mark.parametrize("n", [0, 4])
def test_too_few_records_are_refused(n: int) -> None:
    with pytest.raises(ConfigError, match="at least five"):
        embedding_quality(np.ones((n, 2)), ["a"] * n, np.ones((n, 2)), 0)


def test_shapes_must_fit() -> None:
    with pytest.raises(ConfigError, match="5 labels"):
        embedding_quality(np.ones((6, 2)), ["a"] * 5, np.ones((6, 2)), 0)
