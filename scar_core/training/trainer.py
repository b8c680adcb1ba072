"""One step of a training, with or without an adversary, and the state that carries it on.

Every step draws its randomness from a generator seeded with (seed, step), so a run that was killed
and resumed passes through the same weights as one that was not.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from scar_core.errors import ConfigError
from scar_core.methods import method
from scar_core.methods._findings import FindingQuestions
from scar_core.methods.base import Batch, Game, Learner, Model
from scar_core.nn.distributed import rank, sum_gradients, world
from scar_core.training.config import TrainConfig, laid_over, learning_rate_at
from scar_core.training.data import Mixture, of_all
from scar_core.training.labels import class_tasks
from scar_core.training.precision import usual_precision


def total(losses: Mapping[str, Tensor]) -> Tensor:
    """Sum the entries whose name ends in ``_loss``."""
    return torch.stack([value for name, value in losses.items() if name.endswith("_loss")]).sum()


def step_generator(seed: int, step: int, process: int = 0) -> torch.Generator:
    """The generator of one step of one process; it depends on nothing but its arguments."""
    number = (seed * 1_000_003 + step) * 2_654_435_761 + process * 11_400_714_819_323_198_485
    return torch.Generator().manual_seed(number % 2**63)


def take(batch: Batch, count: int) -> Batch:
    """Every k-th record of a batch, so that each source keeps its share; at most ``count``."""
    size = len(batch.texts)
    index = torch.linspace(0, size - 1, min(count, size)).round().long()
    return Batch(
        signal=batch.signal[index],
        visible=batch.visible[index],
        present=batch.present[index],
        texts=[batch.texts[i] for i in index.tolist()],
        truth=batch.truth[index],
        same=batch.same[index][:, index],
        finding_texts=batch.finding_texts,
        labels={task: rows[index] for task, rows in batch.labels.items()},
        told=None if batch.told is None else batch.told[index],
        amplitude=None if batch.amplitude is None else batch.amplitude[index],
    )


def to_device(batch: Batch, device: str) -> Batch:
    """Move a batch's tensors."""
    return batch._replace(
        signal=batch.signal.to(device),
        visible=batch.visible.to(device),
        present=batch.present.to(device),
        truth=batch.truth.to(device),
        same=batch.same.to(device),
        labels={task: rows.to(device) for task, rows in batch.labels.items()},
        told=None if batch.told is None else batch.told.to(device),
        amplitude=None if batch.amplitude is None else batch.amplitude.to(device),
        language_truth=None if batch.language_truth is None else batch.language_truth.to(device),
    )


def language_loss(model: Model, batch: Batch, questions: FindingQuestions) -> Tensor:
    """Ask of the batch's texts without a record what is true by them.

    Args:
        model: Any that embeds texts.
        batch: Its ``language`` and ``language_truth``, and the one-finding texts.
        questions: Scale and bias of the answers; what a text says and what a record shows are
            not equally certain, so they are not those of the records.
    """
    texts, findings = model.encode_text(batch.language), model.encode_text(batch.finding_texts)
    loss: Tensor = questions(texts, findings, batch.language_truth)
    return loss


def settings_of(config: TrainConfig) -> Any:  # noqa: ANN401 - each method has its own dataclass
    """Configure the method that a training names, to fit its contract and, if any, its labels.

    Raises:
        ConfigError: An unknown method or setting, or a value that the method refuses.
    """
    spec = method(config.method)
    if config.contract.amplitude and not spec.reads_amplitude:
        raise ConfigError(
            f"contract.amplitude is true, but method {config.method} does not read it; leave it out"
        )
    usual = dict(spec.settings_for(config.contract))
    if spec.kind == "classifier" and "tasks" not in config.model:
        usual["tasks"] = {task: list(labels) for task, labels in class_tasks().items()}
    return spec.configure(laid_over(usual, config.model))


def build(config: TrainConfig, tokenizer: str) -> nn.Module:
    """Build the untrained model of a training; equal seeds give equal weights.

    Raises:
        ConfigError: Settings that do not go together, or a text encoder that cannot be used.
    """
    settings = settings_of(config)
    torch.manual_seed(config.seed)  # initial weights have no other source of randomness
    try:
        return method(config.method).build(settings, config.contract, tokenizer)
    except (ValueError, ImportError, OSError) as error:
        raise ConfigError(str(error)) from error


def optimiser_of(parameters: list[nn.Parameter], config: TrainConfig) -> torch.optim.AdamW:
    """AdamW that lets only matrices decay."""
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim > 1]},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups, lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )


