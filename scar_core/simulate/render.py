"""From waves and event times to samples: each wave is evaluated only near its own beat."""

from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.simulate.atrial import Atrial, fibrillation, flutter
from scar_core.simulate.qrs import QRS
from scar_core.simulate.repolarisation import Repolarisation
from scar_core.simulate.rhythm import VENTRICULAR, Rhythm
from scar_core.simulate.shapes import gaussians, st_t_shapes
from scar_core.simulate.traits import Traits


@dataclass(frozen=True)
class Heart:
    """Everything drawn about the hearts of a batch, already seen from the electrodes.

    Attributes:
        traits: Traits ``(n,)``.
        rhythm: Event times.
        qrs: QRS timing.
        repolarisation: ST-T timing.
        atrial: P waves, fibrillation and flutter waves.
        qrs_mv: QRS waves in the independent leads ``(n, k, w, 8)``, mV.
        stt_mv: ST, T and U in the independent leads ``(n, k, 4, 8)``, mV.
        sway: Share by which breathing changes each lead ``(n, 8)``.
        beat_jitter: Share by which beats differ ``(n, m)``.
    """

    traits: Traits
    rhythm: Rhythm
    qrs: QRS
    repolarisation: Repolarisation
    atrial: Atrial
    qrs_mv: Tensor
    stt_mv: Tensor
    sway: Tensor
    beat_jitter: Tensor


class Canvas:
    """Adds events of many records into one tensor ``(n, sample, 8)``."""

    def __init__(self, n: int, n_samples: int, rate_hz: float, device: torch.device) -> None:
        self.rate_hz = rate_hz
        self.n_samples = n_samples
        self._rows = torch.zeros(n * n_samples + 1, 8, device=device)
        self.n = n

    def grid(self, at_s: Tensor, before_s: float, after_s: float) -> tuple[Tensor, Tensor]:
        """Return sample numbers and seconds after the event, both ``(e, t)``, around events."""
        first = torch.floor((at_s - before_s) * self.rate_hz).long()
        width = int((before_s + after_s) * self.rate_hz) + 2
        number = first[:, None] + torch.arange(width, device=at_s.device)
        return number, number / self.rate_hz - at_s[:, None]

    def add(self, record: Tensor, number: Tensor, values: Tensor) -> None:
        """Add ``values`` ``(e, t, 8)`` at sample ``number`` ``(e, t)`` of ``record`` ``(e,)``."""
        row = record[:, None] * self.n_samples + number
        outside = (number < 0) | (number >= self.n_samples)
        row = torch.where(outside, self.n * self.n_samples, row)
        self._rows.index_add_(0, row.flatten(), values.flatten(0, 1))

    def signal(self) -> Tensor:
        """Return what was drawn, ``(n, 8, sample)``."""
        return self._rows[:-1].view(self.n, self.n_samples, 8).transpose(1, 2)


def beat_qt(heart: Heart, record: Tensor, slot: Tensor) -> Tensor:
    """Return the QT interval ``(e,)`` of beats: it follows the preceding interval reluctantly."""
    rhythm, rep = heart.rhythm, heart.repolarisation
    rr = rhythm.rr_s[record, slot]
    usual = (rhythm.rr_s * rhythm.qrs_used).sum(1) / rhythm.qrs_used.sum(1).clamp(min=1)
    qt = rep.qt_s[record] * (rr / usual[record]).clamp(0.6, 1.6) ** 0.12
    kind = rhythm.kind[record, slot]
    longer = heart.qrs.duration_s[record, kind] - heart.qrs.duration_s[record, 0]
    return qt + torch.where(kind == VENTRICULAR, 0.6 * longer.clamp(min=0), 0.0)


def _draw_ventricles(canvas: Canvas, heart: Heart) -> None:
    rhythm, rep = heart.rhythm, heart.repolarisation
    record, slot = rhythm.qrs_used.nonzero(as_tuple=True)
    at, kind = rhythm.qrs_s[record, slot], rhythm.kind[record, slot]
    breath = torch.sin(2 * torch.pi * rhythm.resp_hz[record] * at + rhythm.resp_phase[record])[
        :, None
    ]
    gain = (1 + heart.beat_jitter[record, slot, None] + breath * heart.sway[record])[:, None]
    number, time = canvas.grid(at, 0.03, 0.27)
    shapes = gaussians(time, heart.qrs.centre_s[record, kind], heart.qrs.width_s[record, kind])
    canvas.add(record, number, shapes @ (heart.qrs_mv[record, kind] * gain))
    number, time = canvas.grid(at, 0.01, 0.82)
    duration = heart.qrs.duration_s[record, kind]
    shapes = st_t_shapes(
        time, duration, beat_qt(heart, record, slot), rep.tail_s[record], rep.rise[record]
    )
    canvas.add(record, number, shapes @ (heart.stt_mv[record, kind] * gain))


def _draw_atria(canvas: Canvas, heart: Heart) -> None:
    rhythm, atrial = heart.rhythm, heart.atrial
    record, slot = rhythm.p_used.nonzero(as_tuple=True)
    kind = rhythm.p_ectopic[record, slot].long()
    number, time = canvas.grid(rhythm.p_s[record, slot], 0.04, 0.24)
    shapes = gaussians(time, atrial.centre_s[record], atrial.width_s[record])
    canvas.add(record, number, shapes @ atrial.p_mv[record, kind])


def _draw_spikes(canvas: Canvas, heart: Heart) -> None:
    rhythm = heart.rhythm
    # A stimulus lasts under a millisecond; what a recorder shows of it depends on its rate.
    width = max(0.0012, 0.4 / canvas.rate_hz)
    for on, used, at_s, ahead in (
        (rhythm.spike_v, rhythm.qrs_used & (rhythm.kind != VENTRICULAR), rhythm.qrs_s, 0.008),
        (rhythm.spike_a, rhythm.p_used, rhythm.p_s, 0.012),
    ):
        record, slot = (used & on[:, None]).nonzero(as_tuple=True)
        number, time = canvas.grid(at_s[record, slot] - ahead, 0.012, 0.012)
        zero = torch.zeros(len(record), 1, device=time.device)
        shape = gaussians(time, zero, torch.full_like(zero, width)) * (0.0012 / width) ** 0.7
        canvas.add(record, number, shape * heart.atrial.spike_mv[record, None])


def render(heart: Heart, n_samples: int, rate_hz: float) -> Tensor:
    """Sample the hearts of a batch, without noise.

    Returns:
        Float tensor ``(n, 8, n_samples)``, mV, rows as in ``leadfield.INDEPENDENT``.
    """
    traits, rhythm = heart.traits, heart.rhythm
    canvas = Canvas(traits.n, n_samples, rate_hz, heart.qrs_mv.device)
    _draw_ventricles(canvas, heart)
    _draw_atria(canvas, heart)
    _draw_spikes(canvas, heart)
    signal = canvas.signal().contiguous()
    time = torch.arange(n_samples, device=signal.device) / rate_hz
    for name, waves in (("AFIB", fibrillation), ("AFLT", flutter)):
        rows = traits.any(name).nonzero()[:, 0]
        if len(rows):
            signal[rows] += waves(heart.atrial, rhythm, rows, time)
    return signal
