"""The masks of an evaluation, drawn again for one record."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from scar_core.datasets import dataset
from scar_core.errors import ConfigError, DatasetError
from scar_core.evaluation.views import GRID, GRID_S
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.serving.inquiries import inquiry
from scar_core.serving.inquiries.masks import Options, answer, scenario_of

RESULT = Path(__file__).resolve().parents[3] / "assets" / "results"
LABELS = ("NORM", "MI", "STTC", "CD", "HYP")


@given(arrays(np.bool_, GRID, elements=some.booleans()))
def test_a_scenario_hides_exactly_the_mask(mask: np.ndarray) -> None:
    mask[0] = True
    found = scenario_of(mask)
    assert "I" in found.leads
    rate = 5 / GRID_S
    again = found.hidden(LEADS, 5 * GRID[1], rate).reshape(*GRID, 5)
    assert (again == mask[..., None]).all()
    assert Scenario.from_query(found.to_query()) == found
    assert Scenario.from_json(found.to_json()) == found


def test_options_are_checked() -> None:
    assert inquiry("masks").options is Options
    assert not inquiry("masks").needs_record
    with pytest.raises(ConfigError, match="name all four"):
        Options(dataset="ptbxl")
    with pytest.raises(ConfigError, match="1 to 64 masks"):
        Options("ptbxl", "super", "1", labels=LABELS, masks=900)


def there() -> None:
    try:
        dataset("ptbxl").locate(None)
    except DatasetError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_masks_weigh_what_the_evaluation_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Severity times impact, over all masks of a record, is its share of the published weight."""
    there()
    monkeypatch.setenv("SCAR_HOME", str(tmp_path))
    (path,) = RESULT.glob("cmrs_ptbxl_super_test_*.json")
    content = json.loads(path.read_text())["breakdown"][0]["cmrs"]
    groups = content["decomposition"]["record"]
    ratios = []
    for group in (groups[0], groups[90]):
        asked = Options("ptbxl", "super", group["name"], views=("random", "hard"), labels=LABELS)
        masks = answer(None, None, Scenario(), asked)["masks"]  # type: ignore[arg-type]
        assert len(masks) == group["items"] == 8
        weights = [mask["severity"] * mask["impact"] for mask in masks]
        assert weights == sorted(weights, reverse=True)
        ratios.append(sum(weights) / group["share"])
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-6)


def test_what_is_not_there_is_told() -> None:
    there()
    with pytest.raises(DatasetError, match="no record 'nobody'"):
        answer(None, None, Scenario(), Options("ptbxl", "super", "nobody", labels=LABELS))  # type: ignore[arg-type]
