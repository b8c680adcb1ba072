"""Assembles hearts: waves through lead fields, turned and scaled until the wanted findings hold."""

import torch
from torch import Tensor

from scar_core.simulate.atrial import draw_atrial
from scar_core.simulate.conditions import TERRITORIES
from scar_core.simulate.draw import Draw
from scar_core.simulate.leadfield import draw_lead_fields, rotations
from scar_core.simulate.measure import Beat, measure
from scar_core.simulate.qrs import FINE, INITIAL, LATE, QRS, WAVES, draw_qrs
from scar_core.simulate.render import Heart
from scar_core.simulate.repolarisation import (
    SPREAD,
    ST,
    T2,
    Repolarisation,
    T,
    draw_repolarisation,
)
from scar_core.simulate.rhythm import draw_rhythm
from scar_core.simulate.traits import Traits

_ABOVE = torch.tensor([4.0, 4.0, 1.5, 2.0, 3.0, 3.5, 2.5, 1.5])
"""How much less of a dipole the fine waves of QRS are: the electrode above a step sees most."""


class _View:
    """How a record's electrodes see dipoles: its lead field, and what no dipole explains."""

    def __init__(self, draw: Draw, n: int) -> None:
        self.field = draw_lead_fields(draw, n)
        # Wave by wave, a near electrode sees more than the dipole (first factor) and something
        # else (second): distant walls that cancel at other electrodes.
        shape = (n, 1, WAVES + 4, 8)
        self.stretch = torch.exp(draw.normal(shape, sd=0.10))
        extra = draw.normal(shape, sd=0.07)
        extra[..., :2] *= 0.35
        extra[:, :, FINE:WAVES] *= _ABOVE.to(draw.device)
        self.stretch[:, :, WAVES + T :] *= SPREAD.to(draw.device)
        extra[..., 3:] = 0.7 * extra[..., 3:] + 0.5 * extra[..., 2:-1]
        self.extra = extra

    def see(self, vector: Tensor, first: int) -> Tensor:
        """Turn dipoles ``(n, k, w, 3)`` into leads ``(n, k, w, 8)``; ``first`` counts waves."""
        waves = slice(first, first + vector.shape[2])
        leads = vector @ self.field[:, None].transpose(-1, -2)
        size = torch.linalg.vector_norm(vector, dim=-1, keepdim=True)
        seen: Tensor = leads * self.stretch[:, :, waves] + size * self.extra[:, :, waves]
        return seen


def _target_axis(draw: Draw, traits: Traits, axis_deg: Tensor) -> Tensor:
    """Choose the frontal axis ``(n,)`` in degrees that each record shall have."""
    n = traits.n
    low, high = torch.full_like(axis_deg, -180.0), torch.full_like(axis_deg, 180.0)
    for names, bottom, top in (
        (("PLAIN",), -25.0, 86.0), (("LAFB",), -80.0, -46.0), (("LPFB",), 100.0, 140.0),
        (("RVH",), 95.0, 150.0), (("LAD",), -75.0, -34.0), (("RAD",), 97.0, 150.0),
    ):  # fmt: skip
        has = traits.any(*names)
        if names == ("PLAIN",):  # paced and ventricular beats have any axis
            has = has & ~traits.any("VVI", "DDD", "AVB3")
        low, high = torch.where(has, bottom, low), torch.where(has, top, high)
    outside = (axis_deg < low) | (axis_deg > high)
    return torch.where(outside, low + (high - low) * draw.uniform((n,)), axis_deg)


def _turn_to_axis(
    draw: Draw, traits: Traits, view: _View, beats: tuple[QRS, Repolarisation, Tensor]
) -> Tensor:
    """Find the rotations about the back-to-front axis ``(n, 3, 3)`` that give the wanted axes."""
    qrs, rep, fixed = beats
    zero = torch.zeros(traits.n, device=draw.device)
    best, total, step, miss = zero, zero, zero + 0.9, zero + 361.0
    target = None
    stt_mv = view.see(rep.vector, WAVES)
    for _ in range(8):
        turn = rotations(torch.stack([zero, zero, total], dim=-1))
        seen = view.see(_turned_waves(qrs.vector, turn, fixed), 0)
        axis = measure(Beat.of(qrs, rep, seen, stt_mv)).axis_deg
        if target is None:
            target = _target_axis(draw, traits, axis)
        missed = (target - axis + 180) % 360 - 180
        nearer = missed.abs() < miss.abs()
        best, miss = torch.where(nearer, total, best), torch.where(nearer, missed, miss)
        # Axes of net amplitudes can turn faster than the heart: a step that fails is halved.
        step = torch.where(nearer, step, 0.5 * step)
        total = best + step * miss
    return rotations(torch.stack([zero, zero, best], dim=-1))


def _fixed_waves(traits: Traits) -> Tensor:
    """Mark QRS waves ``(n, w)`` that keep their direction however the heart lies.

    A delayed right ventricle faces V1, and a scar the leads that it is named after.
    """
    fixed = torch.zeros(traits.n, WAVES, dtype=torch.bool, device=traits.mask.device)
    fixed[:, LATE] = traits.any("CRBBB", "IRBBB")
    scars = (f"{where}_{stage}" for where in TERRITORIES for stage in ("ACUTE", "OLD"))
    fixed[:, INITIAL] = traits.any("QWAVE", *scars)
    return fixed


