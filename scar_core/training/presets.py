"""Named training settings: the full sizes that were published, for data and machines to match.

A preset is nested training settings; what is given besides wins over it.
"""

from collections.abc import Mapping
from typing import Any, cast

from scar_core.errors import ConfigError
from scar_core.methods.base import Model
from scar_core.methods.contract import MIMIC_LEADS

_CLINICAL_BERT = {
    "vocabulary": 30522,
    "width": 768,
    "depth": 12,
    "heads": 12,
    "expansion": 4,
}
"""The built-in text tower at the size of BERT base (110 M parameters)."""

_MIMIC = {
    "leads": list(MIMIC_LEADS),
    "rate_hz": 500.0,
    "seconds": 10.0,
    "low_hz": 0.05,
    "high_hz": 150.0,
    "normalisation": "joint-min-max",
    "patch_samples": 100,
}
"""5,000 samples, min–max to [0, 1]; the wide band stands for no filter at all."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # The paper gives data, batch, learning rate, mixed precision, both weights and the total size
    # (201 M); width and depth of the token encoder are ours, chosen to come out there.
    "scar-paper": {
        "method": "scar",
        "data": "mimic_iv_ecg:1",
        "simulated_records": 0,
        "language_texts": 0,
        "steps": 1_000_000,
        "batch": 64,
        "learning_rate": 1e-4,
        "masker_learning_rate": 1e-4,
        "masker_every": 1,
        "masker_share": 1.0,
        "warmup": 2000,
        "contract": {**_MIMIC, "amplitude": False},  # scaled together, leads keep how they compare
        "model": {
            "encoder": {
                "patch_samples": 100,
                "width": 768,
                "depth": 17,
                "mixer": "none",
                "expansion": 4,
            },
            "text": _CLINICAL_BERT,
            "embedding": 768,
            "heads": 1,
            "lead_values": False,
            "lambda_finding": 0.0,
            "clean_share": 0.0,
            "share_negatives": False,
        },
    },
    "merl-paper": {
        "method": "merl",
        "data": "mimic_iv_ecg:1",
        "simulated_records": 0,
        "language_texts": 0,
        "steps": 75_000,
        "batch": 512,
        "learning_rate": 2e-4,
        "warmup": 2000,
        "contract": _MIMIC,
        "model": {
            "network": {"stages": [64, 128, 256, 512]},
            "text": _CLINICAL_BERT,
            "width": 256,
            "embedding": 256,
        },
    },
    "melp-paper": {
        "method": "melp",
        "data": "mimic_iv_ecg:1",
        "simulated_records": 0,
        "language_texts": 0,
        "steps": 150_000,
        "batch": 256,
        "learning_rate": 2e-4,
        "warmup": 2000,
        "contract": _MIMIC,
        "model": {
            "encoder": {
                "front": [256, 256, 256, 256],
                "width": 768,
                "depth": 8,
                "heads": 12,
                "hidden": 3072,
                "position_kernel": 128,
                "norm_first": False,
            },
            "text": _CLINICAL_BERT,
            "embedding": 256,
            "heads": 8,
            "beats": 13,
            "queries": 128,
            "decoder_depth": 6,
            "decoder_heads": 8,
        },
    },
}


def preset(name: str) -> Mapping[str, Any]:
    """Return a preset by name.

    Raises:
        ConfigError: There is none of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"there is no preset {name!r}; choose one of: {', '.join(PRESETS)}")
    return PRESETS[name]


def size_of(settings: Mapping[str, Any], tokenizer: str) -> dict[str, float]:
    """Count what a training would build, without memory for its weights.

    Args:
        settings: Nested training settings.
        tokenizer: JSON of any tokenizer: the vocabulary of the settings counts, not its own.

    Returns:
        ``parameters``, and ``gflop``: floating-point operations of encoding one complete record,
        in thousand millions.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from scar_core.methods import method
    from scar_core.training.config import config_from
    from scar_core.training.trainer import settings_of

    config = config_from(settings)
    with torch.device("meta"), torch.no_grad():
        model = method(config.method).build(settings_of(config), config.contract, tokenizer).eval()
        signal = torch.zeros(1, len(config.contract.leads), config.contract.n_samples)
        with FlopCounterMode(display=False) as counter:
            cast(Model, model).encode(signal, torch.ones_like(signal, dtype=torch.bool))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"parameters": parameters, "gflop": counter.get_total_flops() / 1e9}
