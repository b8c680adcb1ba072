"""SCAR as a whole: encodings, gates, and which loss may move which weights."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS
from scar_core.methods import method, method_names
from scar_core.methods.base import Batch
from scar_core.methods.contract import InputContract, prepare, stacked
from scar_core.methods.scar import METHOD, Scar
from scar_core.nn.encoder import patch_visible
from scar_core.nn.losses import consistency
from tests.made import made_record
from tests.methods.tiny import CONTRACT, MODEL, config, tiny_scar, tokenizer

N = CONTRACT.n_samples // CONTRACT.patch_samples


def record(seed: int = 0, batch: int = 2) -> Tensor:
    return torch.randn(batch, 12, CONTRACT.n_samples, generator=torch.Generator().manual_seed(seed))


def seen(signal: Tensor, share: float = 1.0, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(signal.shape, generator=generator) < share


def made_batch(size: int = 4) -> Batch:
    signal = record(1, size)
    phrases = [finding.phrases[0] for finding in FINDINGS.values()]
    truth = torch.full((size, len(FINDINGS)), float("nan"))
    truth[:, :size] = torch.eye(size)
    return Batch(
        signal=signal,
        visible=seen(signal, 0.8),
        present=seen(signal, 1.1),
        texts=phrases[:size],
        truth=truth,
        same=torch.eye(size, dtype=torch.bool),
        finding_texts=phrases,
    )


def test_the_folder_is_the_catalogue() -> None:
    assert "scar" in method_names()
    for name in method_names():
        assert method(name).name == name
    with pytest.raises(ConfigError, match="there is no method 'nonesuch'; choose one of: "):
        method("nonesuch")


@given(st.integers(0, 1000), st.floats(0.01, 1))
@settings(max_examples=15, deadline=None)
def test_importance_is_a_distribution_over_visible_patches(seed: int, share: float) -> None:
    model, signal = tiny_scar(), record(seed)
    visible = seen(signal, share, seed)
    visible[:, 3] = False
    visible[:, 0] = True
    with torch.inference_mode():
        embedding, importance, keep = model.encode(signal, visible)
    assert importance is not None and keep is not None
    assert torch.equal(keep, patch_visible(visible, CONTRACT.patch_samples))
    assert (importance[~keep] == 0).all() and (importance[keep] > 0).all()
    torch.testing.assert_close(importance.sum((1, 2)), torch.ones(2))
    torch.testing.assert_close(embedding.norm(dim=-1), torch.ones(2))


def test_nothing_visible_is_answered_without_nan() -> None:
    signal = record()
    with torch.inference_mode():
        embedding, importance, keep = tiny_scar().encode(signal, seen(signal, 0.0))
    assert importance is not None and keep is not None and not keep.any()
    assert (importance == 0).all() and torch.isfinite(embedding).all()


@pytest.mark.parametrize("mixer", ["none", "lead", "full"])
def test_hidden_values_never_reach_an_encoding(mixer: str) -> None:
    model = tiny_scar(encoder={**MODEL["encoder"], "mixer": mixer})
    signal = record()
    visible = seen(signal, 0.6)
    other = torch.where(visible, signal, torch.tensor(-77.0))
    with torch.inference_mode():
        one, two = model.encode(signal, visible), model.encode(other, visible)
    assert torch.equal(one.embedding, two.embedding)


def test_zeroed_is_not_told_what_is_hidden() -> None:
    """A hidden stretch reads as the same stretch measured flat; dropped patches do not."""
    signal, visible = record(), seen(record(), 0.6)
    flat = signal * visible
    everything = torch.ones_like(visible)
    for hidden, same in (("zeroed", True), ("dropped", False)):
        model = tiny_scar(hidden=hidden)
        with torch.inference_mode():
            one, two = model.encode(signal, visible), model.encode(flat, everything)
        assert torch.equal(one.embedding, two.embedding) == same


@given(st.sets(st.integers(0, 11), min_size=1, max_size=12))
@settings(max_examples=20, deadline=None)
def test_every_lead_subset_follows_from_one_encoding(leads: set[int]) -> None:
    """With mixer lead: encode once, pool again over the leads that stay."""
    model, signal = tiny_scar(), record()
    visible = seen(signal, 1.1)
    keep = torch.zeros(2, 12, N)
    keep[:, sorted(leads)] = 1
    with torch.inference_mode():
        tokens, readable = model.tokens(signal, visible)  # of the complete record
        summary = model.selector.summarise(tokens, readable)
        expected, weights = model.selector.combine(summary, keep.bool().any(dim=-1))
        part = visible & keep.bool().repeat_interleave(CONTRACT.patch_samples, dim=-1)
        found = model.encode(signal, part)
    torch.testing.assert_close(found.embedding, expected, rtol=1e-4, atol=1e-5)
    assert found.importance is not None
    torch.testing.assert_close(found.importance.sum(-1), weights.mean(1), rtol=1e-4, atol=1e-5)


def test_only_who_is_to_be_told_reads_how_large_leads_are() -> None:
    """Of two records that differ in voltage alone, and one of which nobody knows the voltage."""
    small = made_record(1, rate_hz=CONTRACT.rate_hz, seconds=CONTRACT.seconds)
    large = replace(small, signal=2 * small.signal)
    lost = replace(small, unit="sd")
    for told in (False, True):
        contract = replace(CONTRACT, amplitude=told)
        model = tiny_scar(contract=contract)
        read = stacked([prepare(one, one.present, contract) for one in (small, large, lost)])
        with torch.inference_mode():
            one, two, three = model.encode(*read).embedding
            untold = model.encode(read.signal, read.visible).embedding[0]
        assert torch.allclose(one, two, atol=1e-4) == (not told)
        assert torch.allclose(one, three, atol=1e-4) == (not told)
        torch.testing.assert_close(untold, three, atol=1e-4, rtol=0)


def test_the_adversary_plays_no_part_in_inference() -> None:
    model, signal = tiny_scar(), record()
    with torch.inference_mode():
        before = model.encode(signal, seen(signal)).embedding
        for parameter in model.adversary.parameters():
            parameter.add_(torch.randn_like(parameter))
        assert torch.equal(model.encode(signal, seen(signal)).embedding, before)


@pytest.mark.parametrize("masker", ["adversary", "random"])
def test_gates_are_zero_or_one_and_leave_hidden_patches_alone(masker: str) -> None:
    model, signal = tiny_scar(masker=masker), record(0, 8)
    visible = seen(signal, 1.1)
    visible[:, 2] = False
    tokens, keep = model.tokens(signal, visible)
    gate = model.gate(tokens, keep, hard=True, generator=torch.Generator().manual_seed(0))
    assert gate.shape == (8, 12, N)
    torch.testing.assert_close(gate, gate.round(), atol=1e-6, rtol=0)
    assert (gate[:, 2] == 0).all()
    assert 0.1 < gate[:, [0, 1, *range(3, 12)]].mean() < 0.6


def test_random_removal_keeps_to_the_budget() -> None:
    model, signal = tiny_scar(masker="random", budget=0.25), record(0, 64)
    tokens, keep = model.tokens(signal, seen(signal, 1.1))
    gate = model.gate(tokens, keep, hard=True, generator=torch.Generator().manual_seed(0))
    assert gate.mean().item() == pytest.approx(0.25, abs=0.02)


def moved(model: Scar, losses: Mapping[str, Tensor]) -> set[str]:
    """Top-level parts that a backward pass through the summed losses gives a gradient."""
    model.zero_grad(set_to_none=True)
    summed = torch.stack([v for k, v in losses.items() if k.endswith("_loss")]).sum()
    summed.backward()  # type: ignore[no-untyped-call]
    return {
        name.partition(".")[0]
        for name, parameter in model.named_parameters()
        if parameter.grad is not None and parameter.grad.abs().sum() > 0
    }


def test_the_minimising_step_leaves_the_adversary_alone() -> None:
    model, batch = tiny_scar(), made_batch()
    losses = model.minimise(batch, torch.Generator().manual_seed(0))
    assert set(losses) == {"align_loss", "finding_loss", "cons_loss", "removed_share"}
    assert moved(model, losses) == {
        "encoder", "selector", "text", "log_temperature", "finding_scale", "finding_bias",
    }  # fmt: skip


def test_the_maximising_step_reaches_the_adversary_but_not_through_its_tokens() -> None:
    model, batch = tiny_scar(), made_batch()
    with torch.no_grad():
        texts, findings = model.encode_text(batch.texts), model.encode_text(batch.finding_texts)
    losses = model.maximise(batch, texts, findings, torch.Generator().manual_seed(0))
    assert set(losses) == {"disruption_loss", "budget_loss"}
    reached = moved(model, losses)
    assert "adversary" in reached and "text" not in reached
    gate = model.gate(*model.tokens(batch.signal, batch.present), hard=True, generator=None)
    model.zero_grad(set_to_none=True)
    gate.sum().backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None for p in model.encoder.parameters())


def test_disruption_is_minus_the_alignment_of_the_same_view() -> None:
    model, batch = tiny_scar(clean_share=0.0), made_batch()
    with torch.no_grad():
        *_, weight, bias = model.adversary.parameters()
        weight.mul_(1e6)  # so sure that noise decides nothing
        tokens, keep = model.tokens(batch.signal, batch.present)
        scores = model.adversary(tokens)[keep > 0].sort().values
        middle = scores[len(scores) // 4 : -len(scores) // 4]
        widest = middle.diff().argmax()
        bias.sub_((middle[widest] + middle[widest + 1]) / 2)  # and removes some, whatever is drawn
        texts, findings = model.encode_text(batch.texts), model.encode_text(batch.finding_texts)
        lost = model.maximise(batch, texts, findings, torch.Generator().manual_seed(5))
        won = model.minimise(batch, torch.Generator().manual_seed(5))
    assert 0.05 < won["removed_share"] < 0.95
    aligned = won["align_loss"] + won["finding_loss"]
    torch.testing.assert_close(lost["disruption_loss"], -aligned, rtol=1e-4, atol=1e-5)


def test_consistency_compares_with_the_view_of_everything_that_is_present() -> None:
    model = tiny_scar(masker="random", budget=1e-9, lambda_cons=2.0, clean_share=0.0)
    batch = made_batch()
    with torch.no_grad():
        losses = model.minimise(batch, torch.Generator().manual_seed(0))
        full = model.encode(batch.signal, batch.present).embedding
        partial = model.encode(batch.signal, batch.visible).embedding
    torch.testing.assert_close(losses["cons_loss"], 2 * consistency(partial, full))
    assert losses["cons_loss"] > 0


def test_clean_records_are_aligned_complete() -> None:
    """All of them: as if nothing had been hidden or removed, and nothing to be consistent with."""
    batch = made_batch()
    with torch.no_grad():
        all_clean = tiny_scar(clean_share=1.0).minimise(batch, torch.Generator().manual_seed(0))
        complete = tiny_scar(masker="random", budget=1e-9, clean_share=0.0).minimise(
            batch._replace(visible=batch.present), torch.Generator().manual_seed(0)
        )
    assert all_clean["cons_loss"] == 0 and all_clean["removed_share"] == 0
    for name in ("align_loss", "finding_loss"):
        torch.testing.assert_close(all_clean[name], complete[name])


def test_paper_settings_leave_our_additions_out() -> None:
    model = tiny_scar(lambda_finding=0.0, share_negatives=False, clean_share=0.0)
    batch = made_batch()
    losses = model.minimise(batch, torch.Generator().manual_seed(0))
    assert "finding_loss" not in losses
    everybody = batch._replace(same=torch.ones(4, 4, dtype=torch.bool))
    again = model.minimise(everybody, torch.Generator().manual_seed(0))
    assert torch.equal(losses["align_loss"], again["align_loss"])
    shared = tiny_scar(lambda_finding=0.0).minimise(everybody, torch.Generator().manual_seed(0))
    assert shared["align_loss"] == 0


def test_mixed_precision_keeps_the_gradients() -> None:
    """Casts that were made without gradient must not be reused with it."""
    norms = []
    for enabled in (False, True):
        model = tiny_scar()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            losses = model.minimise(made_batch(), torch.Generator().manual_seed(0))
        moved(model, losses)
        norms.append(
            {n: p.grad.norm().item() for n, p in model.named_parameters() if p.grad is not None}
        )
    assert norms[0].keys() == norms[1].keys()
    for name, exact in norms[0].items():
        if exact > 1e-2:
            assert norms[1][name] == pytest.approx(exact, rel=0.3), name


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"masker": "none"}, "expected adversary or random"),
        ({"gate_noise": "normal"}, "expected gumbel or logistic"),
        ({"budget": 1.0}, "expected a share between 0 and 1"),
        ({"encoder": {"wide": 3}}, "there is no setting 'encoder.wide'"),
        ({"encoder": {"mixer": "x"}}, "expected none, lead or full"),
    ],
)
def test_bad_settings_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        METHOD.configure(changes)


def test_model_and_contract_must_agree() -> None:
    other = InputContract(rate_hz=50.0, seconds=4.0, patch_samples=40)
    with pytest.raises(ValueError, match="make them equal"):
        Scar(config(), other, tokenizer())
    few = InputContract(leads=("I", "II"), rate_hz=50.0, seconds=4.0)
    with pytest.raises(ValueError, match="12 leads, the contract names 2"):
        Scar(config(), few, tokenizer())
