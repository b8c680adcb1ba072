"""The published sizes: what they build, and three steps of each on a small scale."""

import math
from typing import Any

import pytest

from scar_core.errors import ConfigError
from scar_core.settings import to_mapping
from scar_core.training.config import config_from, laid_over
from scar_core.training.presets import PRESETS, preset, size_of
from scar_core.training.trainer import Trainer
from tests.methods.made import SETTINGS, WAVES, contract_of
from tests.methods.tiny import MODEL, tokenizer
from tests.training.test_methods import mixture

PUBLISHED_M = {"scar-paper": 201.01, "merl-paper": 114.27}
"""The paper's Table 6, in million parameters."""


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_training_settings(name: str) -> None:
    config = config_from(PRESETS[name])
    assert config.contract.n_samples == 5000 and config.contract.leads[4:6] == ("aVF", "aVL")
    assert name.startswith(config.method)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="there is no preset 'scar-papyrus'; choose one of: scar"):
        preset("scar-papyrus")


@pytest.mark.parametrize("name", PRESETS)
def test_published_sizes_build(name: str) -> None:
    """Without memory for the weights: on the meta device."""
    size = size_of(PRESETS[name], tokenizer())
    million = size["parameters"] / 1e6
    if name in PUBLISHED_M:
        assert million == pytest.approx(PUBLISHED_M[name], rel=0.01)
    assert million > 100 and size["gflop"] > 1


def test_counting_agrees_with_a_model_that_is_there() -> None:
    settings = {"method": "scar", "contract": to_mapping(contract_of("scar")), "model": MODEL}
    one = Trainer(config_from({**settings, "data": "made"}), mixture("scar"), tokenizer())
    size = size_of(settings, tokenizer())
    assert size["parameters"] == sum(p.numel() for p in one.model.parameters())
    assert 0 < size["gflop"] < 1


SMALL: dict[str, dict[str, Any]] = {
    "scar-paper": {
        "encoder": {"patch_samples": 20, "width": 32, "depth": 2}, "text": MODEL["text"],
        "embedding": 16,
    },
    "merl-paper": SETTINGS["merl"],
    "melp-paper": {
        **SETTINGS["melp"], "encoder": {**WAVES, "norm_first": False}, "heads": 2, "embedding": 16,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_three_steps_of_a_small_likeness(name: str) -> None:
    over = {
        "data": "made",
        "batch": 6,
        "contract": {**to_mapping(contract_of("merl")), "patch_samples": 20},
        "model": SMALL[name],
    }
    config = config_from(laid_over(PRESETS[name], over))
    one = Trainer(config, mixture(config.method), tokenizer())
    for _ in range(3):
        figures = one.run_step()
        assert all(math.isfinite(value) for value in figures.values())
    if name == "scar-paper":  # the paper's losses alone, its masker in every step
        assert {n for n in figures if n.endswith("_loss")} == {
            "align_loss", "cons_loss", "masker_disruption_loss", "masker_budget_loss",
        }  # fmt: skip
