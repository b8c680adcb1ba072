"""ECGRecord: one stored ECG in millivolt, its leads by name, and what of it was measured."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.leads import LEADS, LIMB, wrong_limb_order

UNITS = ("mV", "sd")


@dataclass(frozen=True, eq=False)
class ECGRecord:
    """One ECG. Arrays are shared, not copied: treat them as read-only.

    Attributes:
        signal: float32 (lead, sample), in ``unit``; finite everywhere.
        lead_names: The leads of the rows, spelled as in ``leads.LEADS``, each at most once.
        sampling_rate_hz: Samples per second.
        present: bool (lead, sample), True = measured.
        name: What people call the record.
        unit: ``"mV"``, or ``"sd"`` where each lead was z-scored and millivolts are lost.
        metadata: Age, sex, report, labels and whatever else the source tells.
        notes: Sentences on what was done to the record since it was stored.

    Raises:
        RecordError: Shapes, names, rate or unit contradict the above.
    """

    signal: NDArray[np.float32]
    lead_names: tuple[str, ...]
    sampling_rate_hz: float
    present: NDArray[np.bool_]
    name: str = ""
    unit: Literal["mV", "sd"] = "mV"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        signal = np.ascontiguousarray(self.signal, dtype=np.float32)
        present = np.ascontiguousarray(self.present)
        object.__setattr__(self, "signal", signal)
        object.__setattr__(self, "present", present)
        object.__setattr__(self, "lead_names", tuple(self.lead_names))
        object.__setattr__(self, "notes", tuple(self.notes))
        problem = self._problem()
        if problem:
            msg = f"Record {self.name!r} {problem}" if self.name else f"The record {problem}"
            raise RecordError(msg)
        object.__setattr__(self, "sampling_rate_hz", float(self.sampling_rate_hz))

    def _problem(self) -> str | None:
        names, shape = self.lead_names, self.signal.shape
        if self.signal.ndim != 2 or shape[0] != len(names) or 0 in shape:
            return f"has signal of shape {shape} for {len(names)} leads; give (lead, sample)."
        unknown = [lead for lead in names if lead not in LEADS]
        if unknown:
            return f"has unknown leads {', '.join(unknown)}; use {', '.join(LEADS)}."
        if len(set(names)) != len(names):
            return f"names a lead twice ({', '.join(names)}); keep one row per lead."
        if self.present.dtype != np.bool_ or self.present.shape != shape:
            kind = f"{self.present.dtype} {self.present.shape}"
            return f"has `present` of {kind}; it must be bool of the signal's shape {shape}."
        rate = self.sampling_rate_hz
        if not (isfinite(rate) and rate > 0):
            return f"has a sampling rate of {rate} Hz; a positive number is needed."
        if self.unit not in UNITS:
            return f"has unit {self.unit!r}; convert it to one of {', '.join(UNITS)}."
        if not np.isfinite(self.signal).all():
            return "holds NaN or infinite samples; set them to 0 and `present` to False."
        return None

    @property
    def n_leads(self) -> int:
        """Number of leads."""
        return len(self.lead_names)

    @property
    def n_samples(self) -> int:
        """Samples per lead."""
        return int(self.signal.shape[1])

    @property
    def duration_s(self) -> float:
        """Seconds from the first sample to the end of the last one."""
        return self.n_samples / self.sampling_rate_hz

    def in_order(self, lead_names: Sequence[str] = LEADS) -> "ECGRecord":
        """Return the record with exactly these leads, by name.

        A lead that the record lacks becomes zeros that are not present; others are left out.
        """
        names = tuple(lead_names)
        if names == self.lead_names:
            return self
        signal = np.zeros((len(names), self.n_samples), np.float32)
        present = np.zeros(signal.shape, np.bool_)
        for row, lead in enumerate(names):
            if lead in self.lead_names:
                source = self.lead_names.index(lead)
                signal[row], present[row] = self.signal[source], self.present[source]
        return replace(self, signal=signal, present=present, lead_names=names)

    def resampled(self, rate_hz: float) -> "ECGRecord":
        """Return the record at another sampling rate (polyphase filter, no delay).

        A new sample is present if both of its old neighbours are. Gaps are bridged by straight
        lines before the filter, so that their zeros do not ring into what was measured.

        Raises:
            RecordError: The rate is not a positive number.
        """
        if not (isfinite(rate_hz) and rate_hz > 0):
            msg = f"A sampling rate of {rate_hz} Hz was asked for; give a positive number."
            raise RecordError(msg)
        if rate_hz == self.sampling_rate_hz:
            return self
        from scipy.signal import resample_poly

        ratio = Fraction(rate_hz / self.sampling_rate_hz).limit_denominator(10_000)
        if ratio == 0:
            msg = f"{self.sampling_rate_hz:g} Hz cannot be reduced to {rate_hz:g} Hz."
            raise RecordError(msg)
        bridged = bridge_gaps(self.signal, self.present)
        signal = resample_poly(
            bridged, ratio.numerator, ratio.denominator, axis=1, padtype="line"
        ).astype(np.float32)
        at = np.arange(signal.shape[1]) / float(ratio)  # in old samples
        left = np.clip(np.floor(at + 1e-6).astype(int), 0, self.n_samples - 1)
        right = np.clip(np.ceil(at - 1e-6).astype(int), 0, self.n_samples - 1)
        present = self.present[:, left] & self.present[:, right]
        note = f"Resampled from {self.sampling_rate_hz:g} to {rate_hz:g} Hz."
        return replace(
            self,
            signal=np.where(present, signal, np.float32(0)),
            present=present,
            sampling_rate_hz=rate_hz,
            notes=(*self.notes, note),
        )

    def window(self, seconds: float, start_s: float = 0.0) -> "ECGRecord":
        """Return ``seconds`` of the record from ``start_s``; past its end nothing is present.

        Raises:
            RecordError: The window is empty or starts outside the record.
        """
        wanted = round(seconds * self.sampling_rate_hz) if isfinite(seconds) else 0
        start = round(start_s * self.sampling_rate_hz) if isfinite(start_s) else -1
        if wanted < 1 or not 0 <= start < self.n_samples:
            msg = (
                f"A window of {seconds:g} s from {start_s:g} s was asked for, but the record "
                f"lasts {self.duration_s:g} s; start inside it and ask for more than one sample."
            )
            raise RecordError(msg)
        if start == 0 and wanted == self.n_samples:
            return self
        kept = slice(start, start + wanted)
        signal, present = self.signal[:, kept], self.present[:, kept]
        missing = wanted - signal.shape[1]
        stop_s = (start + signal.shape[1]) / self.sampling_rate_hz
        notes = list(self.notes)
        if signal.shape[1] < self.n_samples:
            notes.append(f"Cropped to {start_s:g}–{stop_s:g} s of {self.duration_s:g} s.")
        if missing:
            padded_s = missing / self.sampling_rate_hz
            notes.append(f"Padded at the end by {padded_s:g} s that are not present.")
        return replace(
            self,
            signal=np.pad(signal, ((0, 0), (0, missing))),
            present=np.pad(present, ((0, 0), (0, missing))),
            notes=tuple(notes),
        )

    def fingerprint(self) -> str:
        """Return a SHA-256 hex digest of signal, presence, leads, rate and unit.

        Name, metadata and notes do not count: equal fingerprints mean equal input to a model.
        """
        head = f"{self.lead_names} {self.signal.shape} {self.sampling_rate_hz!r} {self.unit}"
        digest = hashlib.sha256(head.encode())
        digest.update(self.signal.astype("<f4").tobytes())
        digest.update(np.packbits(self.present).tobytes())
        return digest.hexdigest()


def limb_problem(record: ECGRecord) -> str | None:
    """Say what is wrong with the limb leads, from the samples at which all six are present.

    None if all is well, if one of the six is missing, or if the record is not in millivolt.
    """
    if record.unit != "mV" or not set(LIMB) <= set(record.lead_names):
        return None
    limb = record.in_order(LIMB)
    together = limb.present.all(axis=0)
    # A copy only where it is needed: hours of ECG are hundreds of megabytes.
    signal = limb.signal if together.all() else limb.signal[:, together]
    return wrong_limb_order(signal) if together.any() else None


def bridge_gaps(
    signal: NDArray[np.floating[Any]], present: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Replace what is not present by straight lines between its neighbours.

    Args:
        signal: (lead, sample).
        present: (lead, sample), True where the sample counts.

    Returns:
        (lead, sample); the first and last present values are held to the ends, and a lead of
        which nothing is present is zero. What stood at absent samples leaves no trace.
    """
    bridged = signal.astype(np.float64)
    at = np.arange(signal.shape[1])
    for row, there in zip(bridged, present, strict=True):
        if there.any() and not there.all():
            row[~there] = np.interp(at[~there], at[there], row[there])
        elif not there.any():
            row[:] = 0.0
    return bridged
