"""Random removal: how much, where, and never what was not there."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from scar_core.training.augment import (
    disturb,
    forget_amplitude,
    hide_leads,
    hide_spans,
    keep_few_leads,
    partial_view,
    shift,
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def present(batch: int = 50, leads: int = 12, samples: int = 200) -> Tensor:
    return torch.ones(batch, leads, samples, dtype=torch.bool)


def test_some_amplitudes_are_forgotten_and_none_is_exact() -> None:
    known = torch.linspace(-2, 2, 12).expand(4000, 12).clone()
    known[:, 3] = torch.nan
    found = forget_amplitude(known, rng())
    lost = torch.isnan(found).all(dim=1)
    assert lost.float().mean() == pytest.approx(0.25, abs=0.03)
    assert torch.isnan(found[:, 3]).all()
    error = (found - known)[~lost][:, [0, 1, 11]]
    torch.testing.assert_close(error[:, 0], error[:, 2], atol=1e-5, rtol=0)  # leads still compare
    assert error.std().item() == pytest.approx(0.15, rel=0.1)


def test_one_span_of_the_asked_length_on_each_lead() -> None:
    hidden = hide_spans(present(), (0.05, 0.10), rng())
    starts = []
    for record in hidden.tolist():
        for lead in record:
            runs = [i for i, now in enumerate(lead) if now and (i == 0 or not lead[i - 1])]
            assert len(runs) == 1
            assert 9 <= sum(lead) <= 21  # 10 to 20 samples, give or take the grid
            starts.append(runs[0])
    assert min(starts) < 10 and max(starts) > 170  # everywhere
    assert hidden.float().mean().item() == pytest.approx(0.075, abs=0.005)


def test_leads_are_hidden_with_the_given_probability() -> None:
    hidden = hide_leads(present(2000), 0.2, rng())
    assert hidden.shape == (2000, 12, 1)
    assert hidden.float().mean().item() == pytest.approx(0.2, abs=0.01)


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_lead_that_is_there_stays(seed: int, probability: float) -> None:
    there = torch.rand(20, 12, generator=rng(seed)) < 0.4
    there[:, 5] = True
    measured = there[:, :, None] & present(20)
    hidden = hide_leads(measured, probability, rng(seed + 1))
    assert (measured & ~hidden).any(dim=2).any(dim=1).all()


def test_a_share_of_the_records_keeps_one_to_six_leads() -> None:
    measured = present(4000)
    measured[:, 0] = False  # a lead that is missing anyway is not one of those that stay
    left = (measured & ~keep_few_leads(measured, 0.25, rng())).any(dim=2).sum(dim=1)
    few = left < 11
    assert few.float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert set(left[few].tolist()) == {1, 2, 3, 4, 5, 6}
    assert set(left[~few].tolist()) == {11}


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_partial_view_shows_nothing_that_is_not_present(seed: int) -> None:
    measured = torch.rand(8, 12, 100, generator=rng(seed)) < 0.7
    visible = partial_view(measured, rng(seed))
    assert not (visible & ~measured).any()
    assert torch.equal(visible, partial_view(measured, rng(seed)))


def test_a_partial_view_hides_about_as_much_as_the_paper_says() -> None:
    visible = partial_view(present(2000), rng(), few_share=0.0)
    assert visible.float().mean().item() == pytest.approx(0.8 * 0.925, abs=0.01)


def test_a_partial_view_always_shows_something() -> None:
    measured = present(3000)
    measured[:, 1:] = False  # one lead, which both removals can take
    assert partial_view(measured, rng()).flatten(1).any(dim=1).all()


def test_disturbance_is_small_and_stays_on_what_is_present() -> None:
    measured = torch.rand(40, 12, 200, generator=rng()) < 0.7
    noise = disturb(torch.zeros(measured.shape), measured, rng(1))
    assert (noise[~measured] == 0).all()
    strength = torch.stack(
        [
            row[there].std()
            for row, there in zip(noise.flatten(0, 1), measured.flatten(0, 1), strict=True)
        ]
    )
    white, wave = 0.15, 0.5 / 2**0.5  # the strongest of both
    assert strength.min() > 0.0 and strength.max() < 1.2 * (white**2 + wave**2) ** 0.5
    assert strength.mean().item() == pytest.approx(0.126, abs=0.015)


def test_disturbance_scales_with_each_lead() -> None:
    measured = torch.ones(2, 3, 200, dtype=torch.bool)
    scale = torch.tensor([[[0.0], [1.0], [2.0]]]).expand(2, 3, 1)
    nothing = torch.zeros(measured.shape)
    plain, scaled = disturb(nothing, measured, rng(3)), disturb(nothing, measured, rng(3), scale)
    torch.testing.assert_close(scaled, plain * scale)


def test_a_shift_moves_what_was_measured_and_invents_nothing() -> None:
    signal = torch.randn(200, 2, 50, generator=rng())
    measured = torch.rand(200, 2, 50, generator=rng(1)) < 0.8
    moved, there = shift(signal, measured, rng(2))
    found = []
    for row in range(200):
        fits = []
        for far in range(-5, 6):
            expected, seen = torch.zeros(2, 50), torch.zeros(2, 50, dtype=torch.bool)
            for t in range(50):
                if 0 <= t - far < 50:
                    expected[:, t] = signal[row, :, t - far] * measured[row, :, t - far]
                    seen[:, t] = measured[row, :, t - far]
            if torch.equal(moved[row], expected) and torch.equal(there[row], seen):
                fits.append(far)
        assert len(fits) == 1
        found += fits
    assert 0.35 < sum(far == 0 for far in found) / 200 < 0.7
    assert {min(found), max(found)} == {-5, 5}
