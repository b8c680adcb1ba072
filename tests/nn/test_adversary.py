"""The gate against σ((a + ε) / τ) written out, and its noise against the textbook's moments."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.nn.adversary import Adversary, gate_noise, relaxed_gate
from tests.reference import losses as reference

numbers = st.floats(-8, 8, width=32)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12), st.floats(0.1, 3))
@settings(max_examples=50, deadline=None)
def test_soft_gate_is_the_papers(pairs: list[tuple[float, float]], temperature: float) -> None:
    logits, noise = torch.tensor(pairs).T.reshape(2, 1, 1, -1)
    soft = relaxed_gate(logits, noise, temperature, hard=False).flatten().tolist()
    for (logit, epsilon), got in zip(pairs, soft, strict=True):
        assert got == pytest.approx(reference.gate(logit, epsilon, temperature), abs=2e-6)


def test_hard_gate_rounds_forward_and_keeps_the_soft_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(2, 3, 5, generator=generator)
    weight = torch.randn(2, 3, 5, generator=generator)
    start = torch.randn(2, 3, 5, generator=generator)
    gradients, values = [], []
    for hard in (False, True):
        logits = start.clone().requires_grad_(True)
        value = relaxed_gate(logits, noise, 0.5, hard=hard)
        (value * weight).sum().backward()  # type: ignore[no-untyped-call]
        values.append(value.detach())
        assert logits.grad is not None
        gradients.append(logits.grad)
    soft, hard_values = values
    expected = [float(value > 0.5) for value in soft.flatten().tolist()]
    assert hard_values.flatten().tolist() == pytest.approx(expected, abs=1e-6)
    assert 0 < sum(expected) < len(expected)
    torch.testing.assert_close(gradients[1], gradients[0])
    for row, s in zip(gradients[0].flatten().tolist(), soft.flatten().tolist(), strict=True):
        assert math.isfinite(row) and 0 < s < 1
    torch.testing.assert_close(gradients[0], weight * soft * (1 - soft) / 0.5)


@pytest.mark.parametrize(
    ("kind", "mean", "variance"),
    [("gumbel", 0.5772156649, math.pi**2 / 6), ("logistic", 0.0, math.pi**2 / 3)],
)
def test_noise_has_the_moments_of_its_name(kind: str, mean: float, variance: float) -> None:
    n = 200_000
    generator = torch.Generator().manual_seed(3)
    drawn = gate_noise(torch.Size([n]), kind, generator=generator, device=torch.device("cpu"))
    assert torch.isfinite(drawn).all()
    assert drawn.mean().item() == pytest.approx(mean, abs=5 * math.sqrt(variance / n))
    assert drawn.var().item() == pytest.approx(variance, rel=0.03)


def test_gumbel_noise_is_skewed_to_the_right_and_logistic_noise_is_not() -> None:
    def skew(kind: str) -> float:
        generator = torch.Generator().manual_seed(4)
        x = gate_noise(
            torch.Size([100_000]), kind, generator=generator, device=torch.device("cpu")
        ).double()
        centred = x - x.mean()
        return float((centred**3).mean() / (centred**2).mean() ** 1.5)

    assert skew("gumbel") == pytest.approx(1.14, abs=0.1)
    assert skew("logistic") == pytest.approx(0.0, abs=0.1)


def test_logistic_gate_removes_as_often_as_the_logit_says() -> None:
    """P(a + ε > 0) = σ(a): the relaxation is unbiased."""
    generator = torch.Generator().manual_seed(5)
    logits = torch.full((1, 1, 100_000), -0.8473)  # log-odds of 0.3
    noise = gate_noise(logits.shape, "logistic", generator=generator, device=logits.device)
    assert relaxed_gate(logits, noise, 0.5, hard=True).mean().item() == pytest.approx(0.3, abs=0.01)


def test_equal_generators_draw_equal_noise_and_global_state_is_left_alone() -> None:
    shape, cpu = torch.Size([2, 3]), torch.device("cpu")
    torch.manual_seed(0)
    before = torch.get_rng_state()
    one, two = (
        gate_noise(shape, "gumbel", generator=torch.Generator().manual_seed(9), device=cpu)
        for _ in range(2)
    )
    assert torch.equal(one, two)
    assert torch.equal(torch.get_rng_state(), before)


def test_unknown_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of gumbel, logistic"):
        gate_noise(torch.Size([1]), "normal", generator=None, device=torch.device("cpu"))


@pytest.mark.parametrize("budget", [0.1, 0.3, 0.5])
def test_untrained_adversary_starts_near_its_budget(budget: float) -> None:
    torch.manual_seed(0)
    logits = Adversary(16, budget)(torch.randn(4, 12, 10, 16))
    assert logits.shape == (4, 12, 10)
    assert torch.sigmoid(logits).mean().item() == pytest.approx(budget, abs=0.12)
