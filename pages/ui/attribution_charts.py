"""Charts of what a finding rests on; pure functions of the worker's answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from pages.ui.charts import Bars, Curve, Heat, Lines, Series, Waterfall
from pages.ui.charts_kinds import Number
from pages.ui.text import attribution as text
from scar_core.leads import LEADS

Answer = Mapping[str, Any]
Frame = tuple[int, int, int]


def account_map(one: Answer, framed: Sequence[str] = ()) -> Heat:
    """One account by lead and second: selector weights in per cent, others centred at 0.

    Args:
        one: An account that has cells.
        framed: Leads to frame from end to end.
    """
    cells, account = one["cells"], one["account"]
    signed = account != "selector"
    values: list[list[Number]] = [[round(100 * float(v), 5) for v in row] for row in cells]
    return Heat(
        text.ACCOUNTS[account],
        rows=LEADS,
        columns=[k + 0.5 for k in range(len(values[0]))],
        values=values,
        x_title=text.SECONDS,
        limits=None if signed else (0.0, max(v or 0.0 for row in values for v in row)),
        diverging=signed,
        outlined=[(LEADS.index(lead), 0, len(values[0]) - 1) for lead in framed],
        unit=text.UNITS[account],
    )


def waterfall(found: Answer) -> Waterfall:
    """Exact values from the neutral answer to the full one, the largest first."""
    leads = sorted(found["leads"], key=lambda lead: -found["leads"][lead])
    return Waterfall(
        text.WATERFALL,
        labels=[text.NO_LEAD, *leads],
        values=[
            round(100 * value, 3)
            for value in (found["neutral"], *(found["leads"][lead] for lead in leads))
        ],
        total=round(100 * found["full"], 3),
        total_name=text.ALL_LEADS,
        y_title=text.POINTS_AXIS,
    )


def shares(accounts: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Each account's leads, divided by the sum of their sizes."""
    found = {}
    for one in accounts:
        whole = sum(abs(float(value)) for value in one["leads"].values()) or 1.0
        found[str(one["account"])] = {
            lead: float(one["leads"].get(lead, 0.0)) / whole for lead in LEADS
        }
    return found


def lead_bars(accounts: Sequence[Answer]) -> Bars:
    """Accounts side by side, lead by lead."""
    return Bars(
        text.LEADS_CHART,
        labels=LEADS,
        series=[
            Series(text.ACCOUNTS[name], [round(100 * value, 2) for value in leads.values()])
            for name, leads in shares(accounts).items()
        ],
        y_title=text.LEADS_AXIS,
    )


def matrix(title: str, names: Sequence[str], pairs: Mapping[str, float]) -> Heat:
    """Rank correlations of accounts as a square; empty where a pair was not compared."""

    def between(one: str, other: str) -> Number:
        if one == other:
            return 1.0
        value = pairs.get(f"{one} / {other}", pairs.get(f"{other} / {one}"))
        return None if value is None else round(value, 3)

    titles = [text.ACCOUNTS[name] for name in names]
    return Heat(
        title,
        rows=titles,
        columns=titles,
        values=[[between(one, other) for other in names] for one in names],
        limits=(-1.0, 1.0),
        diverging=True,
        unit=text.CORRELATION,
    )


def compared(names: Sequence[str], pairs: Mapping[str, float]) -> list[str]:
    """Return the accounts that stand in some pair, in their order."""
    there = {name for pair in pairs for name in pair.split(" / ")}
    return [name for name in names if name in there]


def curve_lines(title: str, curves: Mapping[str, Answer]) -> Lines:
    """Deletion or insertion curves, the random order last."""
    names = sorted(curves, key=lambda name: name == "random")
    return Lines(
        title,
        series=[
            Curve(
                text.ACCOUNTS[name],
                [round(100 * share, 1) for share in curves[name]["shares"]],
                [round(100 * p, 3) for p in curves[name]["probability"]],
            )
            for name in names
        ],
        x_title=text.CURVE_X,
        y_title=text.CURVE_Y,
        limits=(0, 100),
    )


def area_bars(found: Answer) -> Bars:
    """Areas under both curves, in per cent."""
    names = sorted(found["deletion"], key=lambda name: name == "random")
    kinds = ((text.AREA_DELETION, "deletion"), (text.AREA_INSERTION, "insertion"))
    return Bars(
        text.AREAS,
        labels=[text.ACCOUNTS[name] for name in names],
        series=[
            Series(label, [round(100 * found[kind][name]["area"], 2) for name in names])
            for label, kind in kinds
        ],
        x_title=text.CURVE_Y,
        horizontal=True,
        limits=(0, 100),
    )
