"""What every method of the catalogue keeps to: shapes, inputs, losses, checkpoints."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from scar_core.errors import CheckpointError
from scar_core.leads import LEADS
from scar_core.methods import method, method_names
from scar_core.methods.base import Learner
from scar_core.methods.checkpoint import load_checkpoint, save_checkpoint
from scar_core.training.trainer import total
from tests.methods.made import SETTINGS, TASKS, batch_of, contract_of, signal_of, tiny
from tests.methods.tiny import tokenizer

NAMES = method_names()
ZERO_SHOT = [name for name in NAMES if method(name).kind == "zero-shot"]
CLASSIFIERS = [name for name in NAMES if method(name).kind == "classifier"]


def seen(signal: Tensor) -> Tensor:
    return torch.ones(signal.shape, dtype=torch.bool)


def test_every_method_is_tested_here() -> None:
    assert set(SETTINGS) == set(NAMES)
    assert len(ZERO_SHOT) >= 4 and len(CLASSIFIERS) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_names_twelve_leads_once(name: str) -> None:
    spec = method(name)
    assert sorted(spec.contract.leads) == sorted(LEADS)
    assert spec.title and spec.source
    spec.configure(spec.settings_for(spec.contract))


@pytest.mark.parametrize("name", NAMES)
def test_embeddings_are_unit_vectors_one_a_record(name: str) -> None:
    model, signal = tiny(name), signal_of(3)
    with torch.inference_mode():
        encoding = model.encode(signal, seen(signal))  # type: ignore[operator]
        alone = model.encode(signal[1:2], seen(signal[1:2]))  # type: ignore[operator]
    assert encoding.embedding.shape[0] == 3
    torch.testing.assert_close(encoding.embedding.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(encoding.embedding[1:2], alone.embedding, rtol=1e-4, atol=1e-5)
    if encoding.importance is not None:
        torch.testing.assert_close(encoding.importance.sum((1, 2)), torch.ones(3))


@pytest.mark.parametrize("name", NAMES)
def test_a_record_of_which_nothing_is_visible_gives_finite_numbers(name: str) -> None:
    model, signal = tiny(name), torch.zeros(2, 12, 200)
    with torch.inference_mode():
        encoding = model.encode(signal, ~seen(signal))  # type: ignore[operator]
    assert torch.isfinite(encoding.embedding).all()


@pytest.mark.parametrize("name", ZERO_SHOT)
def test_texts_lie_in_the_same_space(name: str) -> None:
    model, signal = tiny(name), signal_of(2)
    with torch.inference_mode():
        texts = model.encode_text(["atrial fibrillation", "", "paced rhythm"])  # type: ignore[operator]
        width = model.encode(signal, seen(signal)).embedding.shape[1]  # type: ignore[operator]
    assert texts.shape == (3, width)
    torch.testing.assert_close(texts.norm(dim=1), torch.ones(3))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_logits_of_every_task(name: str) -> None:
    model, signal = tiny(name), signal_of(3)
    with torch.inference_mode():
        logits = model.classify(signal, seen(signal))  # type: ignore[operator]
    assert {task: tuple(rows.shape) for task, rows in logits.items()} == {
        task: (3, len(labels)) for task, labels in TASKS.items()
    }
    assert all((rows == 0).all() for rows in logits.values()), "an untrained head knows nothing"


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_is_reached_by_some_loss(name: str) -> None:
    model = tiny(name).train()
    assert isinstance(model, Learner)
    if name in CLASSIFIERS:  # heads of zero let nothing through to the trunk
        for head in model.heads.values():  # type: ignore[operator]
            torch.nn.init.normal_(head.weight)
    losses = model.minimise(batch_of(6))
    assert all(math.isfinite(value.detach()) for value in losses.values())
    total(losses).backward()  # type: ignore[no-untyped-call]
    unreached = {
        part.partition(".")[0] for part, value in model.named_parameters() if value.grad is None
    }
    assert unreached == ({"adversary"} if name in ("scar", "random") else set())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "random"])
def test_a_few_steps_lower_the_loss(name: str) -> None:
    model, batch = tiny(name).train(), batch_of(6)
    assert isinstance(model, Learner)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    sums = []
    for step in range(25):
        torch.manual_seed(step % 3)
        losses = total(model.minimise(batch))
        optimiser.zero_grad()
        losses.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        sums.append(losses.item())
    assert sum(sums[-5:]) < 0.95 * sum(sums[:5])


@pytest.mark.parametrize("name", NAMES)
def test_checkpoints_come_back(name: str, tmp_path: Path) -> None:
    spec, model, signal = method(name), tiny(name), signal_of(2)
    save_checkpoint(
        tmp_path,
        name=name,
        settings=spec.configure(SETTINGS[name]),
        contract=contract_of(name),
        tokenizer="" if name in CLASSIFIERS else tokenizer(),
        weights=model.state_dict(),
        origin={},
    )
    assert (tmp_path / "tokenizer.json").exists() == (name in ZERO_SHOT)
    loaded = load_checkpoint(tmp_path)
    assert loaded.method == name and loaded.kind == spec.kind
    assert loaded.contract == contract_of(name)
    with torch.inference_mode():
        old = model.encode(signal, seen(signal)).embedding  # type: ignore[operator]
        assert torch.equal(loaded.model.encode(signal, seen(signal)).embedding, old)
    if name in CLASSIFIERS:
        assert {task: list(labels) for task, labels in loaded.classifier.tasks.items()} == TASKS
    else:
        with pytest.raises(CheckpointError, match="answers prompts"):
            _ = loaded.classifier
