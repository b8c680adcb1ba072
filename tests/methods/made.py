"""Batches and tiny models of every method."""

from typing import Any

import torch
from torch import Tensor, nn

from scar_core.findings import FINDINGS
from scar_core.methods import method
from scar_core.methods.base import Batch
from scar_core.methods.contract import InputContract
from tests.methods.tiny import MODEL, opinionated, tokenizer

TEXT = MODEL["text"]
WAVES: dict[str, Any] = {
    "front": [8, 8, 8, 8], "width": 16, "depth": 1, "heads": 2, "hidden": 16,
    "position_kernel": 4, "position_groups": 4,
}  # fmt: skip
TASKS = {"super": ["NORM", "MI"], "rhythm": ["SR", "AFIB", "PACE"]}
SETTINGS: dict[str, dict[str, Any]] = {
    "scar": MODEL,
    "random": MODEL,
    "merl": {
        "network": {"stages": [8, 12], "blocks": 1}, "text": TEXT, "width": 8, "heads": 2,
        "embedding": 16,
    },
    "melp": {
        "encoder": WAVES, "text": TEXT, "embedding": 16, "heads": 2, "beats": 3, "queries": 4,
        "decoder_heads": 2,
    },
    "ecgfm": {"encoder": WAVES, "tasks": TASKS},
    "xresnet": {
        "network": {"stem": [8, 8, 8], "stages": [8, 12], "blocks": 1}, "tasks": TASKS,
    },
}  # fmt: skip


def contract_of(name: str) -> InputContract:
    """A method's own contract at a rate and length that make it quick."""
    usual = method(name).contract
    return InputContract(
        leads=usual.leads,
        rate_hz=50.0,
        seconds=4.0,
        high_hz=20.0,
        normalisation=usual.normalisation,
    )


def tiny(name: str, seed: int = 0, **changes: Any) -> nn.Module:
    """An untrained model in evaluation mode."""
    spec = method(name)
    torch.manual_seed(seed)
    settings = spec.configure({**SETTINGS[name], **changes})
    return opinionated(spec.build(settings, contract_of(name), tokenizer())).eval()


def signal_of(size: int, seed: int = 0, samples: int = 200) -> Tensor:
    """Normalised signal of records, float (B, 12, 200)."""
    return torch.rand(size, 12, samples, generator=torch.Generator().manual_seed(seed))


def batch_of(size: int = 4, seed: int = 0) -> Batch:
    """A batch with one finding a record, and labels of which some are unknown."""
    generator = torch.Generator().manual_seed(seed)
    signal = signal_of(size, seed)
    phrases = [finding.phrases[0] for finding in FINDINGS.values()]
    told = torch.eye(size, len(FINDINGS), dtype=torch.bool)
    truth = torch.where(told, 1.0, torch.nan)
    truth[:, :size] = told[:, :size].float()
    labels = {
        task: (torch.rand(size, len(names), generator=generator) < 0.5).float()
        for task, names in TASKS.items()
    }
    labels["rhythm"][0] = torch.nan
    return Batch(
        signal=signal,
        visible=torch.rand(signal.shape, generator=generator) < 0.8,
        present=torch.ones(signal.shape, dtype=torch.bool),
        texts=[f"{phrase}. second sentence" for phrase in phrases[:size]],
        truth=truth,
        same=torch.eye(size, dtype=torch.bool),
        finding_texts=phrases,
        labels=labels,
        told=told,
    )
