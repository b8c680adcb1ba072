"""The button that copies a page's link; what the link carries is in ``session`` and the pages.

With it stands the list of a long page's sections. Beside it works the same for the links to other
pages: opened in a new tab, or copied, they carry what a plain click finds in the session.
"""

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages.ui.assets import asset
from pages.ui.session import SCENE
from pages.ui.text import common as text

_HTML = (
    f"<div id='link'><details hidden><summary>{text.ON_THIS_PAGE}</summary>"
    f"<nav aria-label='{text.ON_THIS_PAGE}'><ul></ul></nav></details><span role='status'></span>"
    f"<input type='text' readonly hidden aria-label='{text.LINK_FIELD}'>"
    "<button type='button'><svg viewBox='0 0 24 24' aria-hidden='true'>"
    "<path d='M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.5 1.5'/>"
    "<path d='M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.5'/></svg>"
    f"{text.COPY_LINK}</button></div>"
)

_link = st.components.v2.component(
    "scar_link",
    html=_HTML,
    css=asset("link.css"),
    js=asset("sections.js", "link.js"),
)


def link_here(
    travels: Mapping[str, str], *, carries_record: bool = True, sections: bool = False
) -> None:
    """Draw the button; it reads the address when pressed, so it is never behind a gesture.

    Args:
        travels: Method and view that the reader chose.
        carries_record: False if the record is an upload, which no link can show to others.
        sections: The page is long: offer the list of its headings.
    """
    note = "" if carries_record else text.LINK_WITHOUT_UPLOAD
    with st.container(key="page_link"):
        _link(
            key="copy_link",
            data={
                "copied": text.LINK_COPIED,
                "by_hand": text.LINK_BY_HAND,
                "note": note,
                "scene": list(SCENE),
                "travels": dict(travels),
                "sections": sections,
            },
        )


def section(words: str) -> None:
    """Name a part of the page that shows by itself what it is: for lists and screen readers."""
    st.html(f"<h2 class='sr'>{escape(words)}</h2>")
