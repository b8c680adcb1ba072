"""One step of the game: who moves, in which direction, and from which randomness."""

import math
from copy import deepcopy

import pytest
import torch
from torch import Tensor

from scar_core.errors import ConfigError
from scar_core.methods.base import Batch
from scar_core.methods.scar import Scar
from scar_core.nn.losses import info_nce
from scar_core.training.trainer import Trainer, step_generator, take, total
from tests.methods.tiny import MODEL, opinionated, tokenizer
from tests.training.made import made_mixture, tiny_config


def trainer(**changes: object) -> Trainer:
    return Trainer(tiny_config(**changes), made_mixture(), tokenizer())


def scar(one: Trainer) -> Scar:
    assert isinstance(one.model, Scar)
    return one.model


def copy(one: Trainer) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in one.model.named_parameters()}


def changed(one: Trainer, before: dict[str, Tensor]) -> set[str]:
    return {
        name.partition(".")[0]
        for name, value in one.model.named_parameters()
        if not torch.equal(value, before[name])
    }


def batch_of(one: Trainer, size: int = 6) -> Batch:
    return one.mixture.batch(size, step_generator(0, 0))


def test_total_sums_what_is_called_a_loss() -> None:
    losses = {"a_loss": torch.tensor(1.0), "b_loss": torch.tensor(2.0), "share": torch.tensor(9.0)}
    assert total(losses).item() == 3.0


def test_steps_have_generators_of_their_own() -> None:
    drawn = [
        torch.rand(4, generator=step_generator(seed, step)).tolist()
        for seed in range(3)
        for step in range(100)
    ]
    assert len({tuple(row) for row in drawn}) == 300
    again = torch.rand(4, generator=step_generator(2, 99)).tolist()
    assert again == drawn[-1]
    flat = torch.tensor(drawn)
    assert flat.mean().item() == pytest.approx(0.5, abs=0.03)
    neighbours = torch.corrcoef(torch.stack((flat[:-1, 0], flat[1:, 0])))[0, 1].item()
    assert abs(neighbours) < 0.2


def test_the_maskers_step_moves_only_the_masker() -> None:
    one = trainer()
    before = copy(one)
    figures = one._maximise(batch_of(one))
    assert changed(one, before) == {"adversary"}
    assert set(figures) == {"masker_disruption_loss", "masker_budget_loss"}
    assert all(p.requires_grad for p in one.model.parameters())


def test_the_players_step_leaves_the_masker_alone() -> None:
    one = trainer(masker_every=100)
    one.run_step()  # step 0 is the masker's, too
    before = copy(one)
    figures = one.run_step()
    assert changed(one, before) == {
        "encoder", "selector", "text", "log_temperature", "finding_scale", "finding_bias",
    }  # fmt: skip
    assert not any(name.startswith("masker") for name in figures)


def test_the_masker_moves_once_in_so_many_steps() -> None:
    one = trainer(masker_every=3, steps=7)
    moved = [any(n.startswith("masker") for n in one.run_step()) for _ in range(7)]
    assert moved == [True, False, False, True, False, False, True]


def test_random_removal_has_no_masker_to_train() -> None:
    one = trainer(model={**MODEL, "masker": "random"}, masker_every=1)
    before = copy(one)
    one.run_step()
    assert "adversary" not in changed(one, before)


