"""The simulator's parts against slow, obvious code."""

import math

import pytest
import torch

from scar_core.simulate import simulate
from scar_core.simulate.bench import bench_simulate
from scar_core.simulate.conditions import EXCLUSIVE, TRAITS, draw_traits, traits_for
from scar_core.simulate.draw import Draw
from scar_core.simulate.leadfield import (
    INDEPENDENT,
    draw_lead_fields,
    eight_from_nine,
    rotations,
    twelve_from_eight,
)
from scar_core.simulate.noise import draw_noise, filter_as_recorder
from scar_core.simulate.qrs import WAVES
from scar_core.simulate.shapes import gaussians


def make_draw(seed: int = 0) -> Draw:
    return Draw(torch.Generator().manual_seed(seed), torch.device("cpu"))


def test_rendering_equals_adding_up_every_wave_at_every_sample() -> None:
    batch = simulate(
        2, generator=torch.Generator().manual_seed(3), rate_hz=100, seconds=3, noise=0.0,
        findings=["SR"],
    )  # fmt: skip
    heart, row = batch.heart, 1
    rhythm, qrs, atrial = heart.rhythm, heart.qrs, heart.atrial
    lead_two, slots = 1, range(rhythm.qrs_s.shape[1])
    for sample in (20, 77, 130, 210):
        t, total = sample / 100, 0.0
        for slot in slots:
            if rhythm.p_used[row, slot]:
                for wave in range(2):
                    z = (t - rhythm.p_s[row, slot] - atrial.centre_s[row, wave]) / atrial.width_s[
                        row, wave
                    ]
                    total += float(atrial.p_mv[row, 0, wave, lead_two]) * math.exp(
                        -0.5 * float(z) ** 2
                    )
            if not rhythm.qrs_used[row, slot]:
                continue
            at = float(rhythm.qrs_s[row, slot])
            breath = math.sin(
                2 * math.pi * float(rhythm.resp_hz[row]) * at + float(rhythm.resp_phase[row])
            )
            gain = (
                1 + float(heart.beat_jitter[row, slot]) + breath * float(heart.sway[row, lead_two])
            )
            for wave in range(WAVES):
                z = (t - at - qrs.centre_s[row, 0, wave]) / qrs.width_s[row, 0, wave]
                size = float(heart.qrs_mv[row, 0, wave, lead_two])
                total += gain * size * math.exp(-0.5 * float(z) ** 2)
            total += gain * slow_st_t(batch.heart, row, slot, t - at, lead_two)
        assert float(batch.signal[row, lead_two, sample]) == pytest.approx(total, abs=4e-3)


def slow_st_t(heart: object, row: int, slot: int, t: float, lead: int) -> float:
    from scar_core.simulate.render import Heart, beat_qt

    assert isinstance(heart, Heart)
    rep = heart.repolarisation
    qt = float(beat_qt(heart, torch.tensor([row]), torch.tensor([slot])))
    end, tail, rise = (
        float(x) for x in (heart.qrs.duration_s[row, 0], rep.tail_s[row], rep.rise[row])
    )
    peak = qt - tail
    width = tail / 2.2 if t >= peak else min(tail / 2.2 * rise, max(peak - end, 0.03) / 1.7)
    st, t1, t2, u = (float(x) for x in heart.stt_mv[row, 0, :, lead])
    plateau = 1 / (1 + math.exp(-(t - end) / 0.011)) / (1 + math.exp((t - peak) / 0.032))
    return (
        st * plateau
        + t1 * math.exp(-0.5 * ((t - peak) / width) ** 2)
        + t2 * math.exp(-0.5 * ((t - peak - 0.6 * tail) / (0.45 * tail)) ** 2)
        + u * math.exp(-0.5 * ((t - qt - 0.07) / 0.032) ** 2)
    )


def test_gaussians_are_gaussians() -> None:
    values = gaussians(torch.tensor([[0.0, 0.1]]), torch.tensor([[0.1]]), torch.tensor([[0.05]]))
    assert values[0, 1, 0] == 1.0
    assert float(values[0, 0, 0]) == pytest.approx(math.exp(-2))


def test_lead_matrices_say_what_leads_are() -> None:
    electrodes = torch.tensor([0.3, -0.2, 0.7, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    ra, la, ll = electrodes[:3].tolist()
    twelve = (twelve_from_eight() @ (eight_from_nine() @ electrodes)).tolist()
    wilson = (ra + la + ll) / 3
    wanted = [la - ra, ll - ra, ll - la, ra - (la + ll) / 2, la - (ra + ll) / 2, ll - (ra + la) / 2]
    wanted += [v - wilson for v in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)]
    assert twelve == pytest.approx(wanted, abs=1e-6)


def test_rotations_turn_and_keep_lengths() -> None:
    turn = rotations(torch.tensor([[0.0, 0.0, 90.0], [10.0, -40.0, 25.0]]))
    assert torch.allclose(turn[0] @ torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]), atol=1e-6)
    assert torch.allclose(turn[1] @ turn[1].T, torch.eye(3), atol=1e-6)


def test_lead_fields_differ_but_stay_lead_fields() -> None:
    fields = draw_lead_fields(make_draw(), 400)
    assert fields.shape == (400, len(INDEPENDENT), 3)
    assert float(fields.std(dim=0).min()) > 0.02
    left = torch.tensor([1.0, 0.0, 0.0])
    assert float(((fields @ left)[:, INDEPENDENT.index("V6")] > 0).float().mean()) > 0.99


def test_noise_keeps_its_size_over_rates() -> None:
    def rms(rate_hz: int) -> float:
        noise = draw_noise(make_draw(), 200, rate_hz * 10, rate_hz, 1.0)
        return float(noise.square().mean(dim=-1).sqrt().median())

    assert rms(100) == pytest.approx(rms(500), rel=0.35)


def test_recorder_filters_pass_the_middle_and_stop_the_ends() -> None:
    time = torch.arange(5000) / 500
    tones = torch.stack([torch.sin(2 * torch.pi * hz * time) for hz in (0.1, 8.0, 120.0)])
    passed = filter_as_recorder(tones[None], torch.tensor([[0.5, 40.0]]), 500)
    size = passed[0, :, 500:-500].std(dim=-1) / tones[:, 500:-500].std(dim=-1)
    assert size[0] < 0.1
    assert float(size[1]) == pytest.approx(1, abs=0.02)
    assert size[2] < 0.1


def test_drawn_traits_exclude_each_other_where_asked_ones_do() -> None:
    rng = make_draw().python()
    for _ in range(3000):
        traits = draw_traits(rng)
        assert traits <= set(TRAITS)
        assert all(len(group & traits) <= 1 for group in EXCLUSIVE)
    assert traits_for(["NORM"], rng) == {"PLAIN", "SINUS"}


def test_bench_reports_both_rates() -> None:
    speeds = bench_simulate(batch=4, repeats=1)
    assert set(speeds) == {"500 Hz", "100 Hz"}
    assert all(speed > 0 for speed in speeds.values())
