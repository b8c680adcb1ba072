"""Sections of the CMRS page."""

from functools import partial
from html import escape

import streamlit as st

from pages.ui import cmrs_charts as charts
from pages.ui.charts import show
from pages.ui.charts_eye import part
from pages.ui.charts_table import table_html
from pages.ui.cmrs_choice import choose
from pages.ui.cmrs_data import (
    POOLED,
    Json,
    Score,
    axes,
    few,
    least_p,
    number,
    parts,
    sums,
)
from pages.ui.cmrs_words import about_line, group_name, headline_line, label_of
from pages.ui.text import cmrs as text

PAGE = "cmrs"


def headline(result: Json, view: str, scores: list[Score]) -> None:
    """The page in a sentence, and what stands behind it."""
    st.html(f"<p class='lead'>{escape(headline_line(result, view, scores))}</p>")
    st.html(f"<p class='aside'>{escape(about_line(result, scores[0]))}</p>")


def methods_and_terms(result: Json, view: str, scores: list[Score]) -> None:
    """Bars of all methods, and what the score is made of."""
    with st.container(key="pair terms"):
        left, right = st.columns([1.2, 1], gap="large")
    with left:
        rows = [(one.title, one.score) for one in scores]
        alt = text.headline_alt(text.view_name(view), rows)
        show(
            charts.headline_chart(scores),
            key="cmrs headline",
            alt=alt,
            table=charts.headline_table(scores),
        )
        seen(scores)
    with right:
        terms(scores[0].content)


def seen(scores: list[Score]) -> None:
    """Who had seen what."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(one.title)}</th>"
        f"<td class='words'>{escape(str(one.row.get('source') or 'not said'))}"
        f"<small>{escape(str(one.row.get('contamination') or ''))}</small></td>"
        f"<td><code>{escape(str(one.row.get('checkpoint') or '')[:8])}</code></td></tr>"
        for one in scores
    )
    head = "".join(f"<th scope='col' class='words'>{name}</th>" for name in text.SEEN_COLUMNS)
    st.html(
        f"<div class='study' tabindex='0' role='region' aria-label='{text.METHODS}'>"
        f"<table class='study'><caption>{text.METHODS}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def terms(content: Json) -> None:
    """F, S, I and R in plain words, with what was chosen."""
    st.html(f"<h3 class='chart'>{escape(text.TERMS)}</h3>")
    told = (
        ("F", text.TERM_NAMES["F"], text.term_f(
            str(content.get("reference")), str(content.get("reference_checkpoint") or "")[:8],
            [str(name) for name in content.get("unknown_to_reference") or []],
        )),
        ("S", text.TERM_NAMES["S"], text.term_s(number(content.get("mean_severity")))),
        ("I", text.TERM_NAMES["I"], text.term_i(number(content.get("mean_impact")))),
        ("R", text.TERM_NAMES["R"], text.term_r(
            str(content.get("variant")), number(content.get("mean_agreement")),
            int(number(content.get("floored")) or 0), int(number(content.get("items")) or 0),
        )),
    )  # fmt: skip
    listed = "".join(
        f"<dt>{letter}</dt><dd><b>{escape(name)}</b>{escape(said)}</dd>"
        for letter, name, said in told
    )
    st.html(f"<dl class='terms'>{listed}</dl><p class='aside'>{escape(text.FORMULA)}</p>")


def breakdown(result: Json, view: str, scores: list[Score]) -> None:
    """Where one method's points are lost, and that the parts are the whole."""
    st.header(text.BREAKDOWN)
    names = [one.method for one in scores]
    titles = {one.method: one.title for one in scores}
    with st.container(key="cmrs breakdown", horizontal=True, vertical_alignment="bottom"):
        method = choose(
            PAGE, "method", text.METHOD, names, named=lambda name: titles.get(name, name)
        )
        score = next(one for one in scores if one.method == method)
        found = axes(score.content)
        if len(found) > 1 and view != POOLED:
            found = [axis for axis in found if axis != "type"]  # one view is one type
        if found:
            by = choose(
                PAGE, "by", text.BY, found, named=text.AXES.__getitem__, usual="lead", kind="row"
            )
    if not found:
        st.info(text.NO_BREAKDOWN)
        return
    _taken_apart(result, score, by)


