"""Where importance goes when part of a record is hidden (ours).

Selector weights sum to 1 before and after. So the weight that lay on what was hidden, and the
weight that visible parts lose, reappears as what other visible parts gain. How much each part gave
or gained is measured; who gave to whom is not, and ``flow`` divides every gift among the gainers
in proportion to their gains, which is the one division that prefers nobody. What would have
happened if the weights that remain had merely been scaled up to 1 stands beside it: a model that
compensates differs from that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.analysis.importance import Weights, from_selector
from scar_core.evaluation.zero_shot import Predictor
from scar_core.methods.contract import fit
from scar_core.missing import Scenario
from scar_core.quality.delineate import Wave, delineate, wave_shares
from scar_core.record import ECGRecord

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""By how much sums may be off before the books are called wrong."""


@dataclass(frozen=True)
class Part:
    """One lead, one kind of wave, or one kind of wave of one lead.

    Attributes:
        before: Share of the importance with nothing hidden.
        removed: What of it lay on patches that are hidden now.
        gained: What its visible patches gained.
        lost: What its visible patches lost to others.
        after: Share of the importance now: ``before − removed − lost + gained``.
        scaled: Share that it would have if what remained had been scaled up to 1.
    """

    before: float
    removed: float
    gained: float
    lost: float
    after: float
    scaled: float


@dataclass(frozen=True)
class Redistribution:
    """Importance before and after something is hidden.

    Attributes:
        scenario: What is hidden.
        removed: Share of the importance that lay on it.
        moved: Share that changed place in all: what was removed, and what visible parts lost.
        compensated: Share of the importance that is elsewhere than scaling up would put it.
        leads: By lead; the parts add up to the whole.
        waves: By kind of wave: P, QRS, T, other; the parts add up to the whole.
        cells: By lead and wave, as ``"V1 QRS"``; the parts add up to the whole.
        flow: Share that went from one lead to another, ``flow[from][to]``; all of it is ``moved``.
        wave_flow: The same between kinds of waves.
        before: Importance of each patch, by lead.
        after: The same now.
        patch_s: Seconds of a patch.
    """

    scenario: Scenario
    removed: float
    moved: float
    compensated: float
    leads: Mapping[str, Part]
    waves: Mapping[str, Part]
    cells: Mapping[str, Part]
    flow: Mapping[str, Mapping[str, float]]
    wave_flow: Mapping[str, Mapping[str, float]]
    before: Mapping[str, tuple[float, ...]]
    after: Mapping[str, tuple[float, ...]]
    patch_s: float

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        parts = {
            name: {part: dict(vars(one)) for part, one in getattr(self, name).items()}
            for name in ("leads", "waves", "cells")
        }
        # Not ``asdict``, which copies every number and took a fifth of an answer.
        return {**vars(self), **parts, "scenario": self.scenario.to_json()}


def _flow(given: Floats, gained: Floats) -> Floats:
    """Divide what each part gives among those that gain, in proportion; (P, P)."""
    total = fsum(gained)
    return np.outer(given, gained / total) if total > 0 else np.zeros((len(given), len(gained)))


def books(
    before: Floats, after: Floats, visible: NDArray[np.bool_], groups: Floats
) -> tuple[list[Part], Floats]:
    """Account for importance by groups of patches.

    Args:
        before: (K,), weights with nothing hidden, summing to 1.
        after: (K,), weights now, summing to 1.
        visible: Bool (K,), what is visible now.
        groups: (G, K), the share of each patch that belongs to each group; columns sum to 1.

    Returns:
        A part for each group, and the flow from group to group, (G, G).
    """
    change = np.where(visible, after - before, 0.0)
    removed = np.where(visible, 0.0, before)
    rest = fsum(before[visible])
    scaled = np.where(visible, before / rest, 0.0) if rest > 0 else np.zeros_like(before)
    columns = [
        groups @ values
        for values in (before, removed, change.clip(min=0), (-change).clip(min=0), after, scaled)
    ]
    parts = [Part(*map(float, row)) for row in zip(*columns, strict=True)]
    return parts, _flow(columns[1] + columns[3], columns[2])


