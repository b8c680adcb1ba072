"""What encoding costs, for every method that encodes."""

from typing import cast

import pytest

from scar_core.evaluation.efficiency import cost
from scar_core.evaluation.subjects import Subject
from scar_core.methods.base import Model
from scar_core.methods.checkpoint import Checkpoint
from tests.methods.made import tiny


@pytest.mark.parametrize("method", ["scar", "merl", "melp", "ecgfm", "xresnet"])
def test_every_method_can_be_measured(method: str) -> None:
    model = tiny(method)
    subject = Subject(method, Checkpoint(method, cast(Model, model.eval()), "", {}, {}, "0" * 12))
    found = cost(subject, repeats=3)
    assert found["parameters"] == sum(weight.numel() for weight in model.parameters())
    assert 0 < found["parameters_to_encode"] <= found["parameters"]
    assert found["gflop"] > 0 and min(found["ms_per_record"].values()) > 0
