"""Which numbers a training computes in."""

from pathlib import Path
from typing import Any

import pytest
import torch

from scar_core.training.precision import usual_precision
from scar_core.training.run import resume, train
from scar_core.training.trainer import Trainer
from tests.methods.tiny import tokenizer
from tests.training.made import made_mixture, tiny_config


@pytest.mark.parametrize(
    ("can", "usual"),
    [({"avx2": True}, "fp32"), ({"avx512_bf16": True}, "bf16"), ({"amx_bf16": True}, "bf16")],
)
def test_what_a_processor_multiplies_fast(
    can: dict[str, bool], usual: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    assert usual_precision("cpu") == usual
    assert Trainer(tiny_config(), made_mixture(), tokenizer()).config.precision == usual
    assert (
        Trainer(tiny_config(precision="fp32"), made_mixture(), tokenizer()).config.precision
        == "fp32"
    )


def test_a_run_goes_on_in_the_numbers_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(data="simulated:1", steps=2, save_every=1)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    running = train(config, tmp_path)
    next(running)
    running.close()
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    assert resume(config, tmp_path, None).config.precision == "bf16"


def test_a_compiled_encoder_takes_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced as for a compiler, and run as it was traced: no C++ is made here."""
    compile_ = torch.nn.Module.compile
    traced: list[str] = []

    def without_code(self: torch.nn.Module, **named: Any) -> None:
        traced.append(type(self).__name__)
        compile_(self, backend="eager", **named)

    monkeypatch.setattr(torch.nn.Module, "compile", without_code)
    plain, fast = (
        Trainer(tiny_config(compiled=compiled), made_mixture(), tokenizer())
        for compiled in (False, True)
    )
    assert traced == ["TokenEncoder"]
    for _ in range(2):
        figures = plain.run_step()
        assert fast.run_step() == pytest.approx(figures, rel=1e-4)
    assert plain.model.state_dict().keys() == fast.model.state_dict().keys()
