"""What every page begins with: settings, style, navigation, the worker's state."""

import gc
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from pages.ui import worker
from pages.ui.link import link_here
from pages.ui.session import session
from pages.ui.state import UPLOAD
from pages.ui.text import frame as text

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "assets" / "style.css"
ICON = ROOT / "assets" / "icon.svg"
POLL_S = 1.5
SIDEBAR_PX = 220


@dataclass(frozen=True)
class Entry:
    """One line of the navigation.

    Attributes:
        path: The page's file.
        title: Its name, as ``frame`` is given it.
        icon: A Material symbol.
        record: It shows records and writes its link itself.
        owns: What else travels from page to page and this one writes itself.
    """

    path: str
    title: str
    icon: str
    record: bool = False
    owns: tuple[str, ...] = ()


GROUPS: dict[str, tuple[Entry, ...]] = {
    "": (Entry("app.py", "Home", ":material/home:"),),
    "Explore": (
        Entry("pages/1_Masking.py", "Masking", ":material/ecg_heart:", record=True),
        Entry("pages/2_Redistribution.py", "Redistribution", ":material/swap_horiz:", record=True),
        Entry("pages/3_Embeddings.py", "Embeddings", ":material/scatter_plot:", record=True),
    ),
    "Study": (
        Entry("pages/4_CMRS.py", "CMRS", ":material/fact_check:", owns=("method", "view")),
        Entry("pages/5_Benchmarks.py", "Benchmarks", ":material/leaderboard:", owns=("view",)),
        Entry("pages/6_Attribution.py", "Attribution", ":material/biotech:", record=True),
    ),
    "Run": (
        Entry("pages/7_Training.py", "Training", ":material/model_training:"),
        Entry("pages/8_Jobs.py", "Jobs", ":material/list_alt:"),
    ),
    "Learn": (Entry("pages/9_Learn.py", "Guided cases", ":material/school:"),),
}
LONG = ("Explore", "Study")
"""Groups whose pages have many sections, and a list of them."""


def groups(root: Path = ROOT) -> dict[str, tuple[Entry, ...]]:
    """Return the navigation with only the pages that exist, without empty groups."""
    there = {
        name: tuple(entry for entry in entries if (root / entry.path).is_file())
        for name, entries in GROUPS.items()
    }
    return {name: entries for name, entries in there.items() if entries}


def frame(title: str) -> worker.Status:
    """Begin a page.

    Args:
        title: What the browser's tab says before the product's name.

    Returns:
        The worker's state now. This server's first call begins to start the worker.
    """
    st.set_page_config(
        page_title=f"{title} · {text.PRODUCT}",
        page_icon=str(ICON),  # a file: symbol names would be fetched from a font server
        layout="wide",
        initial_sidebar_state=SIDEBAR_PX,
    )
    _spare_collecting(title)
    arrived = st.session_state.get("page") != title
    st.session_state["page"] = title
    st.html(STYLE)
    state = worker.status()
    s = session()
    if arrived:
        s.remember()
    s.travel(arrived)
    here = next((one for of in GROUPS.values() for one in of if one.title == title), None)
    if here is None or not here.record:
        s.carry(arrived, here.owns if here else ())
    with st.sidebar:
        st.html(f"<p class='brand'>{text.PRODUCT}</p>")
        for name, entries in groups().items():
            if name:
                st.html(f"<p class='group'>{name}</p>")
            for entry in entries:
                st.page_link(entry.path, label=entry.title, icon=entry.icon)
        _worker_line(state)
    link_here(
        s.travels,
        carries_record=not s.view.record.startswith(UPLOAD),
        sections=any(here in GROUPS[name] for name in LONG),
    )
    for sentence in s.passed:
        st.warning(sentence)
    return state


@cache
def _spare_collecting(title: str) -> None:
    """Leave what is there when a page is first shown out of every later search for garbage.

    Streamlit searches after each run, while nothing can be sent to a browser. Among the 200,000
    objects of imported modules that took longer than the run itself.
    """
    gc.freeze()


def _worker_line(state: worker.Status) -> None:
    """Show the worker's state; while it is down, ask again and bring the page back by itself."""

    def line() -> None:
        now = worker.status()
        kind = "ready" if now.ready else "starting" if now.starting else "down"
        st.html(f"<p class='worker {kind}' role='status'>{now.says}</p>")
        # Not the wording: a sentence that changes at every look would run the page for ever.
        if (now.ready, now.starting, now.failed) != (state.ready, state.starting, state.failed):
            st.rerun()

    if state.ready:
        st.html(f"<p class='worker ready' role='status'>{state.says}</p>")
    else:
        st.fragment(line, run_every=POLL_S)()


def worker_missing(state: worker.Status) -> None:
    """Say that no answers can be given, and offer to start the worker."""
    if state.starting:
        st.info(text.soon(state.says), icon=":material/hourglass_top:")
        return
    st.warning(text.no_answers(state.says), icon=":material/power_off:")
    label = text.START_AGAIN if state.failed else text.START
    if st.button(label, type="primary", key="start_worker"):
        worker.starter().begin(anew=state.failed)
        st.rerun()
