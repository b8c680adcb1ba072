"""What is trained on: shares of a batch, true texts, and never a test record."""

import math
import random
import re
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.datasets import dataset, dataset_names
from scar_core.errors import ConfigError, DatasetError
from scar_core.findings import FINDINGS, findings_of
from scar_core.methods.contract import prepare
from scar_core.record import ECGRecord
from scar_core.training import data
from scar_core.training.data import Mixture, Reopened, open_mixture, stated, unopposed
from scar_core.training.labels import CODES, truth_row
from scar_core.training.mixture import parse_mixture
from scar_core.training.sources import ASSESSED, SimulatedSource, Source, StoredSource, tell
from tests.methods.tiny import CONTRACT
from tests.training.made import MadeExample, made_examples, made_mixture, tiny_config


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Scaled(MadeExample):
    """A record that lost its millivolts."""

    def read(self) -> ECGRecord:
        return replace(super().read(), unit="sd")


def test_truth_is_one_zero_or_unknown() -> None:
    row = dict(zip(CODES, truth_row({"AFIB"}, {"SR"}), strict=True))
    assert row["AFIB"] == 1 and row["SR"] == 0
    assert sum(math.isnan(value) for value in row.values()) == len(CODES) - 2


@pytest.mark.parametrize(
    ("weights", "batch", "expected"),
    [
        ({"a": 1.0, "b": 1.0}, 8, {"a": 4, "b": 4}),
        ({"a": 4.0, "b": 4.5, "c": 1.0, "d": 0.5}, 64, {"a": 26, "b": 29, "c": 6, "d": 3}),
        ({"a": 2.0, "b": 1.0}, 4, {"a": 3, "b": 1}),
        ({"a": 1000.0, "b": 1.0}, 4, {"a": 4, "b": 0}),
    ],
)
def test_shares_of_a_batch(weights: dict[str, float], batch: int, expected: dict[str, int]) -> None:
    assert Mixture({}, weights).counts(batch) == expected


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(1, 100))
@settings(max_examples=60, deadline=None)
def test_shares_add_up_and_are_off_by_less_than_one(weights: list[float], batch: int) -> None:
    named = {str(i): weight for i, weight in enumerate(weights)}
    counts = Mixture({}, named).counts(batch)
    assert sum(counts.values()) == batch
    for name, weight in named.items():
        assert abs(counts[name] - batch * weight / sum(weights)) < 1 + 1e-9


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_a_text_is_no_negative_unless_it_says_something_false(seed: int, n: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secrets
    told = [frozenset(draw.sample(CODES, draw.randint(0, 3))) for _ in range(n)]
    truth = torch.tensor([[draw.choice([0.0, 1.0, math.nan]) for _ in CODES] for _ in range(n)])
    found = unopposed(stated(told), truth)
    for i in range(n):
        for j in range(n):
            false = any(truth[i, CODES.index(code)] == 0 for code in told[j])
            assert found[i, j].item() == (bool(told[j]) and not false)


def test_what_is_told_is_true_and_denies_nothing() -> None:
    """A sentence of a part of the findings, or of labels that name only some, must not deny."""
    draw = random.Random(0)  # noqa: S311 - no secrets
    positive = findings_of({"SR", "CLBBB", "PVC", "STE", "LVH", "IMI"})
    sizes: Counter[int] = Counter()
    for _ in range(2000):
        text, codes = tell(positive, "", draw)
        assert text and codes and codes <= positive
        words = text.lower().replace("no previous ecg", "").replace("abnormal", "")
        words = words.replace("normal sinus rhythm", "")  # is what it is called
        assert not re.search(r"\bno\b|normal", words), text
        sizes[len(codes)] += 1
    assert len(sizes) == len(positive)  # every size of part
    assert sizes[len(positive)] > 600  # and often all of it


def test_half_of_the_time_the_stored_report_is_told() -> None:
    draw = random.Random(0)  # noqa: S311 - no secrets
    told = [tell({"SR"}, "the report", draw) for _ in range(1000)]
    assert 400 < sum(text == "the report" for text, _ in told) < 600
    assert all(codes == {"SR"} for _, codes in told)


@pytest.mark.parametrize("split", ["val", "test"])
def test_only_training_records_may_be_trained_on(split: str) -> None:
    examples = [*made_examples(3), *made_examples(1, split)]
    with pytest.raises(DatasetError, match=f"belongs to the {split} split; only training records"):
        StoredSource(examples, CONTRACT)


def test_a_source_without_records_is_refused() -> None:
    with pytest.raises(DatasetError, match="has no records"):
        StoredSource([], CONTRACT)


def test_a_stored_source_gives_what_its_records_hold() -> None:
    examples = made_examples(4)
    source = StoredSource(examples, CONTRACT)
    drawn = source.draw(50, rng())
    prepared = [prepare(e.read(), e.read().present, CONTRACT)[0] for e in examples]
    seen = set()
    for row in range(50):
        match = [
            i for i, p in enumerate(prepared) if torch.allclose(p, drawn.signal[row], atol=5e-3)
        ]
        assert len(match) == 1
        example = examples[match[0]]
        seen.add(match[0])
        expected = np.array(truth_row(example.positive, example.negative))
        np.testing.assert_array_equal(drawn.truth[row].numpy(), expected)
        assert drawn.told[row] <= example.positive
        assert drawn.texts[row] != "" and drawn.present[row].all()
    assert seen == {0, 1, 2, 3}


def test_records_with_and_without_millivolts_share_a_batch() -> None:
    """Those without have no amplitude; some of those with lose it, record by record."""
    contract = replace(CONTRACT, amplitude=True)
    in_mv = made_examples(6)
    scaled = [Scaled(**{f.name: getattr(one, f.name) for f in fields(one)}) for one in in_mv]
    sources: dict[str, Source] = {
        "scaled": StoredSource(scaled, contract),
        "stored": StoredSource(in_mv, contract),
        "read": StoredSource(in_mv, contract, resident=0),
        "simulated": SimulatedSource(contract, 8),
    }
    drawn = {name: source.draw(5, rng()).amplitude for name, source in sources.items()}
    assert all(found is not None and found.shape == (5, 12) for found in drawn.values())
    torch.testing.assert_close(drawn["stored"], drawn["read"], equal_nan=True)
    one = Mixture(sources, dict.fromkeys(sources, 1.0)).batch(80, rng())
    assert one.amplitude is not None and one.amplitude.shape == (80, 12)
    known = torch.isfinite(one.amplitude).any(dim=1)
    assert not known[:20].any() and 30 < known[20:].sum() < 60


def test_equal_generators_draw_equal_batches() -> None:
    mixture = made_mixture()
    one, two, other = (mixture.batch(6, rng(seed)) for seed in (1, 1, 2))
    assert one.texts == two.texts and one.finding_texts == two.finding_texts
    for left, right in zip(one, two, strict=True):
        if isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor):
            assert torch.equal(torch.nan_to_num(left), torch.nan_to_num(right))
    assert not torch.equal(one.signal, other.signal)


