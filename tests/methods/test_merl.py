"""MERL's two losses, from its parts."""

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from scar_core.errors import ConfigError
from scar_core.methods.merl import METHOD, Merl
from scar_core.nn.losses import finding_alignment, info_nce
from tests.methods.made import batch_of, tiny


def merl(**changes: Any) -> Merl:
    model = tiny("merl", **changes)
    assert isinstance(model, Merl)
    return model


def test_both_alignments_at_the_published_temperature() -> None:
    model, batch = merl(), batch_of(5)
    with torch.no_grad():
        losses = model.minimise(batch)
        record = model.encode(batch.signal, batch.present).embedding
        texts = model.encode_text(batch.texts)
        mean = model.down(model.encoder(batch.signal)).mean(dim=2)
        one, two = (F.normalize(view(mean), dim=-1) for view in model.views)
    assert set(losses) == {"align_loss", "uni_loss"}
    torch.testing.assert_close(losses["align_loss"], info_nce(record, texts, 0.07))
    torch.testing.assert_close(losses["uni_loss"], info_nce(one, two, 0.07))


def test_the_two_views_differ_by_dropout_too() -> None:
    model, batch = merl(dropout=0.5), batch_of(5)
    model.views[1].load_state_dict(model.views[0].state_dict())
    with torch.no_grad():
        calm = model.minimise(batch)["uni_loss"]
        model.encoder.eval()
        model.training = True
        drawn = {model.minimise(batch)["uni_loss"].item() for _ in range(3)}
    assert len(drawn) == 3 and calm.item() not in drawn


def test_complete_records_are_learned_from() -> None:
    model, batch = merl(), batch_of(5)
    with torch.no_grad():
        one = model.minimise(batch)
        two = model.minimise(batch._replace(visible=torch.zeros_like(batch.visible)))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_additions_of_ours_are_left_out_unless_asked_for() -> None:
    batch = batch_of(5)
    everybody = batch._replace(same=torch.ones(5, 5, dtype=torch.bool))
    plain, ours = merl(), merl(lambda_finding=3.0, share_negatives=True)
    with torch.no_grad():
        assert torch.equal(
            plain.minimise(batch)["align_loss"], plain.minimise(everybody)["align_loss"]
        )
        losses = ours.minimise(everybody)
        record = ours.encode(batch.signal, batch.present).embedding
        findings = ours.encode_text(batch.finding_texts)
    assert losses["align_loss"] == 0
    assert ours.questions is not None
    expected = 3 * finding_alignment(
        record @ findings.T, batch.truth, ours.questions.log_scale.exp(), ours.questions.bias
    )
    torch.testing.assert_close(losses["finding_loss"], expected)


def test_zeros_are_read_as_voltage() -> None:
    """As published: the model is not told what is hidden."""
    model, batch = merl(), batch_of(3)
    signal = batch.signal.clone()
    signal[:, 3] = 0.0
    with torch.inference_mode():
        told = model.encode(signal, signal > 0).embedding
        untold = model.encode(signal, batch.present).embedding
        full = model.encode(batch.signal, batch.present).embedding
    assert torch.equal(told, untold) and not torch.equal(told, full)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"width": 10, "heads": 4}, "multiple of heads"),
        ({"temperature": 0.0}, "expected a positive number"),
        ({"network": {"stages": []}}, "expected at least one of each"),
    ],
)
def test_bad_settings_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        METHOD.configure(changes)
