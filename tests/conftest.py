"""Fixtures that several rooms share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_ecg() -> Path:
    """The folder of real records; set SCAR_REAL_ECG to name another one."""
    default = Path(__file__).parents[2] / "shared" / "ecg"
    folder = Path(os.environ.get("SCAR_REAL_ECG", default))
    if not folder.is_dir():
        pytest.skip(f"no real records: {folder} is not there (set SCAR_REAL_ECG)")
    return folder
