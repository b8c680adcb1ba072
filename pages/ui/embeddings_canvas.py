"""The map of embeddings: its browser code, and what Python sends to it and takes from it.

Places travel once per map and panel, colours once per colour, each through a component of its own:
a gesture sends neither again, and selecting, hovering and zooming need no answer at all.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.assets import asset, worded
from pages.ui.colours import CIVIDIS, as_hex, palette
from pages.ui.text import embedding_map as words
from pages.ui.text import embeddings as text
from scar_core.embedding_map import GROUPS, OTHER, EmbeddingMap, Panel

COUNTS = 32767
LEVELS = 64
UNKNOWN_GREY = "#9aa0a8"
GROUP_COLOURS = (
    "#c30f6f", "#373ef0", "#9a410f", "#bd681d", "#15665e", "#6c7cf0", "#4db4f0", "#74bb6f",
    "#8d939c",
)  # fmt: skip
"""In the order of ``embedding_map.GROUPS``, the last for everything else; told apart by every kind
of colour vision, on the light and on the dark page."""
YES_NO = ("#cf5a00", "#2385c0", UNKNOWN_GREY)
GROUP_NAMES = (*(name for name, _ in GROUPS), OTHER)


_map = st.components.v2.component(
    "scar_embedding_map",
    html=worded("embedding_map.html", words.TOOLS),
    css=asset("embedding_map.css"),
    js=asset("words.js", "embedding_draw.js", "embedding_map.js"),
)
_messages = st.components.v2.component("scar_map_messages", js=asset("embedding_messages.js"))


@dataclass(frozen=True, eq=False)
class Colour:
    """How points are coloured.

    Attributes:
        key: Changes with the colours.
        title: For people.
        levels: By method, uint8 (record,): which of ``palette``.
        palette: Colours; of a scale the last one is for what is not known.
        names: Of categories; None for a scale.
        limits: Values at the ends of a scale.
    """

    key: str
    title: str
    levels: Mapping[str, NDArray[np.uint8]]
    palette: tuple[str, ...]
    names: tuple[str, ...] | None = None
    limits: tuple[float, float] = (0.0, 1.0)


def colour_by(
    whole: EmbeddingMap, how: str, methods: Sequence[str], view: str, finding: str
) -> Colour:
    """Return the colours of a map's points.

    Args:
        whole: The map.
        how: Key of ``text.COLOURS``.
        methods: Methods that are shown.
        view: View that is shown.
        finding: Code, for ``finding``.
    """
    if how in ("missing", "error"):
        return _scale(how, {m: getattr(whole.panel(m, view), how) for m in methods}, view)
    if how == "finding" and finding in whole.codes:
        truth = whole.truth[:, whole.codes.index(finding)]
        level = np.where(truth == 1, 0, np.where(truth == 0, 1, 2)).astype(np.uint8)
        return _named(f"finding-{finding}", text.finding_name(finding), level,
                      (text.YES, text.NO, text.UNKNOWN), YES_NO, methods)  # fmt: skip
    if how == "dataset":
        names = tuple(dict.fromkeys(whole.datasets))
        level = np.array([names.index(name) for name in whole.datasets])
        colours = tuple(GROUP_COLOURS[k % len(GROUP_COLOURS)] for k in range(len(names)))
        return _named(
            "dataset", text.COLOURS[how], level.astype(np.uint8) % 255, names, colours, methods
        )
    level = np.array([GROUP_NAMES.index(name) for name in whole.groups], np.uint8)
    return _named("group", text.COLOURS["group"], level, GROUP_NAMES, GROUP_COLOURS, methods)


def _named(
    key: str,
    title: str,
    level: NDArray[np.uint8],
    names: tuple[str, ...],
    colours: tuple[str, ...],
    methods: Sequence[str],
) -> Colour:
    return Colour(key, title, dict.fromkeys(methods, level), colours, names)


def _scale(how: str, values: Mapping[str, NDArray[np.float32]], view: str) -> Colour:
    """Colour a number; the panels share the ends of the scale.

    The scale's darkest and lightest colours are left out: points must be seen on both themes.
    """
    every = np.concatenate(list(values.values()))
    known = every[np.isfinite(every)]
    low, high = (float(known.min()), float(np.quantile(known, 0.99))) if len(known) else (0.0, 1.0)
    high = max(high, low + 1e-6)
    levels = {}
    for method, numbers in values.items():
        share = np.clip((np.nan_to_num(numbers) - low) / (high - low), 0, 1)
        level = np.round(share * (LEVELS - 1))
        levels[method] = np.where(np.isfinite(numbers), level, LEVELS).astype(np.uint8)
    title = text.MISSING_TITLE if how == "missing" else text.ERROR_TITLE
    scale = (*as_hex(palette(CIVIDIS[5:28], LEVELS)), "#b06a8e")
    key = f"{how}-{view}-{'-'.join(values)}"
    return Colour(key, title, levels, scale, None, (low, high))


@dataclass(frozen=True)
class Paper:
    """How a panel's picture becomes whole counts: one scale for both axes.

    Attributes:
        x: Middle of the picture.
        y: Middle of the picture.
        half: Half of its longer side.
    """

    x: float
    y: float
    half: float

    @classmethod
    def of(cls, panel: Panel) -> "Paper":
        """Fit a panel's picture."""
        low, high = panel.xy.min(0), panel.xy.max(0)
        half = max(float((high - low).max()) / 2, 1e-9)
        return cls(float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2, half)

    def counts(self, xy: NDArray[Any]) -> NDArray[np.int16]:
        """Return places (..., 2) as counts, clipped to the picture."""
        moved = (np.asarray(xy, np.float64) - (self.x, self.y)) / self.half
        return np.round(np.clip(moved, -1, 1) * COUNTS).astype(np.int16)


