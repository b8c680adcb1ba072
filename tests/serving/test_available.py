"""The worker offers what is shipped, and what was promoted since it began."""

from pathlib import Path

import pytest

from scar_core.config import promoted_dir
from scar_core.serving.models import METHODS, Models, shipped


def test_promoted_checkpoints_follow_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_HOME", str(tmp_path))
    models = Models(shipped("cpu"))
    assert list(models.methods) == list(METHODS)
    for name, calibrated in (("mine", True), ("classifier", False), ("scar", True)):
        (promoted_dir() / name).mkdir(parents=True)
        if calibrated:
            (promoted_dir() / name / "calibration.json").write_text("{}")
    assert list(models.methods) == [*METHODS, "mine"], (
        "no restart is needed, and no shipped one hidden"
    )
    models.check("mine")
