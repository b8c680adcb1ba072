"""What electrodes, muscles, mains and recorders add to the heart's signal.

Disturbances arise at electrodes, so that the leads that share one share them, and the limb-lead
identities survive all of it.
"""

import torch
from torch import Tensor

from scar_core.simulate.draw import Draw
from scar_core.simulate.leadfield import eight_from_nine

_ELECTRODES = 9


def _spectral(draw: Draw, n: int, n_samples: int, rate_hz: float) -> Tensor:
    """Draw wander, muscle and sensor noise as spectra; returns ``(n, 9, sample)``, mV."""
    slope = draw.uniform((n, 1, 1), 0.8, 1.6)
    corner = draw.uniform((n, 1, 1), 12.0, 30.0)
    rms = [
        typical * torch.exp(draw.normal((n, 1, 1), sd=spread))
        for typical, spread in ((0.11, 0.6), (0.0025, 0.75), (0.006, 0.4))
    ]
    own = torch.exp(draw.normal((n, _ELECTRODES, 1), sd=0.45))
    own[:, 3:] *= 0.75  # arms and legs move more, and their muscles are nearer

    def shapes(hz: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        wander = (0.12 / hz.clamp(min=0.05)) ** slope * (hz > 0) * torch.exp(-((hz / 0.8) ** 2))
        muscle = (hz / corner) / (1 + (hz / corner) ** 2) * torch.exp(-((hz / 170.0) ** 4))
        return wander, muscle, (1.0 / (1.0 + hz)).expand_as(wander)

    # The whole band carries the stated rms, whatever part of it this sampling rate can show.
    grid = torch.arange(0.05, 200.0, 0.1, device=draw.device)
    total = [(shape**2).sum(-1, keepdim=True) * 0.1 for shape in shapes(grid)]
    hz = torch.fft.rfftfreq(n_samples, 1 / rate_hz).to(draw.device)
    density = torch.zeros(n, 1, len(hz), device=draw.device)
    for shape, size, power in zip(shapes(hz), rms, total, strict=True):
        density = density + shape**2 * size**2 / power
    scale = n_samples / 2 * (rate_hz / n_samples) ** 0.5
    size = density.sqrt() * own * scale
    spectrum = torch.complex(
        draw.normal((n, _ELECTRODES, len(hz))), draw.normal((n, _ELECTRODES, len(hz)))
    )
    sampled: Tensor = torch.fft.irfft(spectrum * size, n=n_samples)
    return sampled


def _mains(draw: Draw, n: int, time_s: Tensor) -> Tensor:
    """Draw mains hum ``(n, 9, sample)``, mV; most records have next to none."""
    hz = torch.where(draw.chance((n, 1, 1), 0.6), 50.0, 60.0) + draw.normal((n, 1, 1), sd=0.03)
    size = 0.014 * draw.uniform((n, 1, 1)) ** 3 * draw.chance((n, 1, 1), 0.3)
    size = size * torch.exp(draw.normal((n, _ELECTRODES, 1), sd=0.6))
    angle = 2 * torch.pi * (hz * time_s + draw.uniform((n, _ELECTRODES, 1)))
    return size * torch.sin(angle)


def _motion(draw: Draw, n: int, time_s: Tensor) -> Tensor:
    """Draw jumps of single electrodes that decay, in a few records; ``(n, 9, sample)``, mV."""
    total = torch.zeros(n, _ELECTRODES, len(time_s), device=draw.device)
    for _ in range(2):
        at = draw.uniform((n, 1, 1), 0.0, float(time_s[-1]))
        which = draw.uniform((n, _ELECTRODES, 1))
        one = (which == which.amax(dim=1, keepdim=True)) & draw.chance((n, 1, 1), 0.08)
        size = 0.45 * draw.normal((n, 1, 1)) * one
        decay = draw.uniform((n, 1, 1), 0.08, 0.9)
        rows = one.any(dim=1)[:, 0].nonzero()[:, 0]
        if len(rows):
            after = time_s - at[rows]
            jump = torch.sigmoid(after / 0.012) * torch.exp(-after.clamp(min=0) / decay[rows])
            total[rows] += size[rows] * jump
    return total


def draw_noise(draw: Draw, n: int, n_samples: int, rate_hz: float, level: float) -> Tensor:
    """Draw all disturbances of a batch.

    Args:
        draw: Source of randomness.
        n: Records.
        n_samples: Samples per lead.
        rate_hz: Samples per second.
        level: Multiplies everything; 1 is an ordinary clinic.

    Returns:
        Float tensor ``(n, 8, n_samples)`` in the independent leads, mV.
    """
    time = torch.arange(n_samples, device=draw.device) / rate_hz
    electrodes = _spectral(draw, n, n_samples, rate_hz) + _motion(draw, n, time)
    if rate_hz > 125:
        electrodes = electrodes + _mains(draw, n, time)
    return level * (eight_from_nine().to(draw.device) @ electrodes)


def draw_filters(draw: Draw, n: int) -> Tensor:
    """Choose the corners of each recorder's high and low pass; ``(n, 2)``, Hz."""
    corners = (
        torch.tensor(
            [0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.15, 0.15, 0.5, 0.67], device=draw.device
        ),
        torch.tensor(
            [40.0, 100.0, 100.0, 150.0, 150.0, 150.0, 150.0, 150.0, 250.0], device=draw.device
        ),
    )
    chosen = [table[(draw.uniform((n,)) * len(table)).long()] for table in corners]
    return torch.stack(chosen, dim=1)


def filter_as_recorder(signal: Tensor, filters_hz: Tensor, rate_hz: float) -> Tensor:
    """Pass each record ``(n, 8, sample)`` through its recorder's filters ``(n, 2)``, Hz."""
    hz = torch.fft.rfftfreq(signal.shape[-1], 1 / rate_hz).to(signal.device)
    low, high = filters_hz[:, 0, None, None], filters_hz[:, 1, None, None]
    ratio = (hz / low) ** 2
    gain = ratio / (1 + ratio) / torch.sqrt(1 + (hz / high) ** 6)
    passed: Tensor = torch.fft.irfft(torch.fft.rfft(signal) * gain, n=signal.shape[-1])
    return passed


def flat_leads(draw: Draw, n: int) -> Tensor:
    """Choose leads that were not connected; bool ``(n, 12)``, True = flat. Most records: none."""
    lead = draw.uniform((n, 12))
    one = lead == lead.amax(dim=1, keepdim=True)
    several = draw.chance((n, 12), 0.3) & draw.chance((n, 1), 0.2)
    return (one | several) & draw.chance((n, 1), 0.012)
