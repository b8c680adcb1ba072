"""Reading ECG-FM's published weights, or any encoder of its kind that fairseq-signals wrote.

The file is built from its own configuration. Every key of it is used, or named as left over; every
weight of ours comes from it, or is named as missing. An encoder that would keep random weights is
refused. Names and shapes are those of fairseq-signals' ``wav2vec2_cmsc`` and ``ecg_transformer``.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from scar_core.errors import CheckpointError
from scar_core.leads import LEADS
from scar_core.methods.contract import InputContract
from scar_core.methods.ecgfm import METHOD, EcgFmConfig
from scar_core.nn.wav2vec import Wav2VecConfig

CONTRACT = InputContract(
    leads=LEADS, rate_hz=500.0, seconds=5.0, low_hz=0.05, high_hz=150.0, patch_samples=100
)
"""ECG-FM's input: 2,500 samples at 500 Hz, each lead standardised; the wide band filters little."""

PRETRAINING = ("mask_emb", "quantizer", "project_q", "final_proj", "target_glu", "input_quantizer")
"""Parts that only pretraining needs; they are left over on purpose."""

_ENCODER = "trunk.encoder."
_RENAMED = (
    (r"feature_extractor\.conv_layers\.(\d+)\.0\.(\w+)", r"front.\1.convolution.\2"),
    (r"feature_extractor\.conv_layers\.(\d+)\.2\.(?:1\.)?(\w+)", r"front.\1.norm.\2"),
    (r"layer_norm\.(\w+)", r"norm_front.\1"),
    (r"post_extract_proj\.(\w+)", r"project.\1"),
    (r"(?:encoder|conv_pos)\.pos_conv\.0\.(bias)", r"position.\1"),
    (r"(?:encoder|conv_pos)\.pos_conv\.0\.(parametrizations\.weight\.original[01])",
     r"position.\1"),
    (r"(?:encoder|conv_pos)\.pos_conv\.0\.weight_g", r"position.parametrizations.weight.original0"),
    (r"(?:encoder|conv_pos)\.pos_conv\.0\.weight_v", r"position.parametrizations.weight.original1"),
    (r"encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(\w+)", r"layers.\1.project_in.\3.\2"),
    (r"encoder\.layers\.(\d+)\.self_attn\.out_proj\.(\w+)", r"layers.\1.project_out.\2"),
    (r"encoder\.layers\.(\d+)\.self_attn_layer_norm\.(\w+)", r"layers.\1.norm_attention.\2"),
    (r"encoder\.layers\.(\d+)\.fc1\.(\w+)", r"layers.\1.widen.\2"),
    (r"encoder\.layers\.(\d+)\.fc2\.(\w+)", r"layers.\1.narrow.\2"),
    (r"encoder\.layers\.(\d+)\.final_layer_norm\.(\w+)", r"layers.\1.norm_perceptron.\2"),
    (r"encoder\.layer_norm\.(\w+)", r"norm.\1"),
)  # fmt: skip


class Conversion(NamedTuple):
    """A published checkpoint in our shape.

    Attributes:
        config: Settings of the method; without tasks, which the training adds.
        contract: Input that the weights expect.
        weights: State dict, complete; what the file lacks has its initial value.
        missing: Weights of ours that the file lacks.
        unexpected: Keys of the file that we have no place for.
    """

    config: EcgFmConfig
    contract: InputContract
    weights: dict[str, Tensor]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]


