"""Training data: stored and simulated sources, mixed by weight into batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from scar_core.datasets import dataset
from scar_core.findings import FINDINGS
from scar_core.methods import method
from scar_core.methods.base import Batch
from scar_core.nn.distributed import gather, world
from scar_core.training.augment import deviation, disturb, forget_amplitude, partial_view, shift
from scar_core.training.config import TrainConfig
from scar_core.training.grafts import Grafts
from scar_core.training.labels import CODES, Tasks, class_tasks, forget_one_sided
from scar_core.training.language import Language, open_language
from scar_core.training.mixture import GRAFTED, SIMULATED, parse_mixture
from scar_core.training.sources import (
    SimulatedSource,
    Source,
    StoredSource,
    generator_on,
    rng_of,
    together,
)


@dataclass(frozen=True)
class Mixture:
    """Sources and the share of each batch that comes from each.

    Attributes:
        sources: By name.
        weights: By name; shares after division by their sum.
        device: Where the signal of a batch is put together.
        language: Where texts without a record come from; None: nowhere.
    """

    sources: dict[str, Source]
    weights: dict[str, float]
    device: str = "cpu"
    language: Language | None = None

    def counts(self, batch: int) -> dict[str, int]:
        """Records of each source in a batch: by largest remainder, at least none."""
        total = sum(self.weights.values())
        exact = {name: batch * weight / total for name, weight in self.weights.items()}
        counts = {name: int(value) for name, value in exact.items()}
        by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
        for name in by_remainder[: batch - sum(counts.values())]:
            counts[name] += 1
        return counts

    def batch(self, size: int, generator: torch.Generator, texts: int = 0) -> Batch:
        """Draw and augment one batch.

        Args:
            size: Records (B).
            texts: Texts without a record, where there is a source of them.
            generator: The only source of randomness: equal generators give equal batches.
        """
        draws = [
            self.sources[name].draw(count, generator)
            for name, count in self.counts(size).items()
            if count
        ]
        present = torch.cat([draw.present.to(self.device) for draw in draws])
        local = generator_on(self.device, generator)
        clean = torch.cat([draw.signal.to(self.device) for draw in draws])
        clean, present = shift(clean, present, local)
        signal = disturb(clean, present, local, deviation(clean, present))
        truth = torch.cat([draw.truth for draw in draws])
        told = [codes for draw in draws for codes in draw.told]
        amplitude = together([draw.amplitude for draw in draws])
        if amplitude is not None:
            amplitude = forget_amplitude(amplitude.to(self.device), local)
        rng = rng_of(generator)
        language: tuple[Sequence[str], Tensor | None] = ((), None)
        if texts and self.language is not None:
            language = self.language.draw(texts, generator)
        return Batch(
            signal=signal,
            visible=partial_view(present, local),
            present=present,
            texts=[text for draw in draws for text in draw.texts],
            truth=truth,
            same=unopposed(stated(told), truth),
            finding_texts=[
                finding.phrases[0] if rng.random() < 0.5 else rng.choice(finding.wordings)
                for finding in FINDINGS.values()
            ],
            labels={
                task: torch.cat([draw.labels[task] for draw in draws]) for task in draws[0].labels
            },
            told=stated(told),
            amplitude=amplitude,
            language=language[0],
            language_truth=language[1],
        )


def stated(told: Sequence[frozenset[str]]) -> Tensor:
    """Codes that each of B texts states, as bool (B, F) in the order of ``CODES``."""
    return torch.tensor([[code in codes for code in CODES] for codes in told])


def unopposed(told: Tensor, truth: Tensor) -> Tensor:
    """Find the texts that are no negatives of a record.

    Args:
        told: Bool (B, F), True where the text states the finding.
        truth: Float (B, F) of the records: 1, 0, or NaN where unknown.

    Returns:
        Bool (B, B), True at (i, j) where nothing that text j states is known to be false of
        record i, and something is stated.
    """
    states = told.float()
    false = (truth == 0).float()
    return ((false @ states.T) == 0) & (states.sum(1) > 0)


def of_all(batch: Batch) -> Batch:
    """Let ``same`` of this process's records span the records of all processes."""
    if world() == 1 or batch.told is None:
        return batch
    return batch._replace(same=unopposed(gather(batch.told), gather(batch.truth)))


def open_mixture(config: TrainConfig, root: Path | None) -> Mixture:
    """Open the sources that ``config.data`` names.

    Args:
        config: Settings; data is ``simulated``, datasets with a training split, and ``grafted``,
            which takes its beats from those of them that are named beside it.
        root: Folder of the datasets; None: the default.
    """
    weights, contract = parse_mixture(config.data), config.contract
    tasks: Tasks = class_tasks() if method(config.method).kind == "classifier" else {}
    stored = {
        name: dataset(name).examples(root, "train")
        for name in weights
        if name not in (SIMULATED, GRAFTED)
    }
    if GRAFTED in weights:
        donors = [example for examples in stored.values() for example in examples]
        stored[GRAFTED] = Grafts(donors, config.grafted_records, config.seed).examples
    sources: dict[str, Source] = {
        name: StoredSource(stored[name], contract, tasks, config.resident_records)
        if name in stored
        else SimulatedSource(
            contract, config.simulated_records, config.seed, tasks=tasks, device=config.device
        )
        for name in weights
    }
    for task in tasks:
        forget_one_sided([known[task] for known in map(_labels, sources.values()) if known])
    reads = config.language_texts and method(config.method).kind != "classifier"
    return Mixture(sources, weights, config.device, open_language(root) if reads else None)


class Reopened:
    """Opens mixtures, and keeps the last one for runs that draw from the same records."""

    def __init__(self) -> None:
        self._of: object = None
        self._mixture: Mixture | None = None

    def open(self, config: TrainConfig, root: Path | None) -> Mixture:
        """Open what ``config`` names, as ``open_mixture`` does, unless it is what is kept."""
        of = (
            config.data, config.contract, config.method, config.seed, config.device,
            config.simulated_records, config.grafted_records, config.resident_records,
            bool(config.language_texts), root,
        )  # fmt: skip
        if self._mixture is None or of != self._of:
            self._mixture = None  # before the next one takes its place in memory
            self._mixture, self._of = open_mixture(config, root), of
        return self._mixture


def _labels(source: Source) -> Mapping[str, Tensor]:
    if isinstance(source, StoredSource):
        return source.labels
    return source.pool.labels if isinstance(source, SimulatedSource) and source.pool else {}
