"""What is evaluated: trained models by name, each turned into one array of raw answers.

Raw answers are what is worth keeping: a zero-shot model's embeddings, from which any prompts can be
answered, or a classifier's logits of all its labels.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.config import checkpoint_dir
from scar_core.errors import CheckpointError, ConfigError
from scar_core.methods import method
from scar_core.methods.base import Classifier, Model
from scar_core.methods.checkpoint import CONFIG, Checkpoint, load_checkpoint
from scar_core.methods.contract import Input, InputContract

Floats = NDArray[np.float64]

RANDOM = "random"
_SAW: Mapping[str, tuple[str, ...]] = {"ecgfm": ("ptbxl", "cpsc2018", "csn", "challenge")}
"""Collections that published weights were trained on, by method, where the weights do not say."""
_PARTS_OF_CHALLENGE = ("ptbxl", "georgia", "cpsc2018", "csn")


@dataclass(frozen=True)
class Subject:
    """A model under evaluation.

    Attributes:
        name: As in tables.
        checkpoint: Its weights.
        features: Ask for embeddings even if it is a classifier, as linear probing does.
        device: Where it runs.
    """

    name: str
    checkpoint: Checkpoint
    features: bool = False
    device: str = "cpu"

    @property
    def contract(self) -> InputContract:
        """What the model expects of its input."""
        return self.checkpoint.contract

    @property
    def is_classifier(self) -> bool:
        """True if it answers labels of its own instead of prompts."""
        return method(self.checkpoint.method).kind == "classifier"

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Task and label of each column of a classifier's raw answers."""
        tasks = cast(Classifier, self.checkpoint.model).tasks
        return [(task, label) for task in sorted(tasks) for label in tasks[task]]

    def raw(self, read: Input) -> NDArray[np.float32]:
        """Answer a batch.

        Args:
            read: What ``ready`` makes of B records for the contract.

        Returns:
            Float32 (B, E): embeddings, or (B, label): a classifier's logits in the order of
            ``labels``, unless its features are asked for.
        """
        read = read.to(self.device)
        with torch.inference_mode():
            if self.is_classifier and not self.features:
                logits = cast(Classifier, self.checkpoint.model).classify(read.signal, read.visible)
                answer = torch.cat([logits[task] for task in sorted(logits)], dim=1)
            else:
                answer = self.checkpoint.model.encode(*read).embedding
        return np.asarray(answer.float().cpu().numpy())

    def texts(self, prompts: Sequence[str]) -> Floats:
        """Embed prompts; (prompt, E)."""
        with torch.inference_mode():
            rows = self.checkpoint.model.encode_text(list(prompts))
        return np.asarray(rows.float().cpu().numpy(), np.float64)

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Names of the collections that the weights have seen, as far as is known."""
        data = str(self.checkpoint.origin.get("data", ""))
        named = tuple(part.partition(":")[0].strip() for part in data.split(",") if part.strip())
        return named or _SAW.get(self.checkpoint.method, ())

    def source(self, dataset: str) -> str:
        """``in-source`` if training records come from the same collection, else ``cross-source``.

        Random weights are ``untrained``.
        """
        if self.checkpoint.method == RANDOM:
            return "untrained"
        return "in-source" if dataset in self.trained_on else "cross-source"

    def contamination(self, dataset: str) -> str:
        """Say what training and evaluation records have in common; empty if nothing is known."""
        if self.checkpoint.method == RANDOM or not self.trained_on:
            return ""
        shared = set(self.trained_on) & set(_PARTS_OF_CHALLENGE)
        if dataset in self.trained_on:
            return f"trained on other patients of {dataset}"
        if dataset == "challenge" and shared:
            return f"the set has records of {', '.join(sorted(shared))}, other patients"
        return ""


def load_subject(text: str, device: str = "cpu") -> Subject:
    """Load what ``--method`` names.

    Args:
        text: ``scar`` for the shipped checkpoint of that name, ``random`` for SCAR with random
            weights, or ``NAME=FOLDER`` for any checkpoint under a name of its own.
        device: Where it runs.

    Raises:
        CheckpointError: There is no such checkpoint.
        ConfigError: A name without a folder.
    """
    name, equals, folder = text.partition("=")
    if not name or (equals and not folder):
        raise ConfigError(f"{text!r} names no method; write scar, or NAME=FOLDER of a checkpoint")
    if equals:
        return Subject(name, load_checkpoint(Path(folder), device), device=device)
    shipped = checkpoint_dir() / name
    if (shipped / CONFIG).is_file():
        return Subject(name, load_checkpoint(shipped, device), device=device)
    if name == RANDOM:
        return random_subject(device=device)
    raise CheckpointError(
        f"no checkpoint of {name} is shipped here: {shipped} is not there; train one and write "
        f"--method {name}=FOLDER, or --reference {name}=FOLDER for a reference model"
    )


def random_subject(seed: int = 0, device: str = "cpu") -> Subject:
    """SCAR as it is shipped, but with the weights that a training begins with.

    Every table has this row: an untrained encoder already says something.

    Args:
        seed: Of the weights.
        device: Where it runs.
    """
    like = load_checkpoint()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        settings = like.model.config  # type: ignore[attr-defined] # SCAR's
        module = method(RANDOM).build(settings, like.contract, like.tokenizer)
    model = module.eval().to(device)
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(name.encode() + value.cpu().numpy().tobytes())
    origin = {"seed": seed}
    weights = Checkpoint(
        RANDOM, cast(Model, model), like.tokenizer, origin, {}, digest.hexdigest()[:12]
    )
    return Subject(RANDOM, weights, device=device)
