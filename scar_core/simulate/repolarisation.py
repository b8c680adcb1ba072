"""ST segment, T and U waves: normal ones, those that follow from the QRS, and those of disease."""

from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.simulate.draw import Draw
from scar_core.simulate.leadfield import rotations
from scar_core.simulate.qrs import LATE, QRS
from scar_core.simulate.traits import Traits

ST, T, T2, U = range(4)
"""Slots: the plateau between QRS and T, the T wave, its second half where it is biphasic, U."""

SPREAD = torch.tensor([1.12, 1.0, 1.0, 1.05, 0.92, 0.8, 0.82, 1.0])
"""How much of T each independent lead sees, as a share of what it sees of an equal QRS dipole.

All walls recover at once, so the electrodes nearest to the heart gain less from being near.
"""


@dataclass(frozen=True)
class Repolarisation:
    """Repolarisation of each kind of beat.

    Attributes:
        vector: Dipoles ``(n, k, 4, 3)``, mV; slots as named above.
        qt_s: QT interval of conducted beats at the mean rate ``(n,)``, seconds.
        tail_s: From the peak of T to its end ``(n,)``, seconds.
        rise: Width of T before its peak, as a multiple of that after it ``(n,)``.
    """

    vector: Tensor
    qt_s: Tensor
    tail_s: Tensor
    rise: Tensor


def _toward(draw: Draw, n: int, x: float, y: float, z: float) -> Tensor:
    """Draw ``(n, 3)`` dipoles near one direction, sizes varied by about a third."""
    mean = torch.tensor([x, y, z], device=draw.device)
    spread: Tensor = 0.22 * torch.linalg.vector_norm(mean)
    near: Tensor = mean + spread * draw.normal((n, 3))
    return near * torch.exp(draw.normal((n, 1), sd=0.3))


def _flatter(t: Tensor, keep: Tensor) -> Tensor:
    """Take lateral T away first: ``keep`` ``(n, 1)`` of it stays, more toward feet and front."""
    left, down, back = t[:, :1], t[:, 1:2], t[:, 2:]
    return torch.cat([left * keep, down * (0.6 + 0.4 * keep), back * (0.75 + 0.25 * keep)], dim=1)