def _turned_waves(vector: Tensor, turn: Tensor, fixed: Tensor) -> Tensor:
    """Rotate QRS waves ``(n, k, w, 3)`` by ``(n, 3, 3)``, except the fixed ones ``(n, w)``."""
    return torch.where(fixed[:, None, :, None], vector, _turned_beats(vector, turn))


def _turned_beats(vector: Tensor, turn: Tensor) -> Tensor:
    """Rotate ``(n, k, w, 3)`` by ``(n, 3, 3)``."""
    return vector @ turn[:, None].transpose(-1, -2)


def _fit_voltage(draw: Draw, traits: Traits, beat: Beat) -> Tensor:
    """Return factors ``(n,)`` that make voltages meet, or stay clear of, their criteria."""
    n = traits.n
    found = measure(beat)
    factor = torch.ones(n, device=draw.device)
    wanted = draw.uniform((n,), 3.65, 5.2) / found.sokolow_mv
    lvh = traits.any("LVH")
    factor = torch.where(lvh & (wanted > 1), wanted, factor)
    wide = traits.any("CLBBB", "VVI", "DDD", "WPW", "CRBBB", "IVCD", "ILBBB")
    limit = draw.uniform((n,), 2.5, 3.4) / found.sokolow_mv
    factor = torch.where(~lvh & ~wide & (limit < 1), limit, factor)
    low = traits.any("LVOLT")
    factor = torch.where(low, draw.uniform((n,), 0.27, 0.47) / found.limb_mv, factor)
    least = draw.uniform((n,), 0.58, 0.85) / (found.limb_mv * factor)
    return factor * torch.where(low, torch.ones_like(least), least.clamp(min=1.0))


def _fit_repolarisation(traits: Traits, beat: Beat) -> Tensor:
    """Strengthen ST and T where a wanted change would hide below its threshold ``(n, k, 4, 8)``."""
    stt = beat.stt_mv.clone()
    for _ in range(3):
        found = measure(
            Beat(
                beat.centre_s,
                beat.width_s,
                beat.end_s,
                beat.qt_s,
                beat.tail_s,
                beat.rise,
                beat.qrs_mv,
                stt,
            )
        )
        acute = traits.any("IMI_ACUTE", "AMI_ACUTE", "LMI_ACUTE", "STE")
        depressed = traits.any("STD")
        up = torch.where(acute, (1.25 / found.st_up).clamp(1, 3), torch.ones_like(found.st_up))
        down = torch.where(
            depressed & ~acute, (1.25 / found.st_down).clamp(1, 3), torch.ones_like(found.st_down)
        )
        stt[:, :, ST] *= (up * down)[:, None, None]
        turned = torch.where(
            traits.any("TINV"), (1.3 / found.t_down).clamp(1, 2), torch.ones_like(found.t_down)
        )
        stt[:, :, T : T2 + 1] *= turned[:, None, None, None]
    return stt


def draw_heart(draw: Draw, traits: Traits, seconds: float) -> Heart:
    """Draw the hearts of a batch and look at them from their electrodes.

    Args:
        draw: Source of randomness.
        traits: Traits of the records.
        seconds: Length of the records.
    """
    n = traits.n
    rhythm = draw_rhythm(draw, traits, seconds)
    view = _View(draw, n)
    qrs = draw_qrs(draw, traits, rhythm.wide_escape)
    spread = torch.tensor([11.0, 13.0, 16.0], device=draw.device)
    lie = draw.normal((n, 3)) * spread
    lie[:, 2] -= torch.where(traits.any("PLAIN"), 4.0, 9.0)  # axes turn left with age and disease
    position = rotations(lie)
    fixed = _fixed_waves(traits)
    placed = _turned_waves(qrs.vector, position, fixed)
    qrs = QRS(qrs.centre_s, qrs.width_s, placed, qrs.duration_s)
    bpm = 60.0 / ((rhythm.rr_s * rhythm.qrs_used).sum(1) / rhythm.qrs_used.sum(1).clamp(min=1))
    rep = draw_repolarisation(draw, traits, qrs, bpm, position)
    turn = _turn_to_axis(draw, traits, view, (qrs, rep, fixed))
    qrs_mv = view.see(_turned_waves(qrs.vector, turn, fixed), 0)
    # Secondary ST-T changes turn with the QRS that they follow; primary ones keep their place.
    follows = traits.any("CLBBB", "VVI", "DDD", "WPW", "IVCD", "ILBBB")[:, None, None]
    st_turn = torch.where(follows, turn, torch.eye(3, device=draw.device))
    stt_mv = view.see(_turned_beats(rep.vector, st_turn), WAVES)
    factor = _fit_voltage(draw, traits, Beat.of(qrs, rep, qrs_mv, stt_mv))
    # T waves grow less than QRS complexes do.
    qrs_mv, stt_mv = qrs_mv * _wide(factor), stt_mv * _wide(factor**0.45)
    stt_mv = _fit_repolarisation(traits, Beat.of(qrs, rep, qrs_mv, stt_mv))
    m = rhythm.qrs_s.shape[1]
    sway = draw.uniform((n, 1), 0.005, 0.06) * draw.normal((n, 8), mean=0.6, sd=0.5)
    return Heart(
        traits=traits,
        rhythm=rhythm,
        qrs=qrs,
        repolarisation=rep,
        atrial=draw_atrial(draw, traits, view.field, rhythm),
        qrs_mv=qrs_mv,
        stt_mv=stt_mv,
        sway=sway,
        beat_jitter=draw.uniform((n, 1), 0.0, 0.03) * draw.normal((n, m)),
    )


def _wide(factor: Tensor) -> Tensor:
    return factor[:, None, None, None]
