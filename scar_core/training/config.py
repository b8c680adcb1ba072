"""Everything that decides a training, and the learning rate that follows from it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scar_core.methods import method
from scar_core.methods.contract import InputContract
from scar_core.settings import from_mapping, to_mapping
from scar_core.training.precision import PRECISIONS


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training.

    Attributes:
        method: Name of the method.
        data: Mixture, ``name:weight,...``.
        simulated_records: Size of the pool of simulated records; 0 simulates every batch afresh.
        grafted_records: Records that ``grafted`` makes of real beats and simulated rhythms.
        resident_records: Most records of a dataset that are kept in memory; those of a larger one
            are read when they are drawn.
        seed: Decides initial weights, batches and noise.
        steps: Optimisation steps of all but the adversary; 0 writes the untrained model.
        batch: Records in a step, of all processes and parts together.
        accumulate: Parts that a step's records are worked through in, to need less memory;
            records are contrasted within their part.
        language_texts: Texts without a record that a step takes for the text tower, of all
            processes and parts together; 0: none. See ``training.language``.
        lambda_language: Weight of their loss.
        learning_rate: Peak of the cosine schedule.
        masker_learning_rate: Constant, for the adversary.
        masker_every: The masker maximises once in so many steps.
        masker_share: Share of the batch that the masker's step uses.
        warmup: Steps of linear warm-up.
        weight_decay: Decoupled, on matrices only.
        clip: Largest gradient norm.
        ema: Decay of the averaged weights, which are what is saved.
        precision: ``bf16`` autocast or ``fp32``; ``auto``: the faster one of where the training
            begins, which it then keeps wherever it goes on.
        compiled: Compile the encoder (``torch.compile``), which rounds a little differently. Off:
            on a CPU it needs a C++ compiler and some time at first, and no gain was shown.
        device: Torch device.
        save_every: Steps between saved states.
        tensorboard: Write the figures for TensorBoard too; needs the package.
        init: Checkpoint folder whose weights and tokenizer the training begins with; empty: it
            begins with nothing.
        contract: Input contract.
        model: Settings of the method, as nested values.
    """

    method: str = "scar"
    data: str = "simulated:2,grafted:1,ptbxl:5,ludb:1,georgia:0.5"
    simulated_records: int = 8192
    grafted_records: int = 4096
    resident_records: int = 20_000
    seed: int = 0
    steps: int = 3000
    batch: int = 64
    accumulate: int = 1
    language_texts: int = 32
    lambda_language: float = 1.0
    learning_rate: float = 1e-3
    masker_learning_rate: float = 1e-3
    masker_every: int = 4
    masker_share: float = 0.5
    warmup: int = 100
    weight_decay: float = 0.05
    clip: float = 1.0
    ema: float = 0.998
    precision: str = "auto"
    compiled: bool = False
    device: str = "cpu"
    save_every: int = 200
    tensorboard: bool = False
    init: str = ""
    contract: InputContract = field(default_factory=InputContract)
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"precision is {self.precision!r}; expected {', '.join(PRECISIONS[:-1])} or "
                f"{PRECISIONS[-1]}"
            )
        if self.steps < 0 or self.batch < 2:
            raise ValueError(
                f"steps is {self.steps} and batch {self.batch}; expected at least 0 and 2"
            )
        if self.accumulate < 1 or self.batch % self.accumulate:
            raise ValueError(
                f"batch is {self.batch} and accumulate {self.accumulate}; expected a batch that "
                "divides into so many parts"
            )
        if self.masker_every < 1 or self.save_every < 1:
            raise ValueError(
                f"masker_every is {self.masker_every} and save_every {self.save_every}; "
                "expected at least 1"
            )
        if not 0.0 < self.masker_share <= 1.0:
            raise ValueError(f"masker_share is {self.masker_share}; expected above 0, at most 1")
        if self.language_texts < 0 or self.lambda_language < 0:
            raise ValueError(
                f"language_texts is {self.language_texts} and lambda_language "
                f"{self.lambda_language}; expected at least 0"
            )
        if min(self.simulated_records, self.resident_records, self.seed) < 0:
            raise ValueError(
                f"simulated_records is {self.simulated_records}, resident_records "
                f"{self.resident_records} and seed {self.seed}; expected at least 0"
            )


def learning_rate_at(step: int, config: TrainConfig) -> float:
    """Linear warm-up, then a cosine down to 2 % of the peak."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.learning_rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values of which those of ``over`` win, group by group; neither is changed."""
    merged = dict(under)
    for name, value in over.items():
        below = merged.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[name] = laid_over(below, value)
        else:
            merged[name] = value
    return merged


def config_from(mapping: Mapping[str, Any]) -> TrainConfig:
    """Build the training settings from nested values.

    What is not given is as the method's ``MethodSpec`` has it, else as ``TrainConfig`` has it.

    Raises:
        ConfigError: A wrong name or value, or an unknown method.
    """
    spec = method(str(mapping.get("method", TrainConfig.method)))
    usual = {**spec.training, "contract": to_mapping(spec.contract)}
    return from_mapping(TrainConfig, laid_over(usual, mapping))
