"""Runs end where an uninterrupted one ends, whatever happened on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from scar_core.errors import ConfigError
from scar_core.methods.checkpoint import load_checkpoint
from scar_core.settings import to_mapping
from scar_core.training import run
from scar_core.training.config import TrainConfig
from scar_core.training.data import Mixture, open_mixture
from scar_core.training.precision import usual_precision
from scar_core.training.run import METRICS, STATE, train
from tests.methods.tiny import tokenizer
from tests.training.made import made_mixture, tiny_config

ROOT = Path(__file__).parents[2]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(config: TrainConfig, root: Path | None) -> Mixture:
        return made_mixture()

    def learned(mixture: Mixture, seed: int, vocabulary: int) -> str:
        return tokenizer()

    monkeypatch.setattr(run, "open_mixture", opened)
    monkeypatch.setattr(run, "tokenizer_for", learned)


def go(config: TrainConfig, folder: Path, until: int | None = None) -> None:
    """Train, and close the run after a step."""
    steps = train(config, folder)
    for step in steps:
        if step == until:
            steps.close()
            assert torch.load(folder / STATE, weights_only=True)["step"] == step


def metrics(folder: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]
    for row in rows:
        del row["records_per_s"]
    return rows


def tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from tensors(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from tensors(item)


def same_run(one: Path, two: Path) -> None:
    """Weights, averaged weights, optimisers and figures: equal to the last bit."""
    states = [torch.load(folder / STATE, weights_only=True) for folder in (one, two)]
    assert states[0]["step"] == states[1]["step"]
    left, right = (list(tensors(state)) for state in states)
    assert len(left) == len(right) > 50
    assert all(torch.equal(a, b) for a, b in zip(left, right, strict=True))
    assert (one / "model.safetensors").read_bytes() == (two / "model.safetensors").read_bytes()
    assert metrics(one) == metrics(two)


def test_a_run_writes_what_is_needed_and_nothing_else(made: None, tmp_path: Path) -> None:
    config = tiny_config()
    assert list(train(config, tmp_path)) == list(range(1, 9))
    assert {file.name for file in tmp_path.iterdir()} == {
        "config.json", "model.safetensors", "tokenizer.json", STATE, METRICS,
    }  # fmt: skip
    assert [row["step"] for row in metrics(tmp_path)] == list(range(1, 9))
    loaded = load_checkpoint(tmp_path)
    assert loaded.origin["steps"] == 8 and loaded.origin["seed"] == 0
    decided = {"precision": usual_precision("cpu")}
    assert loaded.origin["training"] == to_mapping(config) | decided
    assert loaded.origin["commit"] == run.commit()


@pytest.mark.parametrize("at", [[3], [1, 2, 7], [6, 6]])
def test_an_interrupted_run_ends_as_an_uninterrupted_one(
    made: None, tmp_path: Path, at: list[int]
) -> None:
    config = tiny_config()
    go(config, tmp_path / "whole")
    for step in at:
        go(config, tmp_path / "parts", step)
    go(config, tmp_path / "parts")
    same_run(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.parametrize("at", [2, 4])
def test_a_run_that_died_in_a_step_repeats_what_was_not_saved(
    made: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Before the first save, and after it: each step is in the metrics once."""

    def die(figures: dict[str, float]) -> None:
        if figures["step"] == at:
            raise InterruptedError

    config = tiny_config()
    go(config, tmp_path / "whole")
    with pytest.raises(InterruptedError):
        for step in train(config, tmp_path / "died", on_step=die):
            assert step < at
    with (tmp_path / "died" / METRICS).open("a") as file:
        file.write('{"step": 5, "align_l')  # cut off in the middle of a line
    go(config, tmp_path / "died")
    same_run(tmp_path / "whole", tmp_path / "died")


def test_a_finished_run_is_left_as_it_is(made: None, tmp_path: Path) -> None:
    config = tiny_config(steps=3)
    go(config, tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert list(train(config, tmp_path)) == []
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_other_settings_are_refused_by_name(made: None, tmp_path: Path) -> None:
    go(tiny_config(steps=3), tmp_path)
    with pytest.raises(ConfigError, match=r"holds a run with other settings \(batch, steps\)"):
        go(tiny_config(steps=4, batch=8), tmp_path)
    go(tiny_config(steps=3, save_every=1), tmp_path)  # how often to save is nobody's weights


def test_settings_that_the_saved_run_did_not_know_are_other_settings(
    made: None, tmp_path: Path
) -> None:
    go(tiny_config(steps=3), tmp_path)
    file = tmp_path / "config.json"
    content = json.loads(file.read_text())
    del content["origin"]["training"]["accumulate"]  # which came later, and changed nothing
    file.write_text(json.dumps(content))
    go(tiny_config(steps=3), tmp_path)
    del content["origin"]["training"]["clip"]
    file.write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=r"other settings \(clip\)"):
        go(tiny_config(steps=3), tmp_path)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="device 'abacus' cannot be used here"):
        go(tiny_config(device="abacus"), tmp_path)


