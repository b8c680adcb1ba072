"""The worker offers what is shipped, and what was promoted since it began."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from scar_core.config import checkpoint_dir, promoted_dir
from scar_core.missing import Scenario
from scar_core.serving.client import start_worker, stop_worker
from scar_core.serving.models import METHODS, WEIGHTS, Models, shipped
from tests.jobs.rig import wait_for
from tests.serving.conftest import wait_ready
from tests.serving.fakes import make_record


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


def put(folder: Path, shift: float) -> str:
    """Put a checkpoint under a name as a promotion does; return its digest."""
    beside = folder.with_name(".beside")
    shutil.copytree(checkpoint_dir() / "merl", beside)
    weights = load_file(beside / WEIGHTS)
    name = next(name for name, weight in weights.items() if weight.is_floating_point())
    weights[name] += shift
    save_file(weights, beside / WEIGHTS)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:12]


def test_a_replaced_checkpoint_answers_under_its_new_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_HOME", str(tmp_path))
    promoted_dir().mkdir()
    models, folder = Models(shipped("cpu")), promoted_dir() / "mine"

    def answered() -> str:
        return models.get("mine").predict([(make_record(), Scenario())])[0].checkpoint

    first = put(folder, 0.0)
    assert answered() == first
    second = put(folder, 0.1)
    monkeypatch.setattr("scar_core.serving.models.LOOK_S", 1e6)
    assert answered() == first, "every gesture looks at the disk"
    monkeypatch.setattr("scar_core.serving.models.LOOK_S", 0.0)
    assert answered() == second != first
    assert models.get("mine") is models.get("mine"), "it is loaded anew although it is the same"
    shutil.rmtree(folder)
    assert answered() == second, "a promotion is under way"
    third = put(folder, 0.2)
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[:1000])
    assert answered() == second, "what is damaged answers nothing"
    (folder / WEIGHTS).write_bytes(whole)
    assert answered() == third


@pytest.mark.slow
def test_a_running_worker_serves_what_was_promoted_over_what_it_has_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_HOME", str(tmp_path))
    promoted_dir().mkdir()
    first = put(promoted_dir() / "mine", 0.0)
    start_worker(tmp_path)
    try:
        client = wait_ready(tmp_path, 120)
        record = make_record()

        def answered() -> str:
            return client.predict(record, [Scenario()], method="mine")[0].checkpoint

        assert answered() == first
        second = put(promoted_dir() / "mine", 0.1)
        wait_for(lambda: answered() == second, "the new one's answer")
    finally:
        stop_worker(tmp_path)
