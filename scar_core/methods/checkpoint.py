"""Checkpoints: weights with the contract, the settings and the tokenizer that they need.

A checkpoint is a folder: ``config.json`` (method, settings, contract, origin),
``model.safetensors``, ``tokenizer.json`` unless it only classifies, and ``calibration.json`` once
it was calibrated.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn

from scar_core.config import checkpoint_dir
from scar_core.errors import CheckpointError, ConfigError
from scar_core.methods import method
from scar_core.methods.base import Classifier, Model
from scar_core.methods.contract import InputContract
from scar_core.settings import from_mapping, to_mapping

CONFIG, WEIGHTS, TOKENIZER, CALIBRATION = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "calibration.json",
)


@dataclass(frozen=True)
class Checkpoint:
    """A trained model and where it comes from.

    Attributes:
        method: Name of its method.
        model: The model, in evaluation mode; also an ``nn.Module``. One that classifies has no
            ``encode_text``: ``classifier`` gives it by its own type.
        tokenizer: JSON of the text tower's tokenizer; empty for a model without one.
        origin: Data, seed, steps, commit: what the training wrote about itself.
        calibration: What ``calibration.json`` holds; empty if there is none.
        digest: First 12 hex digits of the weights' SHA-256.
        settings: The method's settings, as JSON types.
    """

    method: str
    model: Model
    tokenizer: str
    origin: Mapping[str, Any]
    calibration: Mapping[str, Any]
    digest: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def contract(self) -> InputContract:
        """What the model expects of its input."""
        return self.model.contract

    @property
    def kind(self) -> str:
        """``zero-shot`` or ``classifier``."""
        return method(self.method).kind

    @property
    def classifier(self) -> Classifier:
        """The model as a classifier.

        Raises:
            CheckpointError: It answers prompts instead.
        """
        if self.kind != "classifier":
            raise CheckpointError(
                f"{method(self.method).title} {self.digest} has no labels of its own, it answers "
                "prompts; give a checkpoint of a classifier, such as ecgfm"
            )
        return cast(Classifier, self.model)

    def weights(self) -> dict[str, Tensor]:
        """The model's state dict."""
        return cast(nn.Module, self.model).state_dict()


def write_beside(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then renamed onto it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def save_checkpoint(
    folder: Path,
    *,
    name: str,
    settings: Any,  # noqa: ANN401 - each method has its own dataclass
    contract: InputContract,
    tokenizer: str,
    weights: Mapping[str, Tensor],
    origin: Mapping[str, Any],
) -> None:
    """Write a checkpoint, weights last, so that a folder with weights is complete.

    Args:
        folder: Where to; made if missing.
        name: Method.
        settings: The method's frozen configuration.
        contract: Input contract.
        tokenizer: JSON of the tokenizer; empty for a model without one.
        weights: State dict.
        origin: Where the weights come from.
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "method": name,
        "settings": to_mapping(settings),
        "contract": to_mapping(contract),
        "origin": dict(origin),
    }
    write_beside(folder / CONFIG, (json.dumps(config, indent=1) + "\n").encode())
    if tokenizer:
        write_beside(folder / TOKENIZER, tokenizer.encode())
    write_beside(folder / WEIGHTS, save({k: v.contiguous().cpu() for k, v in weights.items()}))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CheckpointError(
            f"{path.parent} is no checkpoint: {path.name} is missing; give a folder that "
            "'python -m scar_core train' wrote"
        ) from error
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged ({error}); copy or train it again") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} is damaged (no JSON object); copy or train it again")
    return content


def _build(path: Path, config: Mapping[str, Any], tokenizer: str) -> nn.Module:
    """Build the untrained model that a ``config.json`` describes."""
    try:
        spec = method(config["method"])
        contract = from_mapping(InputContract, config["contract"])
        return spec.build(spec.configure(config["settings"]), contract, tokenizer)
    except KeyError as error:
        raise CheckpointError(
            f"{path} is damaged ({error} is missing); copy or train it again"
        ) from error
    except (ConfigError, ValueError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"{path} describes no model that can be built here ({reason}); "
            "use the version that wrote it, or train it again"
        ) from error


def _read_tokenizer(folder: Path, config: Mapping[str, Any]) -> str:
    """Read the tokenizer; a classifier has none, whatever lies there."""
    try:
        reads_texts = method(str(config.get("method"))).kind != "classifier"
    except ConfigError:
        reads_texts = False  # building says what is wrong
    return (folder / TOKENIZER).read_text(encoding="utf-8") if reads_texts else ""


def load_checkpoint(folder: Path | None = None, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint.

    Args:
        folder: A checkpoint; None: SCAR's, shipped with the program.
        device: Where the model goes.

    Raises:
        CheckpointError: It is missing, damaged, or does not fit its own description.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    folder = folder or checkpoint_dir() / "scar"
    config = _read_json(folder / CONFIG)
    try:
        raw = (folder / WEIGHTS).read_bytes()
        tokenizer = _read_tokenizer(folder, config)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"the checkpoint {folder} is incomplete: {error.filename} is missing; copy or train "
            "it again"
        ) from error
    module = _build(folder / CONFIG, config, tokenizer)
    try:
        module.load_state_dict(load(raw))
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"the weights in {folder} do not fit its config.json ({reason}); copy or train it again"
        ) from error
    calibration = folder / CALIBRATION
    return Checkpoint(
        method=config["method"],
        model=cast(Model, module.eval().to(device)),
        tokenizer=tokenizer,
        origin=config.get("origin", {}),
        calibration=_read_json(calibration) if calibration.is_file() else {},
        digest=hashlib.sha256(raw).hexdigest()[:12],
        settings=config["settings"],
    )
