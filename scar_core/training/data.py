"""Training data: stored and simulated sources, mixed by weight into batches."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from scar_core.datasets import Example, dataset
from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS, findings_of
from scar_core.methods.base import Batch
from scar_core.methods.contract import InputContract, normalise, prepare
from scar_core.simulate import report_text, simulate
from scar_core.training.augment import disturb, partial_view
from scar_core.training.config import TrainConfig, parse_mixture

CODES = tuple(FINDINGS)
"""Order of the findings in truth tensors."""

ASSESSED = frozenset(CODES) - {"ABQRS", "TAB"}
"""What a simulated record lacks if it does not state it; the rest is a matter of taste."""


class Draw(NamedTuple):
    """Records that a source gives for one batch.

    Attributes:
        signal: Float (n, L, T), normalised.
        present: Bool (n, L, T).
        truth: Float (n, F): 1 true, 0 false, NaN unknown; order of ``CODES``.
        texts: One text for each.
        told: What each text says, as finding codes.
    """

    signal: Tensor
    present: Tensor
    truth: Tensor
    texts: list[str]
    told: list[frozenset[str]]


class Source(Protocol):
    """Something that training records can be drawn from."""

    def draw(self, n: int, generator: torch.Generator) -> Draw:
        """Draw n records with texts; equal generators give equal draws."""
        ...


def truth_row(positive: Collection[str], negative: Collection[str]) -> list[float]:
    """Truth of each finding in the order of ``CODES``: 1, 0, or NaN where unknown."""
    return [
        1.0 if code in positive else 0.0 if code in negative else float("nan") for code in CODES
    ]


def rng_of(generator: torch.Generator) -> random.Random:
    """A Python generator that continues a torch generator's randomness."""
    seed = torch.randint(2**62, (1,), generator=generator, device=generator.device)
    return random.Random(int(seed))  # noqa: S311 - no secrets here


def tell(positive: Collection[str], report: str, rng: random.Random) -> tuple[str, frozenset[str]]:
    """Say something true about a record.

    Half of the time its stored report, if there is one; else a sentence built from all of its
    findings or from a random part of them, so that texts of one finding align as well. Such a
    sentence denies nothing: what it leaves out, or no label names, may yet be there.

    Returns:
        The text, and the codes that it states.
    """
    if report and rng.random() < 0.5:
        return report, frozenset(positive)
    codes = sorted(positive)
    if len(codes) > 1 and rng.random() < 0.6:
        codes = rng.sample(codes, rng.randint(1, len(codes)))
    return report_text(codes, rng, deny=0.0), frozenset(codes)


class StoredSource:
    """Examples of a dataset, read once, normalised, and kept in half precision.

    Args:
        examples: Training examples; test examples are refused.
        contract: Input contract of the model.

    Raises:
        DatasetError: A test example, or nothing to draw from.
    """

    def __init__(self, examples: Sequence[Example], contract: InputContract) -> None:
        if not examples:
            raise DatasetError("a training source has no records; check --data and --root")
        for example in examples:
            if example.split != "train":
                raise DatasetError(
                    f"record {example.name} belongs to the {example.split} split; "
                    "only training records may be trained on"
                )
        self.examples = list(examples)
        signals, presents = [], []
        for example in examples:
            record = example.read()
            signal, present = prepare(record, record.present, contract)
            signals.append(signal.half())
            presents.append(present)
        self.signal = torch.stack(signals)
        self.present = torch.stack(presents)
        self.truth = torch.tensor([truth_row(e.positive, e.negative) for e in examples])

    def draw(self, n: int, generator: torch.Generator) -> Draw:
        """Draw n records with replacement; see ``Source``."""
        index = torch.randint(len(self.examples), (n,), generator=generator)
        rng = rng_of(generator)
        said = [
            tell(self.examples[i].positive, self.examples[i].report, rng) for i in index.tolist()
        ]
        return Draw(
            self.signal[index].float(),
            self.present[index],
            self.truth[index],
            [text for text, _ in said],
            [told for _, told in said],
        )


