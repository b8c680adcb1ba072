"""Charts of where importance went; pure functions of the worker's answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pages.ui.charts import Bars, Curve, Flow, Heat, Lines, Series
from pages.ui.charts_kinds import Number
from pages.ui.masking_maps import BRIGHT, cells, shared_limit, times
from pages.ui.text import redistribution as text
from pages.ui.text import redistribution_says as says
from scar_core.leads import LEADS

STYLE = Path(__file__).resolve().parents[2] / "assets" / "explain.css"
Answer = Mapping[str, Any]
Grid = NDArray[np.float64]
Frame = tuple[int, int, int]
SMALL = 0.03
"""Leads that gave or gained less than this share of what moved are drawn together."""


def leads_of(found: Answer) -> tuple[str, ...]:
    """Leads in their usual order."""
    return tuple(lead for lead in LEADS if lead in found["before"])


def grid_of(found: Answer, name: str) -> Grid:
    """One of the answer's maps, (lead, patch)."""
    return np.array([found[name][lead] for lead in leads_of(found)], dtype=np.float64)


def shared_limits(found: Answer) -> tuple[float, float]:
    """Ends of the scale of all three maps, in per cent."""
    return 0.0, 100 * shared_limit(grid_of(found, "before"), grid_of(found, "after"))


def _map(
    found: Answer,
    title: str,
    values: list[list[Number]],
    limits: tuple[float, float],
    diverging: bool = False,
) -> Heat:
    return Heat(
        title,
        rows=leads_of(found),
        columns=times(len(values[0]), found["patch_s"]),
        values=values,
        x_title=text.SECONDS,
        limits=limits,
        diverging=diverging,
        unit=text.POINTS_UNIT if diverging else text.PERCENT_UNIT,
    )


def maps(found: Answer) -> tuple[Heat, Heat, Heat]:
    """Importance before, what was removed of it, and importance now, on one scale."""
    before, after = 100 * grid_of(found, "before"), 100 * grid_of(found, "after")
    visible = grid_of(found, "visible").astype(bool)
    limits = shared_limits(found)
    return (
        _map(found, text.BEFORE, cells(before), limits),
        _map(found, text.REMOVED, cells(np.where(visible, 0.0, before)), limits),
        _map(found, text.AFTER, cells(after, visible), limits),
    )


def change(found: Answer) -> Heat:
    """Change of what is still visible, in percentage points, centred at 0."""
    values = 100 * (grid_of(found, "after") - grid_of(found, "before"))
    visible = grid_of(found, "visible").astype(bool)
    size = np.abs(values[visible])
    reach = float(np.quantile(size, BRIGHT)) if size.size else 1.0
    return _map(found, text.CHANGE, cells(values, visible), (-reach, reach), diverging=True)


def outlined(found: Answer, row: Answer, hiding: bool) -> Heat:
    """Importance now, with the evidence of one finding framed."""
    frames = outlines(row, leads_of(found))
    title = text.evidence_map(row["code"], hiding)
    return replace(maps(found)[2 if hiding else 0], title=title, outlined=frames)


def flow(found: Answer) -> Flow:
    """What each lead gave to each, in per cent of the importance; small ones drawn together."""
    leads = leads_of(found)
    table = np.array([[found["flow"][a][b] for b in leads] for a in leads], dtype=np.float64)
    table, givers = _gathered(table, leads)
    turned, takers = _gathered(table.T, leads)
    links = [
        (i, j, float(100 * turned[j, i]))
        for i in range(len(givers))
        for j in range(len(takers))
        if turned[j, i] > 0
    ]
    return Flow(text.FLOW, givers, takers, links, unit=text.FLOW_UNIT)


def _gathered(table: Grid, names: Sequence[str]) -> tuple[Grid, tuple[str, ...]]:
    """Keep rows that matter, in order, and add the others up into one; sums stay the same."""
    sums = table.sum(axis=1)
    large = sums >= SMALL * max(float(sums.sum()), 1e-12)
    if (~large & (sums > 0)).sum() == 1:
        large |= sums > 0
    rows = [table[k] for k in np.flatnonzero(large)]
    kept = [names[int(k)] for k in np.flatnonzero(large)]
    rest = table[~large].sum(axis=0)
    if rest.sum() > 0:
        rows.append(rest)
        kept.append(text.OTHERS)
    return np.array(rows).reshape(len(rows), table.shape[1]), tuple(kept)


