"""Variants are trained, found again, and put into one table with their average over tasks."""

from pathlib import Path

import numpy as np
import pytest

from scar_core.analysis import ablation
from scar_core.analysis.ablation import Plan, evaluate_plan, train_all
from scar_core.analysis.variants import ABLATION, ARCHITECTURE, LAMBDA, SOURCES, Variant
from scar_core.commands._evaluate import as_table
from scar_core.evaluation import run
from scar_core.evaluation.answers import no_progress
from scar_core.evaluation.run import Request
from scar_core.evaluation.study import Options
from scar_core.evaluation.subjects import load_subject
from scar_core.methods.checkpoint import load_checkpoint
from scar_core.training import data
from scar_core.training.config import TrainConfig
from scar_core.training.data import Mixture, open_mixture
from scar_core.training.mixture import parse_mixture
from tests.evaluation.made import save_classifier, write_records
from tests.methods.tiny import save_tiny

TINY = (
    "data=ptbxl", "simulated_records=0", "batch=4", "warmup=1", "precision=fp32",
    "contract.rate_hz=50", "model.encoder.width=32", "model.encoder.depth=1",
    "model.encoder.kernel_patches=3", "model.text.vocabulary=400", "model.text.width=16",
    "model.text.depth=1", "model.text.heads=2", "model.embedding=16", "model.heads=2",
)  # fmt: skip


def test_the_variants_are_the_papers() -> None:
    settings = [
        (one.settings["model"]["masker"], one.settings["model"]["pool"],
         one.settings["model"]["lambda_cons"]) for one in ABLATION
    ]  # fmt: skip
    assert settings == [
        ("random", "mean", 0), ("random", "mean", 1), ("adversary", "mean", 0),
        ("adversary", "selector", 0), ("adversary", "selector", 1),
    ]  # fmt: skip
    pairs = [(one.settings["model"]["lambda_cons"], one.settings["model"]["lambda_mask"])
             for one in LAMBDA]  # fmt: skip
    assert pairs == [(0.5, 0.5), (0.5, 1.0), (1.0, 0.5), (1.0, 1.0)]


def test_no_source_is_judged_by_what_it_saw() -> None:
    mixtures = {one.name: parse_mixture(one.settings["data"]) for one in SOURCES}
    assert not any("ludb" in mixture for mixture in mixtures.values())
    assert all(mixture.keys() <= mixtures["full"].keys() for mixture in mixtures.values())


@pytest.mark.parametrize("variant", ARCHITECTURE, ids=lambda variant: variant.name)
def test_every_architecture_trains(variant: Variant, tmp_path: Path) -> None:
    write_records(tmp_path / "data", {"train": 6})
    plan = Plan((variant,), (0,), 1, (*TINY[:5], *TINY[6:]), tmp_path / "runs")
    train_all(plan, tmp_path / "data", no_progress)
    contract = load_checkpoint(plan.folder(variant, 0)).contract
    assert contract.patch_s == {"patch-0.1": 0.1, "patch-0.4": 0.4}.get(variant.name, 0.2)


def test_an_ablation_from_training_to_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_records(tmp_path / "data", {"train": 12, "val": 12, "test": 20})
    save_classifier(tmp_path / "f")
    save_tiny(tmp_path / "other")
    monkeypatch.setattr(ablation, "RANDOM", "other")
    monkeypatch.setattr(run, "RANDOM", "other")
    untrained = f"other={tmp_path / 'other'}"
    monkeypatch.setattr(
        run,
        "load_subject",
        lambda name, on: load_subject(untrained if name == "other" else name, on),
    )
    plan = Plan((ABLATION[0], ABLATION[-1]), (0, 1), 2, TINY, tmp_path / "runs")
    said: list[tuple[str, int, int]] = []
    opened: list[int] = []

    def counted(config: TrainConfig, root: Path | None) -> Mixture:
        opened.append(config.seed)
        return open_mixture(config, root)

    monkeypatch.setattr(data, "open_mixture", counted)
    train_all(plan, tmp_path / "data", lambda *one: said.append(one))
    assert said[0] == ("training random-mean, seed 0", 1, 2) and len(said) == 2 * 2 * 2
    first = load_checkpoint(plan.folder(ABLATION[0], 0))
    assert first.origin["training"]["model"]["masker"] == "random" and first.origin["steps"] == 2
    train_all(plan, tmp_path / "data", lambda *one: said.append(one))
    assert len(said) == 8  # what is trained is not trained again
    assert opened == [0, 1]  # runs that draw from the same records read them once
    request = Request(
        what="ablation", dataset="ptbxl", tasks=("super", "rhythm"), root=tmp_path / "data",
        references=(f"f={tmp_path / 'f'}",), options=Options(masks=2, resamples=30),
        views=("full", "random"),
        results=tmp_path / "results", parts=tmp_path / "parts",
    )  # fmt: skip
    result = evaluate_plan(request, plan, "", no_progress)[0]
    assert "random mask + mean pool" in as_table(result)  # cost is there, training speed is not
    whole = [row for row in result["rows"] if row["view"] == "full"]
    assert len(whole) == len(result["rows"]) / 2
    assert all(row["cmrs"]["score"] is None and row["cmrs"]["reason"] for row in whole)
    rows = {(row["method"], row["task"]): row for row in result["rows"] if row["view"] == "random"}
    assert {name for name, _ in rows} == {"random-mean", "full", "other"}
    assert {task for _, task in rows} == {"super", "rhythm", "average"}
    for name in ("random-mean", "full"):
        parts = [rows[name, task] for task in ("super", "rhythm")]
        for row in parts:
            assert row["macro_auroc"] == pytest.approx(np.mean(row["seed_aurocs"]))
            assert row["cmrs"]["score"] == pytest.approx(np.mean(row["seed_cmrs"]))
            assert len(row["checkpoints"]) == 2 and row["source"] == "in-source"
        average = rows[name, "average"]
        assert average["macro_auroc"] == pytest.approx(np.mean([r["macro_auroc"] for r in parts]))
        assert average["cmrs"]["interval"] is not None
    assert {one["first"] for one in result["comparisons"]} == {"full"}
    assert result["comparisons_made"] == 2 * (1 + 2) * 3  # nothing hidden, nothing kept: no CMRS
