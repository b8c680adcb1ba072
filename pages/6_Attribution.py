"""Attribution: what one finding rests on, by several accounts, and whether they agree."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from pages.ui import attribution_charts as drawn
from pages.ui import charts, redistribution_link, report
from pages.ui.attribution_ask import ORDERS, QUICK, Ask, as_account
from pages.ui.attribution_report import Told, whole_report
from pages.ui.choose import about, choose_record, choose_window, folder_setting
from pages.ui.frame import frame, worker_missing
from pages.ui.inputs import Case
from pages.ui.masking_faults import exchanged
from pages.ui.masking_shown import told
from pages.ui.redistribution_charts import STYLE
from pages.ui.redistribution_choose import choose_finding, choose_method, finding_asked
from pages.ui.redistribution_link import study, write_url
from pages.ui.session import Session, session
from pages.ui.text import attribution as text
from pages.ui.text import redistribution as words
from pages.ui.worker import Status
from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.findings import FINDINGS
from scar_core.leads import LEADS
from scar_core.record import ECGRecord

Account = dict[str, Any]
JOBS = "pages/8_Jobs.py"


def framed(case: Case | None, finding: str) -> tuple[str, ...]:
    """Return the leads in which a simulated finding is known to show, if not in all."""
    for code, spans in case.evidence.items() if case else ():
        if code in FINDINGS and FINDINGS[code].name == finding:
            leads = {span.lead for span in spans}
            return tuple(lead for lead in LEADS if lead in leads) if len(leads) < 12 else ()
    return ()


def side_by_side(ask: Ask, accounts: Sequence[Account], leads: tuple[str, ...]) -> None:
    """Draw every account of cells as a map, with what it can and cannot say."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="explain_side"):
        st.header(text.SIDE, width="stretch")
        orders = st.selectbox(
            text.ORDERS, ORDERS, index=1, key="orders", help=text.ORDERS_HELP, width=140
        )
        there = len(ask.orders_held())
        label = text.MORE if there else text.COMPUTE
        wanted = st.button(label, type="secondary" if there else "primary", key="compute",
                           disabled=there >= orders)  # fmt: skip
    if wanted:
        try:
            ask.compute(orders)
        except ScarError as error:
            told(ask.s, error)
        else:
            st.rerun()
    note = f"{text.SIDE_NOTE} {text.FRAMED if leads else ''} {'' if there else text.SLOW}"
    st.html(f"<p class='note'>{note}</p>")
    with st.container(key="explain_accounts"):
        columns = [*st.columns(2, gap="medium"), *st.columns(2, gap="medium")]
    known = {one["account"]: one for one in accounts if one["cells"] is not None}
    names = [name for name in text.UNITS if name in known or name not in QUICK]
    for column, name in zip(columns, names, strict=False):
        with column:
            one_map(name, known.get(name), leads)


def one_map(name: str, one: Account | None, leads: tuple[str, ...]) -> None:
    """Draw one account, or say that it is not computed yet."""
    if one is None:
        st.html(f"<h3 class='chart'>{text.ACCOUNTS[name]}</h3>")
        st.info(text.NOT_YET, icon=":material/hourglass_empty:")
        st.html(f"<p class='note'>{text.SAYS[name]}</p>")
        return
    chart = drawn.account_map(one, leads)
    charts.show(chart, key=name, alt=text.map_alt(name, one["finding"], one["leads"]))
    orders = one.get("orders")
    took = text.averaged(one["seconds"], orders) if orders else text.took(one["seconds"])
    st.html(f"<p class='note'>{text.SAYS[name]} {took}</p>")


def exact(ask: Ask, found: dict[str, Any] | None) -> None:
    """Draw exact values of leads, or offer to compute them."""
    st.header(text.EXACT)
    if found is None:
        st.write(text.NEEDS_BRUTE)
        if st.button(text.BRUTE, key="brute"):
            try:
                with st.spinner(text.BRUTE_RUNNING, show_time=True):
                    ask.exact(brute_force=True)
            except ScarError as error:
                told(ask.s, error)
            else:
                st.rerun()
        return
    charts.show(drawn.waterfall(found), key="waterfall", alt=text.waterfall_alt(found))
    st.write(text.interactions(found["pairs"]))
    st.html(f"<p class='note'>{text.SAYS['shapley-leads']} {text.exact(found)}</p>")


