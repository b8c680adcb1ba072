import os
import subprocess
import sys

import pytest

from scar_core.errors import CheckpointError, ConfigError
from scar_core.missing import Scenario
from scar_core.serving.models import (
    MEMORY_VARIABLE,
    METHODS,
    Models,
    memory_limit_mb,
    shipped,
)
from tests.serving.fakes import FakePredictor, make_record


def sized(mb: float) -> FakePredictor:
    fake = FakePredictor()
    fake.n_bytes = int(mb * 2**20)
    return fake


def test_models_are_loaded_on_first_use_and_the_longest_unused_leaves() -> None:
    loads: list[str] = []

    def factory(name: str, mb: float) -> FakePredictor:
        loads.append(name)
        return sized(mb)

    models = Models(
        {name: lambda name=name: factory(name, 4.0) for name in "abc"},  # type: ignore[misc]
        max_mb=9,
    )
    assert models.loaded == {}
    assert models.device is None
    for name in "abab":
        models.get(name)
    assert loads == ["a", "b"]
    models.get("a")
    models.get("c")
    assert list(models.loaded) == ["a", "c"]
    models.get("b")
    assert loads == ["a", "b", "c", "b"]
    assert models.device == "cpu"


def test_one_that_is_too_large_alone_still_answers() -> None:
    models = Models({"a": lambda: sized(50), "b": lambda: sized(1)}, max_mb=9)
    assert models.get("a").n_bytes > 9 * 2**20
    models.get("b")
    assert list(models.loaded) == ["b"]


def test_unknown_methods_and_failed_loads() -> None:
    def missing() -> FakePredictor:
        raise CheckpointError("Not there; fetch it.")

    models = Models({"a": FakePredictor, "b": missing})
    with pytest.raises(ConfigError, match="choose one of a, b"):
        models.get("c")
    models.warm()
    with pytest.raises(CheckpointError):
        models.get("b")
    assert models.status == "ready"  # the others answer


@pytest.mark.parametrize("text", ["nan", "0", "-1", "inf", "much"])
def test_senseless_limits_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, text)
    with pytest.raises(ConfigError, match=MEMORY_VARIABLE):
        memory_limit_mb()


def test_the_limit_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "7.5")
    assert Models({"a": FakePredictor}).max_mb == 7.5


def test_shipped_methods_answer_under_their_own_name() -> None:
    models = Models(shipped("cpu"))
    assert models.methods == METHODS
    record = make_record()
    for name in METHODS:
        (answer,) = models.get(name).predict([(record, Scenario())])
        assert answer.method == name
        assert (answer.importance is None) == (name != "scar")
    assert all(n > 2**20 for n in models.loaded.values())


@pytest.mark.gpu
def test_half_precision_on_a_gpu_says_what_the_cpu_says() -> None:
    record = make_record(n_samples=1000)
    scenarios = [Scenario(), Scenario(leads=("V1", "V2"))]
    items = [(record, one) for one in scenarios]
    for name in METHODS:
        answers = [shipped(device)[name]().predict(items) for device in ("cpu", "cuda:0")]
        for one, other in zip(*answers, strict=True):
            for a, b in zip(one.classes, other.classes, strict=True):
                assert abs(a.similarity - b.similarity) < 0.02


def test_devices_are_named_or_refused() -> None:
    from scar_core.serving.predictor import device_named

    assert device_named("cpu") == "cpu"
    assert device_named("auto") in ("cpu", "cuda:0")
    for wanted in ("gpu", "cuda:x", "cuda:", "tpu:0", "", "cuda:0\n"):
        with pytest.raises(ConfigError, match="choose"):
            shipped(wanted)
    with pytest.raises(ConfigError, match="torch sees"):
        device_named("cuda:99")


def test_what_serves_imports_no_model_before_it_is_asked() -> None:
    code = "import sys, scar_core.serving.models\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert os.environ.get(MEMORY_VARIABLE) is None
