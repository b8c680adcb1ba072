"""Simulated hearts for the tests of quality: normal, hardly disturbed, one for each seed."""

from functools import cache

import numpy as np
import torch

from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from scar_core.simulate import simulate


@cache
def heart(seed: int) -> ECGRecord:
    """A record of 10 s at 500 Hz in steps of 1 µV with all leads connected."""
    return hearts()[seed]


@cache
def hearts(n: int = 8) -> list[ECGRecord]:
    """Several of them, drawn at once."""
    generator = torch.Generator().manual_seed(41)
    drawn = simulate(
        n, generator=generator, findings=("NORM",), noise=0.5, with_evidence=False
    ).signal.numpy()
    drawn = drawn[(drawn.std(axis=-1) > 0).all(axis=-1)]
    return [
        ECGRecord(np.round(s * 1000) / 1000, LEADS, 500.0, np.ones(s.shape, bool), f"heart{i}")
        for i, s in enumerate(drawn)
    ]
