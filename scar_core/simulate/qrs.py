"""QRS complexes as sums of short dipole waves, one table per way of ventricular activation.

A wave is (centre in ms after QRS onset, width in ms, x, y, z in mV); x left, y down, z back.
Slots: septum, free wall, posterior wall, base, late (the delayed ventricle, or the hole that an
infarct leaves early), initial, and fine ones, whose place and direction are drawn: activation
spreads in steps, and what most of the muscle cancels leaves a roughness of some ten microvolts.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.simulate.draw import Draw
from scar_core.simulate.leadfield import rotations
from scar_core.simulate.rhythm import PREMATURE, VENTRICULAR
from scar_core.simulate.traits import Traits

WAVES = 12
LATE, INITIAL, FINE = 4, 5, 6
_NO = (40.0, 10.0, 0.0, 0.0, 0.0)

_Table = tuple[tuple[float, float, float, float, float], ...]

NORMAL: _Table = (
    (14, 6.0, -0.15, -0.05, -0.30), (31, 6.9, 1.26, 0.82, -0.30), (43, 7.7, 0.54, 0.27, 1.08),
    (58, 7.2, -0.17, 0.00, 0.48),
)  # fmt: skip
LBBB: _Table = (
    (22, 10.0, 0.10, 0.08, 0.04), (45, 16.0, 0.48, 0.30, 0.92), (74, 20.0, 0.52, -0.18, 1.20),
    (106, 16.0, 0.58, -0.34, 0.48),
)  # fmt: skip
ILBBB: _Table = (
    (22, 9.0, 0.10, 0.05, 0.04), (42, 12.0, 0.65, 0.35, 0.35), (60, 13.0, 0.45, 0.15, 0.75),
    (82, 11.0, 0.30, -0.05, 0.30),
)  # fmt: skip
IVCD: _Table = (
    (20, 9.0, -0.08, -0.02, -0.18), (46, 14.0, 0.70, 0.50, 0.10), (68, 15.0, 0.35, 0.10, 0.65),
    (94, 13.0, 0.05, 0.02, 0.28),
)  # fmt: skip
LAFB: _Table = (
    (16, 7.0, -0.14, 0.30, -0.20), (36, 9.5, 0.62, -0.10, 0.10), (51, 10.5, 0.34, -0.72, 0.50),
    (69, 9.0, -0.18, -0.42, 0.22),
)  # fmt: skip
LPFB: _Table = (
    (16, 7.5, 0.22, -0.22, -0.14), (38, 10.0, 0.20, 0.55, 0.10), (54, 11.0, -0.28, 0.95, 0.50),
    (70, 9.0, -0.40, 0.30, 0.22),
)  # fmt: skip
RVH: _Table = (
    (15, 7.0, -0.05, -0.04, -0.20), (36, 10.0, 0.12, 0.40, -0.55), (52, 11.0, -0.60, 0.30, -0.35),
    (68, 9.5, -0.55, -0.12, 0.10),
)  # fmt: skip
PACED: _Table = (
    (22, 10.0, 0.10, -0.20, 0.05), (48, 17.0, 0.45, -0.60, 0.55), (78, 20.0, 0.30, -0.75, 0.90),
    (112, 16.0, 0.10, -0.45, 0.50),
)  # fmt: skip
PVC_LEFT: _Table = (  # starts in the right ventricle, so it looks like left bundle branch block
    (24, 12.0, 0.10, 0.10, 0.05), (52, 19.0, 0.70, 0.50, 0.80), (85, 22.0, 0.60, 0.30, 1.10),
    (122, 18.0, 0.25, -0.10, 0.45),
)  # fmt: skip
PVC_RIGHT: _Table = (  # starts in the left ventricle, so it looks like right bundle branch block
    (24, 12.0, -0.05, -0.10, -0.15), (52, 19.0, -0.25, -0.55, -0.75),
    (85, 22.0, -0.55, -0.60, -0.85), (122, 18.0, -0.45, 0.10, -0.30),
)  # fmt: skip


@dataclass(frozen=True)
class QRS:
    """QRS waves of each kind of beat; ``k`` beat kinds, ``WAVES`` waves.

    Attributes:
        centre_s: Wave centres ``(n, k, w)``, seconds after QRS onset.
        width_s: Gaussian widths ``(n, k, w)``, seconds.
        vector: Dipoles ``(n, k, w, 3)``, mV.
        duration_s: QRS durations ``(n, k)``, seconds.
    """

    centre_s: Tensor
    width_s: Tensor
    vector: Tensor
    duration_s: Tensor


def _rows(way: _Table, n: int, device: torch.device) -> Tensor:
    """Return the table ``(n, w, 5)`` of one way, its further slots empty."""
    rows = torch.tensor((*way, *[_NO] * (WAVES - len(way))), device=device)
    return rows.expand(n, WAVES, 5)


def _put(table: Tensor, mask: Tensor, slot: int, wave: Tensor) -> None:
    """Write ``wave`` ``(n, 5)`` into a slot of ``table`` ``(n, w, 5)`` where ``mask`` ``(n,)``."""
    table[:, slot] = torch.where(mask[:, None], wave, table[:, slot])


def _wave(draw: Draw, n: int, centre: float, width: float, vector: tuple[float, ...]) -> Tensor:
    """Draw ``(n, 5)`` waves about a mean one: centre ±10 %, width ±10 %, size ±30 %."""
    row = torch.tensor([centre, width, *vector], device=draw.device).expand(n, 5).clone()
    row[:, 0] *= torch.exp(draw.normal((n,), sd=0.10))
    row[:, 1] *= torch.exp(draw.normal((n,), sd=0.10))
    row[:, 2:] *= torch.exp(draw.normal((n, 1), sd=0.30))
    row[:, 2:] += 0.18 * row[:, 2:].norm(dim=1, keepdim=True) * draw.normal((n, 3))
    return row


def _conducted(draw: Draw, traits: Traits) -> Tensor:
    """Build the table ``(n, w, 5)`` of beats that come down the conduction system."""
    n = traits.n
    table = _rows(NORMAL, n, draw.device).clone()
    ways = {
        "RVH": RVH, "LAFB": LAFB, "LPFB": LPFB, "IVCD": IVCD, "ILBBB": ILBBB, "CLBBB": LBBB,
        "VVI": PACED, "DDD": PACED,
    }  # fmt: skip
    for name, way in ways.items():
        rows = _rows(way, n, draw.device)
        table = torch.where(traits.any(name)[:, None, None], rows, table)
    lvh = traits.any("LVH")[:, None]
    table[:, 1, 2:] = torch.where(lvh, table[:, 1, 2:] * 1.35, table[:, 1, 2:])
    table[:, 2, 2:] = torch.where(lvh, table[:, 2, 2:] * 1.7, table[:, 2, 2:])
    # The right ventricle's own early forces are gone, so less of it is cancelled at the front.
    early = torch.where(traits.any("CRBBB"), 0.45, 1.0)[:, None]
    table[:, 2, 2:] *= early
    late = _wave(draw, n, 88.0, 17.0, (-0.66, -0.05, -0.62))
    _put(table, traits.any("CRBBB"), LATE, late)
    rsr = _wave(draw, n, 76.0, 9.5, (-0.30, -0.08, -0.36))
    _put(table, traits.any("IRBBB"), LATE, rsr)
    delta = _wave(draw, n, 26.0, 15.0, (0.30, 0.18, -0.22))
    behind = draw.chance((n, 1), 0.5)
    delta[:, 4:] = torch.where(behind, delta[:, 4:].abs(), delta[:, 4:])
    wpw = traits.any("WPW")
    table[:, :4, 0] = torch.where(wpw[:, None], table[:, :4, 0] + 26.0, table[:, :4, 0])
    table[:, 0, 2:] = torch.where(wpw[:, None], table[:, 0, 2:] * 0.2, table[:, 0, 2:])
    _put(table, wpw, INITIAL, delta)
    return table


def _infarcts(draw: Draw, traits: Traits, table: Tensor) -> None:
    """Take early forces away from dead walls, which leaves Q waves over them."""
    n = traits.n
    weak = draw.uniform((n,)) < 0.5
    for name, hole, lost in (
        ("IMI", (0.05, -0.55, 0.0), (1, 3)), ("AMI", (-0.08, 0.0, 0.55), (2, 4)),
        ("LMI", (-0.50, 0.05, 0.05), (1, 2)),
    ):  # fmt: skip
        # Q waves stand for old infarcts; half of the acute ones have begun to show them.
        deep = traits.any(f"{name}_OLD")
        if name != "LMI":
            deep = deep | (traits.any("QWAVE") & (weak == (name == "IMI")))
        early = traits.any(f"{name}_ACUTE") & weak
        size = deep.float() + 0.45 * early.float()
        wave = _wave(draw, n, 24.0, 9.5, hole)
        shown = deep | early
        wave[:, 2:] *= size[:, None]
        table[:, INITIAL, 2:] += torch.where(shown[:, None], wave[:, 2:], 0.0)
        table[:, INITIAL, :2] = torch.where(shown[:, None], wave[:, :2], table[:, INITIAL, :2])
        low, _high = lost
        keep = torch.where(shown, 1 - 0.45 * size, torch.ones_like(size))[:, None]
        axis = {"IMI": 3, "AMI": 4, "LMI": 2}[name]
        table[:, 0, 2:] *= keep  # the septal wave would fill the hole
        if name == "AMI":
            table[:, 1, 2:3] -= 0.15 * size[:, None]
            table[:, 1, 4:5] += 0.50 * size[:, None]
        else:
            table[:, low, axis : axis + 1] *= 0.4 + 0.6 * keep
            table[:, 2, axis : axis + 1] -= 0.30 * size[:, None]


def _vary(draw: Draw, table: Tensor) -> Tensor:
    """Turn tables ``(n, k, w, 5)`` into individuals: timing, widths, directions and roughness."""
    n, _, w, _ = table.shape
    out = table.clone()
    pace = torch.exp(draw.normal((n, 1, 1), mean=0.04, sd=0.08))
    out[..., 0] *= pace * torch.exp(draw.normal((n, 1, w), sd=0.04))
    out[..., 1] *= pace * torch.exp(draw.normal((n, 1, w), sd=0.09))
    turn = rotations(draw.normal((n, 1, w, 3), sd=9.0))
    out[..., 2:] = (turn @ out[..., 2:, None]).squeeze(-1)
    out[..., 2:] *= torch.exp(draw.normal((n, 1, w, 1), sd=0.20))
    fine = (n, 1, WAVES - FINE)
    last = out[..., :FINE, 0].amax(dim=-1, keepdim=True)
    largest = out[..., 2:].norm(dim=-1).amax(dim=-1)[..., None, None]
    # Some hearts are smooth, some rough, and in each some steps are notches that can be seen.
    rough = 0.066 * torch.exp(draw.normal((n, 1, 1), sd=0.4) + draw.normal(fine, sd=0.45))
    out[..., FINE:, 0] = last * draw.uniform(fine, 0.15, 1.0)
    out[..., FINE:, 1] = draw.uniform(fine, 2.0, 4.5)
    flat = torch.tensor([1.0, 1.0, 0.8], device=draw.device)
    out[..., FINE:, 2:] = largest * rough[..., None] * flat * draw.normal((*fine, 3))
    return out


def draw_qrs(draw: Draw, traits: Traits, wide_escape: Tensor) -> QRS:
    """Draw the QRS waves of conducted, ventricular and premature beats of each record.

    Args:
        draw: Source of randomness.
        traits: Traits of the records.
        wide_escape: True = conducted beats are ventricular escapes instead ``(n,)``.
    """
    n = traits.n
    usual = _conducted(draw, traits)
    _infarcts(draw, traits, usual)
    wide = torch.where(
        draw.chance((n, 1, 1), 0.5),
        _rows(PVC_LEFT, n, draw.device),
        _rows(PVC_RIGHT, n, draw.device),
    )
    wild = rotations(draw.normal((n, 1, 3), sd=torch.tensor(28.0).item()))
    wide = torch.cat([wide[..., :2], (wild @ wide[..., 2:, None]).squeeze(-1)], dim=-1)
    usual = torch.where(wide_escape[:, None, None], wide * 0.8, usual)
    early = usual.clone()  # some premature beats find the right bundle still refractory
    aberrant = draw.chance((n,), 0.2) & ~traits.any("CLBBB", "CRBBB", "WPW")
    _put(early, aberrant, LATE, _wave(draw, n, 90.0, 16.0, (-0.45, -0.02, -0.5)))
    kinds = [usual, usual, usual]
    kinds[VENTRICULAR], kinds[PREMATURE] = wide, early
    table = _vary(draw, torch.stack(kinds, dim=1))
    gain = torch.exp(draw.normal((n, 1, 1, 1), mean=0.0, sd=0.22))
    centre, width = table[..., 0] / 1000, table[..., 1] / 1000
    vector = table[..., 2:] * gain
    present = vector.norm(dim=-1) > 0.02
    begin = torch.where(present, centre - 2.2 * width, torch.ones_like(centre)).amin(dim=-1)
    end = torch.where(present, centre + 2.2 * width, torch.zeros_like(centre)).amax(dim=-1)
    scale = _fit_duration(draw, traits, wide_escape, end - begin)[..., None]
    # QRS onset is time zero.
    return QRS(
        (centre - begin[..., None]) * scale, width * scale, vector, (end - begin) * scale[..., 0]
    )


def _fit_duration(draw: Draw, traits: Traits, wide_escape: Tensor, duration_s: Tensor) -> Tensor:
    """Return factors ``(n, k)`` that bring QRS durations into the range of their conduction."""
    low = torch.full_like(duration_s, 0.062)
    high = torch.full_like(duration_s, 0.112)
    for names, bottom, top in (
        (("IRBBB", "ILBBB"), 0.098, 0.119), (("WPW",), 0.112, 0.165), (("IVCD",), 0.108, 0.155),
        (("CLBBB", "CRBBB"), 0.121, 0.19), (("VVI", "DDD"), 0.122, 0.21),
    ):  # fmt: skip
        has = traits.any(*names)[:, None]
        low, high = torch.where(has, bottom, low), torch.where(has, top, high)
    low = torch.where(wide_escape[:, None], 0.122, low)
    high = torch.where(wide_escape[:, None], 0.22, high)
    low[:, VENTRICULAR], high[:, VENTRICULAR] = 0.122, 0.22
    high[:, PREMATURE] = high[:, PREMATURE].clamp(min=0.15)
    inside = low + (high - low) * draw.uniform((len(low), 1)) ** 2
    outside = (duration_s < low) | (duration_s > high)
    return torch.where(outside, inside / duration_s, torch.ones_like(inside))
