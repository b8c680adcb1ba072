"""The wav2vec 2.0 encoder: which time it reads, and both orders of normalising."""

import pytest
import torch

from scar_core.nn.wav2vec import Wav2VecConfig, Wav2VecEncoder, masked_mean, n_tokens

SMALL = Wav2VecConfig(
    front=(6, 8), width=12, depth=2, heads=2, hidden=16, position_kernel=4, position_groups=3
)


def encoder(config: Wav2VecConfig = SMALL, seed: int = 0) -> Wav2VecEncoder:
    torch.manual_seed(seed)
    return Wav2VecEncoder(config, 5).eval()


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("front_norm", ["first", "every"])
def test_tokens_along_time(norm_first: bool, front_norm: str) -> None:
    config = Wav2VecConfig(
        front=(6, 12), width=12, depth=1, heads=2, hidden=16, position_kernel=5,
        position_groups=3, norm_first=norm_first, front_norm=front_norm, front_bias=True,
    )  # fmt: skip
    model, signal = encoder(config), torch.randn(3, 5, 83)
    keep = model.seen(torch.ones(3, 5, 83, dtype=torch.bool))
    with torch.inference_mode():
        tokens = model(signal, keep)
    assert tokens.shape == (3, n_tokens(config, 83), 12) == (3, 20, 12)
    assert torch.isfinite(tokens).all()
    if norm_first:
        torch.testing.assert_close(tokens.mean(dim=2), torch.zeros(3, 20), atol=1e-5, rtol=0)


def test_a_token_is_seen_if_any_sample_under_it_is() -> None:
    model = encoder()
    visible = torch.zeros(3, 5, 40, dtype=torch.bool)
    visible[0, 2, 9] = True
    visible[1, :, 20:] = True
    expected = torch.zeros(3, 10, dtype=torch.bool)
    expected[0, 2] = True
    expected[1, 5:] = True
    expected[2] = True  # nothing is visible: as if everything were
    assert torch.equal(model.seen(visible), expected)


def test_what_is_not_kept_reaches_nobody() -> None:
    """Beyond the front's normalisation over time, which ``every`` does not have."""
    config = Wav2VecConfig(
        front=(6, 8), width=12, depth=2, heads=2, hidden=16, position_kernel=4, position_groups=3,
        front_norm="every",
    )  # fmt: skip
    model, signal = encoder(config), torch.randn(2, 5, 40)
    keep = torch.ones(2, 10, dtype=torch.bool)
    keep[:, 6:] = False
    changed = signal.clone()
    changed[..., 24:] = 9.0
    with torch.inference_mode():
        one, two = model(signal, keep), model(changed, keep)
    torch.testing.assert_close(one[:, :6], two[:, :6])


def test_masked_mean() -> None:
    tokens = torch.arange(12.0).reshape(1, 4, 3)
    keep = torch.tensor([[True, False, True, False]])
    assert masked_mean(tokens, keep).tolist() == [[3.0, 4.0, 5.0]]
    assert masked_mean(tokens, ~keep & keep).tolist() == [[0.0, 0.0, 0.0]]
