"""The classifiers: what they learn from, and what they make of what is hidden."""

import pytest
import torch

from scar_core.methods._classifier import HeadedClassifier, known_cross_entropy
from scar_core.training.trainer import total
from tests.methods.made import batch_of, signal_of, tiny
from tests.reference.losses import sigmoid

NAMES = ("ecgfm", "xresnet")


def classifier(name: str) -> HeadedClassifier:
    model = tiny(name)
    assert isinstance(model, HeadedClassifier)
    for head in model.heads.values():
        torch.nn.init.normal_(head.weight)  # type: ignore[arg-type]
    return model


def test_cross_entropy_counts_what_is_known() -> None:
    import math

    logits = torch.tensor([[0.3, -2.0], [1.5, 0.7]])
    labels = torch.tensor([[1.0, float("nan")], [0.0, 1.0]])
    expected = -(math.log(sigmoid(0.3)) + math.log(1 - sigmoid(1.5)) + math.log(sigmoid(0.7))) / 3
    assert known_cross_entropy(logits, labels).item() == pytest.approx(expected, rel=1e-5)
    assert known_cross_entropy(logits, torch.full((2, 2), torch.nan)).item() == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_unknown_labels_move_nothing(name: str) -> None:
    model, batch = classifier(name), batch_of(4)
    unknown = {task: torch.full_like(rows, torch.nan) for task, rows in batch.labels.items()}
    total(model.minimise(batch._replace(labels=unknown))).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_they_learn_from_full_views(name: str) -> None:
    """What the augmentation hides changes nothing."""
    model, batch = classifier(name), batch_of(4)
    with torch.no_grad():
        one = model.minimise(batch)
        two = model.minimise(batch._replace(visible=torch.zeros_like(batch.visible)))
    assert set(one) == {"super_loss", "rhythm_loss"}
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_time_that_nobody_shows_is_left_out_of_the_mean() -> None:
    """Whatever stands in hidden time, ECG-FM's answer is that of the visible rest."""
    model, signal = classifier("ecgfm"), signal_of(2)
    visible = torch.ones(signal.shape, dtype=torch.bool)
    visible[:, :, 128:] = False  # beyond the reach of the tokens before
    keep = model.trunk.encoder.seen(visible)  # type: ignore[operator, union-attr]
    assert keep.tolist() == [[True] * 8 + [False] * 4] * 2
    with torch.inference_mode():
        tokens = model.trunk.encoder(signal.masked_fill(~visible, 0.0), keep)  # type: ignore[operator]
        expected = model.norm(tokens[:, :8].mean(dim=1))
        found = model.features(signal.masked_fill(~visible, 0.0), visible)
    torch.testing.assert_close(found, expected)


def test_a_lead_hidden_on_its_own_hides_no_time() -> None:
    model, signal = classifier("ecgfm"), signal_of(2)
    visible = torch.ones(signal.shape, dtype=torch.bool)
    visible[:, 3] = False
    assert model.trunk.encoder.seen(visible).all()  # type: ignore[operator, union-attr]


def test_a_head_for_which_nothing_is_known_stays_at_one_half() -> None:
    model, batch = tiny("ecgfm"), batch_of(6)
    assert isinstance(model, HeadedClassifier)
    rows = batch.labels["rhythm"].clone()
    rows[:, 2] = torch.nan
    batch = batch._replace(labels={**batch.labels, "rhythm": rows})
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(5):
        optimiser.zero_grad()
        total(model.minimise(batch)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.inference_mode():
        logits = model.classify(batch.signal, batch.present)["rhythm"]
    assert (logits[:, 2] == 0).all() and (logits[:, :2] != 0).all()
