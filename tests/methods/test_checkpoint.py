"""Checkpoints come back as they were, or say in one sentence what is wrong."""

import json
import re
from pathlib import Path

import pytest
import torch

from scar_core.errors import CheckpointError
from scar_core.methods.checkpoint import load_checkpoint, write_beside
from tests.methods.tiny import CONTRACT, save_tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_tiny(tmp_path / "ck")
    return tmp_path / "ck"


def test_round_trip(folder: Path) -> None:
    model = save_tiny(folder)
    loaded = load_checkpoint(folder)
    assert loaded.method == "scar" and loaded.contract == CONTRACT
    assert loaded.origin == {"seed": 0} and loaded.calibration == {}
    assert re.fullmatch("[0-9a-f]{12}", loaded.digest)
    signal = torch.randn(1, 12, CONTRACT.n_samples)
    visible = torch.ones(signal.shape, dtype=torch.bool)
    with torch.inference_mode():
        assert torch.equal(
            loaded.model.encode(signal, visible).embedding, model.encode(signal, visible).embedding
        )
        assert torch.equal(loaded.model.encode_text(["AF"]), model.encode_text(["AF"]))


def test_only_plain_files_are_written_and_read(folder: Path) -> None:
    """No pickle: JSON and safetensors, nothing left over from writing."""
    assert {file.name for file in folder.iterdir()} == {
        "config.json", "model.safetensors", "tokenizer.json",
    }  # fmt: skip


def test_digest_follows_the_weights(folder: Path, tmp_path: Path) -> None:
    save_tiny(tmp_path / "other", seed=1)
    assert load_checkpoint(folder).digest != load_checkpoint(tmp_path / "other").digest
    save_tiny(tmp_path / "other", seed=0)
    assert load_checkpoint(folder).digest == load_checkpoint(tmp_path / "other").digest


def test_a_loaded_model_does_not_drop_out(folder: Path) -> None:
    model = load_checkpoint(folder).model
    with torch.inference_mode():
        assert torch.equal(model.encode_text(["AF"]), model.encode_text(["AF"]))


def refused(folder: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(folder)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 600
    return message


def test_no_folder(tmp_path: Path) -> None:
    assert "is no checkpoint: config.json is missing; give a folder" in refused(tmp_path / "none")


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"x")
    assert "is no checkpoint" in refused(file)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"{name} is missing" in refused(folder)


@pytest.mark.parametrize(
    "damage",
    [b"", b"not safetensors at all", b"\xff" * 100],
)
def test_damaged_weights(folder: Path, damage: bytes) -> None:
    (folder / "model.safetensors").write_bytes(damage)
    assert "the weights in" in refused(folder)


def test_truncated_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert "do not fit its config.json" in refused(folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}", "3", '{"method": "scar"}'])
def test_damaged_config(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    assert "config.json" in refused(folder)


def test_damaged_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")
    assert "tokenizer" in refused(folder)


def change(folder: Path, *path: str, value: object) -> None:
    file = folder / "config.json"
    content = json.loads(file.read_text())
    target = content
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    file.write_text(json.dumps(content))


def test_unknown_method(folder: Path) -> None:
    change(folder, "method", value="merlin")
    assert "there is no method 'merlin'" in refused(folder)


def test_unknown_setting(folder: Path) -> None:
    change(folder, "settings", "speed", value=3)
    assert "there is no setting 'speed'" in refused(folder)


def test_another_normalisation(folder: Path) -> None:
    change(folder, "contract", "normalisation", value="min-max")
    assert "this version knows lead-z-score" in refused(folder)


def test_weights_of_another_shape(folder: Path) -> None:
    change(folder, "settings", "embedding", value=24)
    assert "do not fit its config.json" in refused(folder)


def test_contract_of_other_patches(folder: Path) -> None:
    change(folder, "contract", "patch_samples", value=40)
    assert "make them equal" in refused(folder)


def test_damaged_calibration(folder: Path) -> None:
    (folder / "calibration.json").write_text("{]")
    assert "calibration.json is damaged" in refused(folder)


def test_write_beside_replaces_whole_files(tmp_path: Path) -> None:
    file = tmp_path / "a"
    write_beside(file, b"one")
    write_beside(file, b"two")
    assert file.read_bytes() == b"two" and [f.name for f in tmp_path.iterdir()] == ["a"]
