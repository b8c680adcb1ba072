"""Selector weights: a distribution over what is visible, and over nothing else."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.nn.selector import LeadBlock, LeadLinear, Selector, masked_softmax
from tests.methods.tiny import opinionated
from tests.reference import losses as reference


@given(st.integers(0, 10_000), st.integers(1, 8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_masked_softmax_against_a_loop(seed: int, tokens: int, fractions: bool) -> None:
    rng = np.random.default_rng(seed)
    scores = torch.tensor(rng.normal(0, 4, (2, 3, tokens)), dtype=torch.float32)
    keep = rng.integers(0, 2, (2, 1, tokens)) * (
        rng.uniform(size=(2, 1, tokens)) if fractions else 1
    )
    kept = torch.tensor(keep, dtype=torch.float32)
    weights = masked_softmax(scores, kept)
    for b in range(2):
        for h in range(3):
            expected = reference.softmax_over_visible(scores[b, h].tolist(), kept[b, 0].tolist())
            assert weights[b, h].tolist() == pytest.approx(expected, rel=1e-4, abs=1e-7)
    assert (weights[(kept == 0).expand_as(weights)] == 0).all()
    sums = weights.sum(-1)[(kept > 0).any(-1).expand(2, 3)]
    torch.testing.assert_close(sums, torch.ones_like(sums))


@pytest.mark.parametrize("hidden_score", [1e4, float("inf")])
def test_hidden_scores_of_any_size_take_no_weight(hidden_score: float) -> None:
    scores = torch.tensor([[[1.0, hidden_score, 2.0]]])
    weights = masked_softmax(scores, torch.tensor([[[1.0, 0.0, 1.0]]]))
    expected = reference.softmax_over_visible([1.0, 2.0], [1.0, 1.0])
    assert weights[0, 0, 1] == 0
    assert weights[0, 0, [0, 2]].tolist() == pytest.approx(expected)


def test_nothing_visible_gives_zeros_and_finite_gradients() -> None:
    scores = torch.randn(1, 2, 4, requires_grad=True)
    weights = masked_softmax(scores, torch.zeros(1, 1, 4))
    assert (weights == 0).all()
    weights.sum().backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None and torch.isfinite(scores.grad).all()


def test_large_scores_do_not_overflow() -> None:
    weights = masked_softmax(torch.tensor([[[1e4, 1e4, -1e4]]]), torch.ones(1, 1, 3))
    assert weights.flatten().tolist() == pytest.approx([0.5, 0.5, 0.0])


def selector(pool: str = "selector", heads: int = 2) -> Selector:
    torch.manual_seed(0)
    return opinionated(Selector(8, heads, 5, pool=pool)).eval()


@pytest.mark.parametrize("context", [0, 2])
def test_untrained_it_weighs_every_visible_token_the_same(context: int) -> None:
    model = Selector(8, 2, 5, context=context, n_leads=3).eval()
    keep = torch.ones(1, 3, 4)
    keep[0, 1], keep[0, 2, 0] = 0, 0
    with torch.inference_mode():
        weights = model(torch.randn(1, 3, 4, 8), keep).weights
    torch.testing.assert_close(weights, (keep / keep.sum())[:, None].expand_as(weights))


def test_selector_pools_by_its_own_weights() -> None:
    model = selector()
    tokens, keep = torch.randn(2, 3, 4, 8), (torch.rand(2, 3, 4) > 0.4).float()
    with torch.inference_mode():
        embedding, weights = model(tokens, keep)
        assert weights.shape == (2, 2, 3, 4)
        torch.testing.assert_close(weights.sum((2, 3)), torch.ones(2, 2))
        assert (weights[(keep == 0).unsqueeze(1).expand_as(weights)] == 0).all()
        torch.testing.assert_close(embedding.norm(dim=-1), torch.ones(2))
        for b in range(2):
            pooled = []
            for h in range(2):
                head = torch.zeros(8)
                for lead in range(3):
                    for patch in range(4):
                        value = model.value(tokens[b, lead, patch])
                        head = head + weights[b, h, lead, patch] * value
                pooled.append(head)
            slow = model.project(torch.cat(pooled))
            torch.testing.assert_close(embedding[b], slow / slow.norm(), rtol=1e-4, atol=1e-5)


def test_mean_pool_is_a_plain_average_of_what_is_visible() -> None:
    model = selector("mean")
    keep = torch.ones(1, 2, 5)
    keep[0, 1] = 0
    with torch.inference_mode():
        _, weights = model(torch.randn(1, 2, 5, 8), keep)
    torch.testing.assert_close(weights[0, :, 0], torch.full((2, 5), 0.2))
    assert (weights[0, :, 1] == 0).all()


def test_tokens_that_are_hidden_do_not_matter() -> None:
    model = selector()
    tokens, keep = torch.randn(1, 2, 3, 8), torch.ones(1, 2, 3)
    keep[0, 1, 2] = 0
    other = tokens.clone()
    other[0, 1, 2] = 100.0
    with torch.inference_mode():
        assert torch.equal(model(tokens, keep).embedding, model(other, keep).embedding)


def test_nothing_visible_is_answered_without_nan() -> None:
    with torch.inference_mode():
        embedding, weights = selector()(torch.randn(1, 2, 3, 8), torch.zeros(1, 2, 3))
    assert torch.isfinite(embedding).all() and (weights == 0).all()


def test_unknown_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="expected selector or mean"):
        Selector(8, 1, 4, pool="max")


def test_each_lead_is_mapped_by_its_own_map() -> None:
    torch.manual_seed(0)
    layer, rows = LeadLinear(3, 4), torch.randn(2, 3, 5, 4)
    torch.nn.init.normal_(layer.bias)
    with torch.inference_mode():
        found = layer(rows)
        for b in range(2):
            for lead in range(3):
                for k in range(5):
                    expected = rows[b, lead, k] @ layer.weight[lead] + layer.bias[lead]
                    torch.testing.assert_close(found[b, lead, k], expected)


def test_leads_that_exchange_what_they_say_change_the_answer_only_with_own_maps() -> None:
    """Where all score the same, a shared map adds up the same whoever said it."""
    tokens, keep = torch.randn(1, 3, 4, 8), torch.ones(1, 3, 4)
    for own in (False, True):
        torch.manual_seed(0)
        model = Selector(8, 2, 5, n_leads=3, lead_values=own).eval()
        with torch.inference_mode():
            before = model(tokens, keep).embedding
            after = model(tokens[:, [1, 0, 2]], keep).embedding
        assert torch.allclose(before, after, atol=1e-5) is not own


@pytest.mark.parametrize("own", [False, True])
def test_a_lead_of_which_nothing_is_visible_says_nothing(own: bool) -> None:
    model = opinionated(Selector(8, 2, 5, n_leads=3, lead_values=own))
    keep = torch.tensor([[[1.0, 0.5], [0.0, 1.0], [0.0, 0.0]]])
    values = model.summarise(torch.randn(1, 3, 2, 8), keep).values
    assert (values[:, :, 2] == 0).all() and (values[:, :, :2] != 0).any()


@given(st.integers(0, 1000), st.sampled_from(["selector", "mean"]))
@settings(max_examples=20, deadline=None)
def test_without_context_pooling_by_lead_is_one_softmax_over_all_tokens(
    seed: int, pool: str
) -> None:
    model = selector(pool)
    generator = torch.Generator().manual_seed(seed)
    tokens = 3 * torch.randn(2, 3, 4, 8, generator=generator)
    keep = (torch.rand(2, 3, 4, generator=generator) > 0.5).float()
    with torch.inference_mode():
        scores = model.score(tokens.flatten(1, 2)).transpose(1, 2)
        if pool == "mean":
            scores = torch.zeros_like(scores)
        expected = masked_softmax(scores, keep.flatten(1).unsqueeze(1))
        found = model(tokens, keep).weights.flatten(2)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def contextual(context: int = 2, own: bool = True) -> Selector:
    torch.manual_seed(0)
    return opinionated(Selector(8, 2, 5, context=context, n_leads=3, lead_values=own)).eval()


@pytest.mark.parametrize("context", [0, 2])
@given(st.integers(0, 1000), st.sets(st.integers(0, 2)), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_subset_of_leads_needs_their_summaries_only(
    context: int, seed: int, leads: set[int], own: bool
) -> None:
    model = contextual(context, own)
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randn(2, 3, 4, 8, generator=generator)
    keep = (torch.rand(2, 3, 4, generator=generator) > 0.3).float()
    chosen = torch.zeros(2, 3, dtype=torch.bool)
    chosen[:, sorted(leads)] = True
    with torch.inference_mode():
        found, weights = model.combine(model.summarise(tokens, keep), chosen)
        expected = model(tokens, keep * chosen.unsqueeze(-1))
    torch.testing.assert_close(found, expected.embedding, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(weights, expected.weights.sum(-1), rtol=1e-4, atol=1e-5)
    assert (weights[~chosen.unsqueeze(1).expand_as(weights)] == 0).all()


def test_with_context_a_lead_weighs_by_what_else_is_there() -> None:
    """A softmax alone keeps the ratio of two leads' weights, whatever else is hidden."""
    tokens, keep = torch.randn(1, 3, 4, 8), torch.ones(1, 3, 4)
    two = torch.tensor([[True, True, False]])
    ratios = {}
    for model in (selector(), contextual()):
        with torch.inference_mode():
            summary = model.summarise(tokens, keep)
            ratios[len(model.blocks)] = [
                weights[0, :, 0] / weights[0, :, 1]
                for _, weights in (model.combine(summary, s) for s in (summary.visible, two))
            ]
    torch.testing.assert_close(ratios[0][0], ratios[0][1])
    assert not torch.allclose(ratios[2][0], ratios[2][1], rtol=1e-3)


