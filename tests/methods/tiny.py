"""A SCAR that is small enough to build in a blink, and its files."""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from scar_core.findings import FINDINGS
from scar_core.methods.checkpoint import save_checkpoint
from scar_core.methods.contract import InputContract
from scar_core.methods.scar import Scar, ScarConfig
from scar_core.nn.selector import Selector
from scar_core.nn.text import train_tokenizer
from scar_core.settings import from_mapping

M = TypeVar("M", bound=nn.Module)
CONTRACT = InputContract(rate_hz=50.0, seconds=4.0)
MODEL: dict[str, Any] = {
    "encoder": {"width": 32, "depth": 1, "kernel_patches": 3},
    "text": {"vocabulary": 400, "width": 16, "depth": 1, "heads": 2},
    "embedding": 16,
    "heads": 2,
}


@cache
def tokenizer() -> str:
    """A tokenizer of the findings' own words."""
    phrases = [phrase for finding in FINDINGS.values() for phrase in finding.phrases]
    return train_tokenizer(phrases * 3, 400)


def config(**changes: Any) -> ScarConfig:
    """The tiny settings, some of them changed."""
    return from_mapping(ScarConfig, {**MODEL, **changes})


def opinionated(model: M) -> M:
    """Let selectors prefer some tokens by chance; untrained ones weigh all the same."""
    for part in model.modules():
        if isinstance(part, Selector):
            for layer in (part.score[-1], getattr(part, "lead_score", None)):
                if isinstance(layer, nn.Linear):
                    layer.reset_parameters()
    return model


def tiny_scar(seed: int = 0, contract: InputContract = CONTRACT, **changes: Any) -> Scar:
    """An untrained model in evaluation mode."""
    torch.manual_seed(seed)
    return opinionated(Scar(config(**changes), contract, tokenizer())).eval()


def save_tiny(folder: Path, seed: int = 0, contract: InputContract = CONTRACT) -> Scar:
    """Write an untrained model as a checkpoint."""
    torch.manual_seed(seed)
    model = opinionated(Scar(config(), contract, tokenizer())).eval()
    save_checkpoint(
        folder,
        name="scar",
        settings=model.config,
        contract=contract,
        tokenizer=tokenizer(),
        weights=model.state_dict(),
        origin={"seed": seed},
    )
    return model
