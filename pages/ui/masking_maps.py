"""Importance by lead and time, before and now, as charts with one scale between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pages.ui.charts_kinds import Heat, Number
from pages.ui.text import figures as text
from pages.ui.words import lead_names, percent, receivers, top_leads
from scar_core.prediction import Importance

BRIGHT = 0.995
"""Quantile of the weights at which the scale ends: one bright patch must not darken the rest."""
Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Map:
    """A map and what it shows, in a sentence, for those who do not see it."""

    chart: Heat
    alt: str


def weights(importance: Importance) -> tuple[Grid, NDArray[np.bool_]]:
    """Return weights and visibility as arrays (lead, patch)."""
    return np.array(importance.patches, np.float64), np.array(importance.visible, np.bool_)


def shared_limit(*maps: Grid) -> float:
    """Return the upper end of a colour scale for several maps: nearly their largest weight."""
    positive = np.concatenate([m[m > 0] for m in maps])
    return float(np.quantile(positive, BRIGHT)) if positive.size else 1.0


def times(patches: int, patch_s: float) -> list[float]:
    """Return the middle of each patch in seconds."""
    return [round((k + 0.5) * patch_s, 3) for k in range(patches)]


def cells(values: Grid, seen: NDArray[np.bool_] | None = None) -> list[list[Number]]:
    """Return a map's values for a chart; None where it was not ``seen`` (None: seen everywhere)."""
    there = np.ones(values.shape, np.bool_) if seen is None else seen
    return [
        [round(float(value), 5) if read else None for value, read in zip(row, mask, strict=True)]
        for row, mask in zip(values, there, strict=True)
    ]


def importance_maps(before: Importance, after: Importance, *, hiding: bool) -> tuple[Map, ...]:
    """Importance before and now in per cent, on one scale, and the change in points.

    Args:
        before: With nothing hidden.
        after: Under the scenario; same leads and patches.
        hiding: False if nothing is hidden: then there is one map.
    """
    (old, old_seen), (new, seen) = weights(before), weights(after)
    top = 100 * shared_limit(old, new)
    now = _map(text.IMPORTANCE_NOW, after, 100 * new, seen, top)
    if not hiding:
        return (Map(now, _where(text.IMPORTANCE_NOW, after)),)
    change = 100 * (new - old)  # what was hidden lost all that it had
    reach = float(np.abs(change).max()) or 1.0
    gained = receivers(before, after)
    return (
        Map(
            _map(text.IMPORTANCE_BEFORE, before, 100 * old, old_seen, top),
            _where(text.IMPORTANCE_BEFORE, before),
        ),
        Map(now, _where(text.IMPORTANCE_NOW, after)),
        Map(
            _map(text.CHANGE, after, change, old_seen | seen, reach, diverging=True),
            text.gained_mostly(lead_names(gained)) if gained else text.NO_GAIN,
        ),
    )


def _map(
    title: str,
    importance: Importance,
    values: Grid,
    seen: NDArray[np.bool_],
    top: float,
    diverging: bool = False,
) -> Heat:
    return Heat(
        title,
        rows=importance.lead_names,
        columns=times(values.shape[1], importance.patch_s),
        values=cells(values, seen),
        x_title=text.TIME,
        limits=(-top if diverging else 0.0, top),
        diverging=diverging,
        unit=text.POINTS if diverging else text.PERCENT,
    )


def _where(title: str, importance: Importance) -> str:
    leads, share = top_leads(importance)
    if not leads:
        return text.nothing_read(title)
    return text.mostly_on(title, lead_names(leads), percent(share))