def test_a_file_where_the_run_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="choose another --out"):
        go(tiny_config(), tmp_path / "file")


def test_the_vocabulary_of_the_settings_is_learned(tmp_path: Path) -> None:
    go(tiny_config(steps=1, data="simulated", simulated_records=2), tmp_path)
    pieces = json.loads((tmp_path / "tokenizer.json").read_text())["model"]["vocab"]
    assert 200 < len(pieces) <= 400


def command(folder: Path) -> list[str]:
    """The command line of ``tiny_config(data="simulated", steps=100_000)``."""
    settings = to_mapping(tiny_config(data="simulated", steps=100_000))
    words = [sys.executable, "-m", "scar_core", "train", "--out", str(folder)]
    for name, value in settings.items():
        words += ["--set", f"{name}={json.dumps(value)}"]
    return words


def start_and_send(folder: Path, number: signal.Signals, after: int) -> tuple[int, str]:
    """Start a run in a process of its own and signal it after a step; exit code and messages."""
    process = subprocess.Popen(
        command(folder),
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not (folder / METRICS).is_file() or len(metrics_lines(folder)) < after:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        _, messages = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, messages


def metrics_lines(folder: Path) -> list[str]:
    return (folder / METRICS).read_text().splitlines()


def test_ctrl_c_saves_says_so_and_exits_130(tmp_path: Path) -> None:
    code, messages = start_and_send(tmp_path, signal.SIGINT, after=2)
    assert code == 130
    assert "Traceback" not in messages
    step = torch.load(tmp_path / STATE, weights_only=True)["step"]
    assert f"stopped after step {step}; the same command resumes {tmp_path}" in messages
    assert [row["step"] for row in metrics(tmp_path)] == list(range(1, step + 1))
    assert load_checkpoint(tmp_path).origin["steps"] == step


def test_a_killed_process_resumes_to_the_same_weights(tmp_path: Path) -> None:
    code, _ = start_and_send(tmp_path, signal.SIGKILL, after=7)
    assert code == -signal.SIGKILL
    step = torch.load(tmp_path / STATE, weights_only=True)["step"]
    assert step >= 6 and step % 3 == 0
    config = tiny_config(data="simulated", steps=100_000)
    go(config, tmp_path, step + 4)
    go(config, tmp_path / "whole", step + 4)
    same_run(tmp_path, tmp_path / "whole")


def test_simulated_data_open_by_name() -> None:
    assert set(open_mixture(tiny_config(data="simulated:2"), None).sources) == {"simulated"}


def test_a_run_begins_with_another_ones_weights(made: None, tmp_path: Path) -> None:
    go(tiny_config(steps=2), tmp_path / "first")
    first = load_checkpoint(tmp_path / "first")
    config = tiny_config(steps=3, init=str(tmp_path / "first"), learning_rate=1e-12, warmup=1)
    go(config, tmp_path / "second", until=1)
    second = load_checkpoint(tmp_path / "second")
    assert second.origin["began_with"] == first.digest
    old = dict(first.model.named_parameters())  # type: ignore[attr-defined]
    new = dict(second.model.named_parameters())  # type: ignore[attr-defined]
    assert all(
        torch.allclose(old[name], new[name], atol=1e-6)
        for name in old
        if not name.startswith("adversary")
    )
    go(config, tmp_path / "second")
    assert load_checkpoint(tmp_path / "second").origin["began_with"] == first.digest


def test_a_run_cannot_begin_with_another_shape(made: None, tmp_path: Path) -> None:
    go(tiny_config(steps=1), tmp_path / "first")
    shape = {**tiny_config().model, "heads": 3}
    other = tiny_config(steps=1, init=str(tmp_path / "first"), model=shape)
    with pytest.raises(ConfigError, match="other settings"):
        go(other, tmp_path / "second")
