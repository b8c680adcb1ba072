"""ECG-FM's encoder written out from its published names: no modules, one line an operation."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

State = dict[str, Tensor]


def made_state(cfg: dict[str, Any], seed: int = 0) -> State:
    """Random weights under the published names, with the parts that only pretraining needs."""
    generator = torch.Generator().manual_seed(seed)
    width, hidden = cfg["encoder_embed_dim"], cfg["encoder_ffn_embed_dim"]

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) * 0.3

    state: State = {}

    def linear(name: str, out: int, features: int) -> None:
        state[f"{name}.weight"], state[f"{name}.bias"] = drawn(out, features), drawn(out)

    def norm(name: str, features: int) -> None:
        state[f"{name}.weight"], state[f"{name}.bias"] = 1 + drawn(features), drawn(features)

    features = 12
    for number in range(cfg["layers_of_front"]):
        name = f"feature_extractor.conv_layers.{number}"
        state[f"{name}.0.weight"] = drawn(8, features, 2)
        if cfg["extractor_mode"] == "layer_norm":
            norm(f"{name}.2.1", 8)
        elif number == 0:
            norm(f"{name}.2", 8)
        features = 8
    norm("layer_norm", 8)
    linear("post_extract_proj", width, 8)
    state["conv_pos.pos_conv.0.bias"] = drawn(width)
    state["conv_pos.pos_conv.0.weight_g"] = 1 + drawn(1, 1, cfg["conv_pos"])
    state["conv_pos.pos_conv.0.weight_v"] = drawn(
        width, width // cfg["conv_pos_groups"], cfg["conv_pos"]
    )
    for number in range(cfg["encoder_layers"]):
        name = f"encoder.layers.{number}"
        for part in ("q", "k", "v"):
            linear(f"{name}.self_attn.{part}_proj", width, width)
        linear(f"{name}.self_attn.out_proj", width, width)
        norm(f"{name}.self_attn_layer_norm", width)
        linear(f"{name}.fc1", hidden, width)
        linear(f"{name}.fc2", width, hidden)
        norm(f"{name}.final_layer_norm", width)
    norm("encoder.layer_norm", width)
    state["mask_emb"] = drawn(width)
    state["quantizer.vars"] = drawn(1, 4, 2)
    linear("project_q", width, 8)
    linear("final_proj", width, width)
    return state


def tokens(state: State, cfg: dict[str, Any], signal: Tensor) -> Tensor:
    """Tokens (B, N, D) of signal (B, 12, T)."""

    def linear(name: str, x: Tensor) -> Tensor:
        return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    def norm(name: str, x: Tensor) -> Tensor:
        mean, variance = x.mean(-1, keepdim=True), x.var(-1, correction=0, keepdim=True)
        scaled = (x - mean) / (variance + 1e-5).sqrt()
        return scaled * state[f"{name}.weight"] + state[f"{name}.bias"]

    x = signal
    for number in range(cfg["layers_of_front"]):
        name = f"feature_extractor.conv_layers.{number}"
        x = F.conv1d(x, state[f"{name}.0.weight"], stride=2)
        if cfg["extractor_mode"] == "layer_norm":
            x = norm(f"{name}.2.1", x.transpose(1, 2)).transpose(1, 2)
        elif number == 0:  # every feature over time
            mean, variance = x.mean(-1, keepdim=True), x.var(-1, correction=0, keepdim=True)
            x = (x - mean) / (variance + 1e-5).sqrt()
            x = x * state[f"{name}.2.weight"][:, None] + state[f"{name}.2.bias"][:, None]
        x = F.gelu(x)
    x = linear("post_extract_proj", norm("layer_norm", x.transpose(1, 2)))
    direction = state["conv_pos.pos_conv.0.weight_v"]
    length = direction.square().sum((0, 1), keepdim=True).sqrt()
    kernel = state["conv_pos.pos_conv.0.weight_g"] * direction / length
    position = F.conv1d(
        x.transpose(1, 2),
        kernel,
        state["conv_pos.pos_conv.0.bias"],
        padding=cfg["conv_pos"] // 2,
        groups=cfg["conv_pos_groups"],
    )
    if cfg["conv_pos"] % 2 == 0:
        position = position[..., :-1]
    x = x + F.gelu(position).transpose(1, 2)
    first = cfg["layer_norm_first"]
    x = x if first else norm("encoder.layer_norm", x)
    for number in range(cfg["encoder_layers"]):
        name = f"encoder.layers.{number}"
        inner = norm(f"{name}.self_attn_layer_norm", x) if first else x
        query, key, value = (linear(f"{name}.self_attn.{p}_proj", inner) for p in ("q", "k", "v"))
        heads = cfg["encoder_attention_heads"]
        size = query.shape[-1] // heads
        attended = []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            scores = query[..., own] @ key[..., own].transpose(1, 2) / size**0.5
            attended.append(scores.softmax(-1) @ value[..., own])
        x = x + linear(f"{name}.self_attn.out_proj", torch.cat(attended, -1))
        x = x if first else norm(f"{name}.self_attn_layer_norm", x)
        inner = norm(f"{name}.final_layer_norm", x) if first else x
        x = x + linear(f"{name}.fc2", F.gelu(linear(f"{name}.fc1", inner)))
        x = x if first else norm(f"{name}.final_layer_norm", x)
    return norm("encoder.layer_norm", x) if first else x
