"""A predictor as the worker holds it: where it runs, in which precision, and what it weighs."""

from collections.abc import Sequence

import torch

from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Floats, Item, Predictor
from scar_core.methods.base import Encoding
from scar_core.record import ECGRecord


class ServedPredictor(Predictor):
    """Answers in bfloat16 on a GPU, where that is quicker, and in float32 on the CPU."""

    @property
    def n_bytes(self) -> int:
        """Memory that the weights take."""
        return sum(weight.nbytes for weight in self.checkpoint.weights().values())

    def encode(self, items: Sequence[Item]) -> tuple[Encoding, list[ECGRecord], Floats]:
        """Encode records under their scenarios; see ``Predictor.encode``."""
        kind = torch.device(self.device).type
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=kind == "cuda"):
            return super().encode(items)


def device_named(wanted: str) -> str:
    """Return the torch device that ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` means here.

    Raises:
        ConfigError: If this machine has no such GPU.
    """
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu" or (wanted == "auto" and not n_gpus):
        return "cpu"
    if wanted == "auto":
        return "cuda:0"
    number = int(wanted.partition(":")[2] or 0)
    if number >= n_gpus:
        raise ConfigError(
            f"The device {wanted} was asked for, but torch sees {n_gpus} GPUs here;"
            " choose another, or cpu."
        )
    return f"cuda:{number}"
