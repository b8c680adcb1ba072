"""Inquiries about maps, against direct computation, with an untrained model."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scar_core.analysis import map_making
from scar_core.analysis.map_making import embed_under, prompt_errors, simulated_map, truth_table
from scar_core.analysis.map_records import draw_records
from scar_core.analysis.projection import Projection
from scar_core.embedding_map import (
    FILE,
    EmbeddingMap,
    embedding_file,
    map_folder,
    write_embedding,
)
from scar_core.errors import ConfigError, DatasetError
from scar_core.evaluation.views import draw_masks, present_patches, to_samples
from scar_core.evaluation.zero_shot import Predictor
from scar_core.findings import FINDINGS
from scar_core.methods.contract import fit
from scar_core.missing import Scenario
from scar_core.serving.inquiries import _maps, inquiry
from tests.analysis.conftest import lively, predictor_of

N = 40


@pytest.fixture(scope="module")
def model() -> Predictor:
    return predictor_of(lively())


@pytest.fixture(scope="module")
def made(model: Predictor) -> Iterator[tuple[EmbeddingMap, np.ndarray]]:
    """A map of drawn records, laid out by its first two coordinates."""

    def plain(values: np.ndarray, *, seed: int) -> Projection:
        del seed
        return Projection(tuple(map(tuple, values[:, :2].tolist())), 0, 5, 1.0, None, None, None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_making, "project", plain)
        whole, embedded = simulated_map({"scar": model}, N, ("full", "random"), 3)
    yield whole, embedded[0].embedding


@pytest.fixture
def ask(
    model: Predictor,
    made: tuple[EmbeddingMap, np.ndarray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Return a function that asks an inquiry about the map, which lies in a folder."""
    whole, values = made
    folder = tmp_path / "made"
    (folder / "embeddings").mkdir(parents=True)
    (folder / FILE).write_text(json.dumps(whole.to_json(), allow_nan=False))
    (folder / embedding_file("scar", "full")).write_bytes(write_embedding(values))
    monkeypatch.setattr(map_folder, "__defaults__", (tmp_path,))
    _maps._open.cache_clear()
    _maps._embedding.cache_clear()

    def asked(
        name: str, scenario: Scenario | None = None, record: Any = None, **options: Any
    ) -> Any:
        found = inquiry(name)
        told = found.answer(
            model, record, scenario or Scenario(), found.options(map="made", **options)
        )
        return json.loads(json.dumps(told, allow_nan=False))

    yield asked
    _maps._open.cache_clear()
    _maps._embedding.cache_clear()


def test_nothing_hidden_leaves_every_point_where_it_is(
    ask: Any, made: tuple[EmbeddingMap, np.ndarray]
) -> None:
    told = ask("embed_points", rows=(0, 7, 39))
    assert told["rows"] == [0, 7, 39]
    xy = made[0].panel("scar", "full").xy[[0, 7, 39]]
    assert np.abs(np.array(told["xy"]) - xy).max() < 0.02 * np.ptp(xy)
    assert min(told["cosine"]) > 0.9999
    assert not any(told["strange"])
    assert told["left_out"] == {}


def test_moved_points_are_embedded_under_the_scenario(
    ask: Any, model: Predictor, made: tuple[EmbeddingMap, np.ndarray]
) -> None:
    scenario = Scenario(leads=("V1", "V2", "V3"))
    told = ask("embed_points", scenario, rows=(2, 5))
    known = draw_records(3, 0)
    for place, row in enumerate((2, 5)):
        direct = model.encode([(known[row].record, scenario)])[0].embedding.numpy()[0]
        assert told["cosine"][place] == pytest.approx(float(direct @ made[1][row]), abs=1e-3)
        assert told["nearest"][place] != row


@pytest.mark.parametrize("rows", [(), (-1,), (N,), tuple(range(65)) * 2])
def test_rows_must_be_the_maps(ask: Any, rows: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="records of the map were named"):
        ask("embed_points", rows=rows)


def test_a_sentence_finds_the_records_nearest_to_it(
    ask: Any, model: Predictor, made: tuple[EmbeddingMap, np.ndarray]
) -> None:
    told = ask("nearest", text="atrial fibrillation", k=5)
    cosine = made[1] @ model.embed_texts(["atrial fibrillation"]).numpy()[0]
    assert told["rows"][0] == int(cosine.argmax())
    assert told["cosine"] == pytest.approx(sorted(cosine, reverse=True)[:5], abs=2e-3)
    assert told["usual"] == pytest.approx([cosine.mean(), cosine.std()], abs=2e-3)