class Trainer:
    """The state of one training.

    Args:
        config: Settings.
        mixture: Where batches come from.
        tokenizer: JSON of the text tower's tokenizer; empty for a model without one.
    """

    def __init__(self, config: TrainConfig, mixture: Mixture, tokenizer: str) -> None:
        self.settings = settings_of(config)
        if config.precision == "auto":
            config = replace(config, precision=usual_precision(config.device))
        self.config, self.mixture, self.tokenizer = config, mixture, tokenizer
        self.model = build(config, tokenizer).to(config.device)
        if config.compiled:  # in place: names of weights stay
            getattr(self.model, "encoder", self.model).compile(dynamic=False)
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        masker: list[nn.Parameter] = []
        if isinstance(self.model, Game):
            masker = list(self.model.adversary.parameters())
        apart = {id(parameter) for parameter in masker}
        self.players = [p for p in self.model.parameters() if id(p) not in apart]
        # Of the training alone: no checkpoint holds it, so it changes no method.
        self.language: FindingQuestions | None = None
        if mixture.language is not None and config.language_texts:
            self.language = FindingQuestions(config.lambda_language).to(config.device)
            self.players += self.language.parameters()
        self.minimiser = optimiser_of(self.players, config)
        self.maximiser: torch.optim.AdamW | None = None
        if masker:
            self.maximiser = torch.optim.AdamW(
                masker, lr=config.masker_learning_rate, weight_decay=0.0
            )
        self.share, rest = divmod(config.batch, config.accumulate * world())
        if rest or not self.share:
            raise ConfigError(
                f"a batch of {config.batch} records does not divide into {config.accumulate} parts "
                f"on each of {world()} processes; choose a multiple"
            )
        self.texts = -(-config.language_texts // (config.accumulate * world()))  # a part's, rounded
        self.step = 0
        self.began_with = ""  # digest of the checkpoint that the weights come from

    def run_step(self) -> dict[str, float]:
        """Do one step, the adversary's first if it is its turn, and return its figures."""
        config, model = self.config, self.model
        generator = step_generator(config.seed, self.step, rank())
        torch.manual_seed(int(torch.randint(2**62, (1,), generator=generator)))  # dropout's only
        model.train()
        self.minimiser.zero_grad(set_to_none=True)
        figures: dict[str, float] = {}
        for part in range(config.accumulate):
            batch = to_device(self.mixture.batch(self.share, generator, self.texts), config.device)
            if not part and isinstance(model, Game) and self._its_turn(model):
                figures |= self._maximise(take(batch, round(self.share * config.masker_share)))
            for name, value in self.add_gradients(batch).items():
                figures[name] = figures.get(name, 0.0) + value / config.accumulate
        sum_gradients(self.players)
        figures["learning_rate"] = learning_rate_at(self.step, config)
        for group in self.minimiser.param_groups:
            group["lr"] = figures["learning_rate"]
        figures["gradient_norm"] = float(nn.utils.clip_grad_norm_(self.players, config.clip))
        self.minimiser.step()
        self._settle()
        self.step += 1
        return figures

    def add_gradients(self, batch: Batch) -> dict[str, float]:
        """Add this process's gradients of one part of a step; return its figures.

        The sum over processes, and over the parts of a step, is the gradient of the step.

        Args:
            batch: This process's records, on its device.
        """
        config, model = self.config, self.model
        if not isinstance(model, Learner):
            raise ConfigError(f"method {config.method} has nothing to learn; set steps=0")
        with self._precision():
            losses = model.minimise(of_all(batch))
            if self.language is not None and batch.language:
                losses["language_loss"] = language_loss(cast(Model, model), batch, self.language)
        (total(losses) / (config.accumulate * world())).backward()  # type: ignore[no-untyped-call]
        return {name: float(value.detach()) for name, value in losses.items()}

    def _its_turn(self, model: Game) -> bool:
        return model.playing and self.step % self.config.masker_every == 0

    @torch.no_grad()
    def _settle(self) -> None:
        """Keep temperatures in their range, and let the averaged weights follow."""
        for name, parameter in self.model.named_parameters():
            if name.endswith("log_temperature"):
                parameter.clamp_(min=math.log(0.01), max=0.0)
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)
            else:  # a counter
                self.average[name].copy_(value)

    def _maximise(self, batch: Batch) -> dict[str, float]:
        model = self.model
        if not isinstance(model, Game) or self.maximiser is None:
            return {}
        with torch.no_grad(), self._precision():
            embedded = model.encode_text([*batch.texts, *batch.finding_texts])
        texts, findings = embedded[: len(batch.texts)], embedded[len(batch.texts) :]
        self.maximiser.zero_grad(set_to_none=True)
        for parameter in self.players:
            parameter.requires_grad_(False)
        with self._precision():
            losses = model.maximise(of_all(batch), texts, findings)
        (total(losses) / world()).backward()  # type: ignore[no-untyped-call]
        for parameter in self.players:
            parameter.requires_grad_(True)
        sum_gradients(list(model.adversary.parameters()))
        nn.utils.clip_grad_norm_(model.adversary.parameters(), self.config.clip)
        self.maximiser.step()
        return {f"masker_{name}": float(value.detach()) for name, value in losses.items()}

    def _precision(self) -> torch.autocast:
        kind = torch.device(self.config.device).type
        return torch.autocast(kind, torch.bfloat16, enabled=self.config.precision == "bf16")

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs."""
        return {
            "step": self.step,
            "began_with": self.began_with,
            "model": self.model.state_dict(),
            "average": self.average,
            "minimiser": self.minimiser.state_dict(),
            "maximiser": self.maximiser.state_dict() if self.maximiser else {},
            "language": self.language.state_dict() if self.language else {},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from ``state``."""
        self.step = state["step"]
        self.began_with = state["began_with"]
        self.model.load_state_dict(state["model"])
        self.average = dict(state["average"])
        self.minimiser.load_state_dict(state["minimiser"])
        if self.maximiser:
            self.maximiser.load_state_dict(state["maximiser"])
        if self.language:
            self.language.load_state_dict(state["language"])
