"""CMRS against its slow twin, and the properties that the protocol promises."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.evaluation.cmrs import (
    BANDS,
    VARIANTS,
    Terms,
    UndefinedScoreError,
    Variant,
    agreement,
    by_band,
    by_label,
    by_lead,
    by_partition,
    cmrs,
    d,
    d_by_class,
    decompose,
    terms,
)
from tests.reference import cmrs as reference

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
probability = st.floats(0, 1).map(lambda p: round(p, 6))


def made(seed: int, items: int = 12, classes: int = 4) -> dict[str, Floats]:
    """Random answers: the reference's, its masked ones near them, a method's anywhere."""
    rng = np.random.default_rng(seed)
    p0 = rng.uniform(size=(items, classes))
    return {
        "q": rng.uniform(size=(items, classes)),
        "p0": p0,
        "pm": np.clip(p0 + rng.normal(scale=0.2, size=p0.shape), 0, 1),
        "prior": rng.uniform(0.05, 0.6, classes),
        "severity": rng.uniform(0, 0.9, items),
    }


def terms_of(asked: dict[str, Floats], variant: Variant = "skill") -> Terms:
    return terms(asked["q"], asked["p0"], asked["pm"], asked["prior"], asked["severity"], variant)


@given(seeds, st.integers(1, 20), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_the_score_against_the_slow_twin(seed: int, items: int, classes: int) -> None:
    given_ = made(seed, items, classes)
    slow = [
        (s, q, p0, pm)
        for s, q, p0, pm in zip(
            given_["severity"].tolist(), given_["q"].tolist(), given_["p0"].tolist(),
            given_["pm"].tolist(), strict=True,
        )
    ]  # fmt: skip
    assert cmrs(terms_of(given_)) == pytest.approx(
        reference.score(slow, given_["prior"].tolist()), abs=1e-9
    )


@given(probability, probability)
def test_d_is_symmetric_and_zero_only_on_equality(p: float, q: float) -> None:
    a, b = np.array([p]), np.array([q])
    assert d(a, b) == d(b, a)
    assert 0 <= float(d(a, b)) <= 1
    assert (float(d(a, b)) == 0) is (p == q)
    assert float(d(a, b)) == pytest.approx(reference.distance([p], [q]), abs=1e-12)


def test_d_of_opposite_certainties_is_one() -> None:
    assert float(d(np.array([0.0, 1.0]), np.array([1.0, 0.0]))) == pytest.approx(1)
    assert d_by_class(np.array([0.0, 0.5]), np.array([1.0, 0.5])).tolist() == [1.0, 0.0]


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_the_reference_on_full_views_scores_100_and_the_prior_0(seed: int) -> None:
    asked = made(seed)
    assert cmrs(terms_of(asked | {"q": asked["p0"]})) == pytest.approx(100)
    prior = np.broadcast_to(asked["prior"], asked["p0"].shape)
    assert not terms_of(asked).floored.any()
    assert cmrs(terms_of(asked | {"q": prior})) == pytest.approx(0, abs=1e-9)


@given(seeds, st.floats(1e-6, 1e6))
@settings(max_examples=40, deadline=None)
def test_scaling_severity_changes_nothing(seed: int, scale: float) -> None:
    asked = made(seed)
    scaled = asked | {"severity": scale * asked["severity"]}
    assert cmrs(terms_of(scaled)) == pytest.approx(cmrs(terms_of(asked)))


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_order_does_not_matter(seed: int) -> None:
    asked = made(seed)
    order = np.random.default_rng(seed).permutation(12)
    moved = {k: v if k == "prior" else v[order] for k, v in asked.items()}
    assert cmrs(terms_of(moved)) == pytest.approx(cmrs(terms_of(asked)))


@given(seeds, st.sampled_from(VARIANTS))
@settings(max_examples=60, deadline=None)
def test_every_decomposition_adds_up(seed: int, variant: Variant) -> None:
    asked = made(seed)
    items = terms_of(asked, variant)
    rng = np.random.default_rng(seed)
    leads = rng.dirichlet(np.ones(12), 12) * items.severity[:, None]
    kinds = rng.choice(["lead", "time", "random"], 12)
    band, bands = by_band(items)
    for parts, names in (
        by_partition(items, kinds.tolist()),
        by_partition(items, [f"r{k}" for k in range(12)]),
        (band, bands),
        (by_lead(items, leads), [f"lead {k}" for k in range(12)]),
        (by_label(items, asked["p0"], asked["pm"]), list("abcd")),
    ):
        groups = decompose(parts, items.agreement, names)
        assert [group.name for group in groups] == list(names)
        assert sum(group.share for group in groups) == pytest.approx(1)
        whole = sum(group.share * (group.score or 0) for group in groups)
        assert whole == pytest.approx(cmrs(items))
        assert all((group.score is None) is (group.share == 0) for group in groups)


def test_a_group_is_the_score_of_its_own_items() -> None:
    asked = made(3)
    items = terms_of(asked)
    kinds = ["lead", "time"] * 6
    groups = {g.name: g for g in decompose(*swap(by_partition(items, kinds), items))}
    for kind in ("lead", "time"):
        rows = np.array([k == kind for k in kinds])
        own = {k: v if k == "prior" else v[rows] for k, v in asked.items()}
        assert groups[kind].score == pytest.approx(cmrs(terms_of(own)))
        assert groups[kind].items == 6


def swap(parts: tuple[Floats, list[str]], items: Terms) -> tuple[Floats, Floats, list[str]]:
    return parts[0], items.agreement, parts[1]


def test_bands_hold_what_they_say() -> None:
    severity = np.array([0.01, 0.05, 0.0501, 0.3, 0.4, 0.95])
    items = Terms(severity, np.ones(6), np.zeros(6), np.zeros(6, bool))
    parts, names = by_band(items)
    assert names == ["0–5 %", "5–10 %", "10–20 %", "20–40 %", "40–100 %"]
    for value, row in zip(severity, parts, strict=True):
        low, high = list(pairwise(BANDS))[int(row.argmax())]
        assert low < value <= high and row.max() == pytest.approx(value)


def test_what_is_not_defined_is_an_error_with_a_reason() -> None:
    asked = made(0)
    for silent in ({"pm": asked["p0"]}, {"severity": np.zeros(12)}):
        items = terms_of(asked | silent)
        with pytest.raises(UndefinedScoreError, match="no mask hides anything that moves"):
            cmrs(items)
        with pytest.raises(UndefinedScoreError, match="nothing to take apart"):
            decompose(*swap(by_partition(items, ["a"] * 12), items))
    with pytest.raises(UndefinedScoreError, match="orders classes, but there is 1"):
        terms_of(made(0, classes=1), "rank")
    with pytest.raises(ConfigError, match="choose from: skill, js, rank"):
        terms_of(asked, "other")  # type: ignore[arg-type]


def test_the_floor_is_used_and_counted() -> None:
    prior = np.array([0.2, 0.3])
    p0 = np.stack([prior, prior + 0.2])
    kept, floored = agreement(p0 + 0.1, p0, prior)
    assert floored.tolist() == [True, False] and kept[0] == 0
    kept, floored = agreement(p0, p0, prior)
    assert kept.tolist() == [1, 1]


def test_the_other_variants() -> None:
    p0, prior = np.array([[0.1, 0.5, 0.9]]), np.full(3, 0.5)
    for q, js, order in (
        ([[0.1, 0.5, 0.9]], 1.0, 1.0),
        ([[0.9, 0.5, 0.1]], 1 - reference.distance([0.9, 0.5, 0.1], [0.1, 0.5, 0.9]), 0.0),
        ([[0.3, 0.3, 0.3]], 1 - reference.distance([0.3, 0.3, 0.3], [0.1, 0.5, 0.9]), 0.5),
        ([[0.2, 0.3, 0.4]], 1 - reference.distance([0.2, 0.3, 0.4], [0.1, 0.5, 0.9]), 1.0),
    ):
        assert agreement(np.array(q), p0, prior, "js")[0] == pytest.approx([js])
        assert agreement(np.array(q), p0, prior, "rank")[0] == pytest.approx([order])


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_weights_decide_between_items(seed: int) -> None:
    """With all weight on one item, the score is that item's agreement."""
    asked = made(seed)
    severity = np.zeros(12)
    severity[5] = 0.3
    items = terms_of(asked | {"severity": severity})
    assume(items.impact[5] > 0)
    assert cmrs(items) == pytest.approx(100 * items.agreement[5])
