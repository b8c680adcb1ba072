"""Charts as plain HTML: they must be on the page within a quarter of a second after a gesture.

Every function is pure and escapes what it is given; every picture has words beside it, and
``*_table`` functions give the same numbers as a table.
"""

from collections.abc import Collection, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from pages.ui.colours import CIVIDIS, PUOR, as_hex, coloured, data_uri, palette, png
from pages.ui.text import figures as text
from pages.ui.words import NOTEWORTHY, changes, lead_names, percent, receivers, top_leads
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


def weights(importance: Importance) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return weights and visibility as arrays (lead, patch)."""
    return np.array(importance.patches, np.float64), np.array(importance.visible, np.bool_)


def shared_limit(*maps: NDArray[np.float64]) -> float:
    """Return the upper end of a colour scale for several maps: nearly their largest weight."""
    positive = np.concatenate([m[m > 0] for m in maps])
    return float(np.quantile(positive, 0.995)) if positive.size else 1.0


def importance_html(before: Importance, after: Importance, *, hiding: bool = True) -> str:
    """Draw importance before and now with shared limits, and the change between them.

    Args:
        before: With nothing hidden.
        after: Under the scenario; same leads and patches.
        hiding: False if nothing is hidden: then there is one map.
    """
    old, old_seen = weights(before)
    new, seen = weights(after)
    top = shared_limit(old, new)
    maps = [_heat("Importance now", after, coloured(new, seen, (0, top), CIVIDIS), _where(after))]
    scales = [_scale(CIVIDIS, "0 %", f"{100 * top:.2g} % per {after.patch_s:g} s")]
    if hiding:
        change = new - old  # what was hidden lost all that it had
        reach = float(np.abs(change).max()) or 1.0
        first = coloured(old, old_seen, (0, top), CIVIDIS)
        maps.insert(0, _heat("Importance before", before, first, _where(before)))
        third = coloured(change, old_seen | seen, (-reach, reach), PUOR)
        gained = receivers(before, after)
        alt = f"Gained mostly by {lead_names(gained)}" if gained else text.NO_GAIN
        maps.append(_heat("Change", after, third, alt))
        scales.append(_scale(PUOR, f"−{100 * reach:.2g} % lost", f"+{100 * reach:.2g} % gained"))
    hatched = f"<span><i class='gap'></i>{text.HATCHED}</span>"
    return (
        f"<div class='heats n{len(maps)}'>{''.join(maps)}</div>"
        f"<div class='scales'>{''.join(scales)}{hatched}</div>"
    )


def _where(importance: Importance) -> str:
    leads, share = top_leads(importance)
    return f"Most on {lead_names(leads)} ({percent(share)})" if leads else "Nothing was read"


def _heat(title: str, importance: Importance, image: NDArray[np.uint8], alt: str) -> str:
    labels = "".join(f"<span>{escape(lead)}</span>" for lead in importance.lead_names)
    seconds = image.shape[1] * importance.patch_s
    ticks = "".join(f"<span>{seconds * i / 5:.3g}</span>" for i in range(6))
    picture = f"<img src='{data_uri(png(image))}' alt='{escape(f'{title}. {alt}.')}'>"
    return (
        f"<figure class='heat'><figcaption>{escape(title)}</figcaption>"
        f"<div class='grid'><div class='rows' aria-hidden='true'>{labels}</div>{picture}"
        f"<div class='ticks' aria-hidden='true'>{ticks}</div></div>"
        "<div class='unit' aria-hidden='true'>seconds</div></figure>"
    )


def _scale(anchors: Sequence[str], low: str, high: str) -> str:
    ramp = ",".join(as_hex(palette(anchors, 12)))
    bar = f"<i class='ramp' style='background:linear-gradient(90deg,{ramp})'></i>"
    return f"<span>{low} {bar} {high}</span>"


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


def importance_table(importance: Importance, title: str, per_s: float = 1.0) -> str:
    """Write importance per lead and stretch of time as a table, in per cent.

    Args:
        importance: The weights.
        title: Caption.
        per_s: Seconds per column, at least one patch.
    """
    values, seen = weights(importance)
    step = max(1, round(per_s / importance.patch_s))
    starts = range(0, values.shape[1], step)
    head = ["Lead", *(f"{i * importance.patch_s:.3g} s" for i in starts)]
    rows = [
        [
            lead,
            *(
                f"{100 * values[row, i : i + step].sum():.1f}"
                if seen[row, i : i + step].any()
                else "not read"
                for i in starts
            ),
        ]
        for row, lead in enumerate(importance.lead_names)
    ]
    return table(title, head, rows)


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
