"""The shapes of waves in time, all with a height of about one."""

import torch
from torch import Tensor


def gaussians(time_s: Tensor, centre_s: Tensor, width_s: Tensor) -> Tensor:
    """Evaluate waves ``(e, w)`` at times ``(e, t)``; returns ``(e, t, w)``."""
    z = (time_s[:, :, None] - centre_s[:, None]) / width_s[:, None]
    return torch.exp(-0.5 * z * z)


def st_t_shapes(
    time_s: Tensor, end_s: Tensor, qt_s: Tensor, tail_s: Tensor, rise: Tensor
) -> Tensor:
    """Evaluate ST, T, T2 and U of ``e`` beats.

    Args:
        time_s: Seconds after QRS onset ``(e, t)``.
        end_s: QRS durations ``(e,)``.
        qt_s: QT intervals ``(e,)``.
        tail_s: From the peak of T to its end ``(e,)``.
        rise: How much wider T is before its peak than after ``(e,)``.

    Returns:
        ``(e, t, 4)``, each with a height of about one.
    """
    end, qt, tail, slope = end_s[:, None], qt_s[:, None], tail_s[:, None], rise[:, None]
    peak = qt - tail
    right = tail / 2.2
    left = torch.minimum(right * slope, (peak - end).clamp(min=0.03) / 1.7)
    after = time_s - peak
    width = torch.where(after < 0, left, right)
    t = torch.exp(-0.5 * (after / width) ** 2)
    plateau = torch.sigmoid((time_s - end) / 0.011) * torch.sigmoid(-after / 0.032)
    second = torch.exp(-0.5 * ((after - 0.6 * tail) / (0.45 * tail)) ** 2)
    u = torch.exp(-0.5 * ((time_s - qt - 0.07) / 0.032) ** 2)
    return torch.stack([plateau, t, second, u], dim=-1)
