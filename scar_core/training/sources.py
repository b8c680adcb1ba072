"""Where training records come from: stored examples, and the simulator."""

import random
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from scar_core.datasets import Example
from scar_core.errors import DatasetError
from scar_core.findings import findings_of
from scar_core.leads import LEADS
from scar_core.methods.contract import Input, InputContract, normalise, prepare, stacked
from scar_core.simulate import report_text, simulate
from scar_core.training.labels import CODES, Tasks, label_rows, truth_row

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
        labels: Float (n, C) by task: 1, 0, NaN unknown.
        amplitude: Float (n, L), as of ``contract.Input``; None if the contract asks for none.
    """

    signal: Tensor
    present: Tensor
    truth: Tensor
    texts: list[str]
    told: list[frozenset[str]]
    labels: dict[str, Tensor]
    amplitude: Tensor | None = None

    def rows(self, index: Tensor) -> "Draw":
        """Some of the records, in single precision."""
        chosen = index.tolist()
        return Draw(
            self.signal[index].float(),
            self.present[index],
            self.truth[index],
            [self.texts[i] for i in chosen],
            [self.told[i] for i in chosen],
            {task: rows[index] for task, rows in self.labels.items()},
            None if self.amplitude is None else self.amplitude[index],
        )


def together(parts: Sequence[Tensor | None]) -> Tensor | None:
    """Put what all of the parts have into one; None if the contract asked for none."""
    there = [part for part in parts if part is not None]
    return torch.cat(there) if there else None


class Source(Protocol):
    """Something that training records can be drawn from."""

    def draw(self, n: int, generator: torch.Generator) -> Draw:
        """Draw n records with texts; equal generators give equal draws."""
        ...


def rng_of(generator: torch.Generator) -> random.Random:
    """A Python generator that continues a torch generator's randomness."""
    seed = torch.randint(2**62, (1,), generator=generator, device=generator.device)
    return random.Random(int(seed))  # noqa: S311 - no secrets here


def generator_on(device: str, generator: torch.Generator) -> torch.Generator:
    """A generator on ``device`` that continues another one's randomness; itself if it is there."""
    if torch.device(device).type == generator.device.type:
        return generator
    seed = torch.randint(2**62, (1,), generator=generator, device=generator.device)
    return torch.Generator(device).manual_seed(int(seed))


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
    """Examples of a dataset, kept in half precision, or read when they are drawn if they are many.

    Args:
        examples: Training examples; test examples are refused.
        contract: Input contract of the model.
        tasks: Tasks whose labels are wanted.
        resident: Most records that are read at once and kept.

    Raises:
        DatasetError: A test example, or nothing to draw from.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        contract: InputContract,
        tasks: Tasks | None = None,
        resident: int = 20_000,
    ) -> None:
        if not examples:
            raise DatasetError("a training source has no records; check --data and --root")
        for example in examples:
            if example.split != "train":
                raise DatasetError(
                    f"record {example.name} belongs to the {example.split} split; "
                    "only training records may be trained on"
                )
        self.examples, self.contract = list(examples), contract
        self.kept: Input | None = None
        if len(examples) <= resident:
            self.kept = self._read(range(len(examples)))
        self.truth = torch.tensor([truth_row(e.positive, e.negative) for e in examples])
        self.labels = label_rows(self.truth, [e.labels for e in examples], tasks or {})

    def draw(self, n: int, generator: torch.Generator) -> Draw:
        """Draw n records with replacement; see ``Source``."""
        index = torch.randint(len(self.examples), (n,), generator=generator)
        rng = rng_of(generator)
        said = [
            tell(self.examples[i].positive, self.examples[i].report, rng) for i in index.tolist()
        ]
        read = self._read(index.tolist()) if self.kept is None else self.kept.rows(index)
        return Draw(
            read.signal.float(),
            read.visible,
            self.truth[index],
            [text for text, _ in said],
            [told for _, told in said],
            {task: rows[index] for task, rows in self.labels.items()},
            read.amplitude,
        )

    def _read(self, rows: Iterable[int]) -> Input:
        read = []
        for row in rows:
            record = self.examples[row].read()
            one = prepare(record, record.present, self.contract)
            read.append(one._replace(signal=one.signal.half()))
        return stacked(read)


class SimulatedSource:
    """Simulated records: fresh in every batch, or a pool that is made once.

    A pool pays where simulating costs as much as a training step, which on a CPU it does.

    Args:
        contract: Input contract of the model.
        pool: Records of the pool; 0 simulates afresh for every batch.
        seed: Of the pool.
        tasks: Tasks whose labels are wanted.
        device: Where records are made that are simulated afresh.
    """

    def __init__(
        self,
        contract: InputContract,
        pool: int = 0,
        seed: int = 0,
        *,
        tasks: Tasks | None = None,
        device: str = "cpu",
    ) -> None:
        self.contract, self.tasks, self.device = contract, tasks or {}, "cpu"
        self.order = [LEADS.index(lead) for lead in contract.leads]
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
                {task: torch.cat([part.labels[task] for part in parts]) for task in self.tasks},
                together([part.amplitude for part in parts]),
            )
        self.device = device

    def draw(self, n: int, generator: torch.Generator) -> Draw:
        """Draw n records, from the pool with replacement; see ``Source``."""
        if self.pool is None:
            made = self._simulate(n, generator)
        else:
            index = torch.randint(len(self.pool.texts), (n,), generator=generator)
            made = self.pool.rows(index)
        rng = rng_of(generator)
        pairs = zip(made.told, made.texts, strict=True)
        said = [tell(codes, report, rng) for codes, report in pairs]
        return made._replace(texts=[text for text, _ in said], told=[told for _, told in said])

    def _simulate(self, n: int, generator: torch.Generator) -> Draw:
        """Simulate n records; the texts are their reports, and tell all their findings."""
        made = simulate(
            n,
            generator=generator_on(self.device, generator),
            rate_hz=self.contract.rate_hz,
            seconds=self.contract.seconds,
            device=self.device,
            with_evidence=False,
        )
        signal = made.signal[:, self.order]
        present = (signal != 0).any(dim=-1, keepdim=True).expand_as(signal)
        closed = [findings_of(codes) for codes in made.findings]
        truth = torch.tensor([truth_row(codes, ASSESSED) for codes in closed])
        read = normalise(signal, present, self.contract, in_mv=True)
        return Draw(
            read.signal,
            present.contiguous(),
            truth,
            made.reports,
            closed,
            label_rows(truth, [{}] * n, self.tasks),
            read.amplitude,
        )
