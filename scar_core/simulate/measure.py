"""Measures one conducted beat of each record, without noise, as a reader would."""

from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.simulate.leadfield import twelve_from_eight
from scar_core.simulate.qrs import QRS
from scar_core.simulate.repolarisation import Repolarisation
from scar_core.simulate.shapes import gaussians, st_t_shapes

_HZ = 250.0
_NEIGHBOURS = ((0, 4), (4, 11), (0, 11), (1, 5), (2, 5), (7, 8), (8, 9), (9, 10), (10, 11))
_ST_LIMIT_MV = (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1)


@dataclass(frozen=True)
class Beat:
    """Waves of the conducted beats of ``n`` records in the independent leads.

    Attributes:
        centre_s: QRS wave centres ``(n, k, w)``, seconds.
        width_s: QRS wave widths ``(n, k, w)``, seconds.
        end_s: QRS durations ``(n, k)``, seconds.
        qt_s: QT intervals ``(n,)``, seconds.
        tail_s: T peak to T end ``(n,)``, seconds.
        rise: T's width before its peak over that after ``(n,)``.
        qrs_mv: QRS waves ``(n, k, w, 8)``, mV.
        stt_mv: ST, T and U ``(n, k, 4, 8)``, mV.
    """

    centre_s: Tensor
    width_s: Tensor
    end_s: Tensor
    qt_s: Tensor
    tail_s: Tensor
    rise: Tensor
    qrs_mv: Tensor
    stt_mv: Tensor

    @classmethod
    def of(cls, qrs: QRS, rep: Repolarisation, qrs_mv: Tensor, stt_mv: Tensor) -> "Beat":
        """Collect the timing and the sizes of beats."""
        timing = (qrs.centre_s, qrs.width_s, qrs.duration_s, rep.qt_s, rep.tail_s, rep.rise)
        return cls(*timing, qrs_mv, stt_mv)


@dataclass(frozen=True)
class Measured:
    """What was measured, each ``(n,)``.

    Attributes:
        axis_deg: Frontal QRS axis, from the net amplitudes in I and aVF.
        limb_mv: Largest QRS, peak to peak, of the limb leads.
        sokolow_mv: S in V1 plus the taller R of V5 and V6.
        st_up: ST elevation over its limit (0.2 mV in V1–V3, else 0.1) in the best two neighbours.
        st_down: ST depression over 0.05 mV in the best two neighbouring leads.
        t_down: T depth over 0.1 mV in the best two neighbouring leads.
        t_flat: Second largest T in I, II, V5 and V6, as a share of that lead's QRS height.
        twelve_st_mv: ST level 60 ms after the end of QRS ``(n, 12)``.
        twelve_t_mv: T amplitude ``(n, 12)``.
    """

    axis_deg: Tensor
    limb_mv: Tensor
    sokolow_mv: Tensor
    st_up: Tensor
    st_down: Tensor
    t_down: Tensor
    t_flat: Tensor
    twelve_st_mv: Tensor
    twelve_t_mv: Tensor


def _best_pair(values: Tensor) -> Tensor:
    """Return the largest value ``(n,)`` that two neighbouring leads of ``(n, 12)`` both reach."""
    pairs = [torch.minimum(values[:, a], values[:, b]) for a, b in _NEIGHBOURS]
    return torch.stack(pairs, dim=1).amax(dim=1).clamp(min=1e-3)


def beat_samples(beat: Beat) -> tuple[Tensor, Tensor, Tensor]:
    """Sample conducted beats; returns seconds ``(t,)``, QRS and ST-T ``(n, t, 12)`` in mV."""
    n = beat.qrs_mv.shape[0]
    time = torch.arange(0, 0.62, 1 / _HZ, device=beat.qrs_mv.device)
    every = time.expand(n, -1)
    matrix = twelve_from_eight().to(time.device).T
    short = every[:, : int(0.24 * _HZ)]
    qrs = gaussians(short, beat.centre_s[:, 0], beat.width_s[:, 0]) @ (beat.qrs_mv[:, 0] @ matrix)
    qrs = torch.nn.functional.pad(qrs, (0, 0, 0, len(time) - qrs.shape[1]))
    shapes = st_t_shapes(every, beat.end_s[:, 0], beat.qt_s, beat.tail_s, beat.rise)
    return time, qrs, shapes @ (beat.stt_mv[:, 0] @ matrix)


def measure(beat: Beat) -> Measured:
    """Measure the conducted beat of each record."""
    time, qrs, stt = beat_samples(beat)
    high, low = qrs.amax(dim=1), qrs.amin(dim=1)
    net = high + low
    axis = torch.rad2deg(torch.atan2(net[:, 5] * 2 / 3**0.5, net[:, 0]))
    at = ((beat.end_s[:, 0] + 0.06) * _HZ).long().clamp(max=len(time) - 1)
    rows = torch.arange(len(at), device=at.device)
    st = (stt + qrs)[rows, at]
    near_t = (time > (beat.end_s[:, 0] + 0.09)[:, None]) & (time < (beat.qt_s - 0.01)[:, None])
    t_high = torch.where(near_t[..., None], stt, 0.0).amax(dim=1)
    t_low = torch.where(near_t[..., None], stt, 0.0).amin(dim=1)
    t = torch.where(t_high > -t_low, t_high, t_low)
    limits = torch.tensor(_ST_LIMIT_MV, device=st.device)
    return Measured(
        axis_deg=axis,
        limb_mv=(high - low)[:, :6].amax(dim=1),
        sokolow_mv=(-low[:, 6]).clamp(min=0) + high[:, 10:].amax(dim=1).clamp(min=0.1),
        st_up=_best_pair(st / limits),
        st_down=_best_pair(-st / 0.05),
        t_down=_best_pair(-t_low / 0.1),
        t_flat=(t / (high - low).clamp(min=0.1))[:, [0, 1, 10, 11]].topk(2, dim=1).values[:, 1],
        twelve_st_mv=st,
        twelve_t_mv=t,
    )
