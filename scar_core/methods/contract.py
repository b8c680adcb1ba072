"""The input contract: what a checkpoint expects of a signal, and the one way to meet it.

The contract travels with the weights. Training and inference both normalise through
``normalise``, so there is one definition of what a model sees. Meeting it has two halves: ``fit``
depends on the record alone and can be kept; ``ready`` depends on what may be read of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scar_core.leads import LEADS
from scar_core.record import ECGRecord

NORMALISATIONS = ("lead-z-score", "joint-min-max")

MIMIC_LEADS = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")
"""Row order of MIMIC-IV-ECG, which MERL and MELP were trained with: aVF before aVL."""


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
            both over visible samples. ``"joint-min-max"``: the record minus the least of its
            visible samples, over their range, all leads together, so that they lie in [0, 1].
        fill: Value of samples that are not visible, after normalisation.
        patch_samples: Samples in one patch.
        amplitude: Whether the model is also told how large each lead is, where that is known
            (ours): scaling each lead by itself makes records with and without millivolts alike,
            and this gives back what it takes from those that have them.
    """

    leads: tuple[str, ...] = LEADS
    rate_hz: float = 100.0
    seconds: float = 10.0
    low_hz: float = 0.5
    high_hz: float = 40.0
    normalisation: str = "lead-z-score"
    fill: float = 0.0
    patch_samples: int = 20
    amplitude: bool = False

    def __post_init__(self) -> None:
        if self.normalisation not in NORMALISATIONS:
            raise ValueError(
                f"normalisation is {self.normalisation!r}; this version knows "
                f"{' and '.join(NORMALISATIONS)}"
            )
        if self.amplitude and self.normalisation != "lead-z-score":
            raise ValueError(
                f"amplitude is true and normalisation {self.normalisation!r}, which keeps how "
                "leads compare; expected lead-z-score, or amplitude false"
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


class Input(NamedTuple):
    """What a model reads.

    Attributes:
        signal: Float (..., L, T), normalised, ``fill`` where not visible.
        visible: Bool (..., L, T), True where the sample may be read.
        amplitude: Float (..., L), of each lead the logarithm (base 2) of its standard deviation
            over visible samples, in units of ``USUAL_MV``; NaN where it is not known. None if the
            contract does not ask for it.
    """

    signal: Tensor
    visible: Tensor
    amplitude: Tensor | None = None

    def rows(self, index: Tensor) -> "Input":
        """Some of a batch."""
        return Input(*(None if part is None else part[index] for part in self))  # type: ignore[arg-type]

    def to(self, device: str) -> "Input":
        """The same on a device."""
        amplitude = None if self.amplitude is None else self.amplitude.to(device)
        return Input(self.signal.to(device), self.visible.to(device), amplitude)


def stacked(inputs: Sequence[Input]) -> Input:
    """Inputs of one contract as a batch, (B, ...)."""
    amplitudes = [one.amplitude for one in inputs if one.amplitude is not None]
    return Input(
        torch.stack([one.signal for one in inputs]),
        torch.stack([one.visible for one in inputs]),
        torch.stack(amplitudes) if amplitudes else None,
    )


USUAL_MV = 0.2
"""A usual standard deviation of a lead: there the amplitude is 0."""


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


def bridge(signal: Tensor, visible: Tensor) -> Tensor:
    """Replace what is not visible by straight lines between its neighbours.

    Args:
        signal: Float (..., T).
        visible: Bool (..., T), True where the sample counts.

    Returns:
        Float (..., T); the first and last visible values are held to the ends, and a lead of which
        nothing is visible is zero. What stood at invisible samples leaves no trace.
    """
    samples = signal.shape[-1]
    at = torch.arange(samples, device=signal.device)
    before = torch.where(visible, at, -1).cummax(dim=-1).values
    after = torch.where(visible, at, samples).flip(-1).cummin(dim=-1).values.flip(-1)
    left = torch.where(before < 0, after, before).clamp(0, samples - 1)
    right = torch.where(after >= samples, before, after).clamp(0, samples - 1)
    start, stop = signal.gather(-1, left), signal.gather(-1, right)
    share = (at - left).to(signal.dtype) / (right - left).clamp_min(1)
    line = torch.where(visible, signal, start + share * (stop - start))
    return torch.where(visible.any(dim=-1, keepdim=True), line, torch.zeros_like(line))


_FLAT = 1e-4
"""A lead that varies less is flat, whatever its unit."""


def _z_scores(filtered: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Scaled leads, and the deviation (..., L, 1) of each."""
    seen = visible.to(filtered.dtype)
    count = seen.sum(-1, keepdim=True).clamp_min(1.0)
    mean = (filtered * seen).sum(-1, keepdim=True) / count
    centred = (filtered - mean) * seen
    deviation = ((centred**2).sum(-1, keepdim=True) / count).sqrt()
    return centred / deviation.clamp_min(_FLAT), deviation


def _between_zero_and_one(filtered: Tensor, visible: Tensor) -> Tensor:
    least = filtered.masked_fill(~visible, torch.inf).amin((-2, -1), keepdim=True)
    most = filtered.masked_fill(~visible, -torch.inf).amax((-2, -1), keepdim=True)
    return (filtered - least) / (most - least).clamp_min(1e-4)


def normalise(
    signal: Tensor, visible: Tensor, contract: InputContract, in_mv: Tensor | bool = False
) -> Input:
    """Filter and scale what a model will read.

    Args:
        signal: Float (..., L, T) at the contract's rate, any unit. What stands at invisible
            samples reaches the result through the filter: fill gaps first (``bridge``).
        visible: Bool (..., L, T), True where the sample may be read.
        contract: The model's contract.
        in_mv: Whether the unit is mV, for all leads or as bool (..., L).

    Returns:
        Its signal: float (..., L, T), ``fill`` where not visible. ``lead-z-score``: zero mean and
        unit standard deviation over each lead's visible samples; a lead that is flat stays at zero.
        ``joint-min-max``: the visible samples of the record lie in [0, 1]. Scale and offset come
        from visible samples alone, and the fill is put in after scaling: so what is hidden cannot
        be told from what is left (the published code scales first and hides afterwards).
    """
    filtered = bandpass(signal, contract.rate_hz, contract.low_hz, contract.high_hz)
    amplitude = None
    if contract.normalisation == "lead-z-score":
        scaled, deviation = _z_scores(filtered, visible)
        if contract.amplitude:
            size = deviation.squeeze(-1)
            known = torch.as_tensor(in_mv, device=size.device) & (size > _FLAT)
            amplitude = torch.where(known, (size / USUAL_MV).log2(), torch.nan)
    else:
        scaled = _between_zero_and_one(filtered, visible)
    filled = torch.where(visible, scaled, torch.full_like(scaled, contract.fill))
    return Input(filled, visible, amplitude)


def fit(record: ECGRecord, contract: InputContract) -> ECGRecord:
    """Bring a record to the contract's leads, rate and length.

    It depends on the record alone, so it can be done once and kept for many scenarios.

    Args:
        record: Any leads, rate and length.
        contract: The model's contract.

    Returns:
        The record with L leads by name and T samples; what it lacks is not present.
    """
    return (
        record.in_order(contract.leads)
        .window(contract.seconds)
        .resampled(contract.rate_hz)
        .window(contract.seconds)
    )


def ready(
    signal: Tensor, visible: Tensor, contract: InputContract, in_mv: Tensor | bool = False
) -> Input:
    """Turn fitted signal into a model's input, given what may be read of it.

    Args:
        signal: Float (..., L, T), of records that were fitted.
        visible: Bool (..., L, T), True where the sample may be read.
        contract: The model's contract.
        in_mv: Whether the unit is mV, for all leads or as bool (..., L).

    Returns:
        Normalised; samples that are not visible have no influence on it.
    """
    return normalise(bridge(signal, visible), visible, contract, in_mv)


def prepare(record: ECGRecord, visible: NDArray[np.bool_], contract: InputContract) -> Input:
    """Turn a record and what may be read of it into a model's input: ``fit``, then ``ready``.

    Samples that are not visible have no influence on the result, whatever stands in them: they are
    taken out before resampling, which otherwise smears a few of them over their neighbours.

    Args:
        record: Any leads, rate and length.
        visible: Bool (lead, sample) of the record, True where the sample may be read.
        contract: The model's contract.

    Returns:
        Signal, float32 (L, T), normalised; visible, bool (L, T); and, if it is asked for,
        amplitude, float32 (L,).
    """
    fitted = fit(replace(record, present=visible), contract)
    seen = torch.from_numpy(np.ascontiguousarray(fitted.present))
    signal = torch.from_numpy(np.ascontiguousarray(fitted.signal, dtype=np.float32))
    return ready(signal, seen, contract, record.unit == "mV")
