"""Shipping a checkpoint: what does not load replaces nothing, and the card is true."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scar_core.errors import CheckpointError
from scar_core.evaluation import card as module
from scar_core.evaluation.calibration import Calibration
from scar_core.evaluation.card import TEST_SETS, EvaluationSet, promote
from scar_core.evaluation.metrics import Ranking
from scar_core.evaluation.zero_shot import Predictor
from scar_core.methods.checkpoint import save_checkpoint
from scar_core.settings import to_mapping
from tests.methods.tiny import CONTRACT, tiny_scar, tokenizer
from tests.training.made import tiny_config


@pytest.fixture
def run(tmp_path: Path) -> Path:
    model = tiny_scar()
    save_checkpoint(
        tmp_path / "run", name="scar", settings=model.config, contract=CONTRACT,
        tokenizer=tokenizer(), weights=model.state_dict(),
        origin={"steps": 7, "seed": 5, "data": "simulated:2,ludb:1", "commit": "abc",
                "training": to_mapping(tiny_config())},
    )  # fmt: skip
    return tmp_path / "run"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Ranking(0.8765, (0.8, 0.9), {"AF": 0.91, "SR": 0.84}, {"AF": 6, "SR": 40}, (), 124)

    def calibrated(folder: Path, root: Path | None = None) -> Calibration:
        return Calibration(data="made up", error=0.0312)

    def evaluated(
        predictor: Predictor, sets: Sequence[EvaluationSet], root: Path | None
    ) -> list[tuple[EvaluationSet, Ranking]]:
        assert sets == TEST_SETS
        return [(sets[2], found)]

    monkeypatch.setattr(module, "calibrate_checkpoint", calibrated)
    monkeypatch.setattr(module, "evaluate_sets", evaluated)


def test_a_promoted_run_is_copied_with_a_card_that_says_what_it_is(
    run: Path, measured: None, tmp_path: Path
) -> None:
    text = promote(run, tmp_path / "shipped")
    assert (tmp_path / "shipped" / "README.md").read_text() == text
    loaded = Predictor.load(tmp_path / "shipped").checkpoint
    assert loaded.digest == Predictor.load(run).checkpoint.digest
    for said in (
        loaded.digest, "| seed | 5 |", "| commit | abc |", "7 × 6", "50 Hz, 4 s", "0.031",
        "| cross-source | 124 | 2 | 0.876 | 0.800–0.900 |", "AF 0.91 (6), SR 0.84 (40)",
        "Lobachevsky University Database", "Not a medical device",
    ):  # fmt: skip
        assert said in text, said
    assert "state.pt" not in {file.name for file in (tmp_path / "shipped").iterdir()}


def test_what_does_not_load_replaces_nothing(run: Path, measured: None, tmp_path: Path) -> None:
    promote(run, tmp_path / "shipped")
    before = {file.name: file.read_bytes() for file in (tmp_path / "shipped").iterdir()}
    (run / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="the weights in"):
        promote(run, tmp_path / "shipped")
    after = {file.name: file.read_bytes() for file in (tmp_path / "shipped").iterdir()}
    assert after == before


def test_the_published_figures_come_from_test_sets_only() -> None:
    assert {(one.name, one.source) for one in TEST_SETS} == {
        ("ptbxl", "in-source"), ("challenge", "cross-source"),
    }  # fmt: skip
