"""Random removal and disturbance of training input."""

import torch
from torch import Tensor

LEAD_P, SPAN_SHARE = 0.2, (0.05, 0.10)
"""SCAR §4.2: each lead hidden with probability 0.2, one span of 5–10 % hidden on each lead."""


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    drawn = torch.rand(shape, generator=generator, device=generator.device)
    return low + (high - low) * drawn


def hide_spans(present: Tensor, share: tuple[float, float], generator: torch.Generator) -> Tensor:
    """Hide one contiguous span on each lead.

    Args:
        present: Bool (B, L, T), True where measured.
        share: Least and greatest share of the duration.
        generator: Source of randomness, on the device of ``present``.

    Returns:
        Bool (B, L, T), True where hidden.
    """
    batch, leads, samples = present.shape
    length = _uniform((batch, leads, 1), *share, generator) * samples
    start = _uniform((batch, leads, 1), 0.0, 1.0, generator) * (samples - length)
    at = torch.arange(samples, device=present.device)
    return (at >= start) & (at < start + length)


def hide_leads(present: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Hide whole leads independently; at least one present lead stays visible.

    Returns:
        Bool (B, L, 1), True where hidden.
    """
    drawn = _uniform(tuple(present.shape[:2]), 0.0, 1.0, generator)
    there = present.any(dim=-1)
    hidden = drawn < probability
    lonely = ~(there & ~hidden).any(dim=1)
    last = (drawn - 2.0 * (~there).float()).argmax(dim=1)
    rows = torch.arange(len(hidden), device=present.device)[lonely]
    hidden[rows, last[lonely]] = False
    return hidden.unsqueeze(-1)


def keep_few_leads(present: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """For a share of the records, hide all but one to six random leads (ours).

    The paper's removal leaves nearly ten leads visible; a smartwatch shows one.

    Returns:
        Bool (B, L, 1), True where hidden.
    """
    batch, leads = present.shape[:2]
    order = _uniform((batch, leads), 0.0, 1.0, generator) - 2.0 * (~present.any(dim=-1)).float()
    rank = order.argsort(dim=1, descending=True).argsort(dim=1)
    count = _uniform((batch, 1), 1.0, 7.0, generator).floor()
    chosen = _uniform((batch, 1), 0.0, 1.0, generator) < share
    return ((rank >= count) & chosen).unsqueeze(-1)


def partial_view(present: Tensor, generator: torch.Generator, few_share: float = 0.15) -> Tensor:
    """Draw what a training record shows: the paper's two removals, and ours.

    Args:
        present: Bool (B, L, T), True where measured.
        generator: Source of randomness, on the device of ``present``.
        few_share: Share of records of which only one to six leads stay.

    Returns:
        Bool (B, L, T), True where visible.
    """
    hidden = hide_leads(present, LEAD_P, generator) | hide_spans(present, SPAN_SHARE, generator)
    visible = present & ~hidden & ~keep_few_leads(present, few_share, generator)
    # Together the removals can leave nothing: then the record is shown whole.
    nothing = ~visible.any(dim=-1).any(dim=-1)
    return torch.where(nothing[:, None, None], present, visible)


def shift(
    signal: Tensor, present: Tensor, generator: torch.Generator, most: float = 0.1
) -> tuple[Tensor, Tensor]:
    """Move half of the records in time; what is moved in from outside was not measured (ours).

    Args:
        signal: Float (B, L, T).
        present: Bool (B, L, T).
        generator: Source of randomness, on the device of ``present``.
        most: Greatest shift, as a share of the duration.

    Returns:
        Signal and present, of the same shapes.
    """
    batch, leads, samples = present.shape
    far = _uniform((batch, 1, 1), -most, most, generator) * samples
    moved = _uniform((batch, 1, 1), 0.0, 1.0, generator) < 0.5
    at = torch.arange(samples, device=present.device) - (far * moved).round().long()
    inside = (at >= 0) & (at < samples)
    index = at.clamp(0, samples - 1).expand(batch, leads, samples)
    there = present.gather(-1, index) & inside
    return signal.gather(-1, index) * there, there


def forget_amplitude(
    amplitude: Tensor, generator: torch.Generator, share: float = 0.25, spread: float = 0.15
) -> Tensor:
    """Take the amplitude from some records, and make that of the others inexact (ours).

    So a model stays able to do without, and does not trust a gain to the last per cent.

    Args:
        amplitude: Float (B, L), as of ``contract.Input``.
        generator: Source of randomness, on the device of ``amplitude``.
        share: Of the records that lose it.
        spread: Standard deviation of the error that all leads of a record share, in octaves.

    Returns:
        Float (B, L).
    """
    rows = (len(amplitude), 1)
    error = spread * torch.randn(rows, generator=generator, device=amplitude.device)
    lost = _uniform(rows, 0.0, 1.0, generator) < share
    return (amplitude + error).masked_fill(lost, torch.nan)


def deviation(signal: Tensor, present: Tensor) -> Tensor:
    """Standard deviation of each lead over its present samples; float (B, L, 1)."""
    count = present.sum(-1, keepdim=True).clamp_min(1)
    mean = (signal * present).sum(-1, keepdim=True) / count
    return (((signal - mean) ** 2 * present).sum(-1, keepdim=True) / count).sqrt()


def disturb(
    signal: Tensor, present: Tensor, generator: torch.Generator, scale: Tensor | float = 1.0
) -> Tensor:
    """Add noise to normalised signal, of another strength on each lead: white, and a slow wave.

    Args:
        signal: Float (B, L, T), normalised.
        present: Bool (B, L, T).
        generator: Source of randomness, on the device of ``signal``.
        scale: What the strength is a share of, float (B, L, 1): the lead's own deviation.

    Returns:
        Float (B, L, T), zero where not present.
    """
    rows = (*signal.shape[:2], 1)
    noise = _uniform(rows, 0.0, 0.15, generator) * torch.randn(
        signal.shape, generator=generator, device=signal.device
    )
    at = torch.arange(signal.shape[-1], device=signal.device) / signal.shape[-1]
    turns = _uniform(rows, 2.0, 10.0, generator) * at + _uniform(rows, 0.0, 1.0, generator)
    wave = 0.5 * _uniform(rows, 0.0, 1.0, generator) ** 3 * torch.sin(2 * torch.pi * turns)
    return (signal + scale * (noise + wave)) * present
