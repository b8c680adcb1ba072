"""The whole way: records and masks to rows, dumps from which the rows can be computed again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from scar_core.errors import CheckpointError, ConfigError, DatasetError
from scar_core.evaluation import answers, run
from scar_core.evaluation.parts import Parts
from scar_core.evaluation.run import Request, evaluate_views, load_subjects, open_studies
from scar_core.evaluation.study import Options, Study
from scar_core.evaluation.subjects import Subject, load_subject, random_subject
from scar_core.evaluation.tasks import labelled_set, reference_columns
from scar_core.evaluation.views import to_samples
from scar_core.results import read_results
from tests.evaluation.made import save_classifier, save_models, write_records
from tests.reference import cmrs as reference

VIEWS = ("full", "random", "hard", "electrode-RA")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("evaluation")
    write_records(home / "data", {"train": 8, "val": 24, "test": 30})
    save_models(home)
    return home


@pytest.fixture(scope="module")
def request_(home: Path) -> Iterator[Request]:
    request = Request(
        what="cmrs",
        dataset="ptbxl",
        tasks=("super",),
        root=home / "data",
        methods=(f"one={home / 'one'}", f"other={home / 'other'}"),
        references=(f"f={home / 'f'}", f"f2={home / 'f2'}"),
        views=VIEWS,
        options=Options(seed=3, masks=2, candidates=3, resamples=50),
        results=home / "results",
        dump=home / "dump",
        parts=home / "parts",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "RANDOM", "other")  # no third model: the shipped one is large
        yield request


@pytest.fixture(scope="module")
def result(request_: Request) -> dict[str, Any]:
    return evaluate_views(request_, "abc1234")[0]


@pytest.fixture
def study(request_: Request) -> tuple[Study, list[Subject], list[Subject]]:
    subjects, references = load_subjects(request_)
    return open_studies(request_, subjects, references)[0], subjects, references


def row_of(result: Mapping[str, Any], name: str, view: str) -> dict[str, Any]:
    found = [r for r in result["rows"] if r["method"] == name and r["view"] == view]
    assert len(found) == 1
    return dict(found[0])


def test_everybody_can_compute_it_again(result: dict[str, Any], request_: Request) -> None:
    """AUROC and CMRS from the Parquet files, with pandas and nothing of ours."""
    assert request_.dump is not None
    folder = request_.dump / result["name"]
    answered = pd.read_parquet(folder / "answers.parquet")
    terms = pd.read_parquet(folder / "terms.parquet")
    said = pd.read_parquet(folder / "reference.parquet")
    masks = pd.read_parquet(folder / "masks.parquet")
    for name in ("one", "other"):
        for view in VIEWS:
            row = row_of(result, name, view)
            mine = answered[(answered.method == name) & (answered["view"] == view)]
            areas = {
                label: np.mean(
                    [roc_auc_score(one.truth, one.score) for _, one in group.groupby("mask")]
                )
                for label, group in mine.groupby("label")
                if label in row["per_label"]
            }
            assert row["macro_auroc"] == pytest.approx(np.mean(list(areas.values())))
            own = terms[(terms.method == name) & (terms["view"] == view)]
            weight = own.S * own.I
            if view == "full":
                assert weight.sum() == 0 and row["cmrs"]["score"] is None
                assert "no mask hides anything" in row["cmrs"]["reason"]
                continue
            score = 100 * (weight * own.R).sum() / weight.sum()
            assert row["cmrs"]["score"] == pytest.approx(score)
            # And the terms themselves, from probabilities and masks.
            joined = mine.merge(said, on=["view", "record", "mask", "label"])
            hidden = masks[masks["view"] == view].groupby(["record", "mask"], sort=False)
            items, prior = [], None
            for (record, mask), group in joined.groupby(["record", "mask"], sort=False):
                leads = hidden.get_group((record, mask))
                both = zip("".join(leads.hidden), "".join(leads.present), strict=True)
                share = sum(h == "1" == p for h, p in both) / "".join(leads.present).count("1")
                prior = group.prior.tolist()
                items.append(
                    (share, group.probability.tolist(), group.p0.tolist(), group.pm.tolist())
                )
            assert prior is not None and len(items) == len(own)
            assert reference.score(items, prior) == pytest.approx(score, abs=1e-6)


def test_a_result_says_what_it_is(result: dict[str, Any], request_: Request) -> None:
    assert request_.results is not None
    assert result["name"].startswith("cmrs_ptbxl_super_test_")
    assert result["commit"] == "abc1234" and result["seed"] == 3
    assert result["records"] == 30 and result["patients"] == 15
    assert json.loads(json.dumps(result)) in read_results(request_.results)
    row = row_of(result, "one", "random")
    assert set(row["per_label"]) | set(row["left_out"]) == {"NORM", "MI", "STTC", "CD", "HYP"}
    assert row["masks"] == 2 and row["source"] == "cross-source"
    assert 0 < row["hidden_share"] < 0.5 and 0 <= row["ece"] <= 1
    assert sum(one["count"] for one in row["reliability"]) == 30 * 2 * 5
    assert {one["reference"] for one in row["cmrs"]["sensitivity"]} == {"f2"}
    assert result["comparisons_made"] == len(result["comparisons"]) == 4 + 3
    assert all(one["p_holm"] >= one["p"] for one in result["comparisons"])
    assert any("Hard masks" in note and "K = 3" in note for note in result["notes"])


def test_the_breakdown_adds_up_to_the_score(result: dict[str, Any]) -> None:
    pooled = result["breakdown"][0]
    assert pooled["views"] == ["random", "hard"]
    for content in (row_of(result, "one", "electrode-RA")["cmrs"], pooled["cmrs"]):
        for kind, groups in content["decomposition"].items():
            assert sum(g["share"] for g in groups) == pytest.approx(1), kind
            whole = sum(g["share"] * (g["score"] or 0) for g in groups)
            assert whole == pytest.approx(content["score"]), kind
    assert {g["name"] for g in pooled["cmrs"]["decomposition"]["type"]} == {"random", "hard"}
    assert len(pooled["cmrs"]["decomposition"]["record"]) == 30


def test_hard_masks_are_the_worst_of_their_budget(
    study: tuple[Study, list[Subject], list[Subject]],
) -> None:
    one, _, (f, _) = study
    hard, random = one.masks("hard"), one.masks("random")
    assert one.severity("hard") == pytest.approx(one.severity("random"))
    moved = one.oracle("hard"), one.oracle("random")
    still = moved[0].full[:, None]
    impacts = [reference_impact(still, said.masked) for said in moved]
    assert (impacts[0] >= impacts[1] - 1e-9).all() and (impacts[0] > impacts[1]).any()
    assert hard.shape == random.shape == (30, 2, 12, 50)
    assert f.is_classifier


def reference_impact(
    full: np.ndarray[Any, Any], masked: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    pairs = np.broadcast_arrays(full, masked)
    flat = [part.reshape(-1, part.shape[-1]).tolist() for part in pairs]
    return np.array([reference.distance(a, b) for a, b in zip(*flat, strict=True)])


def test_f_itself_keeps_everything_on_the_full_view(
    study: tuple[Study, list[Subject], list[Subject]],
) -> None:
    """F as the method, without missingness: R is 1 everywhere."""
    one, _, (f, _) = study
    assert one.terms(f, "full").agreement == pytest.approx(1)
    said = one.oracle("random")
    assert one.answered(f, "random").probability == pytest.approx(said.masked)


def test_answers_do_not_depend_on_batches_or_on_what_is_hidden(
    study: tuple[Study, list[Subject], list[Subject]], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    one, (subject, _), _ = study
    few = one.records.select(one.records.names[:3])
    masks = one.masks("random")[:3]
    whole = answers.answer(subject, few, masks, Parts(home / "a"))
    monkeypatch.setattr(answers, "BATCH", 1)
    assert answers.answer(subject, few, masks, Parts(home / "b")) == pytest.approx(whole, abs=1e-5)
    records = few.fitted[subject.contract]
    hidden = to_samples(masks[:, 0], subject.contract)
    spoiled = [
        replace(r, signal=np.where(h, 9.0, r.signal).astype(np.float32))
        for r, h in zip(records, hidden, strict=True)
    ]
    other = replace(few, fitted={subject.contract: spoiled}, fingerprints=["x", "y", "z"])
    again = answers.answer(subject, other, masks[:, :1], Parts(home / "c"))
    assert again == pytest.approx(whole[:, :1], abs=1e-5)


def test_an_interrupted_evaluation_goes_on(
    request_: Request, home: Path, monkeypatch: pytest.MonkeyPatch, result: dict[str, Any]
) -> None:
    request = replace(request_, parts=home / "fresh", dump=None, results=home / "again")
    calls = []
    raw = Subject.raw

    def counted(self: Subject, *tensors: Any) -> Any:
        calls.append(self.name)
        if len(calls) == 20:
            raise KeyboardInterrupt
        return raw(self, *tensors)

    monkeypatch.setattr(Subject, "raw", counted)
    with pytest.raises(KeyboardInterrupt):
        evaluate_views(request)
    assert not (home / "again").exists()
    kept = len(list((home / "fresh").rglob("*.npy")))
    assert kept > 0
    first = evaluate_views(request, "abc1234")[0]
    needed = len(calls)
    assert first == result
    assert evaluate_views(request, "abc1234")[0] == result
    assert len(calls) == needed  # nothing was computed a second time


def test_a_damaged_part_is_computed_again(
    study: tuple[Study, list[Subject], list[Subject]], home: Path
) -> None:
    one, (subject, _), _ = study
    few = one.records.select(one.records.names[:2])
    parts = Parts(home / "damaged")
    whole = answers.answer(subject, few, one.masks("full")[:2], parts)
    files = sorted((home / "damaged").rglob("*.npy"))
    assert len(files) == 2
    files[0].write_bytes(files[0].read_bytes()[:100])
    files[1].write_bytes(b"")
    assert np.array_equal(answers.answer(subject, few, one.masks("full")[:2], parts), whole)
    assert not list((home / "damaged").rglob(".*"))


def test_a_label_that_the_reference_was_never_taught_is_left_out(
    request_: Request, home: Path
) -> None:
    model = save_classifier(home / "half", 5)
    head = model.heads["super"]
    head.weight.data[3:] = 0  # type: ignore[operator]
    from safetensors.torch import save_file

    save_file(model.state_dict(), str(home / "half" / "model.safetensors"))
    request = replace(request_, references=(f"half={home / 'half'}",), dump=None)
    subjects, references = load_subjects(request)
    study = open_studies(request, subjects, references)[0]
    assert [study.test.labels[k] for k in study.known_labels()] == ["NORM", "MI", "STTC"]
    assert study.oracle("random").masked.shape == (30, 2, 3)


def test_reference_columns_go_by_name_and_meaning(home: Path) -> None:
    known = [("challenge", "AF"), ("challenge", "MI"), ("rhythm", "AFIB"), ("super", "NORM")]
    data = home / "data"
    rhythm = labelled_set("ptbxl", "rhythm", "test", data)
    assert reference_columns(known, rhythm)[:2] == [None, 2]
    both = labelled_set("ptbxl", "super", "test", data)
    assert reference_columns(known, both)[:2] == [3, 1]  # MI is taught by the challenge head


def test_bad_requests_are_one_sentence(request_: Request, home: Path) -> None:
    def refused(kind: type[Exception], **changes: Any) -> str:
        with pytest.raises(kind) as caught:
            evaluate_views(replace(request_, **changes))
        return str(caught.value)

    assert "has no task 'supper'" in refused(DatasetError, tasks=("supper",))
    assert "there is no view 'bad'" in refused(ConfigError, views=("bad",))
    assert "named twice" in refused(ConfigError, methods=(*request_.methods, *request_.methods))
    assert "is no classifier" in refused(ConfigError, references=(f"x={home / 'one'}",))
    assert "need a reference model" in refused(ConfigError, references=())
    assert "no checkpoint of nobody is shipped" in refused(
        CheckpointError, methods=("nobody", *request_.methods)
    )
    assert "names no method" in refused(ConfigError, methods=("one=", *request_.methods))
    labels = save_classifier(home / "stranger", 1, {"other": ["X"]})
    assert labels.tasks == {"other": ("X",)}
    told = refused(ConfigError, references=(f"stranger={home / 'stranger'}",))
    assert "knows none of the labels of ptbxl super" in told
    with pytest.raises(ConfigError, match="candidates is 1; expected at least 2"):
        Options(candidates=1)


def test_random_weights_are_the_same_every_time() -> None:
    one, other = random_subject(), random_subject()
    shipped = load_subject("scar")
    assert one.checkpoint.digest == other.checkpoint.digest != random_subject(1).checkpoint.digest
    assert one.contract == shipped.contract
    assert one.source("ptbxl") == "untrained" and shipped.source("ptbxl") == "in-source"
    assert shipped.source("challenge") == "cross-source"
    assert "georgia, ptbxl" in shipped.contamination("challenge")


def test_what_was_trained_on_is_not_evaluated_on(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subject, "trained_on", property(lambda self: ("ptbxl",)))
    load_subjects(request_)
    with pytest.raises(ConfigError, match="was trained on the train split of ptbxl"):
        load_subjects(replace(request_, split="train"))
