"""Bars and tables as plain HTML: they must be on the page a quarter of a second after a gesture.

Every function is pure and escapes what it is given.
"""

from collections.abc import Collection, Sequence
from html import escape

from pages.ui.text import figures as text
from pages.ui.words import NOTEWORTHY, changes, percent
from scar_core.prediction import ClassScore, Importance, Prediction

SHOWN = 12
MARKED = 3

Pair = tuple[ClassScore, ClassScore]


def picked(before: Prediction, after: Prediction, asked: Collection[str] = ()) -> list[Pair]:
    """Choose the findings worth a bar.

    Args:
        before: The answer with nothing hidden.
        after: The answer under the scenario.
        asked: Names that the reader added; they are always among the bars.

    Returns:
        Pairs (before, after): the likeliest on either side, the biggest changes and what was
        asked for, sorted by the higher of both probabilities.
    """
    pairs = changes(before, after)

    def height(pair: Pair) -> float:
        return max(pair[0].probability, pair[1].probability)

    asked_for = [pair for pair in pairs if pair[1].name.lower() in {a.lower() for a in asked}]
    wanted = asked_for + [pair for pair in pairs[:MARKED] if pair[1].name in marked(before, after)]
    for pair in [*wanted, *sorted(pairs, key=height, reverse=True)]:
        if pair not in wanted and len(wanted) < SHOWN:
            wanted.append(pair)
    unique = {pair[1].name: pair for pair in wanted}
    return sorted(unique.values(), key=height, reverse=True)


def marked(before: Prediction, after: Prediction) -> set[str]:
    """Return the names of the biggest changes that are worth a mark."""
    top = changes(before, after)[:MARKED]
    return {new.name for old, new in top if abs(new.probability - old.probability) >= NOTEWORTHY}


def diagnosis_html(
    before: Prediction,
    after: Prediction,
    *,
    answer_id: str,
    asked: Collection[str] = (),
    hiding: bool = True,
) -> str:
    """Draw before/after bars of the findings.

    Args:
        before: The answer with nothing hidden.
        after: The answer under the scenario.
        answer_id: Changes with every new answer; stands in ``data-answer-id`` for whoever waits.
        asked: Names that the reader added.
        hiding: False if nothing is hidden: then there is one bar and no change.
    """
    big = marked(before, after) if hiding else set()
    rows = [
        _bar_row(old, new, hiding=hiding, mark=new.name in big)
        for old, new in picked(before, after, asked)
    ]
    head = "<th scope='col'>Before</th><th scope='col'>Now</th><th scope='col'>Change</th>"
    approximate = any(not new.calibrated for _, new in picked(before, after, asked))
    note = f"<p class='note'>{text.ABOUT_APPROXIMATE}</p>" if approximate else ""
    key = (
        f"<p class='note'><i class='swatch before'></i>{text.KEY_BEFORE} "
        f"<i class='swatch now'></i>{text.KEY_NOW}</p>"
        if hiding
        else ""
    )
    return (
        f"<div class='diagnosis' data-answer-id='{escape(answer_id)}'>{key}"
        f"<table class='bars'><caption>{text.FINDINGS}</caption><thead><tr>"
        "<th scope='col'>Finding</th><th scope='col'><span class='sr'>Bars</span></th>"
        f"{head if hiding else '<th scope=col>Now</th>'}"
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>{note}</div>"
    )


def _bar_row(old: ClassScore, new: ClassScore, *, hiding: bool, mark: bool) -> str:
    about = "" if new.calibrated else "<span title='approximate'>≈ </span>"
    delta = new.probability - old.probability
    bars = f"<div class='bar now' style='width:{100 * new.probability:.1f}%'></div>"
    numbers = f"<td>{about}{new.probability:.2f}</td>"
    if hiding:
        bars = f"<div class='bar before' style='width:{100 * old.probability:.1f}%'></div>{bars}"
        numbers = f"<td>{old.probability:.2f}</td>{numbers}<td>{_change(delta)}</td>"
    return (
        f"<tr class='{'mark' if mark else ''}'><th scope='row'>{escape(new.name)}</th>"
        f"<td class='track'>{bars}</td>{numbers}</tr>"
    )


def _change(delta: float) -> str:
    if abs(delta) < 0.005:
        return "<span class='same'>no change</span>"
    return f"{'▲' if delta > 0 else '▼'} {abs(delta):.2f}"


def diagnosis_table(before: Prediction, after: Prediction) -> str:
    """Write every finding with probability and similarity, before and now, as a table."""
    rows = [
        [
            new.name,
            f"{old.probability:.3f}",
            f"{new.probability:.3f}",
            f"{old.similarity:.3f}",
            f"{new.similarity:.3f}",
            text.OWN_CURVE if new.calibrated else text.APPROXIMATE,
        ]
        for old, new in sorted(changes(before, after), key=lambda pair: pair[1].name)
    ]
    return table(text.ALL_FINDINGS, text.TABLE_HEAD, rows)


def shares_html(before: Importance, after: Importance, *, hiding: bool = True) -> str:
    """Draw each lead's share of the importance, before and now."""
    old, new = before.per_lead, after.per_lead
    widest = max([*old.values(), *new.values(), 1e-9])
    rows = []
    for lead, seen in zip(after.lead_names, after.visible, strict=True):
        now = f"<div class='bar now' style='width:{100 * new[lead] / widest:.1f}%'></div>"
        numbers = f"<td>{percent(new[lead]) if any(seen) else 'not read'}</td>"
        if hiding:
            width = 100 * old.get(lead, 0.0) / widest
            now = f"<div class='bar before' style='width:{width:.1f}%'></div>{now}"
            numbers = f"<td>{percent(old.get(lead, 0.0))}</td>{numbers}"
        rows.append(f"<tr><th scope='row'>{lead}</th><td class='track'>{now}</td>{numbers}</tr>")
    head = "<th scope='col'>Before</th><th scope='col'>Now</th>"
    return (
        f"<table class='bars shares'><caption>{text.SHARES}</caption><thead><tr>"
        "<th scope='col'>Lead</th><th scope='col'><span class='sr'>Bars</span></th>"
        f"{head if hiding else '<th scope=col>Now</th>'}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; the first column names the row."""
    top = "".join(f"<th scope='col'>{escape(text)}</th>" for text in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(row[0])}</th>"
        + "".join(f"<td>{escape(text)}</td>" for text in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f"<div class='wide'><table class='plain'><caption>{escape(caption)}</caption>"
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