def read_official(path: Path) -> Conversion:
    """Read a checkpoint ``{cfg, model}`` of fairseq-signals.

    Args:
        path: The file, such as ``mimic_iv_ecg_physionet_pretrained.pt``.

    Raises:
        CheckpointError: It cannot be read, describes another kind of model, or does not hold the
            encoder that it describes.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        described, state = content["cfg"]["model"], dict(content["model"])
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is not there; give the file of the weights") from error
    except Exception as error:  # torch raises many kinds, some with a page of advice
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise CheckpointError(
            f"{path} cannot be read as a checkpoint of fairseq-signals ({reason}); give a file "
            "with plain values under 'cfg' and tensors under 'model'"
        ) from error
    config = EcgFmConfig(encoder=config_of(described, path))
    if any(key.startswith("encoder.feature_extractor.") for key in state):  # it was fine-tuned
        state = {key.removeprefix("encoder."): value for key, value in state.items()}
    given, unexpected = _renamed(state)
    torch.manual_seed(0)  # of what is missing
    model = METHOD.build(config, CONTRACT, "")
    own = model.state_dict()
    missing = tuple(sorted(set(own) - set(given)))
    unexpected += sorted(set(given) - set(own))
    _refuse_half(path, missing, unexpected)
    try:
        model.load_state_dict({**own, **{name: given[name] for name in own if name in given}})
    except RuntimeError as error:
        raise CheckpointError(
            f"the weights in {path} have other shapes than its configuration says "
            f"({str(error).splitlines()[-1].strip()}); get the file again"
        ) from error
    return Conversion(config, CONTRACT, model.state_dict(), missing, tuple(unexpected))


def _refuse_half(path: Path, missing: tuple[str, ...], unexpected: list[str]) -> None:
    random = [name for name in missing if name.startswith(_ENCODER)]
    unknown = [name for name in unexpected if not name.startswith(PRETRAINING)]
    if random or any(not name.startswith("proj.") for name in unknown):
        raise CheckpointError(
            f"{path} does not hold the encoder that it describes: missing {_few(random)}; "
            f"unexpected {_few(unknown)}; give a checkpoint of ECG-FM's architecture"
        )


def _few(names: list[str]) -> str:
    told = ", ".join(names[:5]) or "nothing"
    return f"{told} and {len(names) - 5} more" if len(names) > 5 else told


def _renamed(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Keys of the file to ours; query, key and value become one matrix. And what has no place."""
    given: dict[str, Tensor] = {}
    parts: dict[str, dict[str, Tensor]] = {}
    unexpected: list[str] = []
    for key, value in state.items():
        for pattern, ours in _RENAMED:
            if re.fullmatch(pattern, key):
                name = _ENCODER + re.sub(pattern, ours, key)
                stem, _, part = name.rpartition(".")
                if part in ("q", "k", "v"):
                    parts.setdefault(stem, {})[part] = value
                else:
                    given[name] = value
                break
        else:
            unexpected.append(key)
    for stem, three in parts.items():
        if set(three) == {"q", "k", "v"}:
            given[stem] = torch.cat([three[part] for part in ("q", "k", "v")])
        else:
            unexpected += [f"{stem}.{part}" for part in three]
    return given, unexpected


def config_of(described: Mapping[str, Any], path: Path) -> Wav2VecConfig:
    """Shape of the encoder that a ``cfg.model`` describes.

    Raises:
        CheckpointError: It is of another kind, or says less than is needed.
    """
    try:
        front = convolutions(str(described["conv_feature_layers"]))
        if len({layer[1:] for layer in front}) != 1 or int(described.get("in_d", 12)) != len(LEADS):
            raise ValueError("convolutions of several kernels, or other than twelve leads")
        return Wav2VecConfig(
            front=tuple(layer[0] for layer in front),
            kernel=front[0][1],
            stride=front[0][2],
            front_norm={"default": "first", "layer_norm": "every"}[described["extractor_mode"]],
            front_bias=bool(described["conv_bias"]),
            width=int(described["encoder_embed_dim"]),
            depth=int(described["encoder_layers"]),
            heads=int(described["encoder_attention_heads"]),
            hidden=int(described["encoder_ffn_embed_dim"]),
            position_kernel=int(described["conv_pos"]),
            position_groups=int(described["conv_pos_groups"]),
            norm_first=bool(described["layer_norm_first"]),
        )
    except (KeyError, ValueError, TypeError, SyntaxError) as error:
        raise CheckpointError(
            f"the configuration in {path} describes no encoder that can be built here ({error}); "
            "give a checkpoint of ECG-FM's architecture"
        ) from error


def convolutions(text: str) -> list[tuple[int, int, int]]:
    """Read ``"[(256, 2, 2)] * 4"`` or sums of such: features, kernel and stride of each layer.

    Nothing of the text is run.

    Raises:
        ValueError: It is written in another way.
    """
    layers: list[tuple[int, int, int]] = []
    for term in text.split("+"):
        match = re.fullmatch(r"\s*(\[[\d\s,()]*\])\s*(?:\*\s*(\d+))?\s*", term)
        if not match:
            raise ValueError(f"conv_feature_layers is {text!r}")
        for features, kernel, stride in ast.literal_eval(match[1]) * int(match[2] or 1):
            layers.append((int(features), int(kernel), int(stride)))
    return layers
