"""What each of two processes does; see ``test_processes.py``."""

import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scar_core.methods.base import Batch
from scar_core.nn.distributed import rank, sum_gradients, world
from scar_core.settings import to_mapping
from scar_core.training.config import config_from
from scar_core.training.processes import joined
from scar_core.training.run import train
from scar_core.training.trainer import Trainer, step_generator, to_device
from tests.methods.made import SETTINGS, contract_of
from tests.methods.tiny import MODEL, tokenizer

BATCH = 8
CASES = ("scar", "merl", "melp", "ecgfm")

# Without what differs from record to record by chance, or from process to process by design.
_CALM: dict[str, dict[str, Any]] = {
    "scar": {"masker": "random", "budget": 1e-9, "clean_share": 0.0},
    "merl": {"lambda_finding": 1.0, "share_negatives": True},
    "melp": {"lead_dropout": 0.0, "share_negatives": True},
    "ecgfm": {},
}


def trainer_of(name: str) -> Trainer:
    """A trainer in single precision; the same weights in every process."""
    from tests.training.test_methods import mixture

    config = config_from(
        {
            "method": name,
            "data": "made",
            "batch": BATCH,
            "precision": "fp32",
            "simulated_records": 8,
            "contract": to_mapping(contract_of(name)),
            "model": {**SETTINGS[name], **_CALM[name]},
        }
    )
    one = Trainer(config, mixture(name), "" if name == "ecgfm" else tokenizer())
    if name == "ecgfm":
        for head in one.model.heads.values():  # type: ignore[operator]
            torch.nn.init.constant_(head.weight, 0.1)
    one.model.eval()  # no dropout, and no statistics of half a batch
    return one


def rows_of(batch: Batch, rows: slice) -> Batch:
    """Neighbouring records of a batch."""
    labels = {
        task: (torch.arange(values.numel()).reshape(values.shape) % 3 == 0).float()
        for task, values in batch.labels.items()
    }
    for values in labels.values():
        values[1] = torch.nan  # known pairs are not equally many on both sides
    assert batch.told is not None
    return batch._replace(
        signal=batch.signal[rows],
        visible=batch.visible[rows],
        present=batch.present[rows],
        texts=batch.texts[rows],
        truth=batch.truth[rows],
        same=batch.same[rows, rows],
        told=batch.told[rows],
        labels={task: values[rows] for task, values in labels.items()},
        language=batch.language[rows],
        language_truth=None if batch.language_truth is None else batch.language_truth[rows],
    )


def gradients_of(one: Trainer, rows: slice) -> list[Tensor]:
    """Gradients that some records of one and the same batch give, summed over processes."""
    batch = to_device(one.mixture.batch(BATCH, step_generator(7, 0), BATCH), "cpu")
    one.add_gradients(rows_of(batch, rows))
    sum_gradients(one.players)
    return [p.grad for p in one.players if p.grad is not None]


def _compare(folder: Path) -> None:
    with joined("cpu"):
        assert world() == 2
        part = BATCH // 2
        own = slice(rank() * part, (rank() + 1) * part)
        found = {name: gradients_of(trainer_of(name), own) for name in CASES}
        torch.save(found, folder / f"{rank()}.pt")


def _train(folder: Path) -> None:
    config = config_from(
        {
            "data": "simulated",
            "steps": 4,
            "batch": 6,
            "save_every": 2,
            "simulated_records": 4,
            "contract": to_mapping(contract_of("scar")),
            "model": MODEL,
        }
    )
    assert list(train(config, folder)) == [1, 2, 3, 4]


if __name__ == "__main__":
    if sys.argv[1] == "train":
        _train(Path(sys.argv[2]))
    else:
        _compare(Path(sys.argv[1]))