def parts_bars(title: str, parts: Mapping[str, Mapping[str, float]], hiding: bool) -> Bars:
    """Bars before, merely rescaled and now; before alone if nothing is hidden."""
    kinds = (("before", text.BEFORE), ("scaled", text.SCALED), ("after", text.AFTER))
    return Bars(
        title,
        labels=list(parts),
        series=[
            Series(name, [round(100 * part[key], 4) for part in parts.values()])
            for key, name in (kinds if hiding else kinds[:1])
        ],
        y_title=text.PERCENT,
    )


def lead_parts(found: Answer) -> dict[str, Mapping[str, float]]:
    """Books by lead, in their usual order."""
    return {lead: found["leads"][lead] for lead in leads_of(found)}


def wave_parts(found: Answer) -> dict[str, Mapping[str, float]]:
    """Books by wave, named for people."""
    return {text.WAVE_NAMES.get(wave, wave): part for wave, part in found["waves"].items()}


def outlines(row: Answer, leads: Sequence[str]) -> tuple[Frame, ...]:
    """Stretches of evidence as (row, first patch, last patch)."""
    found = []
    for lead, patches in row["patches"].items():
        for _, run in groupby(enumerate(patches), lambda pair: pair[1] - pair[0]):
            places = [patch for _, patch in run]
            found.append((leads.index(lead), places[0], places[-1]))
    return tuple(found)


def pointing(rows: Sequence[Answer], hiding: bool) -> Bars:
    """How many of the weightiest patches lie on evidence, by finding, beside chance."""
    scored = [row for row in rows if row["scores"]]

    def series(name: str, when: str, key: str) -> Series:
        return Series(name, [round(100 * row["scores"][when][key], 2) for row in scored])

    shown = [series(text.BEFORE if hiding else text.ONLY, "before", "precision")]
    if hiding:
        shown.append(series(text.AFTER, "after", "precision"))
    shown.append(series(text.CHANCE, "after" if hiding else "before", "precision_by_chance"))
    return Bars(
        text.POINTING_CHART,
        labels=[text.finding_name(row["code"]) for row in scored],
        series=shown,
        x_title=text.POINTING_AXIS,
        horizontal=True,
        limits=(0, 100),
    )


def growth_map(grown: Answer) -> Heat:
    """Share of each lead, step by step; a lead that is wholly hidden is left empty."""
    frames = grown["frames"]
    gone, read = hidden_by_step(grown), np.array(grown["read"], dtype=bool)
    shares = 100 * np.array([np.array(frame["weights"]).sum(axis=1) for frame in frames]).T
    left = (~gone & read).any(axis=2).T
    rows = [k for k, _ in sorted(enumerate(grown["leads"]), key=lambda one: LEADS.index(one[1]))]
    return Heat(
        text.GROWTH_LEADS,
        rows=[grown["leads"][k] for k in rows],
        columns=[round(100 * frame["share"], 1) for frame in frames],
        values=cells(shares[rows], left[rows]),
        x_title=text.GROWTH_X,
        limits=(0.0, float(shares.max())),
        unit=text.PERCENT_UNIT,
    )


def hidden_by_step(grown: Answer) -> NDArray[np.bool_]:
    """Bool (step, lead, patch), True = hidden in that step."""
    shape = np.array(grown["frames"][0]["weights"]).shape
    gone = np.zeros((len(grown["frames"]), *shape), dtype=np.bool_)
    for mask, frame in zip(gone, grown["frames"], strict=True):
        for lead, patch in grown["order"][: frame["count"]]:
            mask[lead, patch] = True
    return gone


def growth_lines(grown: Answer) -> Lines:
    """What is hidden of the importance, what is elsewhere, and the finding's probability."""
    frames = grown["frames"]
    x = [round(100 * frame["share"], 2) for frame in frames]
    named = (
        (text.REMOVED_SO_FAR, "removed"),
        (text.ELSEWHERE, "compensated"),
        (says.probability_of(grown["finding"]), "probability"),
    )
    return Lines(
        text.GROWTH_LINES,
        series=[
            Curve(name, x, [round(100 * frame[key], 3) for frame in frames]) for name, key in named
        ],
        x_title=text.GROWTH_X,
        y_title=text.AXIS_SHARE,
        limits=(0, 100),
    )