def check(parts: list[Part], flow: Floats) -> None:
    """Hold the books to their own sums.

    Raises:
        ArithmeticError: They do not add up, which is a defect.
    """
    sums = {
        "before": fsum(part.before for part in parts) - 1,
        "after": fsum(part.after for part in parts) - 1,
        "gains and gifts": fsum(p.gained - p.removed - p.lost for p in parts),
        "flow": fsum(flow.ravel().tolist()) - fsum(p.removed + p.lost for p in parts),
        **{
            f"part {k}": p.before - p.removed - p.lost + p.gained - p.after
            for k, p in enumerate(parts)
        },
    }
    wrong = {name: value for name, value in sums.items() if abs(value) > TOLERANCE}
    if wrong:
        raise ArithmeticError(f"importance does not add up: {wrong}")


def redistribution(predictor: Predictor, record: ECGRecord, scenario: Scenario) -> Redistribution:
    """Account for selector weights of a record before and after a scenario hides part of it.

    Args:
        predictor: Who answers; a method with a selector.
        record: Any record.
        scenario: What to hide.

    Raises:
        ConfigError: The method has no selector, or nothing stays visible.
    """
    answers = predictor.predict([(record, Scenario()), (record, scenario)])
    before, after = (from_selector(one.importance, one.method) for one in answers)
    waves = delineate(fit(record, predictor.checkpoint.contract))
    return accounted(before, after, waves, scenario)


def accounted(
    before: Weights, after: Weights, waves: tuple[Wave, ...], scenario: Scenario
) -> Redistribution:
    """Account for any kind of importance before and after a scenario.

    Args:
        before: With nothing hidden.
        after: Under the scenario, on the same grid.
        waves: Of the record.
        scenario: What is hidden.
    """
    leads, patches = before.leads, before.values.shape[1]
    shares = wave_shares(waves, patches, before.patch_s)
    kinds = list(shares)
    wave = np.stack([shares[kind] for kind in kinds])  # (4, N)
    flat = before.values.ravel(), after.values.ravel(), after.visible.ravel()
    by_lead = np.repeat(np.eye(len(leads)), patches, axis=1)  # (L, L·N)
    by_wave = np.tile(wave, len(leads))  # (4, L·N)
    by_cell = (by_lead[:, None] * by_wave[None]).reshape(-1, by_lead.shape[1])
    found = []
    for groups in (by_lead, by_wave, by_cell):
        parts, flow = books(*flat, groups)
        check(parts, flow)
        found.append((parts, flow))
    (lead_parts, lead_flow), (wave_parts, wave_flow), (cell_parts, _) = found
    return Redistribution(
        scenario=scenario,
        removed=fsum(part.removed for part in lead_parts),
        moved=fsum(part.removed + part.lost for part in lead_parts),
        compensated=elsewhere(*flat),
        leads=dict(zip(leads, lead_parts, strict=True)),
        waves=dict(zip(kinds, wave_parts, strict=True)),
        cells=dict(
            zip((f"{lead} {kind}" for lead in leads for kind in kinds), cell_parts, strict=True)
        ),
        flow=_named(lead_flow, leads),
        wave_flow=_named(wave_flow, tuple(kinds)),
        before=_by_lead(before.values, leads),
        after=_by_lead(after.values, leads),
        patch_s=before.patch_s,
    )


def elsewhere(before: Floats, after: Floats, visible: NDArray[np.bool_]) -> float:
    """Share of the weight after that is not where scaling up would have put it, in [0, 1]."""
    rest = fsum(before[visible])
    if not rest > 0:
        return 1.0
    return 0.5 * fsum(np.abs(after - np.where(visible, before / rest, 0.0)))


def _named(flow: Floats, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    return {
        giver: dict(zip(names, row.tolist(), strict=True))
        for giver, row in zip(names, flow, strict=True)
    }


def _by_lead(weights: Floats, leads: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
    return {lead: tuple(row) for lead, row in zip(leads, weights.tolist(), strict=True)}


def whole_percent(shares: Mapping[str, float]) -> dict[str, int]:
    """Round shares to whole percent that add up to the rounded total (largest remainders)."""
    exact = {name: 100 * share for name, share in shares.items()}
    rounded = {name: int(np.floor(value)) for name, value in exact.items()}
    short = round(fsum(exact.values())) - sum(rounded.values())
    for name in sorted(exact, key=lambda one: rounded[one] - exact[one])[: max(0, short)]:
        rounded[name] += 1
    return rounded