def _taken_apart(result: Json, score: Score, by: str) -> None:
    content = score.content

    def named(name: str) -> str:
        return group_name(result, by, name)

    every = parts(content, by)
    shown = charts.shown_parts(by, every, named)
    worst = sorted((pair for pair in shown), key=lambda pair: -pair[1].lost)
    # The rest is no group of its own, so it is not among those that are named.
    single = [pair for pair in worst if pair[1].name][: 3 if by == "lead" else 1]
    lost = sum(part.lost for _, part in single)
    said = text.lost_most(by, score.title, [name for name, _ in single], lost, 100 - score.score)
    st.html(f"<p class='aside'>{escape(said)}</p>")
    table = charts.parts_table(by, every, named, score.score)
    with st.container(key="pair breakdown"):
        left, right = st.columns(2, gap="large")
    with left:
        show(
            charts.waterfall(text.waterfall_title(score.title, by), shown, score.score),
            key="cmrs waterfall",
            alt=text.waterfall_alt(
                score.title, score.score, [(name, part.lost) for name, part in shown]
            ),
            table=table,
        )
    with right:
        show(
            charts.treemap(
                text.treemap_title(by), [(named(part.name), part) for part in every if part.share]
            ),
            key="cmrs treemap",
            alt=text.treemap_alt([(name, part.share, part.score) for name, part in shown]),
            table=table,
        )
    adds_up(content, by)


def adds_up(content: Json, by: str) -> None:
    """Show the sums of every axis, the chosen one first."""
    found = sorted(sums(content), key=lambda one: one.axis != by)
    lines = []
    for one in found:
        n = len(parts(content, one.axis))
        if one.holds:
            said = text.adds_up(one.axis, n, one.shares, one.points, one.score)
        else:
            said = text.does_not(one.axis, one.shares, one.points, one.score)
        broken = "" if one.holds else " broken"
        lines.append(f"<p class='check{broken}'>{escape(said)}</p>")
    st.html(lines[0])
    if len(lines) > 1:
        bad = any(not one.holds for one in found[1:])
        with st.expander(text.OTHER_SUMS, expanded=bad):
            st.html("".join(lines[1:]))


def two_scores(scores: list[Score]) -> None:
    """AUROC against CMRS."""
    placed = [one for one in scores if one.auroc is not None]
    if not placed:
        st.header(text.SCATTER)
        st.html(f"<p class='aside'>{escape(text.SCATTER_POOLED)}</p>")
        return
    show(
        charts.scatter(placed),
        key="cmrs scatter",
        alt=text.scatter_alt([(one.title, one.auroc or 0.0, one.score) for one in placed]),
        table=charts.headline_table(placed),
    )
    st.html(f"<p class='aside'>{escape(text.SCATTER_NOTE)}</p>")


def sensitivity(scores: list[Score]) -> None:
    """Other references, other measures of agreement."""
    st.header(text.SENSITIVITY)
    part("sensitivity", text.SENSITIVITY, partial(_other_choices, scores))


def _other_choices(scores: list[Score]) -> None:
    with st.container(key="pair sensitivity"):
        left, right = st.columns(2, gap="large")
    for place, chart, note in (
        (left, charts.references_chart(scores), text.REFERENCES_NOTE),
        (right, charts.variants_chart(scores), text.VARIANTS_NOTE),
    ):
        with place:
            show(
                chart,
                key=f"cmrs {chart.title}",
                alt=text.bars_alt(chart.title, charts.told(chart)),
                in_part=True,
            )
            st.html(f"<p class='aside'>{escape(note)}</p>")


def differences(result: Json, view: str, scores: list[Score]) -> None:
    """Paired differences and whether they are more than chance."""
    st.header(text.DIFFERENCES)
    rows = charts.difference_rows(result, view, scores)
    if not rows:
        st.write(text.NO_DIFFERENCES)
        return
    made = int(number(result.get("comparisons_made")) or len(rows))
    said = text.differences(made, *least_p(result))

    def draw() -> None:
        st.html(f"<p class='aside'>{escape(said)}</p>")
        st.html(table_html(text.DIFFERENCES_CAPTION, rows))

    part("differences", text.DIFFERENCES, draw)


def cautions(result: Json) -> None:
    """Rare labels, and what the result says about itself."""
    st.header(text.CAUTION)
    rare = few(result)
    if rare:
        least = int(number((result.get("configuration") or {}).get("min_positives")) or 5)
        named = {label_of(result, code): count for code, count in rare.items()}
        st.html(f"<p class='aside'>{escape(text.few(named, least))}</p>")
    notes = "".join(f"<li>{escape(str(note))}</li>" for note in result.get("notes") or [])
    if notes:
        with st.expander(text.NOTES):
            st.html(f"<ul class='aside'>{notes}</ul>")