def test_a_record_finds_others_and_an_ecg_is_placed(
    ask: Any, made: tuple[EmbeddingMap, np.ndarray]
) -> None:
    by_row = ask("nearest", row=4, k=3)
    assert 4 not in by_row["rows"]
    record = draw_records(3, 0)[4].record
    by_ecg = ask("nearest", record=record, k=3)
    assert by_ecg["rows"][0] == 4
    assert by_ecg["rows"][1:] == by_row["rows"][:2]
    assert np.allclose(by_ecg["xy"], made[0].panel("scar", "full").xy[4], atol=0.02)
    assert by_ecg["strange"] is False
    for nothing in ({}, {"text": "  "}):
        with pytest.raises(ConfigError, match="nothing to search by"):
            ask("nearest", **nothing)
    with pytest.raises(ConfigError, match="ask for 1 to 39"):
        ask("nearest", row=0, k=N)


def test_probe_adds_up(ask: Any, made: tuple[EmbeddingMap, np.ndarray]) -> None:
    whole = made[0]
    counts = (whole.truth == 1).sum(0)
    code = whole.codes[int(np.argmin(np.abs(counts - N // 2)))]
    told = ask("probe_shap", finding=code, row=6, top=4)
    one = told["record"]
    total = told["base"] + sum(d["value"] for d in one["top"]) + one["rest"]
    assert total == pytest.approx(one["score"])
    assert len(one["top"]) == len(told["directions"]) == 4
    assert (told["records"], told["positives"]) == (N, int(counts[whole.codes.index(code)]))
    assert one["truth"] == int(whole.truth[6, whole.codes.index(code)])
    with pytest.raises(ConfigError, match="knows nothing of"):
        ask("probe_shap", finding="XX")
    never = next((c for c, n in zip(whole.codes, counts, strict=True) if n == 0), None)
    if never:
        with pytest.raises(ConfigError, match="needs 5 of each"):
            ask("probe_shap", finding=never)


def test_the_record_behind_a_point_is_told(ask: Any) -> None:
    told, known = ask("record", row=17), draw_records(3, 1)[1]
    signal = np.frombuffer(base64.b64decode(told["signal"]), "<i2").reshape(told["shape"]) / 1000
    assert np.abs(signal - known.record.signal).max() <= 5.1e-4
    assert told["name"] == "r00017"
    assert set(told["positive"]) == known.positive
    assert told["report"] == known.report
    by_name = inquiry("record")
    options = by_name.options(dataset="simulated:3", record_name="r00017")
    assert by_name.answer(None, None, Scenario(), options)["signal"] == told["signal"]  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no record was named"):
        by_name.answer(None, None, Scenario(), by_name.options())  # type: ignore[arg-type]


def test_a_record_that_is_gone_is_left_out_with_a_sentence(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(whole: EmbeddingMap, row: int) -> Any:
        if row == 3:
            raise DatasetError("the record is gone")
        return draw_records(3, 0)[row]

    monkeypatch.setattr(_maps, "find_record", gone)
    told = ask("embed_points", rows=(1, 3))
    assert told["rows"] == [1]
    assert told["left_out"] == {"3": "the record is gone"}


def test_another_checkpoint_is_refused(ask: Any, model: Predictor) -> None:
    other = Predictor(replace(model.checkpoint, digest="f" * 12))
    found = inquiry("nearest")
    with pytest.raises(ConfigError, match="cannot be compared"):
        found.answer(other, None, Scenario(), found.options(map="made", row=0))
    with pytest.raises(ConfigError, match="there is no map"):
        found.answer(model, None, Scenario(), found.options(map="../made", row=0))


def test_views_hide_the_same_for_every_method(
    model: Predictor, made: tuple[EmbeddingMap, np.ndarray]
) -> None:
    known = draw_records(3, 0)[0]
    _, missing = embed_under(model, [("r00000", known.record)], "random", 3)
    mask = draw_masks("random", present_patches(known.record), 1, seed=3, name="r00000")[0]
    contract = model.checkpoint.contract
    gone = to_samples(mask, contract) | ~fit(known.record, contract).present
    assert missing[0] == pytest.approx(gone.mean())
    assert missing[0] == made[0].panel("scar", "random").missing[0]


def test_errors_are_brier_scores(model: Predictor, made: tuple[EmbeddingMap, np.ndarray]) -> None:
    values = made[1][:3]
    codes, truth = truth_table([("AFIB",), ("NORM",), ()], [("NORM",), ("AFIB",), ()])
    errors = prompt_errors(model, values, truth, codes)
    asked = [FINDINGS[code].phrases[0] for code in codes]
    expected = []
    for row in range(2):
        told = [
            model.calibration.probability(text, float(s))[0]
            for text, s in zip(asked, values[row] @ model.embed_texts(asked).numpy().T, strict=True)
        ]
        known = truth[row] >= 0
        expected.append(((np.array(told) - truth[row])[known] ** 2).mean())
    assert errors[:2] == pytest.approx(expected, abs=1e-5)
    assert np.isnan(errors[2])


def test_maps_need_records_and_methods(model: Predictor) -> None:
    with pytest.raises(ConfigError, match="at least five records"):
        simulated_map({"scar": model}, 4, ("full",), 0)
    with pytest.raises(ConfigError, match="there is no view"):
        simulated_map({"scar": model}, 5, ("sideways",), 0)
