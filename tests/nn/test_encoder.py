"""What each token may depend on, for each mixer; hidden samples: nothing, ever."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from scar_core.nn.encoder import EncoderConfig, Mixer, TokenEncoder, patch_visible

LEADS, PATCH, PATCHES = 3, 20, 6
MIXERS: tuple[Mixer, ...] = ("none", "lead", "full")


def encoder(mixer: Mixer) -> TokenEncoder:
    torch.manual_seed(0)
    config = EncoderConfig(LEADS, PATCH, width=32, depth=2, mixer=mixer, kernel_patches=3)
    return TokenEncoder(config).eval()


def records(seed: int = 0, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, LEADS, PATCH * PATCHES, generator=generator)


def all_visible(signal: Tensor) -> Tensor:
    return torch.ones(signal.shape, dtype=torch.bool)


def changed(model: TokenEncoder, lead: int, patch: int) -> Tensor:
    """Bool (L, N): tokens that differ after one patch of one lead got other values."""
    signal = records()
    other = signal.clone()
    other[:, lead, patch * PATCH : (patch + 1) * PATCH] += 1.0
    with torch.inference_mode():
        one, two = model(signal, all_visible(signal)), model(other, all_visible(signal))
    differ: Tensor = one != two
    return differ.any(dim=-1).any(dim=0)


def test_mixer_none_a_token_depends_on_its_patch_only() -> None:
    expected = torch.zeros(LEADS, PATCHES, dtype=torch.bool)
    expected[1, 2] = True
    assert torch.equal(changed(encoder("none"), 1, 2), expected)


def test_mixer_lead_a_token_depends_on_its_lead_only() -> None:
    found = changed(encoder("lead"), 1, 2)
    assert found[1].all()  # the mean over the lead reaches every patch
    assert not found[[0, 2]].any()


def test_mixer_full_a_token_sees_other_leads() -> None:
    assert changed(encoder("full"), 1, 2).all()


@pytest.mark.parametrize("mixer", ["none", "lead"])
@given(seed=st.integers(0, 1000), lead=st.integers(0, LEADS - 1))
@settings(max_examples=15, deadline=None)
def test_hiding_a_lead_changes_no_token_of_another(mixer: Mixer, seed: int, lead: int) -> None:
    model, signal = encoder(mixer), records(seed)
    visible = all_visible(signal)
    visible[:, lead] = False
    others = [row for row in range(LEADS) if row != lead]
    with torch.inference_mode():
        full, part = model(signal, all_visible(signal)), model(signal, visible)
    assert torch.equal(full[:, others], part[:, others])
    assert (part[:, lead] == 0).all()


@pytest.mark.parametrize("mixer", MIXERS)
@given(seed=st.integers(0, 1000), share=st.floats(0, 1), size=st.floats(-1e6, 1e6))
@settings(max_examples=15, deadline=None)
def test_hidden_values_never_matter(mixer: Mixer, seed: int, share: float, size: float) -> None:
    model, signal = encoder(mixer), records(seed)
    visible = torch.rand(signal.shape, generator=torch.Generator().manual_seed(seed)) >= share
    other = torch.where(visible, signal, size * records(seed + 1))
    with torch.inference_mode():
        assert torch.equal(model(signal, visible), model(other, visible))


@pytest.mark.parametrize("mixer", MIXERS)
@given(seed=st.integers(0, 1000), share=st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_removing_a_patch_equals_hiding_its_samples(mixer: Mixer, seed: int, share: float) -> None:
    model, signal = encoder(mixer), records(seed)
    gate = (
        torch.rand(2, LEADS, PATCHES, generator=torch.Generator().manual_seed(seed)) < share
    ).float()
    hidden = gate.bool().repeat_interleave(PATCH, dim=-1)
    with torch.inference_mode():
        removed = model(signal, all_visible(signal), gate=gate)
        assert torch.equal(removed, model(signal, ~hidden))
    assert (removed[gate.bool()] == 0).all()


@pytest.mark.parametrize("mixer", MIXERS)
def test_hidden_tokens_are_seen_by_nobody(mixer: Mixer) -> None:
    """Not even what a hidden patch looks like: its position, its lead, its being hidden."""
    block = encoder(mixer).blocks[0]
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(2, LEADS, PATCHES, 32, generator=generator)
    keep = (torch.rand(2, LEADS, PATCHES, generator=generator) < 0.6).float()
    other = torch.where(keep.bool().unsqueeze(-1), tokens, 5 * tokens.flip(0) + 1)
    with torch.inference_mode():
        one, two = block(tokens, keep), block(other, keep)
    seen = keep.bool()
    torch.testing.assert_close(one[seen], two[seen], atol=1e-6, rtol=1e-6)
    assert not torch.equal(one[~seen], two[~seen])


@pytest.mark.parametrize("mixer", MIXERS)
def test_a_soft_gate_lies_between_and_sends_gradient(mixer: Mixer) -> None:
    model, signal = encoder(mixer), records()
    gate = torch.full((2, LEADS, PATCHES), 0.5, requires_grad=True)
    tokens = model(signal, all_visible(signal), gate=gate)
    tokens.square().sum().backward()
    assert gate.grad is not None and torch.isfinite(gate.grad).all()
    assert (gate.grad != 0).all()


def test_a_hidden_zero_is_not_a_measured_zero() -> None:
    """A quarter of a patch hidden: the token knows that it was not flat."""
    model, signal = encoder("none"), torch.zeros(1, LEADS, PATCH * PATCHES)
    visible = all_visible(signal)
    visible[0, 0, :2] = False
    with torch.inference_mode():
        flat, hidden = model(signal, all_visible(signal)), model(signal, visible)
    assert not torch.equal(flat[0, 0, 0], hidden[0, 0, 0])


def test_leads_are_told_apart() -> None:
    signal = torch.zeros(1, LEADS, PATCH * PATCHES)
    with torch.inference_mode():
        tokens = encoder("lead").embed(signal, torch.ones_like(signal))
    assert not torch.equal(tokens[0, 0], tokens[0, 1])


@given(st.integers(0, 1000), st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_patch_visible_counts_samples(seed: int, share: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    visible = torch.rand(2, LEADS, PATCH * PATCHES, generator=generator) < share
    got = patch_visible(visible, PATCH)
    for b in range(2):
        for lead in range(LEADS):
            for n in range(PATCHES):
                seen = sum(visible[b, lead, n * PATCH : (n + 1) * PATCH].tolist())
                assert got[b, lead, n].item() == (seen >= PATCH / 2)


@pytest.mark.parametrize(
    ("settings_", "sentence"),
    [
        ({"mixer": "all"}, "expected none, lead or full"),
        ({"patch_samples": 12}, "expected a multiple of 10"),
        ({"patch_samples": 10, "mixer": "none"}, "expected a multiple of 4"),
        ({"width": 30}, "multiple of 4"),
        ({"kernel_patches": 4}, "expected odd numbers"),
        ({"kernel": 6}, "expected odd numbers"),
        ({"mixer": "full", "width": 48}, "multiple of 32"),
    ],
)
def test_impossible_shapes_are_refused(settings_: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        EncoderConfig(**settings_)  # type: ignore[arg-type]