def panel_key(name: str, method: str, view: str) -> str:
    """Name under which the browser keeps a panel's places."""
    return f"{name}|{method}|{view}"


def encoded(values: NDArray[Any], kind: str) -> str:
    """Return numbers as base64 of little-endian bytes."""
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode()


def send(name: str, whole: EmbeddingMap, methods: Sequence[str], view: str, colour: Colour) -> None:
    """Put names, places and colours where the map finds them; each travels when it is new."""
    with st.container(key="map_messages"):
        _messages(key="names", data={"id": f"{name}|names", "names": list(whole.names)})
        for place, method in enumerate(methods):
            key = panel_key(name, method, view)
            panel = whole.panel(method, view)
            xy = encoded(Paper.of(panel).counts(panel.xy), "<i2")
            _messages(key=f"xy{place}", data={"id": key, "xy": xy})
            levels = encoded(colour.levels[method], "u1")
            _messages(key=f"levels{place}", data={"id": f"{key}|{colour.key}", "levels": levels})


def scores_of(
    whole: EmbeddingMap, methods: Sequence[str], view: str
) -> dict[str, list[dict[str, Any]]]:
    """Return the scores under each panel: name, text, bar, mark of chance, whether it is best."""
    found: dict[str, list[dict[str, Any]]] = {method: [] for method in methods}
    for key, name, help_text in text.SCORES:
        values = {m: whole.panel(m, view).quality.get(key) for m in methods}
        known = [v for v in values.values() if v is not None]
        for method, value in values.items():
            chance = whole.panel(method, view).quality.get(f"{key}_by_chance")
            low = -1.0 if key == "silhouette" else 0.0
            found[method].append(
                {
                    "name": name,
                    "help": help_text,
                    "text": "–" if value is None else f"{value:.2f}".replace("-", "−"),
                    "share": None if value is None else _inside((value - low) / (1 - low)),
                    "chance": _inside((0 - low) / (1 - low))
                    if key == "silhouette"
                    else None
                    if chance is None
                    else _inside(chance),
                    "best": len(known) > 1 and value == max(known),
                }
            )
    return found


def _inside(share: float) -> float:
    return min(1.0, max(0.0, float(share)))


def colour_data(colour: Colour) -> dict[str, Any]:
    """Return what the map is told about its colours."""
    level = next(iter(colour.levels.values()))
    counts = np.bincount(level, minlength=len(colour.palette)).tolist()
    return {
        "id": colour.key,
        "title": colour.title,
        "palette": list(colour.palette),
        "names": None if colour.names is None else list(colour.names),
        "counts": counts,
        "limits": list(colour.limits),
    }


def embedding_map(
    data: Mapping[str, Any], on_selection: Callable[[], None], on_open: Callable[[], None]
) -> None:
    """Mount the map under the session key ``emap``; the callbacks run before the page does."""
    _map(
        key="emap",
        data={**data, "words": dict(words.SAYS)},
        on_selection_change=on_selection,
        on_open_change=on_open,
    )


def sent(part: str) -> Any:  # noqa: ANN401 - from the browser, decoded by whoever asks
    """Return what the map last sent as ``selection`` or ``open``; None if nothing."""
    state = st.session_state.get("emap")
    return state.get(part) if state is not None else None
