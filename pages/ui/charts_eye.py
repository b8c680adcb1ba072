"""What is on the reader's screen: to draw what is not costs more than all else at a gesture."""

from collections.abc import Callable
from html import escape

import streamlit as st

from pages.ui.assets import asset
from pages.ui.text import common as text

_eye = st.components.v2.component(
    "scar_eye",
    html="<i></i>",
    js=asset("eye.js"),
)


def away(key: str) -> int:
    """Watch the chart or part around this call; call it inside a fragment.

    Args:
        key: The name of chart or part on this page.

    Returns:
        0 if it is on the screen or the browser has not said, else its height in pixels when it was
        left; so too for what comes back to the page, until the browser has looked again. The
        fragment runs again when that changes.
    """
    name = f"eye {key}"
    kept: dict[str, int] = st.session_state.setdefault("eyes", {})
    told = st.session_state.get(name)
    if told is not None and "away" in told:
        kept[key] = int(told["away"])
    height = kept.get(key, 0)
    _eye(key=name, data={"away": height}, on_away_change=lambda: None)
    return height


def awaited(height: int, alt: str) -> None:
    """Keep the place of a picture that is not drawn; whoever does not see it hears its words."""
    style = f"height:{height}px"
    st.html(f"<div class='awaited' role='img' aria-label='{escape(alt)}' style='{style}'></div>")


def left_out(key: str, title: str) -> bool:
    """Keep the place of a part of the page while it is off the screen.

    Args:
        key: Of the part, whose container has the key ``part KEY``.
        title: Its heading.

    Returns:
        True if the part is off the screen and its place is kept: nothing is to be drawn.
    """
    height = away(f"part {key}")
    if not height:
        return False
    # The tab key comes here, which brings the part back with all that can be pressed in it.
    st.html(
        f"<div class='awaited' tabindex='0' role='group' aria-label='{escape(title)}' "
        f"style='height:{height}px'>{escape(text.AWAITED)}</div>"
    )
    return True


@st.fragment
def part(key: str, title: str, draw: Callable[[], None]) -> None:
    """Draw a part of the page while it is on the screen; its charts are ``in_part``.

    Args:
        key: Its name on this page.
        title: Its heading, which lies outside so that it can be jumped to.
        draw: Draws it. It runs alone when the reader scrolls, and holds no choice that others
            depend on.
    """
    with st.container(key=f"part {key}"):
        if not left_out(key, title):
            with st.container():  # in the very place of what kept it
                draw()
