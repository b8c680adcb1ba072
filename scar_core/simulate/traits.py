"""The traits of a batch as masks, one bool per record."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.simulate.conditions import TRAITS

_COLUMN = {name: index for index, name in enumerate(TRAITS)}


@dataclass(frozen=True)
class Traits:
    """Which record has which trait.

    Attributes:
        mask: Bool tensor ``(n, len(TRAITS))``; True = the record has the trait.
    """

    mask: Tensor

    @classmethod
    def of(cls, records: Sequence[frozenset[str]], device: torch.device) -> "Traits":
        """Turn one set of trait names per record into masks on a device."""
        mask = torch.zeros(len(records), len(TRAITS), dtype=torch.bool)
        for row, names in enumerate(records):
            mask[row, [_COLUMN[name] for name in names]] = True
        return cls(mask.to(device))

    @property
    def n(self) -> int:
        """Number of records."""
        return self.mask.shape[0]

    def any(self, *names: str) -> Tensor:
        """Return a bool tensor ``(n,)``, True where a record has at least one of the traits."""
        return self.mask[:, [_COLUMN[name] for name in names]].any(dim=1)
