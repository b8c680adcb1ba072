"""The CMRS page as one file to keep or send."""

from pages.ui import cmrs_charts as charts
from pages.ui.cmrs_data import (
    Json,
    Score,
    axes,
    least_p,
    number,
    parts,
    pooled_views,
    sums,
)
from pages.ui.cmrs_words import about_line, group_name, headline_line
from pages.ui.report import Figure, Part, Table, html_report
from pages.ui.text import cmrs as text


def report_of(result: Json, view: str, scores: list[Score], method: str) -> bytes:
    """Return the page as one HTML file.

    Args:
        result: What is shown.
        view: Of it.
        scores: Every method's, the best first.
        method: The one that is taken apart.
    """
    one = next((score for score in scores if score.method == method), scores[0])
    content: list[Part] = [headline_line(result, view, scores), about_line(result, scores[0])]
    rows = [(score.title, score.score) for score in scores]
    content += [
        Figure(charts.headline_chart(scores), text.headline_alt(text.view_name(view), rows)),
        Table(text.HEADLINE, charts.headline_table(scores)),
        text.FORMULA,
    ]
    for axis in axes(one.content):
        content += _apart(result, one, axis)
    placed = [score for score in scores if score.auroc is not None]
    if placed:
        told = [(score.title, score.auroc or 0.0, score.score) for score in placed]
        content.append(Figure(charts.scatter(placed), text.scatter_alt(told)))
    for chart in (charts.references_chart(scores), charts.variants_chart(scores)):
        content.append(Figure(chart, text.bars_alt(chart.title, charts.told(chart))))
    content += _differences(result, view, scores)
    content += [str(line) for line in result.get("notes") or []]
    return html_report(
        text.TITLE,
        content,
        checkpoints={s.title: str(s.row.get("checkpoint") or "") for s in scores},
        facts=text.facts(result, text.view_name(view, pooled_views(result))),
    )


def _apart(result: Json, one: Score, axis: str) -> list[Part]:
    def named(name: str) -> str:
        return group_name(result, axis, name)

    every = parts(one.content, axis)
    shown = charts.shown_parts(axis, every, named)
    title = text.waterfall_title(one.title, axis)
    lost = [(name, part.lost) for name, part in shown]
    total = next(found for found in sums(one.content) if found.axis == axis)
    say = (
        text.adds_up(axis, len(every), total.shares, total.points, total.score)
        if total.holds
        else text.does_not(axis, total.shares, total.points, total.score)
    )
    return [
        Figure(
            charts.waterfall(title, shown, one.score),
            text.waterfall_alt(one.title, one.score, lost),
        ),
        Table(title, charts.parts_table(axis, every, named, one.score)),
        say,
    ]


def _differences(result: Json, view: str, scores: list[Score]) -> list[Part]:
    rows = charts.difference_rows(result, view, scores)
    if not rows:
        return []
    made = int(number(result.get("comparisons_made")) or len(rows))
    return [
        Table(text.DIFFERENCES_CAPTION, rows),
        text.differences(made, *least_p(result)),
    ]
