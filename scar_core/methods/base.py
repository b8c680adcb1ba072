"""What every method offers: a recipe that builds a model, what it answers, and how it learns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from scar_core.methods.contract import InputContract

Kind = Literal["zero-shot", "classifier"]

_NO_LABELS: Mapping[str, Tensor] = MappingProxyType({})


class Encoding(NamedTuple):
    """What a model says about a batch of records.

    Attributes:
        embedding: Float (B, E), L2-normalised.
        importance: Float (B, L, N), mean selector weight over heads, summing to 1 over visible
            patches; None for a model without selector.
        patch_visible: Bool (B, L, N), True where the patch was read; None without patches.
    """

    embedding: Tensor
    importance: Tensor | None
    patch_visible: Tensor | None


class Batch(NamedTuple):
    """One training batch.

    Attributes:
        signal: Float (B, L, T), normalised to the contract.
        visible: Bool (B, L, T), after the random augmentation.
        present: Bool (B, L, T), before it: what the full view reads.
        texts: B reports.
        truth: Float (B, F) in the order of ``FINDINGS``: 1 true, 0 false, NaN unknown.
        same: Bool (B, B), True at (i, j) where text j tells nothing else than text i.
        finding_texts: F wordings, one for each finding.
        labels: The datasets' own labels by task, float (B, C) each: 1, 0, or NaN where unknown;
            empty unless the method classifies.
        told: Bool (B, F), True where the text states the finding; None where nobody asks.
        amplitude: Float (B, L), as of ``contract.Input``; None if the contract asks for none.
        language: Texts without a record, for the text tower alone; empty: none.
        language_truth: What is true by each of them, float (K, F) as ``truth``; None: none.
    """

    signal: Tensor
    visible: Tensor
    present: Tensor
    texts: Sequence[str]
    truth: Tensor
    same: Tensor
    finding_texts: Sequence[str]
    labels: Mapping[str, Tensor] = _NO_LABELS
    told: Tensor | None = None
    amplitude: Tensor | None = None
    language: Sequence[str] = ()
    language_truth: Tensor | None = None


class Model(Protocol):
    """The part of a trained zero-shot model that inference uses."""

    contract: InputContract

    def encode(self, signal: Tensor, visible: Tensor, amplitude: Tensor | None = None) -> Encoding:
        """Encode what ``contract.Input`` holds, with a batch in front: (B, L, T) and (B, L)."""
        ...

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed texts; float (B, E), L2-normalised."""
        ...


class Classifier(Protocol):
    """The part of a trained classifier that inference uses: it knows labels and no texts."""

    contract: InputContract
    tasks: Mapping[str, tuple[str, ...]]

    def encode(self, signal: Tensor, visible: Tensor, amplitude: Tensor | None = None) -> Encoding:
        """Encode what ``contract.Input`` holds, with a batch in front: (B, L, T) and (B, L)."""
        ...

    def classify(self, signal: Tensor, visible: Tensor) -> dict[str, Tensor]:
        """Logits of every task's labels, float (B, C) each, in the order of ``tasks``."""
        ...


@runtime_checkable
class Learner(Protocol):
    """A model that the training loop can train."""

    def minimise(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Losses of a batch: the ``*_loss`` entries are summed, the others are figures."""
        ...


@runtime_checkable
class Game(Protocol):
    """A model with an adversary that is trained against it, by turns."""

    adversary: nn.Module

    @property
    def playing(self) -> bool:
        """Whether the adversary is trained at all."""
        ...

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed texts; float (B, E), L2-normalised."""
        ...

    def maximise(
        self,
        batch: Batch,
        texts: Tensor,
        findings: Tensor,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Losses of the adversary, given text embeddings (B, E) and (F, E) without gradient."""
        ...


def _nothing(_contract: InputContract) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class MethodSpec:
    """A method: its name, where it comes from, and how a model of it is made.

    Attributes:
        name: As in ``--method``; the same as the module's file.
        title: As pages show it.
        source: Citation, or what was reimplemented from what.
        configure: Nested settings (JSON types) to a frozen configuration; raises ConfigError.
        build: Configuration, contract and tokenizer (JSON text) to an untrained model.
        kind: ``zero-shot`` answers prompts (``Model``); ``classifier`` its labels (``Classifier``)
            and has no tokenizer.
        contract: Input that a training takes unless it is told otherwise.
        reads_amplitude: Whether the model makes use of ``contract.amplitude``.
        settings_for: Settings that follow from the contract.
        training: Training settings that differ from the usual ones, as nested values.
    """

    name: str
    title: str
    source: str
    configure: Callable[[Mapping[str, Any]], Any]
    build: Callable[[Any, InputContract, str], nn.Module]
    kind: Kind = "zero-shot"
    contract: InputContract = field(default_factory=InputContract)
    reads_amplitude: bool = False
    settings_for: Callable[[InputContract], Mapping[str, Any]] = _nothing
    training: Mapping[str, Any] = field(default_factory=dict)