def test_one_summary_answers_a_batch_of_subsets() -> None:
    model = contextual()
    summary = model.summarise(torch.randn(1, 3, 4, 8), torch.ones(1, 3, 4))
    subsets = torch.tensor([[True, False, False], [True, True, False], [False, False, False]])
    with torch.inference_mode():
        together, _ = model.combine(summary, subsets)
        for row, subset in enumerate(subsets):
            alone, _ = model.combine(summary, subset[None])
            torch.testing.assert_close(together[row], alone[0])
    assert torch.isfinite(together).all()


@pytest.mark.parametrize("context", [0, 2])
@given(st.integers(0, 1000), st.integers(1, 3), st.booleans())
@settings(max_examples=20, deadline=None)
def test_many_subsets_of_one_record_are_answered_as_each_alone(
    context: int, seed: int, measured: int, own: bool
) -> None:
    model = contextual(context, own)
    generator = torch.Generator().manual_seed(seed)
    keep = torch.zeros(1, 3, 4)
    keep[:, :measured] = 1
    subsets = torch.rand(300, 3, generator=generator) < 0.5
    with torch.inference_mode():
        summary = model.summarise(torch.randn(1, 3, 4, 8, generator=generator), keep)
        found = model.combine_subsets(summary, subsets)
        expected, _ = model.combine(summary, subsets)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_lead_that_another_one_drowns_is_still_heard_where_that_one_is_hidden() -> None:
    torch.manual_seed(0)
    model = Selector(8, 2, 5, context=1, n_leads=3).eval()
    subsets = torch.tensor([[True, False, True], [True, True, False], [True, True, True]])
    with torch.inference_mode():
        block = model.blocks[0]
        assert isinstance(block, LeadBlock)
        block.queries_keys_values.weight *= 12
        summary = model.summarise(torch.randn(1, 3, 4, 8), torch.ones(1, 3, 4))
        table = block.look_table(model._enter(summary)[0])
        drowned = table[..., : block.heads].min()
        assert 0 < drowned < torch.finfo(torch.float32).tiny
        found = model.combine_subsets(summary, subsets)
        expected, _ = model.combine(summary, subsets)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_the_plain_average_stays_plain_whatever_context_is_set() -> None:
    torch.manual_seed(0)
    model = opinionated(Selector(8, 2, 5, pool="mean", context=2, n_leads=3)).eval()
    keep = torch.tensor([[[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]])
    with torch.inference_mode():
        weights = model(torch.randn(1, 3, 2, 8), keep).weights
    torch.testing.assert_close(weights, (keep / 3).unsqueeze(1).expand(1, 2, 3, 2))
