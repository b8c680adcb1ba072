"""The input contract: what a checkpoint expects of a signal, and the one way to meet it.

The contract travels with the weights. Training and inference both normalise through
``normalise``, so there is one definition of what a model sees.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scar_core.leads import LEADS
from scar_core.record import ECGRecord, bridge_gaps


@dataclass(frozen=True)
class InputContract:
    """What a model's input is.

    Attributes:
        leads: Lead names in the order of the rows.
        rate_hz: Samples per second.
        seconds: Length; longer records are cropped at the end, shorter ones padded as not present.
        low_hz: Lower corner of the zero-phase band-pass.
        high_hz: Upper corner.
        normalisation: ``"lead-z-score"``: each lead minus its mean, over its standard deviation,
            both over visible samples.
        fill: Value of samples that are not visible, after normalisation.
        patch_samples: Samples in one patch.
    """

    leads: tuple[str, ...] = LEADS
    rate_hz: float = 100.0
    seconds: float = 10.0
    low_hz: float = 0.5
    high_hz: float = 40.0
    normalisation: str = "lead-z-score"
    fill: float = 0.0
    patch_samples: int = 20

    def __post_init__(self) -> None:
        if self.normalisation != "lead-z-score":
            raise ValueError(
                f"normalisation is {self.normalisation!r}; this version knows lead-z-score"
            )
        if not (self.rate_hz > 0 and self.seconds > 0):
            raise ValueError(
                f"rate_hz is {self.rate_hz:g} and seconds {self.seconds:g}; both must be positive"
            )
        if self.patch_samples < 1:
            raise ValueError(f"patch_samples is {self.patch_samples}; expected at least 1")
        if self.n_samples % self.patch_samples:
            raise ValueError(
                f"{self.n_samples} samples do not divide into patches of {self.patch_samples}"
            )

    @property
    def n_samples(self) -> int:
        """Samples per lead (T)."""
        return round(self.rate_hz * self.seconds)

    @property
    def patch_s(self) -> float:
        """Seconds that one patch covers."""
        return self.patch_samples / self.rate_hz


def bandpass(signal: Tensor, rate_hz: float, low_hz: float, high_hz: float) -> Tensor:
    """Filter without phase shift, by the squared response of second-order Butterworth filters.

    Args:
        signal: Float (..., T).
        rate_hz: Samples per second.
        low_hz: Lower corner.
        high_hz: Upper corner.

    Returns:
        Float (..., T). The ends are continued by point reflection for two seconds first.
    """
    samples = signal.shape[-1]
    pad = min(round(2 * rate_hz), samples - 1)
    first, last = signal[..., :1], signal[..., -1:]
    head = 2 * first - signal[..., 1 : pad + 1].flip(-1)
    tail = 2 * last - signal[..., -pad - 1 : -1].flip(-1)
    spectrum = torch.fft.rfft(torch.cat((head, signal, tail), dim=-1))
    frequency = torch.fft.rfftfreq(samples + 2 * pad, 1 / rate_hz, device=signal.device)
    rise = 1 / (1 + (low_hz / frequency.clamp_min(1e-6)) ** 4)
    fall = 1 / (1 + (frequency / high_hz) ** 4)
    filtered: Tensor = torch.fft.irfft(spectrum * rise * fall, n=samples + 2 * pad)
    return filtered[..., pad : pad + samples]


def normalise(signal: Tensor, visible: Tensor, contract: InputContract) -> Tensor:
    """Filter and scale what a model will read.

    Args:
        signal: Float (..., L, T) at the contract's rate, any unit. What stands at invisible
            samples reaches the result through the filter: fill gaps first (``bridge_gaps``).
        visible: Bool (..., L, T), True where the sample may be read.
        contract: The model's contract.

    Returns:
        Float (..., L, T): zero mean and unit standard deviation over each lead's visible samples,
        ``fill`` elsewhere; a lead that is flat stays at zero.
    """
    filtered = bandpass(signal, contract.rate_hz, contract.low_hz, contract.high_hz)
    seen = visible.to(filtered.dtype)
    count = seen.sum(-1, keepdim=True).clamp_min(1.0)
    mean = (filtered * seen).sum(-1, keepdim=True) / count
    centred = (filtered - mean) * seen
    deviation = ((centred**2).sum(-1, keepdim=True) / count).sqrt()
    scaled = centred / deviation.clamp_min(1e-4)
    return torch.where(visible, scaled, torch.full_like(scaled, contract.fill))


def prepare(
    record: ECGRecord, visible: NDArray[np.bool_], contract: InputContract
) -> tuple[Tensor, Tensor]:
    """Turn a record and what may be read of it into a model's input.

    Samples that are not visible have no influence on the result, whatever stands in them.

    Args:
        record: Any leads, rate and length.
        visible: Bool (lead, sample) of the record, True where the sample may be read.
        contract: The model's contract.

    Returns:
        Signal, float32 (L, T), normalised; and visible, bool (L, T).
    """
    ready = (
        replace(record, present=visible)
        .in_order(contract.leads)
        .window(contract.seconds)
        .resampled(contract.rate_hz)
        .window(contract.seconds)
    )
    seen = torch.from_numpy(np.ascontiguousarray(ready.present))
    bridged = torch.from_numpy(bridge_gaps(ready.signal, ready.present).astype(np.float32))
    return normalise(bridged, seen, contract), seen
