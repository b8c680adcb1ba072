"""Sections of the Benchmarks page."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from pages.ui import benchmarks_charts as charts
from pages.ui import benchmarks_data as data
from pages.ui import benchmarks_variants as variants
from pages.ui.benchmarks_again import again
from pages.ui.benchmarks_data import Json, Place
from pages.ui.benchmarks_grid import Grid, html_of
from pages.ui.benchmarks_report import counts
from pages.ui.charts import show
from pages.ui.cmrs_choice import choose
from pages.ui.text import benchmarks as text
from scar_core.verdict import Verdict, place_name

PAGE = "benchmarks"
Results = Sequence[Json]


def note(words: str) -> None:
    """Draw a sentence in small print."""
    st.html(f"<p class='aside'>{escape(words)}</p>")


def outcome_of(verdict: Verdict) -> str:
    """Name how a verdict came out; mixed ones without one that agrees have a name."""
    if verdict.outcome == "mixed" and not verdict.of("same"):
        return "against"
    return verdict.outcome


def verdict_list(verdicts: Sequence[Verdict]) -> None:
    """Draw verdicts as sentences."""
    items = "".join(
        f"<li class='{outcome_of(one)}'><b>{escape(text.OUTCOMES[outcome_of(one)])}</b>"
        f"<span>{escape(one.sentence)}</span></li>"
        for one in verdicts
    )
    if items:
        st.html(f"<ul class='verdicts'>{items}</ul>")


def in_short(results: Results, published: Json, verdicts: Sequence[Verdict]) -> None:
    """What agrees with the paper and what does not."""
    ours, theirs, tested = data.sizes(results, published)
    if not verdicts:
        st.info(text.NO_VERDICT, icon=":material/hourglass_empty:")
    note(text.size(ours, theirs, data.TRAINED_ON, tested))
    for table in dict.fromkeys(one.table for one in verdicts):
        of = [one for one in verdicts if one.table == table]
        st.header(text.VERDICT_TITLES.get(table, str(table)))
        note(text.of_table(*counts(of)).capitalize() + ".")
        verdict_list(of)
    if verdicts:
        note(text.HOW_DECIDED)


def missing(section: str) -> None:
    """Draw the state of a section of which nothing was measured."""
    st.info(text.NOT_YET[section], icon=":material/hourglass_empty:")
    key = text.COMMAND_OF.get(section, section)
    st.code(text.COMMANDS[key], language="bash", wrap_lines=True)


def table(grid: Grid, figure: str, section: str) -> None:
    """Draw measured bars, and the table with published figures beside."""
    chart = charts.measured_bars(grid, figure)
    if chart.series:
        show(
            chart,
            key=f"benchmarks {section}",
            alt=text.alt(chart.title, charts.told(chart)),
            table=grid.rows(),
        )
    st.html(html_of(grid))


def _figure(usual: str = "macro_auroc") -> str:
    return choose(
        PAGE, "figure", text.FIGURE, list(text.FIGURES), named=text.FIGURES.__getitem__,
        usual=usual, kind="row",
    )  # fmt: skip


def _place(found: Mapping[Place, Json], usual: str = "ptbxl.super") -> Json:
    """Let the reader choose one of the results."""
    names = {".".join(key): one for key, one in found.items()}
    titles = {key: place_name(one) for key, one in names.items()}
    chosen = choose(PAGE, "data", text.DATA, list(names), named=titles.__getitem__, usual=usual)
    return names[chosen]


def probes(results: Results, published: Json) -> None:
    """Table 1."""
    found = data.of_kind(results, "linear-probe")
    usual = ("1", "10", "100")
    shares = [f"{share:g}" for share in sorted({s for one in found for s in data.shares_of(one)})]
    share = choose(
        PAGE, "share", text.SHARE, shares or list(usual), named=text.percent, usual="100",
        kind="row",
    )  # fmt: skip
    grid = data.probes(results, published, float(share))
    if not found:
        missing("1")
    table(grid, "macro_auroc", "1")
    note(text.PROBES_NOTE)
    if found:
        one = _place(data.by_place(found))
        bars = charts.share_bars(one)
        show(bars, key="benchmarks shares", alt=text.alt(bars.title, charts.told(bars)))
    again(found, "1")


def under_masks(results: Results, published: Json) -> None:
    """Table 2."""
    with st.container(key="choice 2", horizontal=True, vertical_alignment="bottom"):
        view = choose(
            PAGE, "view", text.VIEW, ["full", "random", "hard"], named=text.VIEWS.__getitem__,
            usual="random", kind="row",
        )  # fmt: skip
        figure = _figure()
    found = list(data.by_place(data.of_kind(results, "cmrs", "missingness", "zero-shot")).values())
    if not found:
        missing("2")
    if view == "full" and figure == "cmrs":
        st.info(text.NOTHING_HIDDEN, icon=":material/info:")
    else:
        table(data.missing(results, published, view, figure), figure, "2")
    note(text.MISSING_NOTE)
    again(found, "2")


def trained_otherwise(results: Results, published: Json, number: int) -> None:
    """Tables 3 and 5."""
    section = str(number)
    what = {3: "ablation", 5: "lambda"}[number]
    found = list(data.by_place(data.of_kind(results, what)).values())
    figure = _figure() if number == 3 or found else "macro_auroc"
    if not found:
        missing(section)
    grid = variants.variants(results, published, number, figure)
    if not grid.is_empty:
        table(grid, figure, section)
    of_another_shape(results, what)
    again(found, section)
    if number == 3:
        for what, title in text.OWN.items():
            own = variants.own(results, what, figure)
            if own is not None:
                st.header(title)
                note(text.OWN_NOTES[what])
                of_another_shape(results, what)
                st.html(html_of(own))
                again(
                    list(data.by_place(data.of_kind(results, what)).values()),
                    what,
                    follows=not found,
                )


def of_another_shape(results: Results, what: str) -> None:
    """Say so if variants were trained of another model than the one that ships."""
    sizes = variants.another_shape(results, what)
    if sizes is not None:
        note(text.another_shape(*sizes))


def types(results: Results, published: Json) -> None:
    """Table 4."""
    found = data.by_place(data.of_kind(results, "missingness"))
    with st.container(key="choice 4", horizontal=True, vertical_alignment="bottom"):
        one = _place(found) if found else None
        figure = _figure("cmrs")
    if one is None:
        missing("4")
    table(data.types(one, published, figure), figure, "4")
    note(text.TYPES_NOTE)
    again([one] if one else [], "4")


def costs(results: Results, published: Json) -> None:
    """Table 6."""
    found = data.of_kind(results, "efficiency")[:1]
    if not found:
        missing("6")
    grid = variants.costs(results, published)
    if not grid.is_empty:
        st.html(html_of(grid))
    chart = variants.cost_bars(results)
    if chart is not None:
        alt = text.alt(chart.title, charts.told(chart))
        show(chart, key="benchmarks 6", alt=alt, table=grid.rows())
    note(text.COSTS_NOTE)
    again(found, "6")


def curves(results: Results, _published: Json) -> None:
    """What is left as more is hidden."""
    whole = [r for r in data.of_kind(results, "missingness") if charts.has_curves(r)]
    found = data.by_place(whole)
    if not found:
        missing("curves")
        return
    one = _place(found)
    with st.container(key="pair curves"):
        sides = st.columns(2, gap="large")
    for side, figure in zip(sides, text.FIGURES, strict=True):
        with side:
            chart = charts.curves(one, figure)
            alt = text.curves_alt(chart.title, charts.curve_ends(chart))
            show(chart, key=f"benchmarks curves {figure}", alt=alt)
    note(text.CURVES_NOTE)
    again([one], "curves")


def calibration(results: Results, _published: Json) -> None:
    """Whether probabilities mean what they say."""
    whole = data.of_kind(results, "cmrs", "missingness", "zero-shot")
    found = data.by_place(one for one in whole if charts.calibrated_views(one))
    if not found:
        missing("calibration")
        return
    with st.container(key="choice calibration", horizontal=True, vertical_alignment="bottom"):
        one = _place(found)
        views = charts.calibrated_views(one)
        view = choose(
            PAGE, "view", text.VIEW, views, named=lambda v: text.VIEWS.get(v, v), usual="random",
            kind="row",
        )  # fmt: skip
    grid = charts.errors(one)
    place = views.index(view)
    told = [
        (line.name, line.cells[place].value or 0.0)
        for block in grid.blocks
        for line in block.lines
        if line.cells[place].value is not None
    ]
    with st.container(key="pair calibration"):
        left, right = st.columns([1.3, 1], gap="large")
    with left:
        show(
            charts.reliability(one, view),
            key="benchmarks calibration",
            alt=text.calibration_alt(told),
        )
    with right:
        st.html(html_of(grid))
    note(text.CALIBRATION_NOTE)
    again([one], "calibration")


def labels(results: Results, _published: Json) -> None:
    """Every label with its count."""
    whole = data.of_kind(results, "cmrs", "missingness", "zero-shot")
    found = data.by_place(one for one in whole if charts.label_views(one))
    if not found:
        missing("labels")
        return
    with st.container(key="choice labels", horizontal=True, vertical_alignment="bottom"):
        one = _place(found)
        view = choose(
            PAGE, "view", text.VIEW, charts.label_views(one),
            named=lambda v: text.VIEWS.get(v, v), usual="random", kind="row",
        )  # fmt: skip
    grid = charts.labels(one, view)
    bars = charts.label_bars(grid)
    show(bars, key="benchmarks labels", alt=text.alt(bars.title, charts.told(bars)),
         table=grid.rows())  # fmt: skip
    st.html(html_of(grid))
    note(text.labels_note(int((one.get("configuration") or {}).get("min_positives") or 5)))
    again([one], "labels")


SECTIONS: Mapping[str, Callable[[Results, Json], None]] = {
    "1": probes,
    "2": under_masks,
    "3": lambda results, published: trained_otherwise(results, published, 3),
    "4": types,
    "5": lambda results, published: trained_otherwise(results, published, 5),
    "6": costs,
    "curves": curves,
    "calibration": calibration,
    "labels": labels,
}
