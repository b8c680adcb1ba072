"""A run is validated on validation records alone, and the same way every time."""

from pathlib import Path

import pytest

from scar_core.errors import DatasetError
from scar_core.evaluation import validate
from tests.evaluation.made import save_classifier, write_records
from tests.methods.tiny import save_tiny


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    save_classifier(tmp_path / "f")
    save_tiny(tmp_path / "run")
    monkeypatch.setattr(validate, "REFERENCES", (f"f={tmp_path / 'f'}",))
    return tmp_path / "run"


def test_figures_of_a_run(run: Path, tmp_path: Path) -> None:
    write_records(tmp_path, {"val": 40})
    found = validate.validate(run, tmp_path)
    assert found["records"] == 40 and 0 <= found["auroc"] <= 1 and 0 <= found["cmrs"] <= 100
    for figure in ("auroc", "auroc_random", "cmrs"):
        low, high = found[f"{figure}_interval"]
        assert low <= found[figure] <= high
    assert validate.validate(run, tmp_path) == found


def test_test_records_do_not_serve(run: Path, tmp_path: Path) -> None:
    write_records(tmp_path, {"train": 4, "test": 40})
    with pytest.raises(DatasetError):
        validate.validate(run, tmp_path)
