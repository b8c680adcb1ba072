"""From the heart's dipole to the electrodes: a lead field that differs from record to record.

The dipole is in the body axes of vectorcardiography: x to the left, y to the feet, z to the back.
The mean lead field is Dower's (Dower GE, Machado HB, Osborne JA: On deriving the
electrocardiogram from vectorcardiographic leads. Clin Cardiol 1980;3:87). Only the eight
independent leads are simulated; the other four are their exact linear combinations.
"""

import torch
from torch import Tensor

from scar_core.simulate.draw import Draw

INDEPENDENT: tuple[str, ...] = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
"""The leads that determine all twelve, in the order of the simulator's inner tensors."""

DOWER = torch.tensor(
    [
        [0.632, -0.235, 0.059],
        [0.235, 1.066, -0.132],
        [-0.515, 0.157, -0.917],
        [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277],
        [1.213, 0.127, -0.601],
        [1.125, 0.127, -0.086],
        [0.831, 0.076, 0.230],
    ]
)
"""Mean lead field, shape ``(8, 3)``, mV per mV of dipole; rows as in ``INDEPENDENT``."""


NEARNESS = torch.tensor([0.75, 1.0, 0.96, 1.03, 1.0, 1.0])[:, None]
"""What V1–V6 see in recordings of patients, as a share of Dower's rows ``(6, 1)``."""


def twelve_from_eight() -> Tensor:
    """Return the exact matrix ``(12, 8)`` from the independent leads to all leads, by name."""
    matrix = torch.zeros(12, 8)
    matrix[0, 0] = matrix[1, 1] = 1.0
    matrix[2, 1], matrix[2, 0] = 1.0, -1.0  # III = II - I
    matrix[3, 0] = matrix[3, 1] = -0.5  # aVR = -(I + II) / 2
    matrix[4, 0], matrix[4, 1] = 1.0, -0.5  # aVL = I - II / 2
    matrix[5, 1], matrix[5, 0] = 1.0, -0.5  # aVF = II - I / 2
    matrix[6:, 2:] = torch.eye(6)
    return matrix


def eight_from_nine() -> Tensor:
    """Return the matrix ``(8, 9)`` from the electrodes RA, LA, LL, V1–V6 to independent leads.

    V leads are measured against Wilson's terminal, the mean of the three limb electrodes.
    """
    matrix = torch.zeros(8, 9)
    matrix[0, 1], matrix[0, 0] = 1.0, -1.0
    matrix[1, 2], matrix[1, 0] = 1.0, -1.0
    matrix[2:, :3] = -1.0 / 3.0
    matrix[2:, 3:] = torch.eye(6)
    return matrix


def rotations(degrees: Tensor) -> Tensor:
    """Build rotation matrices ``(..., 3, 3)`` from angles ``(..., 3)`` about x, y and z."""
    rx, ry, rz = torch.deg2rad(degrees).unbind(-1)
    one, zero = torch.ones_like(rx), torch.zeros_like(rx)

    def stack(*entries: Tensor) -> Tensor:
        return torch.stack(entries, -1).reshape(*rx.shape, 3, 3)

    about_x = stack(one, zero, zero, zero, rx.cos(), -rx.sin(), zero, rx.sin(), rx.cos())
    about_y = stack(ry.cos(), zero, ry.sin(), zero, one, zero, -ry.sin(), zero, ry.cos())
    about_z = stack(rz.cos(), -rz.sin(), zero, rz.sin(), rz.cos(), zero, zero, zero, one)
    turned: Tensor = about_z @ about_y @ about_x
    return turned


def draw_lead_fields(draw: Draw, n: int) -> Tensor:
    """Draw one lead field per record.

    Torso size scales everything; each V electrode slides along the row of V electrodes and up or
    down, which mixes its row of the matrix with its neighbours' and with the vertical.

    Args:
        draw: Source of randomness.
        n: Records.

    Returns:
        Float tensor ``(n, 8, 3)``.
    """
    field = DOWER.to(draw.device).expand(n, 8, 3).clone()
    chest = field[:, 2:]
    slide = draw.normal((n, 6, 1), sd=0.30) + draw.normal((n, 1, 1), sd=0.25)
    right = torch.cat([chest[:, :1] + (chest[:, :1] - chest[:, 1:2]) * 0.5, chest[:, :-1]], 1)
    left = torch.cat([chest[:, 1:], chest[:, -1:] + (chest[:, -1:] - chest[:, -2:-1]) * 0.7], 1)
    chest = chest + slide.clamp(min=0) * (left - chest) + (-slide).clamp(min=0) * (right - chest)
    height = draw.normal((n, 6), sd=0.12) + draw.normal((n, 1), sd=0.15)
    chest[:, :, 1] += height * chest.norm(dim=-1)
    chest_gain = torch.exp(draw.normal((n, 6, 1), sd=0.15) + draw.normal((n, 1, 1), sd=0.15))
    chest_gain = chest_gain * NEARNESS.to(draw.device)
    limb = field[:, :2] + draw.normal((n, 2, 3), sd=0.06)
    limb_gain = torch.exp(draw.normal((n, 1, 1), sd=0.12))
    return torch.cat([limb * limb_gain, chest * chest_gain], dim=1)
