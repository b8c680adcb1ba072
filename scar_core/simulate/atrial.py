"""P waves, fibrillation and flutter waves, and the stimuli of pacemakers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.simulate.draw import Draw
from scar_core.simulate.rhythm import Rhythm
from scar_core.simulate.traits import Traits


@dataclass(frozen=True)
class Atrial:
    """What the atria (and pacemakers) show at the electrodes.

    Attributes:
        centre_s: Centres of the right and left atrial wave after P onset ``(n, 2)``, seconds.
        width_s: Their Gaussian widths ``(n, 2)``, seconds.
        p_mv: Their size for sinus and ectopic P waves ``(n, 2, 2, 8)``, mV.
        wave_mv: Two components of fibrillation or flutter waves ``(n, 2, 8)``, mV.
        wander: Phases and speeds that make fibrillation irregular ``(n, 2, 3, 2)``.
        spike_mv: Pacing stimuli ``(n, 8)``, mV.
        p_duration_s: P durations ``(n,)``, seconds.
    """

    centre_s: Tensor
    width_s: Tensor
    p_mv: Tensor
    wave_mv: Tensor
    wander: Tensor
    spike_mv: Tensor
    p_duration_s: Tensor


def _near(draw: Draw, n: int, *rows: tuple[float, float, float], spread: float = 0.25) -> Tensor:
    """Draw dipoles ``(n, len(rows), 3)`` about mean ones, each component ±``spread`` of size."""
    mean = torch.tensor(rows, device=draw.device)
    size: Tensor = torch.linalg.vector_norm(mean, dim=-1, keepdim=True)
    return mean + spread * size * draw.normal((n, *mean.shape))


def draw_atrial(draw: Draw, traits: Traits, field: Tensor, rhythm: Rhythm) -> Atrial:
    """Draw the atria of each record.

    Args:
        draw: Source of randomness.
        traits: Traits of the records.
        field: Lead fields ``(n, 8, 3)``.
        rhythm: Event times; P waves are kept shorter than the PR interval.
    """
    n = traits.n
    left, right = traits.any("LAE"), traits.any("RAE")
    sinus = _near(draw, n, (0.088, 0.058, -0.076), (0.124, 0.042, 0.018), spread=0.21)
    sinus *= torch.exp(draw.normal((n, 1, 1), sd=0.22))
    sinus[:, 1] = torch.where(left[:, None], sinus[:, 1] * 1.15, sinus[:, 1])
    sinus[:, 1, 2] = torch.where(left, draw.uniform((n,), 0.07, 0.13), sinus[:, 1, 2])
    peaked = torch.tensor([0.03, 0.19, -0.10], device=draw.device)
    size = draw.uniform((n, 1), 1.05, 1.7)
    sinus[:, 0] = torch.where(right[:, None], peaked * size, sinus[:, 0])
    ectopic = sinus * draw.uniform((n, 1, 3), -1.2, 1.0)
    back = traits.any("SVT")[:, None, None]
    up = _near(draw, n, (-0.01, -0.06, -0.02), (0.0, -0.07, 0.0))
    ectopic = torch.where(back, up, ectopic)
    long = torch.where(
        left, draw.uniform((n,), 0.126, 0.15), draw.clipped(n, 0.1, 0.009, 0.08, 0.116)
    )
    long = torch.minimum(long, rhythm.pr_s - 0.005)
    centre = torch.stack([0.36 * long, torch.where(left, 0.70, 0.60) * long], dim=1)
    width = torch.stack([0.17 * long, torch.where(left, 0.14, 0.18) * long], dim=1)
    vectors = torch.stack([sinus, ectopic], dim=1)
    # The atria lie behind the ventricles, farther from V3–V6 than the mean lead field has it.
    far = torch.tensor([1.0, 1.0, 0.95, 0.50, 0.35, 0.28, 0.32, 0.43], device=draw.device)
    field = field * far[:, None]
    waves = _near(draw, n, (-0.045, 0.025, -0.05), (0.02, 0.05, 0.01))
    waves = waves * torch.exp(draw.normal((n, 1, 1), mean=-0.35, sd=0.5))
    saw = _near(draw, n, (0.0, -0.12, 0.0), (-0.05, 0.0, -0.06))
    saw = saw * torch.exp(draw.normal((n, 1, 1), sd=0.3))
    waves = torch.where(traits.any("AFLT")[:, None, None], saw, waves)
    stimulus = _near(draw, n, (0.5, 1.1, 0.2))[:, 0] * torch.exp(draw.normal((n, 1), -0.5, 0.8))
    return Atrial(
        centre_s=centre,
        width_s=width,
        p_mv=vectors @ field[:, None].transpose(-1, -2),
        wave_mv=waves @ field.transpose(-1, -2),
        wander=draw.uniform((n, 2, 3, 2)),
        spike_mv=(field @ stimulus[..., None]).squeeze(-1),
        p_duration_s=long,
    )


def fibrillation(atrial: Atrial, rhythm: Rhythm, rows: Tensor, time_s: Tensor) -> Tensor:
    """Evaluate fibrillation waves of some records; returns ``(len(rows), 8, sample)``, mV."""
    hz = rhythm.atrial_hz[rows]
    total = torch.zeros(len(rows), 8, len(time_s), device=time_s.device)
    for part in range(2):
        phase = 2 * torch.pi * hz[:, None] * (1 + 0.13 * part) * time_s
        loud = torch.ones_like(phase)
        for number in range(3):
            speed, start = atrial.wander[rows, part, number].unbind(-1)
            angle = 2 * torch.pi * ((0.2 + 1.6 * speed)[:, None] * time_s + start[:, None])
            phase = phase + 1.5 * torch.sin(angle)
            loud = loud + 0.28 * torch.sin(0.6 * angle + 1.0)
        wave = loud * (torch.sin(phase) + 0.3 * torch.sin(2 * phase + 0.8))
        total += atrial.wave_mv[rows, part, :, None] * wave[:, None]
    return total


def flutter(atrial: Atrial, rhythm: Rhythm, rows: Tensor, time_s: Tensor) -> Tensor:
    """Evaluate sawtooth flutter waves of some records; ``(len(rows), 8, sample)``, mV."""
    cycle = (time_s - rhythm.atrial_zero_s[rows, None]) * rhythm.atrial_hz[rows, None]
    angle = 2 * torch.pi * cycle
    saw = torch.sin(angle) + 0.42 * torch.sin(2 * angle) + 0.18 * torch.sin(3 * angle)
    bump = torch.sin(angle + 2.2) + 0.3 * torch.sin(2 * angle + 4.0)
    both = torch.stack([saw, bump], dim=1)
    return atrial.wave_mv[rows].transpose(1, 2) @ both
