"""The losses against loops, and where their gradients may not go."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from scar_core.nn.losses import budget_loss, consistency, finding_alignment, info_nce
from tests.reference import losses as reference


def unit_rows(seed: int, n: int, width: int = 6) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(n, width, generator=generator), dim=-1)


@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(0.05, 1), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_info_nce_is_two_softmaxes(seed: int, n: int, temperature: float, share: float) -> None:
    records, texts = unit_rows(seed, n), unit_rows(seed + 1, n)
    same = torch.rand(n, n, generator=torch.Generator().manual_seed(seed)) < share
    for mask in (None, same):
        got = info_nce(records, texts, temperature, mask).item()
        told = None if mask is None else mask.tolist()
        expected = reference.info_nce(records.tolist(), texts.tolist(), temperature, told)
        assert got == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_texts_that_say_the_same_are_no_negatives() -> None:
    records, texts = unit_rows(0, 3), unit_rows(1, 3)
    nobody = torch.zeros(3, 3, dtype=torch.bool)
    everybody = torch.ones(3, 3, dtype=torch.bool)
    plain = info_nce(records, texts, 0.1)
    assert torch.equal(info_nce(records, texts, 0.1, nobody), plain)
    assert info_nce(records, texts, 0.1, everybody).item() == 0.0
    one = nobody.clone()
    one[0, 2] = True
    assert info_nce(records, texts, 0.1, one) < plain


def test_same_on_the_diagonal_changes_nothing() -> None:
    records, texts = unit_rows(2, 4), unit_rows(3, 4)
    diagonal = torch.eye(4, dtype=torch.bool)
    assert torch.equal(info_nce(records, texts, 0.1, diagonal), info_nce(records, texts, 0.1))


def test_info_nce_gradient_is_finite_where_negatives_are_left_out() -> None:
    records = unit_rows(4, 4).requires_grad_(True)
    info_nce(records, unit_rows(5, 4), 0.07, torch.ones(4, 4, dtype=torch.bool)).backward()  # type: ignore[no-untyped-call]
    assert records.grad is not None and torch.isfinite(records.grad).all()


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_finding_alignment_is_a_mean_of_means(seed: int, n: int, c: int) -> None:
    rng = np.random.default_rng(seed)
    similarity = torch.tensor(rng.uniform(-1, 1, (n, c)), dtype=torch.float32)
    truth = torch.tensor(rng.choice([0.0, 1.0, math.nan], (n, c)), dtype=torch.float32)
    bias = torch.tensor(rng.normal(size=c), dtype=torch.float32)
    got = finding_alignment(similarity, truth, torch.tensor(4.0), bias).item()
    expected = reference.finding_alignment(similarity.tolist(), truth.tolist(), 4.0, bias.tolist())
    assert got == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_unknown_truth_sends_no_gradient() -> None:
    similarity = torch.zeros(2, 2, requires_grad=True)
    truth = torch.tensor([[1.0, math.nan], [math.nan, math.nan]])
    finding_alignment(similarity, truth, torch.tensor(1.0), torch.zeros(2)).backward()  # type: ignore[no-untyped-call]
    assert similarity.grad is not None
    assert similarity.grad[0, 0] != 0
    assert similarity.grad.flatten()[1:].tolist() == [0.0, 0.0, 0.0]


def test_rare_findings_count_as_much_as_common_ones() -> None:
    """Nine records of a finding that is answered well, one of a finding that is answered badly."""
    similarity = torch.tensor([[1.0, 0.0]] * 9 + [[1.0, -1.0]])
    truth = torch.tensor([[1.0, math.nan]] * 9 + [[math.nan, 1.0]])
    got = finding_alignment(similarity, truth, torch.tensor(5.0), torch.zeros(2)).item()
    well, badly = math.log1p(math.exp(-5)), math.log1p(math.exp(5))
    assert got == pytest.approx((well + badly) / 2, rel=1e-5)


def test_nothing_known_costs_nothing() -> None:
    truth = torch.full((2, 3), math.nan)
    assert finding_alignment(torch.ones(2, 3), truth, torch.tensor(1.0), torch.zeros(3)) == 0


def test_consistency_is_one_minus_cosine() -> None:
    generator = torch.Generator().manual_seed(6)
    partial, full = torch.randn(2, 5, 4, generator=generator)  # not normalised: cosine does it
    expected = reference.consistency(partial.tolist(), full.tolist())
    assert consistency(partial, full).item() == pytest.approx(expected, rel=1e-5)
    assert consistency(partial, 3 * partial).item() == pytest.approx(0.0, abs=1e-6)
    assert consistency(partial, -partial).item() == pytest.approx(2.0)


def test_no_gradient_flows_into_the_full_view() -> None:
    partial = torch.randn(3, 4, requires_grad=True)
    full = torch.randn(3, 4, requires_grad=True)
    consistency(partial, full).backward()  # type: ignore[no-untyped-call]
    assert full.grad is None
    assert partial.grad is not None and partial.grad.abs().sum() > 0


@given(st.integers(0, 10_000), st.floats(0.05, 0.9))
@settings(max_examples=30, deadline=None)
def test_budget_loss_against_a_count(seed: int, budget: float) -> None:
    rng = np.random.default_rng(seed)
    gate = torch.tensor(rng.uniform(size=(3, 2, 4)), dtype=torch.float32)
    present = torch.tensor(rng.integers(0, 2, (3, 2, 4)), dtype=torch.float32)
    expected = reference.budget_loss(gate.tolist(), present.tolist(), budget)
    assert budget_loss(gate, present, budget).item() == pytest.approx(expected, rel=1e-4)


def test_budget_loss_is_zero_at_the_budget_and_pulls_towards_it() -> None:
    present = torch.ones(1, 1, 10)
    gate = torch.zeros(1, 1, 10)
    gate[..., :3] = 1
    assert budget_loss(gate, present, 0.3).item() == pytest.approx(0.0, abs=1e-10)
    for value, sign in ((0.1, -1), (0.9, 1)):
        soft = torch.full((1, 1, 10), value, requires_grad=True)
        budget_loss(soft, present, 0.3).backward()  # type: ignore[no-untyped-call]
        assert soft.grad is not None and (soft.grad.sign() == sign).all()


def test_budget_is_judged_per_record() -> None:
    """Removing all of one record and nothing of another is not on budget."""
    gate = torch.stack([torch.ones(1, 4), torch.zeros(1, 4)])
    assert budget_loss(gate, torch.ones(2, 1, 4), 0.5).item() == pytest.approx(1.0)
