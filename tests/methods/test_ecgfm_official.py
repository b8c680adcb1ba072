"""Published weights of ECG-FM's kind: read to the last key, or refused by name."""

from pathlib import Path
from typing import Any

import pytest
import torch

from scar_core.cli import main
from scar_core.errors import CheckpointError
from scar_core.methods._ecgfm_official import CONTRACT, convolutions, read_official
from scar_core.methods.checkpoint import load_checkpoint
from tests.reference import wav2vec as reference

CFG: dict[str, Any] = {
    "_name": "wav2vec2_cmsc", "extractor_mode": "default", "conv_bias": False, "in_d": 12,
    "conv_feature_layers": "[(8, 2, 2)] * 3", "layers_of_front": 3, "encoder_layers": 2,
    "encoder_embed_dim": 12, "encoder_ffn_embed_dim": 20, "encoder_attention_heads": 3,
    "layer_norm_first": False, "conv_pos": 4, "conv_pos_groups": 2,
}  # fmt: skip
LEFT_OVER = {
    "mask_emb", "quantizer.vars", "project_q.weight", "project_q.bias", "final_proj.weight",
    "final_proj.bias",
}  # fmt: skip


def write(path: Path, cfg: dict[str, Any], state: dict[str, torch.Tensor]) -> Path:
    torch.save({"cfg": {"model": cfg, "task": {"_name": "x"}}, "model": state, "args": None}, path)
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"layer_norm_first": True},
        {"extractor_mode": "layer_norm"},
        {"conv_pos": 5, "layer_norm_first": True},
    ],
)
def test_converted_weights_say_what_the_published_ones_say(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    cfg = {**CFG, **changes}
    state = reference.made_state(cfg)
    found = read_official(write(tmp_path / "a.pt", cfg, state))
    assert set(found.unexpected) == LEFT_OVER
    assert found.missing == ("norm.bias", "norm.weight")  # before heads, which are ours
    from scar_core.methods.ecgfm import METHOD

    model = METHOD.build(found.config, found.contract, "").eval()
    model.load_state_dict(found.weights)
    signal = torch.randn(2, 12, 96)
    visible = torch.ones(signal.shape, dtype=torch.bool)
    with torch.inference_mode():
        expected = reference.tokens(state, cfg, signal)
        encoder = model.trunk.encoder  # type: ignore[union-attr]
        tokens = encoder(signal, encoder.seen(visible))  # type: ignore[operator, union-attr]
        pooled = model.trunk(signal, visible)  # type: ignore[operator]
    assert tokens.shape == expected.shape == (2, 12, 12)
    torch.testing.assert_close(tokens, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(pooled, expected.mean(dim=1), rtol=1e-4, atol=1e-5)


def test_fine_tuned_files_and_other_spellings_are_read_too(tmp_path: Path) -> None:
    state = reference.made_state(CFG)
    plain = read_official(write(tmp_path / "a.pt", CFG, state))
    tuned = {f"encoder.{key}": value for key, value in state.items() if key not in LEFT_OVER}
    for old, new in (
        ("encoder.conv_pos.pos_conv.0.weight_g", "0"),
        ("encoder.conv_pos.pos_conv.0.weight_v", "1"),
    ):
        stem = "encoder.conv_pos.pos_conv.0.parametrizations.weight.original"
        tuned[f"{stem}{new}"] = tuned.pop(old)
    tuned["proj.weight"] = torch.zeros(5, 12)
    other = read_official(write(tmp_path / "b.pt", CFG, tuned))
    assert other.unexpected == ("proj.weight",)
    assert all(torch.equal(plain.weights[name], other.weights[name]) for name in plain.weights)


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("encoder.layers.1.fc1.weight", "missing trunk.encoder.layers.1.widen.weight"),
        ("encoder.layers.0.self_attn.k_proj.bias", "trunk.encoder.layers.0.project_in.bias"),
        ("layer_norm.weight", "missing trunk.encoder.norm_front.weight"),
    ],
)
def test_an_encoder_with_a_hole_is_refused(tmp_path: Path, gone: str, named: str) -> None:
    state = reference.made_state(CFG)
    del state[gone]
    with pytest.raises(CheckpointError, match=named):
        read_official(write(tmp_path / "a.pt", CFG, state))


def test_a_key_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    state = {**reference.made_state(CFG), "encoder.layers.0.gate.weight": torch.zeros(2)}
    with pytest.raises(CheckpointError, match=r"unexpected encoder\.layers\.0\.gate\.weight"):
        read_official(write(tmp_path / "a.pt", CFG, state))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"conv_feature_layers": "[(8, 2, 2)] + [(8, 3, 2)]"}, "several kernels"),
        ({"conv_feature_layers": "__import__('os')"}, "conv_feature_layers is"),
        ({"in_d": 1}, "other than twelve leads"),
        ({"extractor_mode": "odd"}, "odd"),
        ({"encoder_embed_dim": 16}, "multiple of heads"),
        ({"encoder_ffn_embed_dim": 24}, "other shapes than its configuration says"),
    ],
)
def test_a_configuration_of_another_kind_is_refused(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    state = reference.made_state(CFG)
    with pytest.raises(CheckpointError, match=sentence) as caught:
        read_official(write(tmp_path / "a.pt", {**CFG, **changes}, state))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut off"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.pt"
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be read as a checkpoint"):
        read_official(file)
    with pytest.raises(CheckpointError, match="is not there"):
        read_official(tmp_path / "none.pt")


class Trap:
    """Something that would run code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (Path("trapped"),)


def test_nothing_in_a_file_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"cfg": {"model": Trap()}, "model": {}}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_official(tmp_path / "a.pt")
    assert not (tmp_path / "trapped").exists()


def test_convolutions_are_read_and_not_run() -> None:
    assert convolutions("[(256, 2, 2)] * 4") == [(256, 2, 2)] * 4
    assert convolutions("[(8, 10, 5)] + [(8,3,2)]*2") == [(8, 10, 5), (8, 3, 2), (8, 3, 2)]
    for text in ("[(1, 2, 3)] * x", "4", "[(1, 2, 3)] * 4; 1"):
        with pytest.raises(ValueError, match="conv_feature_layers"):
            convolutions(text)


def test_the_command_says_what_is_missing_and_left_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.pt", CFG, reference.made_state(CFG))
    assert main(["convert", "ecgfm", str(file), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "missing, left as they begin: norm.bias, norm.weight\n" in said
    assert "mask_emb" in said and "quantizer.vars" in said
    loaded = load_checkpoint(tmp_path / "out")
    assert loaded.contract == CONTRACT and loaded.method == "ecgfm"
    assert loaded.origin["converted_from"] == "a.pt" and len(loaded.origin["sha256"]) == 64
    assert set(loaded.origin["unexpected"]) == LEFT_OVER
    assert main(["convert", "ecgfm", str(tmp_path / "no.pt"), "--out", str(tmp_path / "b")]) == 2
    assert "is not there" in capsys.readouterr().err
