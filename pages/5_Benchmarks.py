"""Benchmarks: the paper's tables, published and measured side by side, and what agrees."""

from html import escape

import streamlit as st

from pages.ui import benchmarks_parts as parts
from pages.ui import report
from pages.ui.benchmarks_report import counts, report_of
from pages.ui.cmrs_choice import choose
from pages.ui.cmrs_store import stored
from pages.ui.frame import ROOT, frame
from pages.ui.text import benchmarks as text
from pages.ui.text.cmrs import damaged
from scar_core.verdict import compare_with_paper

STYLE = ROOT / "assets" / "study.css"


@st.fragment
def body() -> None:
    """Draw the section that is chosen; a gesture runs this and not what frames it."""
    results, published, bad = stored()
    if bad:
        st.warning(damaged(bad))
    if not results:
        st.info(text.EMPTY, icon=":material/hourglass_empty:")
    if not published:
        st.warning(text.NO_PUBLISHED)
    verdicts = compare_with_paper(results, published)
    section = choose(
        parts.PAGE, "table", text.TABLE, list(text.SECTIONS), named=text.SECTIONS.__getitem__,
        kind="row",
    )  # fmt: skip
    if section == "paper":
        if verdicts:
            said = text.summary(*counts(verdicts))
            st.html(f"<p class='lead'>{escape(said)}</p>")
        parts.in_short(results, published, verdicts)
        report.offer(lambda: report_of(results, published, verdicts), "benchmarks")
        return
    of = [one for one in verdicts if section == str(one.table)]
    if of:
        said = text.of_table_lead(section, *counts(of))
        st.html(f"<p class='lead'>{escape(said)}</p>")
    parts.SECTIONS[section](results, published)
    if of:
        st.header(text.VERDICTS)
        parts.verdict_list(of)
        parts.note(text.HOW_DECIDED)


def main() -> None:
    """Draw the page."""
    frame("Benchmarks")
    st.html(STYLE)
    st.title(text.TITLE)
    body()


main()
