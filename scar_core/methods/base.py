"""What every method offers: a recipe that builds a model, and what the model answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from torch import Tensor, nn

from scar_core.methods.contract import InputContract


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


class Model(Protocol):
    """The part of a trained model that inference uses."""

    contract: InputContract

    def encode(self, signal: Tensor, visible: Tensor) -> Encoding:
        """Encode normalised signal, float (B, L, T), of which ``visible`` (bool) may be read."""
        ...

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed texts; float (B, E), L2-normalised."""
        ...


@dataclass(frozen=True)
class MethodSpec:
    """A method: its name, where it comes from, and how a model of it is made.

    Attributes:
        name: As in ``--method``; the same as the module's file.
        title: As pages show it.
        source: Citation, or what was reimplemented from what.
        configure: Nested settings (JSON types) to a frozen configuration; raises ConfigError.
        build: Configuration, contract and tokenizer (JSON text) to an untrained model.
    """

    name: str
    title: str
    source: str
    configure: Callable[[Mapping[str, Any]], Any]
    build: Callable[[Any, InputContract, str], nn.Module]
