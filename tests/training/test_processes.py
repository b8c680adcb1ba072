"""Two processes do what one does: equal gradients of the global batch, one set of files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from scar_core.methods.checkpoint import load_checkpoint
from scar_core.training.processes import first
from scar_core.training.run import STATE
from tests.training.pair import BATCH, CASES, gradients_of, trainer_of

ROOT = Path(__file__).parents[2]


def start(arguments: list[str], port: int) -> None:
    """Run a module in two processes that find each other by a port of this machine."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "WORLD_SIZE": "2",
                "RANK": str(rank),
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    messages = [process.communicate(timeout=300)[1][-2000:] for process in processes]
    assert not any(process.returncode for process in processes), messages


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory, free_port: int) -> dict[str, list[Tensor]]:
    """Summed gradients of every case, as two processes computed them."""
    folder = tmp_path_factory.mktemp("pair")
    start(["tests.training.pair", str(folder)], free_port)
    one, two = (torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2))
    for name in CASES:
        assert all(torch.equal(a, b) for a, b in zip(one[name], two[name], strict=True))
    found: dict[str, list[Tensor]] = one
    return found


@pytest.mark.parametrize("name", CASES)
def test_two_processes_have_the_gradients_of_one(
    together: dict[str, list[Tensor]], name: str
) -> None:
    alone = gradients_of(trainer_of(name), slice(0, BATCH))
    assert len(alone) == len(together[name]) > 10
    assert max(float(gradient.abs().max()) for gradient in alone) > 1e-3
    size = float(torch.stack([gradient.norm() for gradient in alone]).norm())
    for left, right in zip(alone, together[name], strict=True):
        apart = float((left - right).norm())
        assert apart <= 2e-3 * float(left.norm()) + 1e-6 * size  # sums in another order


def test_half_a_batch_has_other_gradients(together: dict[str, list[Tensor]]) -> None:
    """The comparison above can fail: contrasting within a process is something else."""
    half = gradients_of(trainer_of("merl"), slice(0, BATCH // 2))
    pairs = zip(half, together["merl"], strict=True)
    assert any(float((a - b).norm()) > 0.2 * float(b.norm()) for a, b in pairs)


def test_alone_it_is_the_first() -> None:
    assert first() and os.environ.get("RANK") is None


@pytest.mark.slow
def test_two_processes_train_and_the_first_one_writes(tmp_path: Path, free_port: int) -> None:
    start(["tests.training.pair", "train", str(tmp_path)], free_port)
    assert load_checkpoint(tmp_path).origin["steps"] == 4
    assert torch.load(tmp_path / STATE, weights_only=True)["step"] == 4
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 4