class SimulatedSource:
    """Simulated records: fresh in every batch, or a pool that is made once.

    A pool pays where simulating costs as much as a training step, which on a CPU it does.

    Args:
        contract: Input contract of the model.
        pool: Records of the pool; 0 simulates afresh for every batch.
        seed: Of the pool.
    """

    def __init__(self, contract: InputContract, pool: int = 0, seed: int = 0) -> None:
        self.contract = contract
        self.pool: Draw | None = None
        if pool:
            generator = torch.Generator().manual_seed(seed)
            parts = [self._simulate(min(256, pool - i), generator) for i in range(0, pool, 256)]
            self.pool = Draw(
                torch.cat([part.signal.half() for part in parts]),
                torch.cat([part.present for part in parts]),
                torch.cat([part.truth for part in parts]),
                [text for part in parts for text in part.texts],
                [told for part in parts for told in part.told],
            )

    def draw(self, n: int, generator: torch.Generator) -> Draw:
        """Draw n records, from the pool with replacement; see ``Source``."""
        if self.pool is None:
            made = self._simulate(n, generator)
        else:
            index = torch.randint(len(self.pool.texts), (n,), generator=generator)
            rows = index.tolist()
            made = Draw(
                self.pool.signal[index].float(),
                self.pool.present[index],
                self.pool.truth[index],
                [self.pool.texts[i] for i in rows],
                [self.pool.told[i] for i in rows],
            )
        rng = rng_of(generator)
        pairs = zip(made.told, made.texts, strict=True)
        said = [tell(codes, report, rng) for codes, report in pairs]
        return made._replace(texts=[text for text, _ in said], told=[told for _, told in said])

    def _simulate(self, n: int, generator: torch.Generator) -> Draw:
        """Simulate n records; the texts are their reports, and tell all their findings."""
        made = simulate(
            n,
            generator=generator,
            rate_hz=self.contract.rate_hz,
            seconds=self.contract.seconds,
            with_evidence=False,
        )
        present = (made.signal != 0).any(dim=-1, keepdim=True).expand_as(made.signal)
        closed = [findings_of(codes) for codes in made.findings]
        return Draw(
            normalise(made.signal, present, self.contract),
            present.contiguous(),
            torch.tensor([truth_row(codes, ASSESSED) for codes in closed]),
            made.reports,
            closed,
        )


@dataclass(frozen=True)
class Mixture:
    """Sources and the share of each batch that comes from each.

    Attributes:
        sources: By name.
        weights: By name; shares after division by their sum.
    """

    sources: dict[str, Source]
    weights: dict[str, float]

    def counts(self, batch: int) -> dict[str, int]:
        """Records of each source in a batch: by largest remainder, at least none."""
        total = sum(self.weights.values())
        exact = {name: batch * weight / total for name, weight in self.weights.items()}
        counts = {name: int(value) for name, value in exact.items()}
        by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
        for name in by_remainder[: batch - sum(counts.values())]:
            counts[name] += 1
        return counts

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw and augment one batch.

        Args:
            size: Records (B).
            generator: The only source of randomness: equal generators give equal batches.
        """
        draws = [
            self.sources[name].draw(count, generator)
            for name, count in self.counts(size).items()
            if count
        ]
        present = torch.cat([draw.present for draw in draws])
        signal = disturb(torch.cat([draw.signal for draw in draws]), present, generator)
        truth = torch.cat([draw.truth for draw in draws])
        told = [codes for draw in draws for codes in draw.told]
        rng = rng_of(generator)
        return Batch(
            signal=signal,
            visible=partial_view(present, generator),
            present=present,
            texts=[text for draw in draws for text in draw.texts],
            truth=truth,
            same=true_of(told, truth),
            finding_texts=[
                finding.phrases[0] if rng.random() < 0.5 else rng.choice(finding.phrases)
                for finding in FINDINGS.values()
            ],
        )


def true_of(told: Sequence[frozenset[str]], truth: Tensor) -> Tensor:
    """Find the texts that are no negatives of a record.

    Args:
        told: Codes that each of the B texts states.
        truth: Float (B, F) of the records.

    Returns:
        Bool (B, B), True at (i, j) where nothing that text j states is known to be false of
        record i, and something is stated.
    """
    states = torch.tensor([[float(code in codes) for code in CODES] for codes in told])
    false = (truth == 0).float()
    return ((false @ states.T) == 0) & (states.sum(1) > 0)


def open_mixture(config: TrainConfig, root: Path | None) -> Mixture:
    """Open the sources that ``config.data`` names.

    Args:
        config: Settings; data is ``simulated`` and datasets with a training split.
        root: Folder of the datasets; None: the default.
    """
    weights, contract = parse_mixture(config.data), config.contract
    sources: dict[str, Source] = {
        name: SimulatedSource(contract, config.simulated_records, config.seed)
        if name == "simulated"
        else StoredSource(dataset(name).examples(root, "train"), contract)
        for name in weights
    }
    return Mixture(sources, weights)