def test_a_batch_fits_together() -> None:
    batch = made_mixture().batch(6, rng())
    assert batch.signal.shape == batch.visible.shape == batch.present.shape == (6, 12, 200)
    assert not (batch.visible & ~batch.present).any()
    assert len(batch.texts) == 6 and batch.same.shape == (6, 6)
    assert batch.same.diagonal().all()  # a record's own text is true of it
    for phrase, finding in zip(batch.finding_texts, FINDINGS.values(), strict=True):
        assert phrase in finding.wordings


def test_simulated_truth_is_complete_up_to_taste() -> None:
    source = SimulatedSource(CONTRACT, pool=12, seed=3)
    drawn = source.draw(12, rng())
    for row, told in zip(drawn.truth, drawn.told, strict=True):
        value = dict(zip(CODES, row.tolist(), strict=True))
        true = {code for code, v in value.items() if v == 1}
        assert told <= true and findings_of(true) == true
        unknown = {code for code, v in value.items() if math.isnan(v)}
        assert unknown == set(CODES) - ASSESSED - true
    again = SimulatedSource(CONTRACT, pool=12, seed=3).draw(12, rng())
    assert torch.equal(drawn.signal, again.signal) and drawn.texts == again.texts
    assert not torch.equal(SimulatedSource(CONTRACT, 12, 4).draw(12, rng()).signal, again.signal)


def test_records_can_be_simulated_afresh_for_every_batch() -> None:
    source = SimulatedSource(CONTRACT)
    one, two, other = (source.draw(3, rng(seed)) for seed in (0, 0, 1))
    assert torch.equal(one.signal, two.signal) and not torch.equal(one.signal, other.signal)


def test_parse_mixture() -> None:
    assert parse_mixture("simulated:4, ptbxl ,ludb:.5") == {
        "simulated": 4.0, "ptbxl": 1.0, "ludb": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a:0", "a:-1", "a:x", "a:nan", "a:inf", "a,a", "", ","])
def test_impossible_mixtures_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_mixture(text)


def test_unknown_and_test_only_data_are_refused() -> None:
    with pytest.raises(DatasetError, match="there is no dataset 'mimic'"):
        open_mixture(tiny_config(data="mimic"), None)
    with pytest.raises(DatasetError, match="has no train split"):
        open_mixture(tiny_config(data="challenge"), None)


def test_other_records_are_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "open_mixture", lambda config, root: made_mixture())
    config, records = tiny_config(), Reopened()
    first = records.open(config, None)
    same = replace(config, steps=99, model={"heads": 4}, learning_rate=0.5)
    assert records.open(same, None) is first
    for other in (
        replace(config, seed=5), replace(config, data="simulated"),
        replace(config, contract=replace(config.contract, rate_hz=100)),
        replace(config, grafted_records=7), replace(config, language_texts=0),
    ):  # fmt: skip
        assert records.open(other, None) is not records.open(config, None)


def test_no_test_patient_and_no_challenge_record_in_any_training_set(real_ecg: Path) -> None:
    ptbxl = dataset("ptbxl")
    kept = {
        example.patient for split in ("val", "test") for example in ptbxl.examples(real_ecg, split)
    }
    challenge = {example.name for example in dataset("challenge").examples(real_ecg, "test")}
    challenge_ptbxl = {int(name[2:]) for name in challenge if name.startswith("HR")}
    assert len(kept) > 300 and len(challenge) == 124 and challenge_ptbxl
    trained: Counter[str] = Counter()
    for name in dataset_names():
        if "train" not in dataset(name).splits:
            continue
        try:
            examples = dataset(name).examples(real_ecg, "train")
        except DatasetError:  # not at hand; those that must be are counted below
            continue
        for example in examples:
            trained[name] += 1
            assert example.split == "train"
            assert example.name not in challenge
            assert "cinc2021" not in example.path.parts
            if name == "ptbxl":
                assert example.patient not in kept
                assert int(example.name) not in challenge_ptbxl
    assert [trained[name] for name in ("ptbxl", "ludb", "georgia")] == [1277, 200, 64]
