"""A tiny untrained SCAR, calibrated so that its answers differ, and records for it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from scar_core.evaluation.calibration import Calibration
from scar_core.evaluation.zero_shot import Predictor
from scar_core.methods.checkpoint import Checkpoint
from scar_core.methods.scar import Scar
from scar_core.record import ECGRecord
from tests.made import made_record
from tests.methods.tiny import CONTRACT, tiny_scar, tokenizer

PROMPTS = {"One": "sinus rhythm", "Two": "atrial fibrillation", "Three": "pacemaker rhythm"}


def predictor_of(model: Scar) -> Predictor:
    """A predictor of a model that was never saved; one curve differs from the pooled one."""
    calibration = Calibration((4.0, -1.0), {"sinus rhythm": (6.0, 0.5)}, "made up", None)
    checkpoint = Checkpoint("scar", model, tokenizer(), {}, calibration.to_json(), "0" * 12)
    return Predictor(checkpoint)


def lively(seed: int = 0, **changes: Any) -> Scar:
    """An untrained model whose selector prefers some tokens by far."""
    model = tiny_scar(seed, **changes)
    with torch.no_grad():
        for layer in model.selector.score:
            if isinstance(layer, torch.nn.Linear):
                layer.weight.mul_(6.0)
    return model


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    """Mixer lead."""
    return predictor_of(lively())


@pytest.fixture
def record() -> ECGRecord:
    """Everything present, at another rate than the contract's."""
    return made_record(3, rate_hz=100.0)


@pytest.fixture
def gappy() -> ECGRecord:
    """V3 absent, part of II absent."""
    whole = made_record(4, rate_hz=CONTRACT.rate_hz)
    present = whole.present.copy()
    present[8] = False
    present[1, 30:110] = False
    return ECGRecord(
        np.where(present, whole.signal, np.float32(0)), whole.lead_names, CONTRACT.rate_hz, present
    )


@pytest.fixture(scope="session")
def gallery() -> Path:
    """A simulated record of 10 s, as files."""
    return Path(__file__).parents[2] / "assets" / "gallery" / "right-bundle-branch-block.hea"
