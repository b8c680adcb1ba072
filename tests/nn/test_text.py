"""The text tower: cleaning, pieces, and embeddings that are the same every time."""

import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.nn.text import (
    PAD,
    UNKNOWN,
    PretrainedTextTower,
    TextConfig,
    TextTower,
    clean,
    load_tokenizer,
    train_tokenizer,
)

CORPUS = [
    "sinus rhythm with right bundle branch block",
    "atrial fibrillation, rapid ventricular response",
    "ST elevation in II, III and aVF; QTc 480 ms (prolonged)",
    "p-sinustachykardie 4.46 unbestätigter bericht",
] * 5


@pytest.fixture(scope="module")
def tower() -> TextTower:
    torch.manual_seed(0)
    config = TextConfig(vocabulary=200, width=16, depth=1, heads=2)
    return TextTower(config, 8, train_tokenizer(CORPUS, 200)).eval()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sinus RHYTHM", "sinus rhythm"),
        ("  ST\t elevation\n", "st elevation"),
        ("rate: 72; QTc = 440 ms!", "rate 72 qtc 440 ms"),
        ("rsr' in V1 - (incomplete) RBBB/LAFB, >0.5 mV, 12.5 %", None),
        ("a_b _ c", "a b c"),
        ("ischämie • Lage: °", "ischämie lage"),
        ("***", ""),
    ],
)
def test_clean(raw: str, expected: str | None) -> None:
    assert clean(raw) == (raw.lower() if expected is None else expected)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "  " not in once and "_" not in once and once == once.strip()


def test_tokenizer_round_trip(tower: TextTower) -> None:
    """JSON to tokenizer to JSON; known words come back, whole."""
    again = load_tokenizer(tower.tokenizer_json, 128)
    for text in CORPUS:
        ids = again.encode(clean(text)).ids
        assert UNKNOWN not in ids
        pieces = "".join(again.id_to_token(i).removeprefix("##") for i in ids)
        assert pieces == clean(text).replace(" ", "")
    assert load_tokenizer(again.to_str(), 128).encode("sinus rhythm").ids == (
        again.encode("sinus rhythm").ids
    )


def test_equal_corpora_give_equal_tokenizers() -> None:
    """Many ties, which a hash table would break another way each time."""
    corpus = ["".join(pair) * 2 for pair in zip("abcdefghij", "klmnopqrst", strict=True)]
    assert len({train_tokenizer(corpus, 60) for _ in range(5)}) == 1


def test_unknown_letters_are_one_piece(tower: TextTower) -> None:
    assert tower.tokenize(["ω"]).tolist() == [[UNKNOWN]]


def test_long_texts_are_cut_at_128_pieces(tower: TextTower) -> None:
    words = ["sinus"] * 128
    assert tower.tokenize([" ".join(words * 3)]).shape == (1, 128)
    with torch.inference_mode():
        torch.testing.assert_close(
            tower([" ".join([*words, "atrial fibrillation"])]), tower([" ".join(words)])
        )


def test_empty_texts_have_an_embedding(tower: TextTower) -> None:
    with torch.inference_mode():
        for texts in ([""], ["", "***"], ["", "sinus rhythm"]):
            embedding = tower(texts)
            assert embedding.shape == (len(texts), 8)
            torch.testing.assert_close(embedding.norm(dim=-1), torch.ones(len(texts)))


def test_embeddings_are_normalised_and_deterministic(tower: TextTower) -> None:
    with torch.inference_mode():
        one, two = tower(CORPUS[:4]), tower(CORPUS[:4])
    assert torch.equal(one, two)
    torch.testing.assert_close(one.norm(dim=-1), torch.ones(4))
    assert not torch.allclose(one[0], one[1])


def test_padding_does_not_change_a_text(tower: TextTower) -> None:
    with torch.inference_mode():
        alone = tower(["sinus rhythm"])
        beside = tower(["sinus rhythm", CORPUS[2]])
    assert (tower.tokenize(["sinus rhythm", CORPUS[2]])[0] == PAD).any()
    torch.testing.assert_close(beside[:1], alone, rtol=1e-4, atol=1e-5)


def test_case_and_noise_do_not_change_a_text(tower: TextTower) -> None:
    with torch.inference_mode():
        assert torch.equal(tower(["Sinus  RHYTHM!"]), tower(["sinus rhythm"]))


def test_dropout_is_for_training_only() -> None:
    torch.manual_seed(0)
    config = TextConfig(vocabulary=200, width=16, depth=1, heads=2, dropout=0.5)
    tower = TextTower(config, 8, train_tokenizer(CORPUS, 200))
    assert not torch.equal(tower.train()(["sinus"]), tower(["sinus"]))
    assert torch.equal(tower.eval()(["sinus"]), tower(["sinus"]))


def test_missing_transformers_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match="needs the package transformers, which is not installed"):
        PretrainedTextTower("/some/folder", 8)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="multiple of heads"):
        TextConfig(width=30, heads=4)
