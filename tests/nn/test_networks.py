"""Residual networks and attention poolers: published sizes, and what they look at."""

import torch

from scar_core.nn.poolers import MeanQueryPool, QueryPool
from scar_core.nn.resnet import ResNet, ResNetConfig
from scar_core.nn.xresnet import XResNet, XResNetConfig


def test_resnet18_has_the_published_size_and_length() -> None:
    """MERL: 3.85 M parameters; 5,000 samples become 313 steps of 512 features."""
    config = ResNetConfig((64, 128, 256, 512))
    with torch.device("meta"):
        model = ResNet(config, 12)
        features = model(torch.zeros(1, 12, 5000))
    assert features.shape == (1, 512, 313) and config.length(5000) == 313
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert round(parameters / 1e6, 2) == 3.85


def test_lengths_are_what_comes_out() -> None:
    for samples in (64, 83, 100, 1000):
        config = ResNetConfig((4, 6, 8), 1)
        with torch.device("meta"):
            features = ResNet(config, 2)(torch.zeros(1, 2, samples))
        assert features.shape[2] == config.length(samples)


def test_xresnet_looks_at_mean_and_maximum() -> None:
    torch.manual_seed(0)
    config = XResNetConfig((4, 4, 6), (6, 8), 1, 3)
    model = XResNet(config, 12).eval()
    with torch.inference_mode():
        features = model(torch.randn(2, 12, 83))
    assert features.shape == (2, config.width) == (2, 16)
    mean, most = features.split(8, dim=1)
    assert (mean <= most).all()


def test_the_mean_asks() -> None:
    """With keys that are all alike the pool is the mean of the values."""
    torch.manual_seed(0)
    pool = MeanQueryPool(5, 8, 2, 4).eval()
    tokens = torch.randn(3, 5, 8)
    with torch.no_grad():
        pool.attention.in_proj_weight[8:16].zero_()  # keys
        whole = torch.cat((tokens.mean(1, keepdim=True), tokens), dim=1) + pool.positions
        value = whole @ pool.attention.in_proj_weight[16:].T
        expected = pool.project(pool.attention.out_proj(value.mean(dim=1)))
        torch.testing.assert_close(pool(tokens), expected)


def test_queries_read_only_what_is_kept() -> None:
    torch.manual_seed(0)
    pool = QueryPool(4, 6, 2, 8).eval()
    tokens, keep = torch.randn(2, 5, 6), torch.ones(2, 5, dtype=torch.bool)
    keep[:, 3:] = False
    changed = tokens.clone()
    changed[:, 3:] = 50.0
    with torch.inference_mode():
        pooled = pool(tokens, keep)
        assert pooled.shape == (2, 4, 8)
        assert torch.equal(pool(changed, keep), pooled)
        torch.testing.assert_close(pool(tokens[:, :3], keep[:, :3]), pooled)
