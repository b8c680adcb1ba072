"""Probes learn what is linear, choose on validation, and say what they could not learn."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from scar_core.errors import DatasetError
from scar_core.evaluation import run
from scar_core.evaluation.probe import Features, fit_legacy, fit_probe, macro_area, nested_share
from scar_core.evaluation.probe_table import evaluate_probes
from scar_core.evaluation.run import Request
from scar_core.evaluation.study import Options
from tests.evaluation.made import save_models, write_records


def features(seed: int, n: int, signal: float = 1.5) -> Features:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(size=(n, 3)) < (0.4, 0.2, 0.0)
    values = rng.normal(size=(n, 20))
    values[:, :2] += signal * truth[:, :2]
    return Features(values, truth)


def area(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    return float(np.mean([roc_auc_score(truth[:, k], scores[:, k]) for k in (0, 1)]))


def test_a_probe_learns_what_is_linear() -> None:
    train, held, test = (features(k, 300) for k in range(3))
    found = fit_probe(train, held, test.values)
    assert area(found.scores, test.truth) > 0.8
    assert found.unlearned == (2,) and not found.scores[:, 2].any()
    assert found.training_records == 300
    assert macro_area(test.truth.astype(float), test.truth) == 1


def test_regularisation_is_chosen_on_validation_records() -> None:
    """Few records and many useless features: strong regularisation wins on validation."""
    rng = np.random.default_rng(0)
    train, held = features(1, 60, 0.8), features(2, 300, 0.8)
    noise = [rng.normal(scale=5, size=(len(x.values), 100)) for x in (train, held)]
    wide = [Features(np.hstack([x.values, n]), x.truth) for x, n in zip((train, held), noise)]  # noqa: B905
    found = fit_probe(wide[0], wide[1], wide[1].values)
    assert found.chosen < 1


def test_the_legacy_probe_learns_and_stops() -> None:
    train, held, test = (features(k, 600, 3.0) for k in range(3))
    found = fit_legacy(train, held, test.values, seed=0)
    assert area(found.scores, test.truth) > 0.8
    assert 1 <= found.chosen <= 100
    again = fit_legacy(train, held, test.values, seed=0)
    assert np.array_equal(found.scores, again.scores)


def test_shares_are_nested() -> None:
    for seed in (0, 1):
        small, middle, whole = (set(nested_share(200, p, seed).tolist()) for p in (1, 10, 100))
        assert len(small) == 2 and len(middle) == 20 and len(whole) == 200
        assert small < middle < whole
    assert nested_share(30, 1, 0).size == 1


def test_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RANDOM", "other")
    write_records(tmp_path / "data", {"train": 40, "val": 20, "test": 30})
    save_models(tmp_path)
    request = Request(
        what="linear-probe",
        dataset="ptbxl",
        tasks=("rhythm",),
        root=tmp_path / "data",
        methods=tuple(f"{name}={tmp_path / name}" for name in ("one", "f", "other")),
        options=Options(resamples=40),
        results=tmp_path / "results",
        dump=tmp_path / "dump",
        parts=tmp_path / "parts",
    )
    result = evaluate_probes(request, shares=(10, 100), draws=2)[0]
    rows = {(row["method"], row["share_percent"]): row for row in result["rows"]}
    assert set(rows) == {(name, share) for name in ("one", "f", "other") for share in (10, 100)}
    assert rows["one", 10]["draws"] == 2 and rows["one", 100]["draws"] == 1
    assert rows["one", 10]["training_records"] == 4 and rows["f", 100]["training_records"] == 40
    assert result["comparisons_made"] == 4
    dumped = pd.read_parquet(tmp_path / "dump" / result["name"] / "answers.parquet")
    for (name, share), row in rows.items():
        mine = dumped[(dumped.method == name) & (dumped.share_percent == share)]
        mine = mine[mine.label.isin(row["per_label"])]
        areas = [roc_auc_score(one.truth, one.score) for _, one in mine.groupby(["draw", "label"])]
        assert row["macro_auroc"] == pytest.approx(np.mean(areas))
        assert np.mean(row["draw_aurocs"]) == pytest.approx(row["macro_auroc"])
    legacy = evaluate_probes(request, shares=(100,), draws=1, legacy=True)[0]
    assert legacy["name"] != result["name"] and "SGD" in legacy["notes"][0]


def test_a_dataset_without_training_records_cannot_be_probed() -> None:
    with pytest.raises(DatasetError, match="has no training and validation splits here"):
        evaluate_probes(Request(what="linear-probe", dataset="challenge", tasks=("labels",)))
