"""Masks on a grid of leads and patches: drawn at random, turned into scenarios, and answered.

A mask is bool (L, N), True = hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.evaluation.views import GRID_S
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from scar_core.methods.contract import InputContract, fit
from scar_core.missing import Scenario, Span
from scar_core.record import ECGRecord

Mask = NDArray[np.bool_]
Kind = Literal["patches", "spans"]

SPAN_PATCHES = 5
"""Longest run, in patches, that one draw of kind ``spans`` hides at once."""


@dataclass(frozen=True)
class Grid:
    """What the rows and columns of masks are.

    Attributes:
        leads: Leads of the rows (L).
        patch_s: Seconds of one patch.
    """

    leads: tuple[str, ...] = LEADS
    patch_s: float = GRID_S

    def scenario(self, mask: Mask, present: Mask) -> Scenario:
        """Write a mask as a scenario: leads of which no present patch is left, and spans.

        Args:
            mask: Bool (L, N), True = hidden.
            present: Bool (L, N), True = measured.
        """
        gone, spans = [], []
        for lead, hidden, there in zip(self.leads, mask, present, strict=True):
            if hidden.any() and not (there & ~hidden).any():
                gone.append(lead)
                continue
            edges = np.flatnonzero(np.diff(np.concatenate(([0], hidden.astype(np.int8), [0]))))
            spans += [
                Span(lead, float(start * self.patch_s), float(stop * self.patch_s))
                for start, stop in edges.reshape(-1, 2)
            ]
        return Scenario(leads=tuple(gone), spans=tuple(spans))


def patches_read(record: ECGRecord, contract: InputContract) -> Mask:
    """Bool (L, N) on the contract's own grid: True where a method reads a patch, full view.

    Args:
        record: As ``contract.fit`` returns it.
        contract: The method's.
    """
    shares = record.present.reshape(len(contract.leads), -1, contract.patch_samples).mean(axis=2)
    return np.asarray(shares >= 0.5)


def patches_of_budget(present: Mask, budget: float) -> int:
    """Number of patches that a share of the present ones is.

    Raises:
        ConfigError: The share is not between 0 and 1, or leaves nothing to hide or to see.
    """
    total = int(present.sum())
    count = round(budget * total) if 0 < budget < 1 else 0
    if not 0 < count < total:
        raise ConfigError(
            f"a budget of {budget:g} of {total} present patches hides {count}; give a share "
            "between 0 and 1 that hides at least one patch and leaves one"
        )
    return count


def random_masks(
    present: Mask, count: int, n: int, rng: np.random.Generator, kind: Kind = "patches"
) -> Mask:
    """Draw masks that each hide exactly ``count`` present patches.

    Args:
        present: Bool (L, N), True = measured.
        count: Patches to hide, fewer than there are.
        n: Number of masks.
        rng: Where the randomness comes from.
        kind: ``patches``: every set of that many patches is equally likely; ``spans``: runs of 1
            to ``SPAN_PATCHES`` patches on single leads until the count is reached.

    Returns:
        Bool (n, L, N), True = hidden.
    """
    masks = np.zeros((n, *present.shape), np.bool_)
    where = np.flatnonzero(present)
    for mask in masks:
        flat = mask.reshape(-1)
        if kind == "patches":
            flat[rng.choice(where, count, replace=False)] = True
            continue
        left = count
        while left:
            lead, first = np.unravel_index(int(rng.choice(where)), present.shape)
            run = mask[lead, first : first + int(rng.integers(1, SPAN_PATCHES + 1))]
            free = np.flatnonzero(present[lead, first : first + len(run)] & ~run)[:left]
            run[free] = True
            left -= len(free)
    return masks


def answers_under(
    predictor: Predictor,
    record: ECGRecord,
    masks: Mask,
    prompts: Mapping[str, str] | None = None,
    grid: Grid | None = None,
    batch: int = 8,
) -> NDArray[np.float64]:
    """Probabilities under each mask by real forward passes, for any method; (K, C).

    Args:
        predictor: Who answers.
        record: Any record; it is fitted to the contract once.
        masks: Bool (K, L, N), True = hidden.
        prompts: Name to text of the classes; None: the default findings.
        grid: Of the masks; None: 12 leads by 0.2 s.
        batch: Masks that are encoded at once.
    """
    own = grid or Grid()
    fitted = fit(record, predictor.checkpoint.contract)
    nowhere = np.ones(masks.shape[1:], np.bool_)
    items = [(fitted, own.scenario(mask, nowhere)) for mask in masks]
    return np.array(
        [
            [score.probability for score in answer.classes]
            for start in range(0, len(items), batch)
            for answer in predictor.predict(items[start : start + batch], prompts)
        ]
    )


def as_lists(mask: Mask, leads: Sequence[str]) -> dict[str, list[int]]:
    """Hidden patches by lead, as JSON types; leads of which none is hidden are left out."""
    return {
        lead: np.flatnonzero(row).tolist()
        for lead, row in zip(leads, mask, strict=True)
        if row.any()
    }
