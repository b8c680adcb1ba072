"""Texts without a record: who wrote them, what is true by them, and that they are understood.

And the tokenizer's corpus, which no process may draw in another order.
"""

import logging
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scar_core.datasets import dataset
from scar_core.datasets._splits import held_out
from scar_core.datasets._tables import read_rows
from scar_core.datasets.ptbxl import written_reports
from scar_core.findings import FINDINGS, findings_of
from scar_core.methods._findings import FindingQuestions
from scar_core.nn.text import TextConfig, TextTower
from scar_core.simulate import report_text
from scar_core.training.data import Mixture
from scar_core.training.labels import CODES
from scar_core.training.language import Language, corpus, false_by, open_language, tokenizer_for
from scar_core.training.trainer import Trainer, step_generator
from tests.methods.tiny import tokenizer
from tests.training.made import TOLD, made_mixture, tiny_config

_PRINT = """
import hashlib
from scar_core.nn.text import train_tokenizer
from scar_core.training.data import Mixture
from scar_core.training.language import corpus
texts = corpus(Mixture({}, {}), 0, made=300)
print(hashlib.sha256(" ".join([*texts, train_tokenizer(texts, 500)]).encode()).hexdigest())
"""


def test_every_process_learns_the_same_tokenizer() -> None:
    """A resumed run must tell what an uninterrupted one tells."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PRINT],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
        )
        for seed in (1, 2)
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert all(process.returncode == 0 for process in processes)
    assert said[0] == said[1] != b""


def test_the_corpus_holds_reports_and_every_wording() -> None:
    texts = corpus(made_mixture(), 0, made=5)
    assert "stored report of a made-up patient" in texts
    assert {phrase for finding in FINDINGS.values() for phrase in finding.wordings} <= set(texts)
    assert texts == corpus(made_mixture(), 0, made=5)
    assert texts != corpus(made_mixture(), 1, made=5)


def test_the_corpus_holds_reports_without_records_in_both_forms() -> None:
    texts = corpus(made_mixture(), 0, made=5)
    assert "sinusrhythmus, kein linksschenkelblock." in texts
    assert any(text.startswith("sinus rhythm") and "left" in text for text in texts)


def test_no_patient_of_another_split_is_read(real_ecg: Path) -> None:
    """Folds, splits of the records at hand and recordings that are only tested on, looked up."""
    table = real_ecg / "ptbxl" / "ptbxl_database_form.csv"
    rows = {row["ecg_id"]: row for row in read_rows(table, "PTB-XL")}
    fold = {number: int(row["strat_fold"]) for number, row in rows.items()}
    patient = {number: row["patient_id"].removesuffix(".0") for number, row in rows.items()}
    records = dataset("ptbxl")
    at_hand = records.everything(records.locate(real_ecg))
    splits = {split: {e.patient for e in at_hand if e.split == split} for split in ("val", "test")}
    tested = {patient[n] for n in rows if f"ptbxl/{n}" in held_out()}
    assert tested and all(splits.values())
    learned, judged = (written_reports(real_ecg, split) for split in ("train", "val"))
    for told, folds, apart in (
        (learned, range(1, 8), splits["val"] | splits["test"] | tested),
        (judged, range(8, 9), splits["test"] | tested),
    ):
        assert len(told) > 800
        assert {fold[one.number] for one in told} == set(folds)
        assert all(one.patient == patient[one.number] for one in told)
        assert not {one.patient for one in told} & apart
    assert not {one.patient for one in learned} & {one.patient for one in judged}


def test_reports_and_records_have_the_same_truth(real_ecg: Path) -> None:
    """The published statements are finer than the index's labels, and differ nowhere else."""
    by_number = {one.number: one for one in written_reports(real_ecg, "train")}
    finer = {"LAFB", "LPFB", "AVB1", "AVB2", "AVB3", "IMI", "AMI", "LMI"}
    both = 0
    for example in dataset("ptbxl").examples(real_ecg, "train"):
        one = by_number.get(example.origin.partition("/")[2])
        if one is not None:
            both += 1
            assert not (one.positive ^ example.positive) - finer, example.origin
            assert not (one.negative ^ example.negative) - finer, example.origin
    assert both > 100


def test_without_a_table_it_says_so_and_makes_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        language = open_language(tmp_path)
    assert "no stored reports of PTB-XL are at hand" in caplog.text
    texts, truth = language.draw(40, step_generator(0, 0))
    assert language.told == () and all(texts) and truth.shape == (40, len(CODES))
    assert (truth == 1).any() and (truth == 0).any()


def test_half_are_stored_reports_in_two_forms_without_typed_labels() -> None:
    texts, truth = Language(TOLD).draw(2000, step_generator(0, 0))
    counts = Counter(texts)
    german = counts["sinusrhythmus, kein linksschenkelblock."]
    english = counts["sinus rhythm, no left bundle branch block."]
    assert 200 < german < 300 and 200 < english < 300
    assert not any("edit" in text.lower() for text in texts)
    row = truth[texts.index("sinusrhythmus, kein linksschenkelblock.")]
    assert row[CODES.index("SR")] == 1 and row[CODES.index("CLBBB")] == 0
    assert torch.isnan(row[CODES.index("STE")])


def test_equal_generators_draw_equal_texts() -> None:
    language = Language(TOLD)
    one, two, other = (language.draw(20, step_generator(seed, 0)) for seed in (1, 1, 2))
    assert one[0] == two[0] != other[0]
    assert torch.equal(one[1].nan_to_num(-1), two[1].nan_to_num(-1))


