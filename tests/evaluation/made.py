"""A small folder shaped like the indexed PTB-XL, and tiny models to be evaluated on it."""

import csv
from pathlib import Path
from typing import cast

import numpy as np
import torch

from scar_core.leads import LEADS
from scar_core.methods import method
from scar_core.methods._classifier import HeadedClassifier
from scar_core.methods.checkpoint import save_checkpoint
from scar_core.methods.contract import InputContract
from tests.made import twelve
from tests.methods.tiny import save_tiny

CONTRACT = InputContract(rate_hz=50.0, seconds=10.0)
SUPER = ("NORM", "MI", "STTC", "CD", "HYP")
RHYTHM = ("SR", "AFIB", "STACH")
_COLUMNS = (
    "ecg_id", "path", "patient", "fold", "split", "super", "sub", "form", "rhythm", "age", "sex",
    "report",
)  # fmt: skip
_ENCODER = {
    "front": [8, 8], "kernel": 4, "stride": 4, "width": 16, "depth": 1, "heads": 2, "hidden": 16,
    "position_kernel": 4, "position_groups": 4,
}  # fmt: skip


def write_records(root: Path, counts: dict[str, int], rate_hz: int = 50) -> None:
    """Write records of noise with labels in turn; two records belong to one patient."""
    folder = root / "ptbxl_zscored"
    folder.mkdir(parents=True)
    number = 0
    with (folder / "INDEX.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, _COLUMNS)
        rows.writeheader()
        for split, count in counts.items():
            for k in range(count):
                name = f"m{number:03d}"
                signal = twelve(np.random.default_rng(number), 10 * rate_hz)
                signal[:, :: 5 + k % 3] += 2.0 * (k % 3)  # something to tell labels apart by
                steps = np.clip(np.round(signal.T * 500), -32767, 32767).astype("<i2")
                (folder / f"{name}.dat").write_bytes(steps.tobytes())
                lines = [f"{name} 12 {rate_hz} {10 * rate_hz}"]
                lines += [f"{name}.dat 16 500(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS]
                (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")
                values = (
                    900_000 + number, name, f"{split}{k // 2}", 1, split,
                    "|".join({SUPER[k % 3], SUPER[k % 5]}), "", "", RHYTHM[k % 3], 60, 0, "",
                )  # fmt: skip
                rows.writerow(dict(zip(_COLUMNS, values, strict=True)))
                number += 1


def save_classifier(
    folder: Path, seed: int = 0, tasks: dict[str, list[str]] | None = None
) -> HeadedClassifier:
    """Write an untrained reference model whose heads answer something."""
    spec = method("ecgfm")
    tasks = tasks or {"super": list(SUPER), "rhythm": list(RHYTHM)}
    settings = spec.configure({"encoder": _ENCODER, "tasks": tasks})
    torch.manual_seed(seed)
    model = cast(HeadedClassifier, spec.build(settings, CONTRACT, ""))
    for head in model.heads.values():
        torch.nn.init.normal_(cast(torch.nn.Linear, head).weight)
    save_checkpoint(
        folder,
        name="ecgfm",
        settings=settings,
        contract=CONTRACT,
        tokenizer="",
        weights=model.state_dict(),
        origin={"seed": seed, "data": "ptbxl:1"},
    )
    return model


def save_models(folder: Path) -> None:
    """Write two zero-shot models and two reference models, each in a folder of its own."""
    for seed, name in enumerate(("one", "other")):
        save_tiny(folder / name, seed, CONTRACT)
    for seed, name in enumerate(("f", "f2")):
        save_classifier(folder / name, seed)
