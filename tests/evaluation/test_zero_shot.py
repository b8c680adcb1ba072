"""The whole way from a record and a scenario to an answer, with a tiny untrained model."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scar_core.datasets import base
from scar_core.errors import ConfigError, DatasetError
from scar_core.evaluation import zero_shot
from scar_core.evaluation.calibration import Calibration, sigmoid
from scar_core.evaluation.zero_shot import Predictor, calibrate_checkpoint, evaluate_zero_shot
from scar_core.findings import FINDINGS
from scar_core.leads import LEADS
from scar_core.missing import Scenario, Span
from scar_core.prediction import Prediction
from tests.made import made_record
from tests.methods.tiny import save_tiny
from tests.training.made import MadeExample, made_examples

PROMPTS = {"AF": "atrial fibrillation", "Block": "right bundle branch block"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    save_tiny(folder)
    curves = {"atrial fibrillation": (3.0, 0.5)}
    fitted = Calibration((5.0, -1.0), curves, "made up", 0.1)
    (folder / "calibration.json").write_text(json.dumps(fitted.to_json()))
    return folder


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    return Predictor.load(folder)


def test_similarity_is_a_cosine_and_probability_follows_from_it(predictor: Predictor) -> None:
    record = made_record(0)
    answer = predictor.predict([(record, Scenario())], PROMPTS)[0]
    assert [score.name for score in answer.classes] == list(PROMPTS)
    assert [score.prompt for score in answer.classes] == list(PROMPTS.values())
    encoding, _, _ = predictor.encode([(record, Scenario())])
    for score, (a, b), own in zip(answer.classes, [(3, 0.5), (5, -1)], [True, False], strict=True):
        with torch.inference_mode():
            text = predictor.checkpoint.model.encode_text([score.prompt])[0]
        cosine = sum(
            x * y for x, y in zip(encoding.embedding[0].tolist(), text.tolist(), strict=True)
        )
        assert score.similarity == pytest.approx(cosine, abs=1e-5)
        assert score.probability == pytest.approx(
            float(sigmoid(np.array(a * cosine + b))), abs=1e-5
        )
        assert score.calibrated is own


def test_importance_covers_what_is_visible(predictor: Predictor) -> None:
    scenario = Scenario(leads=("V1", "aVL"), spans=(Span("II", 1.0, 2.0),))
    importance = predictor.predict([(made_record(1), scenario)], PROMPTS)[0].importance
    assert importance is not None and importance.lead_names == LEADS
    assert importance.patch_s == pytest.approx(0.4)
    assert sum(importance.per_lead.values()) == pytest.approx(1)
    for lead, weights, visible in zip(LEADS, importance.patches, importance.visible, strict=True):
        assert len(weights) == len(visible) == 10
        assert all((weight > 0) is seen for weight, seen in zip(weights, visible, strict=True))
        assert any(visible) is (lead not in ("V1", "aVL"))
    # 1.0–2.0 s: the patches from 1.2 and 1.6 s, and half of the one from 0.8 s, which is read
    assert [i for i, seen in enumerate(importance.visible[1]) if not seen] == [3, 4]


def test_visible_share_counts_present_samples(predictor: Predictor) -> None:
    record = made_record(2)
    present = record.present.copy()
    present[0] = False
    partly = replace(record, present=present, signal=np.where(present, record.signal, 0))
    scenario = Scenario(leads=("I", "V1"), spans=(Span("V2", 0.0, 2.0),))
    for shown, expected in ((record, (12 - 2.5) / 12), (partly, (11 - 1.5) / 11)):
        answer = predictor.predict([(shown, scenario)], PROMPTS)[0]
        assert answer.visible_share == pytest.approx(expected)


def test_what_was_done_to_the_input_is_noted(predictor: Predictor) -> None:
    recovered = predictor.predict(
        [(made_record(3), Scenario(leads=("III",), recover=True))], PROMPTS
    )[0]
    assert recovered.notes == ("Recovered from the visible limb leads: III.",)
    assert recovered.visible_share == 1.0
    long, short = made_record(4, seconds=6.0), made_record(4, seconds=2.5)
    answers = predictor.predict([(long, Scenario()), (short, Scenario())], PROMPTS)
    assert answers[0].notes == ("Cropped to 0–4 s of 6 s.",)
    assert answers[1].notes == ("Padded at the end by 1.5 s that are not present.",)
    assert answers[0].visible_share == answers[1].visible_share == 1.0
    assert predictor.predict([(made_record(5), Scenario())], PROMPTS)[0].notes == ()


def test_the_answer_names_its_weights(predictor: Predictor) -> None:
    answer = predictor.predict([(made_record(6), Scenario())])[0]
    assert answer.method == "scar" and answer.checkpoint == predictor.checkpoint.digest
    assert [score.name for score in answer.classes] == list(predictor.default_prompts)
    assert Prediction.from_json(json.loads(json.dumps(answer.to_json()))) == answer


def test_a_batch_answers_as_each_scenario_alone(predictor: Predictor) -> None:
    one, other = made_record(7), made_record(8, rate_hz=250.0, leads=("II", "V5"))
    items = [
        (one, Scenario()),
        (one, Scenario(leads=("I", "V1"))),
        (other, Scenario(spans=(Span("*", 0.5, 1.5),))),
        (one, Scenario(leads=LEADS)),
        (one, Scenario(electrodes=("LA",), recover=True)),
    ]
    together = predictor.predict(items, PROMPTS)
    for item, answer in zip(items, together, strict=True):
        alone = predictor.predict([item], PROMPTS)[0]
        assert answer.notes == alone.notes and answer.visible_share == alone.visible_share
        for left, right in zip(answer.classes, alone.classes, strict=True):
            assert left.similarity == pytest.approx(right.similarity, abs=1e-5)
        assert answer.importance is not None and alone.importance is not None
        np.testing.assert_allclose(answer.importance.patches, alone.importance.patches, atol=1e-5)
    assert together[0].classes != together[1].classes


@given(st.integers(0, 1000), st.sets(st.sampled_from(LEADS), max_size=11), st.floats(0, 3))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_hidden_values_never_matter(
    predictor: Predictor, seed: int, leads: set[str], start: float
) -> None:
    scenario = Scenario(leads=tuple(leads), spans=(Span("*", start, start + 0.7),))
    record = made_record(seed, rate_hz=125.0)
    hidden = scenario.hidden(record.lead_names, record.n_samples, record.sampling_rate_hz)
    noise = np.random.default_rng(seed).normal(0, 30, record.signal.shape)
    other = replace(record, signal=np.where(hidden, noise, record.signal).astype(np.float32))
    answers = predictor.predict([(record, scenario)]), predictor.predict([(other, scenario)])
    assert answers[0] == answers[1]


def test_nothing_visible_is_answered_and_says_so(predictor: Predictor) -> None:
    answer = predictor.predict([(made_record(9), Scenario(leads=LEADS))], PROMPTS)[0]
    assert answer.visible_share == 0
    assert answer.importance is not None and sum(answer.importance.per_lead.values()) == 0
    assert all(0 < score.probability < 1 for score in answer.classes)


def test_no_records_and_no_prompts_are_refused(predictor: Predictor) -> None:
    with pytest.raises(ConfigError, match="0 records and 30 prompts"):
        predictor.predict([])
    with pytest.raises(ConfigError, match="1 records and 0 prompts"):
        predictor.predict([(made_record(0), Scenario())], {})


def test_texts_are_embedded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = Predictor.load(folder)
    asked: Counter[str] = Counter()
    model = predictor.checkpoint.model
    original = model.encode_text

    def counted(texts: list[str]) -> torch.Tensor:
        asked.update(texts)
        return original(texts)

    monkeypatch.setattr(model, "encode_text", counted)
    monkeypatch.setattr(zero_shot, "_MEMORY", 4)
    one = predictor.embed_texts(["a", "b", "a"])
    assert torch.equal(one[0], one[2]) and asked == {"a": 1, "b": 1}
    predictor.embed_texts(["b", "c"])
    assert asked == {"a": 1, "b": 1, "c": 1}
    many = predictor.embed_texts(["d", "e", "a"])  # more than it keeps
    assert many.shape == (3, 16)
    torch.testing.assert_close(many[2], one[0], atol=1e-5, rtol=1e-4)


class MadeSpec(base.DatasetSpec):
    """A dataset without files."""

    def examples(
        self, root: Path | None, split: str, task: str | None = None
    ) -> list[base.Example]:
        return [one for one in self.list_examples(root or Path()) if one.split == split]


def spec_of(examples: list[MadeExample]) -> base.DatasetSpec:
    return MadeSpec(
        name="ptbxl", title="Made up", licence="", citation="", folder="x",
        splits=("val", "test"), tasks={"super": ("NORM", "MI")},
        list_examples=lambda folder: list(examples), size="", get="", url="", how_split="",
    )  # fmt: skip


def labelled(split: str) -> list[MadeExample]:
    return [
        replace(example, labels={"super": ("NORM",) if "NORM" in example.positive else ()})
        for example in made_examples(36, split)
    ]


def test_evaluation_ranks_each_label_by_its_prompt(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    examples = labelled("test")
    monkeypatch.setattr(zero_shot, "dataset", lambda name: spec_of(examples))
    found = evaluate_zero_shot(predictor, "ptbxl", "super", "test", root=tmp_path)
    assert list(found.per_label) == ["NORM"] and found.left_out == ("MI",)
    assert found.positives == {"NORM": 9} and found.records == 36
    text = FINDINGS["NORM"].phrases[0]
    scores = [predictor.similarities([(e.read(), Scenario())], [text])[0, 0] for e in examples]
    wins = [
        (scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j])
        for i, a in enumerate(examples) if a.labels["super"]
        for j, b in enumerate(examples) if not b.labels["super"]
    ]  # fmt: skip
    assert found.macro_auroc == pytest.approx(sum(wins) / len(wins), abs=0.01)
    with pytest.raises(DatasetError, match="has no task 'sub'; choose one of: super"):
        evaluate_zero_shot(predictor, "ptbxl", "sub", "test", root=tmp_path)


def test_calibration_is_fitted_on_validation_records_and_written_beside_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_tiny(tmp_path)
    asked = []

    def opened(name: str) -> base.DatasetSpec:
        return replace(spec_of(labelled("val")), list_examples=listed)

    def listed(folder: Path) -> list[base.Example]:
        asked.append(folder)
        return [*labelled("val"), *labelled("test")[:30]]

    monkeypatch.setattr(zero_shot, "dataset", opened)
    fitted = calibrate_checkpoint(tmp_path, root=tmp_path)
    assert "validation split, 36 records" in fitted.data and asked
    loaded = Predictor.load(tmp_path)
    assert loaded.calibration == fitted
    assert set(fitted.curves or {}) <= {FINDINGS[code].phrases[0] for code in FINDINGS}
    assert len(fitted.curves or {}) >= 4