@given(st.integers(0, 10**6))
def test_what_is_made_up_contradicts_nothing(seed: int) -> None:
    text, positive, negative = Language(TOLD).make(random.Random(seed))  # noqa: S311
    assert text and not positive & negative
    assert findings_of(positive) == positive
    for code in CODES:  # what implies something false is false
        assert code in negative or not findings_of([code]) & negative


def test_denials_are_in_the_text_and_vary() -> None:
    frames, pairs = Counter[str](), 0
    for seed in range(400):
        denied = ["STE", "CLBBB"]
        text = report_text(["AFIB"], random.Random(seed), subset=0, deny=0, denied=denied)  # noqa: S311
        for code in denied:
            said_so = [w for w in FINDINGS[code].wordings if w.lower() in text.lower()]
            words = max(said_so, key=len)
            before, _, after = text.lower().partition(words.lower())
            said = re.search(
                r"(no|without|no evidence of|no signs of|no definite|negative for)( [^.;,]* or)? $",
                before,
            )
            frames[said[1] if said else after.split(",")[0].split(".")[0][:20]] += 1
            assert said or re.match(r"( or [^.;,]*)? (absent|not present)", after), text
        pairs += " or " in text
    assert len(frames) > 6 and pairs > 50


@pytest.mark.parametrize(
    ("stated", "denied", "false", "open_"),
    [
        (["CLBBB"], [], {"CRBBB", "AVB3", "NORM"}, {"STE", "AFIB", "LVH"}),
        ([], ["STE"], {"STE"}, {"NORM", "STD", "SR"}),
        ([], ["AVB"], {"AVB", "AVB1", "AVB2", "AVB3"}, {"CLBBB"}),
        (["NORM"], [], {"MI", "IMI", "CLBBB", "STE"}, {"AFIB"}),
        (["SBRAD"], [], {"AFIB", "STACH"}, {"SR", "NORM"}),
        (["STD"], [], {"NORM"}, {"TINV", "ISC"}),
        (["AVB"], [], {"CLBBB"}, {"AVB1", "AVB2"}),
        (["AVB1"], ["AVB2"], {"AVB2", "AVB3"}, set()),
    ],
)
def test_what_a_text_makes_false(
    stated: list[str], denied: list[str], false: set[str], open_: set[str]
) -> None:
    found = false_by(stated, denied)
    assert false <= found and not open_ & found and not findings_of(stated) & found


def test_a_step_takes_texts_and_a_checkpoint_does_not_know(tmp_path: Path) -> None:
    one = Trainer(tiny_config(accumulate=2), made_mixture(), tokenizer())
    assert one.texts == 2  # three texts in two parts, rounded up
    assert one.language is not None
    before = [p.detach().clone() for p in one.language.parameters()]
    assert one.run_step()["language_loss"] > 0
    assert not all(map(torch.equal, before, one.language.parameters()))
    assert not any("language" in name for name in one.average)
    off = Trainer(tiny_config(language_texts=0), made_mixture(), tokenizer())
    assert off.language is None and "language_loss" not in off.run_step()


def test_the_loss_goes_through_the_text_tower_alone() -> None:
    one = Trainer(tiny_config(precision="fp32"), made_mixture(), tokenizer())
    batch = one.mixture.batch(6, step_generator(0, 0), 5)
    assert len(batch.language) == 5
    plain = one.mixture.batch(6, step_generator(0, 0))
    assert torch.equal(batch.signal, plain.signal) and not plain.language

    def gradients(weight: float) -> dict[str, torch.Tensor]:
        assert one.language is not None
        one.language.weight = weight
        one.model.eval().zero_grad()
        torch.manual_seed(0)
        one.add_gradients(batch)
        named = one.model.named_parameters()
        return {name: p.grad.clone() for name, p in named if p.grad is not None}

    without, with_it = gradients(0.0), gradients(5.0)
    moved = {name.split(".")[0] for name in with_it if not with_it[name].equal(without[name])}
    assert moved == {"text"}


@pytest.mark.slow
def test_a_text_tower_learns_what_no_means() -> None:
    """The loss alone, on made-up reports: denied findings part from affirmed ones."""
    language = Language()
    config = TextConfig(vocabulary=800, width=64, depth=2, heads=4, dropout=0.0)
    torch.manual_seed(0)
    mixture = Mixture({}, {}, language=language)
    tower = TextTower(config, 64, tokenizer_for(mixture, 0, 800))
    questions = FindingQuestions(1.0)
    own = [*tower.parameters(), *questions.parameters()]
    optimiser = torch.optim.AdamW(own, lr=3e-3)
    prompts = [finding.phrases[0] for finding in FINDINGS.values()]

    def apart() -> float:
        """How much nearer a finding's prompt is to its affirmation than to its denial."""
        with torch.no_grad():
            findings = tower(prompts)
            stated = tower([f"there is {words}" for words in prompts])
            denied = tower([f"no {words}" for words in prompts])
        return float(((stated - denied) * findings).sum(-1).mean())

    before = apart()
    generator = torch.Generator().manual_seed(0)
    for _ in range(250):
        texts, truth = language.draw(32, generator)
        optimiser.zero_grad()
        questions(tower(texts), tower(prompts), truth).backward()
        optimiser.step()
    assert apart() > before + 0.3