def test_the_masker_learns_to_disrupt_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is its record's complete embedding, and few patches matter: those get removed."""
    encoder = {**MODEL["encoder"], "mixer": "none"}
    changes = {"lambda_finding": 0.0, "lambda_mask": 30.0}
    changes |= {"share_negatives": False, "lead_values": False}
    one = trainer(
        precision="fp32",
        masker_learning_rate=0.01,
        model={**MODEL, **changes, "dropout": 0.0, "encoder": encoder},
    )
    torch.manual_seed(3)
    model = opinionated(scar(one)).eval()
    batch = batch_of(one, 8)
    batch = batch._replace(visible=batch.present)
    scores, values = model.selector.score[-1], model.selector.value
    assert isinstance(scores, torch.nn.Linear)
    with torch.no_grad():
        scores.weight.mul_(50)
        values.weight.mul_(5)
        texts = model.encode(batch.signal, batch.present).embedding
    monkeypatch.setattr(model, "encode_text", lambda told: texts)

    def view() -> tuple[float, float]:
        """Alignment loss and removed share, averaged over the gate's noise."""
        losses, shares = [], []
        with torch.no_grad():
            complete = model.tokens(batch.signal, batch.present)
            for seed in range(10):
                gate = model.gate(*complete, hard=True, generator=step_generator(1, seed))
                partial = model.pool(
                    *model.tokens(batch.signal, batch.visible, gate=gate)
                ).embedding
                losses.append(float(info_nce(partial, texts, model.log_temperature.exp())))
                shares.append(float(gate.mean()))
        return sum(losses) / 10, sum(shares) / 10

    before, start = view()
    torch.manual_seed(0)
    for _ in range(75):
        one._maximise(batch)
    after, share = view()
    assert after > before + 0.2 and share < start
    assert share == pytest.approx(model.config.budget, abs=0.1)


@pytest.mark.slow
def test_training_lowers_the_losses() -> None:
    one = trainer(steps=80, learning_rate=3e-3, warmup=5)
    losses = [one.run_step() for _ in range(80)]
    sums = [step["align_loss"] + step["finding_loss"] for step in losses]
    assert all(math.isfinite(value) for value in sums)
    assert sum(sums[-20:]) < sum(sums[:20]) - 5


def test_equal_seeds_train_equal_weights() -> None:
    def weights(seed: int, disturbance: int) -> list[Tensor]:
        one = trainer(seed=seed)
        for _ in range(3):
            torch.rand(disturbance)  # global state does not matter
            one.run_step()
        return list(one.model.state_dict().values())

    one, two, other = weights(0, 1), weights(0, 2), weights(1, 1)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_state_restores_every_bit() -> None:
    one, two = trainer(), trainer(seed=0)
    for _ in range(3):
        one.run_step()
    two.restore(deepcopy(one.state()))
    figures = [one.run_step(), two.run_step()]
    assert figures[0] == figures[1]
    for left, right in (
        (one.model.state_dict(), two.model.state_dict()),
        (one.average, two.average),
    ):
        assert all(torch.equal(left[name], right[name]) for name in left)


def test_the_average_follows_the_weights() -> None:
    one = trainer(ema=0.5, steps=5)
    name = "selector.value.weight"
    slow = one.model.state_dict()[name].clone()
    for step in range(4):
        one.run_step()
        decay = min(0.5, (1 + step) / (10 + step))
        slow = decay * slow + (1 - decay) * one.model.state_dict()[name]
    torch.testing.assert_close(one.average[name], slow)


def test_temperature_stays_in_its_range() -> None:
    one = trainer(steps=3)
    with torch.no_grad():
        scar(one).log_temperature.fill_(3.0)
    one.run_step()
    assert scar(one).log_temperature.item() <= 0.0
    with torch.no_grad():
        scar(one).log_temperature.fill_(-20.0)
    one.run_step()
    assert scar(one).log_temperature.item() >= math.log(0.01) - 1e-6


def test_take_keeps_rows_together() -> None:
    one = trainer()
    batch = batch_of(one, 6)
    part = take(batch, 3)
    rows = [batch.texts.index(text) for text in part.texts]
    assert len(part.texts) == 3
    for at, row in enumerate([0, 2, 5]):
        assert part.texts[at] == batch.texts[row] and rows[at] <= row
        assert torch.equal(part.signal[at], batch.signal[row])
        assert torch.equal(part.visible[at], batch.visible[row])
    assert torch.equal(part.same, batch.same[[0, 2, 5]][:, [0, 2, 5]])
    assert len(take(batch, 100).texts) == 6


def test_a_model_that_does_not_fit_its_contract_is_refused() -> None:
    model = {**MODEL, "encoder": {**MODEL["encoder"], "patch_samples": 40}}
    with pytest.raises(ConfigError, match="make them equal"):
        trainer(model=model)


def test_a_text_encoder_that_is_not_there_is_said_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="/nowhere/at/all"):
        trainer(model={**MODEL, "text_encoder": "/nowhere/at/all"})
