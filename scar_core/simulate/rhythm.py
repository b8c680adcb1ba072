"""When atria and ventricles fire: event times of whole batches, in seconds."""

from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.simulate.draw import Draw
from scar_core.simulate.traits import Traits

CONDUCTED, VENTRICULAR, PREMATURE = 0, 1, 2
"""Kinds of ventricular beat: by the usual path, from the ventricle, early from the atrium."""


@dataclass(frozen=True)
class Rhythm:
    """Event times of a batch; ``n`` records, ``m`` slots for events, of which some are empty.

    Attributes:
        qrs_s: QRS onsets ``(n, m)``, seconds.
        qrs_used: True = this slot is a beat ``(n, m)``.
        kind: ``CONDUCTED``, ``VENTRICULAR`` or ``PREMATURE`` ``(n, m)``.
        rr_s: Interval from the preceding beat ``(n, m)``, seconds.
        p_s: P onsets ``(n, m)``, seconds.
        p_used: True = this slot is a P wave ``(n, m)``.
        p_ectopic: True = the P wave comes from elsewhere than the sinus node ``(n, m)``.
        pr_s: PR interval of conducted beats ``(n,)``, seconds.
        atrial_hz: Fibrillation or flutter waves per second ``(n,)``.
        atrial_zero_s: A time at which a flutter wave starts ``(n,)``, seconds.
        sinus_bpm: Rate at which the sinus node fires ``(n,)``.
        resp_hz: Breaths per second ``(n,)``.
        resp_phase: Phase of breathing at time zero ``(n,)``, radians.
        spike_v: True = a pacing spike precedes the beats of the record ``(n,)``.
        spike_a: True = a pacing spike precedes the P waves of the record ``(n,)``.
        wide_escape: True = escape beats start in the ventricle ``(n,)``.
    """

    qrs_s: Tensor
    qrs_used: Tensor
    kind: Tensor
    rr_s: Tensor
    p_s: Tensor
    p_used: Tensor
    p_ectopic: Tensor
    pr_s: Tensor
    atrial_hz: Tensor
    atrial_zero_s: Tensor
    sinus_bpm: Tensor
    resp_hz: Tensor
    resp_phase: Tensor
    spike_v: Tensor
    spike_a: Tensor
    wide_escape: Tensor


def _shift(mask: Tensor, by: int = 1) -> Tensor:
    """Move columns ``by`` places to the right (left if negative), filling with False."""
    out = torch.zeros_like(mask)
    if by > 0:
        out[:, by:] = mask[:, :-by]
    else:
        out[:, :by] = mask[:, -by:]
    return out


