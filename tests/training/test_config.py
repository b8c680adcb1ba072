"""Training settings: what is refused, and the learning rate that follows."""

import math

import pytest

from scar_core.errors import ConfigError
from scar_core.training.config import TrainConfig, config_from, learning_rate_at
from scar_core.training.trainer import settings_of
from tests.training.made import tiny_config


def test_learning_rate_rises_and_then_falls_along_a_cosine() -> None:
    config = TrainConfig(steps=1000, warmup=100, learning_rate=0.01)
    rates = [learning_rate_at(step, config) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01 / 100)
    assert rates[49] == pytest.approx(0.005)
    assert rates[99] == rates[100] == pytest.approx(0.01)
    assert rates[550] == pytest.approx(0.01 * (0.02 + 0.98 / 2))
    assert rates[325] == pytest.approx(0.01 * (0.02 + 0.98 * (1 + math.sqrt(0.5)) / 2))
    assert rates[1000] == pytest.approx(0.0002)
    assert rates[:100] == sorted(rates[:100])
    assert rates[100:] == sorted(rates[100:], reverse=True)


def test_no_warm_up_and_a_run_shorter_than_its_warm_up() -> None:
    assert learning_rate_at(0, TrainConfig(warmup=0, learning_rate=0.5)) == 0.5
    short = TrainConfig(steps=10, warmup=100)
    assert all(0 < learning_rate_at(step, short) <= short.learning_rate for step in range(11))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"precision": "fp16"}, "expected auto, bf16 or fp32"),
        ({"steps": -1}, "expected at least 0 and 2"),
        ({"batch": 1}, "expected at least 0 and 2"),
        ({"masker_every": 0}, "masker_every is 0"),
        ({"save_every": 0}, "save_every 0"),
        ({"masker_share": 0.0}, "masker_share is 0.0"),
        ({"simulated_records": -1}, "simulated_records is -1"),
        ({"stepps": 3}, "there is no setting 'stepps'"),
        ({"steps": "many"}, "expected a value of type int"),
        ({"contract": {"patch_samples": 30}}, "do not divide into patches"),
        ({"contract": {"leads": 3}}, "contract.leads is 3"),
        ({"model": 3}, "model is 3"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        config_from(settings)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"method": "merlin"}, "there is no method 'merlin'"),
        ({"model": {"encoder": 3}}, "encoder is 3"),
        ({"model": {"budget": 2.0}}, "expected a share between 0 and 1"),
        ({"model": {"text": {"width": 30}}}, "multiple of heads"),
    ],
)
def test_settings_of_the_method_are_checked_too(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        settings_of(tiny_config(**changes))


def test_patches_are_cut_as_the_contract_says() -> None:
    assert settings_of(config_from({"contract": {"patch_samples": 40}})).encoder.patch_samples == 40
