"""Small records that obey the limb-lead identities, made for tests."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LEADS
from scar_core.record import ECGRecord


def limb_leads(rng: np.random.Generator, n_samples: int) -> NDArray[np.float64]:
    """(6, sample) from the definitions of the leads as differences of electrode potentials."""
    right, left, foot = rng.normal(size=(3, n_samples)).cumsum(axis=1) * 0.05
    return np.stack(
        [
            left - right,
            foot - right,
            foot - left,
            right - (left + foot) / 2,
            left - (right + foot) / 2,
            foot - (right + left) / 2,
        ]
    )


def twelve(rng: np.random.Generator, n_samples: int) -> NDArray[np.float64]:
    """(12, sample) in the order of LEADS, roughly ±1 mV."""
    chest = rng.normal(size=(6, n_samples)).cumsum(axis=1) * 0.05
    return np.concatenate([limb_leads(rng, n_samples), chest])


def made_record(
    seed: int = 0, *, seconds: float = 4.0, rate_hz: float = 100.0, leads: Sequence[str] = LEADS
) -> ECGRecord:
    """A record of which everything is present."""
    n_samples = round(seconds * rate_hz)
    signal = twelve(np.random.default_rng(seed), n_samples).astype(np.float32)
    rows = [LEADS.index(lead) for lead in leads]
    present = np.ones((len(rows), n_samples), np.bool_)
    return ECGRecord(signal[rows], tuple(leads), rate_hz, present, name="made")
