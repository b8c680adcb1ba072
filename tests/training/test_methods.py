"""Every method trains by the same loop: in parts, to the same end after a stop, or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from scar_core.errors import ConfigError
from scar_core.methods import method, method_names
from scar_core.methods.checkpoint import load_checkpoint
from scar_core.methods.contract import InputContract
from scar_core.settings import to_mapping
from scar_core.training import run
from scar_core.training.config import TrainConfig, config_from
from scar_core.training.data import Mixture
from scar_core.training.language import Language
from scar_core.training.run import METRICS, STATE, train
from scar_core.training.sources import SimulatedSource, Source, StoredSource
from scar_core.training.trainer import Trainer, settings_of, step_generator, to_device
from tests.methods.made import SETTINGS, TASKS, contract_of
from tests.methods.tiny import tokenizer
from tests.training.made import TOLD, made_examples
from tests.training.test_run import go, metrics, same_run

TUPLES = {task: tuple(labels) for task, labels in TASKS.items()}


def config(name: str, **changes: Any) -> TrainConfig:
    return config_from(
        {
            "method": name,
            "data": "made",
            "steps": 0 if name == "random" else 5,
            "batch": 6,
            "warmup": 1,
            "save_every": 2,
            "simulated_records": 8,
            "contract": to_mapping(contract_of(name)),
            "model": SETTINGS[name],
            **changes,
        }
    )


def mixture(name: str) -> Mixture:
    contract = contract_of(name)
    tasks = TUPLES if method(name).kind == "classifier" else {}
    sources: dict[str, Source] = {
        "made": StoredSource(made_examples(), contract, tasks),
        "simulated": SimulatedSource(contract, 6, tasks=tasks),
    }
    language = None if method(name).kind == "classifier" else Language(TOLD)
    return Mixture(sources, {"made": 2.0, "simulated": 1.0}, language=language)


def trainer(name: str, **changes: Any) -> Trainer:
    text = "" if method(name).kind == "classifier" else tokenizer()
    return Trainer(config(name, **changes), mixture(name), text)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(config: TrainConfig, root: Path | None) -> Mixture:
        return mixture(config.method)

    def learned(mixture: Mixture, seed: int, vocabulary: int) -> str:
        return tokenizer()

    monkeypatch.setattr(run, "open_mixture", opened)
    monkeypatch.setattr(run, "tokenizer_for", learned)


@pytest.mark.parametrize("name", [n for n in method_names() if n not in ("scar", "random")])
def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    made: None, tmp_path: Path, name: str
) -> None:
    """With their batch normalisation, counters, random leads and missing tokenizers."""
    settings = config(name)
    go(settings, tmp_path / "whole")
    go(settings, tmp_path / "parts", 3)
    go(settings, tmp_path / "parts")
    same_run(tmp_path / "whole", tmp_path / "parts")
    loaded = load_checkpoint(tmp_path / "whole")
    assert loaded.method == name and loaded.origin["steps"] == 5
    assert all(torch.isfinite(value).all() for value in loaded.weights().values())


def test_random_weights_are_written_untrained(made: None, tmp_path: Path) -> None:
    settings = config("random", seed=3)
    assert list(train(settings, tmp_path)) == []
    loaded = load_checkpoint(tmp_path)
    assert loaded.origin["steps"] == 0 and metrics(tmp_path) == []
    fresh = trainer("random", seed=3).model.state_dict()
    assert all(torch.equal(fresh[name], value) for name, value in loaded.weights().items())
    before = (tmp_path / STATE).read_bytes()
    assert list(train(settings, tmp_path)) == []  # it is there already
    assert (tmp_path / STATE).read_bytes() == before


def test_a_method_brings_its_own_usual_settings() -> None:
    ecgfm = config_from({"method": "ecgfm"})
    assert ecgfm.simulated_records == 0 and "simulated" not in ecgfm.data
    assert config_from({"method": "ecgfm", "data": "ludb"}).data == "ludb"
    merl = config_from({"method": "merl", "contract": {"rate_hz": 250.0}}).contract
    assert merl.normalisation == "joint-min-max" and merl.rate_hz == 250.0
    assert merl.leads[4:6] == ("aVF", "aVL")
    assert settings_of(config_from({"method": "xresnet"})).tasks["super"][0] == "NORM"


def gradients(one: Trainer) -> list[Tensor]:
    return [p.grad.clone() for p in one.players if p.grad is not None]


def test_the_parts_of_a_step_add_up() -> None:
    """Losses that are means over records: two halves are the whole."""
    whole, parts = (
        trainer("xresnet", accumulate=n, precision="fp32", model={**SETTINGS["xresnet"]})
        for n in (1, 2)
    )
    batch = to_device(mixture("xresnet").batch(6, step_generator(0, 0)), "cpu")
    full = {task: (torch.rand(rows.shape) < 0.5).float() for task, rows in batch.labels.items()}
    batch = batch._replace(labels=full)
    for one in (whole, parts):
        one.model.eval()  # neither dropout nor statistics of the batch
        for head in one.model.heads.values():  # type: ignore[operator]
            torch.nn.init.constant_(head.weight, 0.1)
    whole.add_gradients(batch)
    for rows in ([0, 1, 2], [3, 4, 5]):
        part = batch._replace(
            signal=batch.signal[rows],
            present=batch.present[rows],
            labels={task: values[rows] for task, values in batch.labels.items()},
        )
        parts.add_gradients(part)
    for left, right in zip(gradients(whole), gradients(parts), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-6)


def test_a_step_in_parts_uses_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    one = trainer("merl", accumulate=3)
    sizes: list[int] = []
    draw = Mixture.batch

    def counted(self: Mixture, size: int, generator: torch.Generator, texts: int) -> Any:
        sizes.append(size)
        return draw(self, size, generator, texts)

    monkeypatch.setattr(Mixture, "batch", counted)
    figures = one.run_step()
    assert sizes == [2, 2, 2] and set(figures) == {
        "align_loss", "uni_loss", "language_loss", "gradient_norm", "learning_rate"
    }  # fmt: skip


def test_amplitude_is_refused_where_nobody_reads_it() -> None:
    with pytest.raises(ConfigError, match="method merl does not read it"):
        settings_of(TrainConfig(method="merl", contract=InputContract(amplitude=True)))


@pytest.mark.parametrize("accumulate", [0, 4])
def test_a_batch_that_does_not_divide_is_refused(accumulate: int) -> None:
    with pytest.raises(ConfigError, match="divides into so many parts"):
        config("merl", accumulate=accumulate)


def test_labels_reach_the_batch_and_unknown_ones_stay_unknown() -> None:
    batch = mixture("ecgfm").batch(9, step_generator(0, 0))
    assert {task: rows.shape[1] for task, rows in batch.labels.items()} == {"super": 2, "rhythm": 3}
    assert all(rows.isnan().all() for rows in batch.labels.values())  # made examples have none
    assert mixture("merl").batch(9, step_generator(0, 0)).labels == {}


def test_simulated_rows_are_in_the_contracts_order() -> None:
    usual, mimic = (
        SimulatedSource(contract_of(name), 4, 1).draw(4, step_generator(0, 0)).signal
        for name in ("scar", "merl")
    )
    assert usual.shape == mimic.shape
    peaks = usual.abs().amax(dim=2), mimic.amax(dim=2)
    assert peaks[0].shape == peaks[1].shape == (4, 12)
    order = [contract_of("scar").leads.index(lead) for lead in contract_of("merl").leads]
    for row in range(4):
        for lead, source in enumerate(order):
            one = torch.corrcoef(torch.stack((mimic[row, lead], usual[row, source])))[0, 1]
            assert one > 0.999


def test_a_missing_tensorboard_is_said_in_a_sentence(
    made: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match="the package tensorboard is not installed"):
        go(config("merl", tensorboard=True), tmp_path)
    go(config("merl", tensorboard=False), tmp_path)  # the same run
    assert json.loads((tmp_path / METRICS).read_text().splitlines()[-1])["step"] == 5


def test_a_classifier_begins_with_an_encoder_of_other_tasks(made: None, tmp_path: Path) -> None:
    go(config("ecgfm", steps=2), tmp_path / "first")
    first = load_checkpoint(tmp_path / "first").weights()
    other = {**SETTINGS["ecgfm"], "tasks": {"super": ["NORM", "MI"]}}
    begun = config("ecgfm", steps=1, model=other, init=str(tmp_path / "first"), learning_rate=1e-12)
    go(begun, tmp_path / "second")
    second = load_checkpoint(tmp_path / "second").weights()
    assert not any(name.startswith("heads.rhythm") for name in second)
    assert all(
        torch.allclose(first[name], value, atol=1e-6)
        for name, value in second.items()
        if not name.startswith("heads")
    )
    elsewhere = config("ecgfm", steps=1, init=str(tmp_path / "first"), contract={"seconds": 8.0})
    with pytest.raises(ConfigError, match="another contract"):
        go(elsewhere, tmp_path / "third")


def test_many_records_are_read_when_they_are_drawn() -> None:
    """The same draws as from memory."""
    contract = contract_of("merl")
    kept, read = (StoredSource(made_examples(), contract, resident=n) for n in (8, 7))
    assert kept.kept is not None and read.kept is None
    one, two = (source.draw(5, step_generator(0, 0)) for source in (kept, read))
    assert torch.equal(one.signal, two.signal) and torch.equal(one.present, two.present)
    assert one.texts == two.texts and torch.equal(one.truth.isnan(), two.truth.isnan())