def _pick(mask: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """Choose per record between two tensors ``(n, m)`` or ``(n,)``."""
    return torch.where(mask[:, None] if yes.dim() > 1 else mask, yes, no)


def _rates(draw: Draw, traits: Traits) -> tuple[Tensor, Tensor]:
    """Draw sinus rate and mean ventricular rate when fibrillating, both ``(n,)`` per minute."""
    n = traits.n
    slow, fast = traits.any("SLOW"), traits.any("FAST")
    sinus = draw.clipped(n, 68.0, 9.0, 60.8, 98.5)
    sinus = torch.where(traits.any("SARRH") & ~slow, draw.clipped(n, 72.0, 8.0, 62.0, 92.0), sinus)
    sinus = torch.where(slow, draw.clipped(n, 52.5, 5.0, 36.0, 58.8), sinus)
    sinus = torch.where(fast, draw.clipped(n, 116.0, 13.0, 101.5, 165.0), sinus)
    blocked = traits.any("WENCKEBACH", "MOBITZ2", "AVB3")
    sinus = torch.where(blocked, draw.clipped(n, 82.0, 12.0, 62.0, 110.0), sinus)
    sinus = torch.where(traits.any("AVB1") & fast, sinus.clamp(max=120.0), sinus)
    afib = draw.clipped(n, 81.0, 10.0, 63.0, 97.0)
    afib = torch.where(slow, draw.clipped(n, 51.0, 5.0, 38.0, 57.0), afib)
    afib = torch.where(fast, draw.clipped(n, 125.0, 17.0, 105.0, 175.0), afib)
    return sinus, afib


def _ectopic(draw: Draw, traits: Traits, trait: str, onsets: Tensor) -> Tensor:
    """Choose premature beats: at least one well inside the record; every other one in bigeminy."""
    n, m = onsets.shape
    wanted = traits.any(trait)
    often = draw.uniform((n, 1), 0.02, 0.22)
    chosen = draw.uniform((n, m)) < often
    when = draw.uniform((n, 1), 2.5, 6.5)
    first = (onsets - when).abs().argmin(dim=1)
    chosen[torch.arange(n, device=onsets.device), first] = True
    number = torch.arange(m, device=onsets.device)
    close = _shift(chosen) | _shift(chosen, 2)
    kept = chosen & ~(close & (number != first[:, None]))
    kept &= ~((number - first[:, None]).abs() == 1)
    third = (number - first[:, None]) % 3 == 0
    kept = torch.where(draw.chance((n, 1), 0.07), third, kept)
    every_other = (number - first[:, None]) % 2 == 0
    kept = torch.where(traits.any("BIGU")[:, None], every_other, kept)
    if trait == "PVC":  # bigeminy belongs to one kind of ectopy: the premature atrial one wins
        kept &= ~(traits.any("BIGU") & traits.any("PAC"))[:, None]
    kept[:, 0] = False
    return kept & wanted[:, None]


def _previous(onsets: Tensor, used: Tensor) -> Tensor:
    """Return, for every slot, the onset of the used slot before it (or one second earlier)."""
    last = torch.where(used, onsets, torch.full_like(onsets, -1e9)).cummax(dim=1).values
    before = torch.cat([onsets[:, :1] - 1.0, last[:, :-1]], dim=1)
    return torch.where(before < -1e8, onsets - 1.0, before)


def _atrial_intervals(draw: Draw, traits: Traits, m: int, breath: tuple[Tensor, Tensor]) -> Tensor:
    """Draw the intervals ``(n, m)`` between primary impulses, without ectopy."""
    n = traits.n
    sinus_bpm, afib_bpm = _rates(draw, traits)
    hz, phase = breath
    base = (60.0 / sinus_bpm)[:, None]
    number = torch.arange(m, device=draw.device)[None]
    sway = torch.sin(2 * torch.pi * hz[:, None] * base * number + phase[:, None])
    slow_sway = torch.sin(0.37 * number * base + draw.uniform((n, 1), 0, 6.28))
    depth = draw.uniform((n, 1), 0.007, 0.05)
    depth = _pick(traits.any("SARRH"), draw.uniform((n, 1), 0.12, 0.28), depth)
    depth = _pick(traits.any("DDD"), torch.full_like(depth, 0.004), depth)
    wobble = 0.85 * sway + 0.35 * slow_sway + 0.25 * draw.normal((n, m)).clamp(-2, 2)
    intervals = base * (1 + depth * wobble)
    # Fibrillation: independent intervals, skewed to the right, none shorter than AV recovery.
    spread = draw.uniform((n, 1), 0.15, 0.27)
    afib = torch.exp(spread * draw.normal((n, m)) - spread**2 / 2) * (60.0 / afib_bpm)[:, None]
    intervals = _pick(traits.any("AFIB"), afib.clamp(min=0.3), intervals)
    svt = (60.0 / draw.clipped(n, 173.0, 22.0, 135.0, 220.0))[:, None]
    svt = svt * (1 + 0.006 * draw.normal((n, m)))
    return _pick(traits.any("SVT"), svt, intervals)


def _flutter_intervals(draw: Draw, n: int, m: int) -> tuple[Tensor, Tensor]:
    """Draw flutter waves per second ``(n,)`` and RR intervals ``(n, m)`` that are multiples."""
    hz = draw.clipped(n, 4.8, 0.35, 3.9, 5.6)
    options = torch.tensor([2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.0, 0.0, 0.0], device=draw.device)
    ratio = options[(draw.uniform((n,)) * len(options)).long()][:, None].expand(n, m)
    mixed = 2.0 * torch.ceil(draw.uniform((n, m)) * 2.2 + 0.1).clamp(1, 2)
    mixed = torch.where(draw.chance((n, m), 0.12), torch.full_like(mixed, 3.0), mixed)
    ratio = torch.where(ratio == 0, mixed, ratio)
    return hz, ratio / hz[:, None] + 0.004 * draw.normal((n, m))


def _pr(draw: Draw, traits: Traits) -> Tensor:
    """Draw PR intervals ``(n,)``, seconds; above 0.2 s only with the trait AVB1."""
    n = traits.n
    pr = draw.clipped(n, 0.172, 0.017, 0.126, 0.197)
    pr = torch.where(traits.any("FAST"), draw.clipped(n, 0.146, 0.014, 0.118, 0.18), pr)
    long = draw.clipped(n, 0.235, 0.025, 0.208, 0.34)
    long = torch.where(traits.any("FAST"), draw.uniform((n,), 0.206, 0.23), long)
    pr = torch.where(traits.any("AVB1"), long, pr)
    pr = torch.where(traits.any("WPW"), draw.uniform((n,), 0.085, 0.112), pr)
    return torch.where(traits.any("WENCKEBACH"), draw.uniform((n,), 0.16, 0.24), pr)


def _premature(draw: Draw, traits: Traits, rr: Tensor, start: Tensor) -> tuple[Tensor, ...]:
    """Move premature beats forward; returns intervals, sinus intervals and the two masks."""
    n, m = rr.shape
    onsets = start + rr.cumsum(dim=1) - rr
    pac = _ectopic(draw, traits, "PAC", onsets)
    pvc = _ectopic(draw, traits, "PVC", onsets) & ~pac & ~_shift(pac) & ~_shift(pac, -1)
    early = draw.uniform((n, 1), 0.55, 0.78) + 0.02 * draw.normal((n, m))
    moved = torch.where(_shift(pac | pvc, -1), (rr * early).clamp(min=0.36), rr)
    shortened = torch.where(_shift(pvc, -1), rr - moved, torch.zeros_like(rr))
    pause = _shift(shortened)  # the sinus node goes on: what came early is waited for
    moved = moved + torch.where(pvc, pause, torch.zeros_like(rr))
    moved = torch.where(pac, moved * draw.uniform((n, 1), 1.05, 1.25), moved)
    return moved, shortened, pac, pvc


def draw_rhythm(draw: Draw, traits: Traits, seconds: float) -> Rhythm:
    """Draw all event times of a batch.

    Args:
        draw: Source of randomness.
        traits: Traits of the records.
        seconds: Length of the records.

    Returns:
        Events from about a second before the record to its end.
    """
    n, m = traits.n, int(seconds / 0.26) + 8
    breath = draw.uniform((n,), 0.16, 0.33), draw.uniform((n,), 0, 6.28)
    rr = _atrial_intervals(draw, traits, m, breath)
    sinus_bpm = 60.0 / rr.mean(dim=1)
    flutter_hz, flutter_rr = _flutter_intervals(draw, n, m)
    flutter = traits.any("AFLT")
    rr = _pick(flutter, flutter_rr, rr)
    start = -rr[:, :1] * (1.0 + draw.uniform((n, 1)))
    moved, shortened, pac, pvc = _premature(draw, traits, rr, start)
    onsets = start + moved.cumsum(dim=1) - moved
    pr = _pr(draw, traits)
    # The primary impulse is the P wave; the ventricles follow, are dropped, or go their own way.
    number = torch.arange(m, device=draw.device)[None]
    cycle = 2.0 + torch.floor(draw.uniform((n, 1)) * 3.2)
    cycle = _pick(traits.any("WENCKEBACH"), cycle.clamp(min=3.0), cycle)
    place = (number + torch.floor(draw.uniform((n, 1)) * cycle)) % cycle
    growing = pr[:, None] + draw.uniform((n, 1), 0.05, 0.11) * place**0.7
    delay = _pick(traits.any("WENCKEBACH"), growing, pr[:, None].expand(n, m))
    used = _pick(traits.any("WENCKEBACH", "MOBITZ2"), place < cycle - 1, torch.ones_like(pvc))
    qrs = onsets + delay
    own = traits.any("AVB3", "VVI")
    escape = draw.clipped(n, 1.5, 0.17, 1.15, 2.0)
    escape = torch.where(traits.any("VVI"), 60.0 / draw.clipped(n, 69, 7, 59.9, 90), escape)
    jitter = torch.where(traits.any("VVI"), 0.0, 0.012)[:, None] * draw.normal((n, m))
    own_rr = escape[:, None] * (1 + jitter)
    own_early = own_rr * draw.uniform((n, 1), 0.6, 0.75)
    own_rr = torch.where(_shift(pvc, -1), own_early, own_rr)
    own_qrs = -draw.uniform((n, 1)) * escape[:, None] + own_rr.cumsum(dim=1) - own_rr
    qrs = _pick(own, own_qrs, qrs)
    kind = torch.where(pvc, VENTRICULAR, torch.where(pac, PREMATURE, CONDUCTED))
    # A ventricular beat does not stop the sinus node: its P wave falls on time, into the ST-T.
    p_s = onsets + _shift(shortened) * pvc
    backward = traits.any("SVT") & draw.chance((n,), 0.4)  # the atria, fired from the AV node
    p_s = _pick(backward, qrs + draw.uniform((n, 1), 0.075, 0.12), p_s)
    p_used = torch.ones_like(used) & ~(traits.any("AFIB", "AFLT", "SVT") & ~backward)[:, None]
    used = used & (qrs > -1.0) & (qrs < seconds)
    return Rhythm(
        qrs_s=qrs,
        qrs_used=used,
        kind=kind,
        rr_s=(qrs - _previous(qrs, used)).clamp(0.25, 2.5),
        p_s=p_s,
        p_used=p_used & (p_s > -0.3) & (p_s < seconds),
        p_ectopic=pac | backward[:, None],
        pr_s=pr,
        atrial_hz=torch.where(flutter, flutter_hz, draw.clipped(n, 6.3, 0.9, 4.4, 8.6)),
        atrial_zero_s=(qrs[:, 0] + draw.uniform((n,), -0.1, 0.1)),
        sinus_bpm=sinus_bpm,
        resp_hz=breath[0],
        resp_phase=breath[1],
        spike_v=traits.any("VVI", "DDD"),
        spike_a=traits.any("DDD") & draw.chance((n,), 0.4),
        wide_escape=traits.any("AVB3") & draw.chance((n,), 0.4),
    )