def _infarct(draw: Draw, traits: Traits, st: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Add currents of injury (acute) and inverted T waves (later) over the dead wall."""
    n = traits.n
    for name, toward in (
        ("IMI", (-0.03, 0.20, -0.01)), ("AMI", (0.10, -0.03, -0.22)), ("LMI", (0.20, -0.09, 0.04))
    ):  # fmt: skip
        acute, old = traits.any(f"{name}_ACUTE"), traits.any(f"{name}_OLD")
        injury = _toward(draw, n, *toward)
        st = st + torch.where(acute[:, None], injury, 0.0)
        turned = draw.chance((n, 1), 0.3)  # T waves invert within a day
        hyperacute = torch.where(turned, -0.9 * injury, 0.9 * injury)
        t = t + torch.where(acute[:, None], hyperacute, 0.0)
        # Over an old scar T is inverted in some, flat in most; ST may stay up for good.
        inverted = -1.4 * _toward(draw, n, *toward) * draw.uniform((n, 1), 0.0, 1.2)
        inverted = inverted * draw.chance((n, 1), 0.5)
        worn = _flatter(t, draw.uniform((n, 1), 0.1, 0.9))
        t = torch.where(old[:, None], worn + inverted, t)
        st = st + torch.where(old[:, None], 0.2 * injury * draw.uniform((n, 1)), 0.0)
    return st, t


def _disease(draw: Draw, traits: Traits, st: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Apply the repolarisation traits to the dipoles of ST and T ``(n, 3)``."""
    n = traits.n

    def where(names: str, new: Tensor, old: Tensor) -> Tensor:
        return torch.where(traits.any(*names.split())[:, None], new, old)

    depressed = _toward(draw, n, -0.13, -0.08, 0.01)
    st = where("STD", st + depressed, st)
    t = where("STD", _flatter(t, draw.uniform((n, 1), 0.0, 0.8)) + 0.2 * depressed, t)
    st = where("STE", st + _toward(draw, n, 0.10, 0.07, -0.13), st)
    t = where("STE", t * 1.25, t)
    deep = draw.uniform((n, 1), 0.7, 1.4)
    lateral = _toward(draw, n, -0.24, -0.03, -0.03)
    inferior = _toward(draw, n, 0.08, -0.26, -0.05)
    wide = _toward(draw, n, -0.22, -0.15, 0.16)
    which = draw.uniform((n, 1))
    inverted = deep * torch.where(which < 0.5, lateral, torch.where(which < 0.7, inferior, wide))
    t = where("TINV", 0.15 * t + inverted, t)
    flat = _flatter(t, draw.uniform((n, 1), -0.25, 0.22)) * draw.uniform((n, 1), 0.5, 1.0)
    t = where("TAB NST", flat, t)
    st = where("NST", st + _toward(draw, n, -0.045, -0.03, 0.005), st)
    ischaemic = _toward(draw, n, -0.11, -0.045, 0.0)
    st = where("ISC", st + ischaemic * draw.uniform((n, 1), 0.3, 1.2), st)
    t = where(
        "ISC",
        _flatter(t, draw.uniform((n, 1), -0.1, 0.4)) + inverted * draw.uniform((n, 1), 0.1, 1.0),
        t,
    )
    # Sick and old hearts have flatter T waves, thick ones most of all, before anything is inverted.
    worn = draw.uniform((n, 1), 0.6, 1.1)
    t = where("PLAIN", t, _flatter(t, worn))
    t = where("AFIB", _flatter(t, draw.uniform((n, 1), 0.0, 0.9)), t)
    t = where("LVH", _flatter(t, draw.uniform((n, 1), 0.0, 0.95)), t)
    strain = _toward(draw, n, -0.12, -0.02, -0.02)
    st = where("STRAIN", st + 0.8 * strain, st)
    t = where("STRAIN", 0.5 * t + 2.0 * strain, t)
    t = where("RVH", t + _toward(draw, n, 0.10, -0.08, 0.28), t)
    st = where("RVH", st + _toward(draw, n, 0.01, -0.02, 0.05), st)
    return _infarct(draw, traits, st, t)


def _secondary(draw: Draw, traits: Traits, qrs: QRS, st: Tensor, t: Tensor) -> tuple[Tensor, ...]:
    """Let ST and T of abnormally activated beats point away from their QRS; ``(n, k, 3)`` each."""
    n = traits.n
    area = (qrs.vector * qrs.width_s[..., None]).sum(dim=2) / 0.020  # mV of a 20-ms wave
    ectopic = torch.zeros(n, 3, dtype=torch.bool, device=draw.device)
    ectopic[:, 1] = True
    wide = traits.any("CLBBB", "VVI", "DDD")[:, None] | ectopic
    half = traits.any("ILBBB", "IVCD", "WPW")[:, None] & ~ectopic
    share = (wide.float() + 0.45 * half.float())[..., None]
    size = draw.uniform((n, 1, 1), 0.14, 0.26)
    t_out = t[:, None] * (1 - 0.7 * share) - size * share * area
    st_out = st[:, None] - draw.uniform((n, 1, 1), 0.03, 0.075) * share * area
    late = qrs.vector[:, :, LATE] * qrs.width_s[:, :, LATE, None] / 0.020
    late_size = draw.uniform((n, 1, 1), 0.15, 0.4)
    t_out = t_out - late_size * late * traits.any("CRBBB", "IRBBB")[:, None, None]
    return st_out, t_out


def draw_repolarisation(
    draw: Draw, traits: Traits, qrs: QRS, rate_bpm: Tensor, turn: Tensor
) -> Repolarisation:
    """Draw ST, T and U of each record.

    Args:
        draw: Source of randomness.
        traits: Traits of the records.
        qrs: Their QRS complexes, which the secondary changes follow.
        rate_bpm: Mean ventricular rate ``(n,)``, for the QT interval (Fridericia).
        turn: Rotation of the heart in the chest ``(n, 3, 3)``.
    """
    n = traits.n
    t = torch.tensor([0.50, 0.175, -0.28], device=draw.device) * torch.exp(
        draw.normal((n, 1), mean=-0.08, sd=0.34)
    )
    tilt = draw.normal((n, 3), sd=10.0)
    young = traits.any("JUVENILE")
    tilt[:, 1] = torch.where(young, draw.uniform((n,), -75.0, -45.0), tilt[:, 1])
    t = (rotations(tilt) @ t[..., None]).squeeze(-1)
    half_turn = 0.5 * turn + 0.5 * torch.eye(3, device=draw.device)
    t = (half_turn @ t[..., None]).squeeze(-1)
    early = draw.uniform((n, 1), 0.0, 0.12) * torch.tensor([0.15, 0.1, -1.0], device=draw.device)
    st = 0.06 * t + early + 0.012 * draw.normal((n, 3))
    st, t = _disease(draw, traits, st, t)
    st_k, t_k = _secondary(draw, traits, qrs, st, t)
    biphasic = draw.chance((n, 1, 1), 0.12) * draw.uniform((n, 1, 1), 0.2, 0.7)
    t2 = t_k * biphasic * torch.where(draw.chance((n, 1, 1), 0.5), 0.5, -1.0)
    u = t_k * draw.chance((n, 1, 1), 0.3) * draw.uniform((n, 1, 1), 0.04, 0.14)
    qtc = draw.clipped(n, 0.394, 0.020, 0.35, 0.448)
    qtc = torch.where(traits.any("LQT"), draw.clipped(n, 0.505, 0.022, 0.475, 0.58), qtc)
    widened = (qrs.duration_s[:, 0] - 0.09).clamp(0, 0.08) * 0.5
    qtc = torch.where(traits.any("LQT"), qtc, (qtc + widened).clamp(max=0.458))
    qt = qtc * (60.0 / rate_bpm) ** (1 / 3)
    return Repolarisation(
        vector=torch.stack([st_k, t_k, t2, u], dim=2),
        qt_s=qt,
        tail_s=draw.uniform((n,), 0.175, 0.24) * qt.clamp(max=0.44),
        rise=draw.uniform((n,), 1.1, 1.6),
    )
