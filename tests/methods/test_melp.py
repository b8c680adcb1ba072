"""MELP's three losses, from its parts, and its hidden leads."""

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from scar_core.errors import ConfigError
from scar_core.methods.melp import METHOD, Melp, drop_leads
from scar_core.nn.losses import info_nce
from scar_core.nn.report import local_alignment, report_loss, sentences
from tests.methods.made import batch_of, signal_of, tiny


def melp(**changes: Any) -> Melp:
    model = tiny("melp", **changes)
    assert isinstance(model, Melp)
    return model


def test_three_losses_with_their_weights() -> None:
    model, batch = melp(lead_dropout=0.0), batch_of(4)
    model = model.eval()
    with torch.no_grad():
        losses = model.minimise(batch)
        keep = model.encoder.seen(batch.present)
        tokens = model.encoder(batch.signal, keep)
        beats = model.project(model.beats(tokens, keep))
        whole = F.normalize(beats.mean(dim=1), dim=-1)
        texts = model.encode_text(batch.texts)
        pieces = model.text.tokenize(batch.texts)
        logits = model.decoder(pieces, model.queries(tokens, keep), model.text.pieces.weight)
        told = torch.stack([model.encode_text(sentences(text)) for text in batch.texts])
        there = torch.ones(told.shape[:2], dtype=torch.bool)
        record = model.encode(batch.signal, batch.present).embedding
    torch.testing.assert_close(record, whole)
    assert set(losses) == {"align_loss", "caption_loss", "local_loss"}
    torch.testing.assert_close(losses["align_loss"], info_nce(whole, texts, 0.07))
    torch.testing.assert_close(losses["caption_loss"], 2 * report_loss(logits, pieces))
    torch.testing.assert_close(losses["local_loss"], 0.2 * local_alignment(beats, told, there))


def test_half_of_the_leads_are_hidden_and_one_always_stays() -> None:
    present = torch.ones(4000, 12, 10, dtype=torch.bool)
    present[:, 0] = False
    left = drop_leads(present, 0.5, torch.Generator().manual_seed(0))
    assert not (left & ~present).any() and left.flatten(1).any(dim=1).all()
    shares = left.any(dim=2).float().mean(dim=0)
    assert shares[0] == 0
    assert shares[1:].tolist() == pytest.approx([0.5] * 11, abs=0.03)
    lonely = torch.zeros(200, 12, 10, dtype=torch.bool)
    lonely[:, 5] = True
    assert torch.equal(drop_leads(lonely, 0.9, torch.Generator().manual_seed(1)), lonely)


def test_hidden_leads_are_zeros_while_training() -> None:
    batch = batch_of(4)
    losses = []
    for size in (0.0, 5.0):
        model = melp(lead_dropout=0.5)
        hidden = ~drop_leads(batch.present, 0.5, torch.Generator().manual_seed(3))
        signal = batch.signal + size * hidden
        with torch.no_grad():
            losses.append(
                model.minimise(batch._replace(signal=signal), torch.Generator().manual_seed(3))
            )
    assert all(torch.equal(losses[0][name], losses[1][name]) for name in losses[0])


def test_long_reports_are_cut_for_the_local_loss_only() -> None:
    model, batch = melp(max_sentences=2), batch_of(3)
    long = batch._replace(texts=["one. two. three. four", *batch.texts[1:]])
    told, there = model._sentences(long.texts)
    assert told.shape == (3, 2, 16) and there.all()
    told, there = model._sentences(["only this", "first. second"])
    assert there.tolist() == [[True, False], [True, True]]
    assert (told[0, 1] == 0).all()


def test_the_decoder_is_not_needed_to_answer() -> None:
    model, signal = melp(), signal_of(2)
    visible = torch.ones(signal.shape, dtype=torch.bool)
    with torch.inference_mode():
        before = model.encode(signal, visible).embedding
        for parameter in [*model.decoder.parameters(), *model.queries.parameters()]:
            parameter.zero_()
        assert torch.equal(model.encode(signal, visible).embedding, before)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"heads": 5}, "expected multiples of heads"),
        ({"decoder_heads": 7}, "multiple of decoder_heads"),
        ({"lead_dropout": 1.0}, "expected a probability below 1"),
        ({"encoder": {"heads": 3}}, "multiple of heads"),
        ({"encoder": {"front_norm": "none"}}, "expected first or every"),
        ({"encoder": {"stride": 3}}, "leaves no sample unread"),
    ],
)
def test_bad_settings_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        METHOD.configure(changes)
