"""Sentences, the decoder's blindness to what comes, and the local loss against loops."""

import math

import pytest
import torch
from torch.nn import functional as F

from scar_core.nn.report import ReportDecoder, local_alignment, report_loss, sentences


def test_sentences_end_at_stops_and_not_inside_numbers() -> None:
    assert sentences("Sinus rhythm. QTc 0.45 s; no change.") == [
        "Sinus rhythm", "QTc 0.45 s", "no change",
    ]  # fmt: skip
    assert sentences("one\ntwo") == ["one", "two"]
    assert sentences("") == [""] and sentences(" . ") == [" . "]


def decoder(seed: int = 0) -> ReportDecoder:
    torch.manual_seed(seed)
    return ReportDecoder(8, 2, 2, 10, 0.0, 2).eval()


def test_a_piece_is_predicted_from_those_before_it() -> None:
    model, vocabulary = decoder(), torch.randn(20, 8)
    pieces, tokens = torch.randint(1, 20, (2, 7)), torch.randn(2, 3, 8)
    with torch.no_grad():
        before = model(pieces, tokens, vocabulary)
        other = pieces.clone()
        other[:, 4] = (other[:, 4] + 1) % 20
        after = model(other, tokens, vocabulary)
        elsewhere = model(pieces, tokens + 1, vocabulary)
    assert before.shape == (2, 7, 20)
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5:], after[:, 5:])
    assert not torch.allclose(before, elsewhere)


def test_padding_is_not_to_be_predicted() -> None:
    logits, pieces = torch.randn(2, 4, 9), torch.tensor([[3, 4, 0, 0], [1, 2, 5, 0]])
    log = logits.log_softmax(dim=2)
    expected = -sum(log[b, s, pieces[b, s]] for b in range(2) for s in range(4) if pieces[b, s])
    torch.testing.assert_close(report_loss(logits, pieces), torch.as_tensor(expected / 5))
    assert report_loss(logits, torch.zeros(2, 4, dtype=torch.long)) == 0


def slow_local(beats: torch.Tensor, told: list[torch.Tensor]) -> float:
    """GLoRIA's local loss, a pair at a time."""
    n = len(told)
    logits = torch.zeros(n, n)
    for i in range(n):
        for j in range(n):
            dots = beats[i] @ told[j].T  # (Q, S)
            attention = (4.0 * dots.softmax(dim=1)).softmax(dim=0)
            met = attention.T @ beats[i]  # (S, E)
            cosines = [
                F.cosine_similarity(m, s, dim=0).item() for m, s in zip(met, told[j], strict=True)
            ]
            logits[i, j] = 10.0 * math.log(sum(math.exp(5.0 * c) for c in cosines))
    rows = sum(-logits[i].log_softmax(0)[i].item() for i in range(n))
    columns = sum(-logits[:, i].log_softmax(0)[i].item() for i in range(n))
    return (rows + columns) / (2 * n)


@pytest.mark.parametrize("seed", range(4))
def test_local_alignment_a_pair_at_a_time(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    beats = torch.randn(4, 3, 6, generator=generator)
    counts = [1, 3, 2, 1]
    told = [F.normalize(torch.randn(c, 6, generator=generator), dim=-1) for c in counts]
    padded = torch.full((4, 3, 6), 7.0)  # nonsense where no sentence is
    there = torch.zeros(4, 3, dtype=torch.bool)
    for row, rows in enumerate(told):
        padded[row, : len(rows)] = rows
        there[row, : len(rows)] = True
    found = local_alignment(beats.requires_grad_(True), padded, there)
    assert found.item() == pytest.approx(slow_local(beats.detach(), told), rel=1e-4)
    found.backward()  # type: ignore[no-untyped-call]
    assert beats.grad is not None and torch.isfinite(beats.grad).all()