def compare(accounts: Sequence[Account], found: dict[str, Any]) -> None:
    """Draw accounts lead by lead, how they agree, and what deleting and inserting does."""
    st.header(text.LEADS)
    alt = text.leads_alt(drawn.shares(accounts))
    charts.show(drawn.lead_bars(accounts), key="leads", alt=alt)
    st.html(f"<p class='note'>{text.LEADS_NOTE}</p>")
    st.header(text.AGREE)
    st.write(text.faithful(found))
    names = [one["account"] for one in accounts]
    with st.container(key="explain_agree"):
        columns = st.columns(2, gap="medium")
    squares = ((text.MATRIX_LEADS, found["leads"]), (text.MATRIX_CELLS, found["cells"]))
    for column, (title, pairs) in zip(columns, squares, strict=True):
        with column:
            chart = drawn.matrix(title, drawn.compared(names, pairs), pairs)
            charts.show(chart, key=title, alt=text.matrix_alt(title, pairs))
    st.html(f"<p class='note'>{text.MATRIX_NOTE}</p>")
    with st.container(key="explain_curves"):
        columns = st.columns(2, gap="medium")
    kinds = ((text.DELETION, "deletion"), (text.INSERTION, "insertion"))
    for column, (title, kind) in zip(columns, kinds, strict=True):
        with column:
            curves = drawn.curve_lines(title, found[kind])
            charts.show(curves, key=kind, alt=text.curves_alt(title, found[kind]))
    alt = text.curves_alt(text.AREAS, found["deletion"])
    charts.show(drawn.area_bars(found), key="areas", alt=alt)
    st.html(f"<p class='note'>{text.CURVES_NOTE}</p>")


def gather(ask: Ask) -> tuple[dict[str, Any], list[Account], dict[str, Any] | None, dict[str, Any]]:
    """Return the answer, its accounts, exact values if there are any, and how accounts agree.

    Raises:
        ScarError: The worker cannot say.
    """
    answer = ask.attribution()
    accounts = [
        dict(ask.attribution(name)["attribution"]) for name in QUICK if name in answer["possible"]
    ]
    accounts += ask.slow()
    values = ask.exact() if "shapley-leads" in answer["possible"] else ask.exact_held()
    if values is not None:
        accounts.append(as_account(values))
    return answer, accounts, values, ask.agreement(accounts)


def explain(s: Session, record: ECGRecord, case: Case | None, state: Status) -> None:
    """Draw the answer to the page's question."""
    if not state.ready:
        worker_missing(state)
        return
    finding = finding_asked(s, case)
    ask = Ask(s, record, s.view.scenario, study().method, finding)
    try:
        with st.spinner(text.READING):
            answer, accounts, values, found = gather(ask)
    except ScarError as error:
        told(s, error)
        if isinstance(error, WorkerUnavailable):
            st.button(words.AGAIN, key="again")
        return
    said = text.sentence(answer, None if values is None else values["leads"], found["leads"])
    shown = escape(said).replace(" %", "&nbsp;%")
    st.html(f"<p class='sentence' data-answer='{answer['checkpoint']}'>{shown}</p>")
    if not s.view.scenario.is_empty:
        st.write(text.under(s.view.scenario))
    leads = framed(case, answer["finding"])
    exact(ask, values)
    side_by_side(ask, accounts, leads)
    compare(accounts, found)
    content = Told(s.view.scenario, said, answer, accounts, values, found)
    report.offer(partial(whole_report, record, content), "attribution")


def main() -> None:
    """Draw the page."""
    arrived = st.session_state.get("page") != text.PAGE
    state = frame(text.PAGE)
    st.html(STYLE)
    s = session()
    problems = redistribution_link.begin(s, arrived)
    st.title(text.TITLE)
    for problem in problems:
        st.warning(problem)
    folder_setting(s)
    record, case, beside = choose_record(s)
    if record is None:
        st.write(text.CHOOSE)
        return
    shown = exchanged(choose_window(s, record), s.view.swap)
    about(shown, case, beside)
    with st.container(horizontal=True, key="explain_what"):
        choose_finding(s, case)
        choose_method()
    explain(s, shown, case, state)
    write_url(s)


main()
