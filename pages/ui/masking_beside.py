"""Answers side by side: several methods, or several ECGs, under one scenario."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from pages.ui.figures import picked
from pages.ui.text import masking_looks as text
from pages.ui.words import NOTEWORTHY, percent
from scar_core.prediction import ClassScore, Prediction

LIKELIEST = 5
ROWS = 14


@dataclass(frozen=True)
class Column:
    """One pair of answers.

    Attributes:
        title: Whose they are.
        before: With nothing hidden.
        after: Under the scenario.
        says: A line under the title.
    """

    title: str
    before: Prediction
    after: Prediction
    says: str = ""


def rows_of(columns: Sequence[Column], asked: Collection[str]) -> list[str]:
    """Choose the findings worth a row: the likeliest of each column, and what was asked for."""
    height: dict[str, float] = {}
    wanted: list[str] = []
    for column in columns:
        pairs = picked(column.before, column.after, asked)
        for old, new in pairs:
            top = max(old.probability, new.probability)
            height[new.name] = max(height.get(new.name, 0.0), top)
        asked_for = {text.lower() for text in asked}
        wanted += [new.name for _, new in pairs if new.name.lower() in asked_for]
        wanted += [new.name for _, new in pairs[:LIKELIEST]]
    kept = list(dict.fromkeys(wanted))[:ROWS]
    return sorted(kept, key=lambda name: -height[name])


def beside_html(
    columns: Sequence[Column],
    caption: str,
    *,
    asked: Collection[str] = (),
    hiding: bool = True,
) -> str:
    """Draw findings as rows and answers as columns, each before and now.

    Args:
        columns: What stands side by side.
        caption: What the table shows.
        asked: Names that the reader added; they are always among the rows.
        hiding: False if nothing is hidden: then there is one figure per cell.
    """
    scores = [
        (
            {one.name: one for one in column.before.classes},
            {one.name: one for one in column.after.classes},
        )
        for column in columns
    ]
    head = "".join(
        f"<th scope='col'>{escape(c.title)}<small>{escape(c.says)}</small></th>" for c in columns
    )
    body = "".join(
        f"<tr><th scope='row'>{escape(name)}</th>"
        + "".join(_cell(old.get(name), new.get(name), hiding=hiding) for old, new in scores)
        + "</tr>"
        for name in rows_of(columns, asked)
    )
    return (
        f"<div class='wide'><table class='beside'><caption>{escape(caption)}</caption><thead><tr>"
        f"<th scope='col'>{text.FINDING}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(old: ClassScore | None, new: ClassScore | None, *, hiding: bool) -> str:
    if old is None or new is None:
        return "<td>–</td>"
    bars = f"<i class='bar now' style='width:{100 * new.probability:.0f}%'></i>"
    number = f"{'' if new.calibrated else '≈ '}{new.probability:.2f}"
    moved = abs(new.probability - old.probability) >= NOTEWORTHY
    if hiding:
        bars = f"<i class='bar before' style='width:{100 * old.probability:.0f}%'></i>{bars}"
        number = f"{old.probability:.2f} → {number}"
    mark = " class='mark'" if hiding and moved else ""
    return f"<td{mark}><span class='bars'>{bars}</span><span>{number}</span></td>"


def read_share(prediction: Prediction) -> str:
    """Say how much of the recording was read."""
    return text.read_share(percent(prediction.visible_share))
