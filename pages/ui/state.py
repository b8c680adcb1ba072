"""What a page shows, as a value; to and from the URL and the canvas. Pure functions.

A bad value in a URL never breaks a page: it is passed over, and a sentence says so.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from pages.ui.text import inputs as words
from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import ALL_LEADS, Scenario, Span

LAYOUTS = ("12x1", "3x4")
SWAPS = ("RA/LA", "RA/LL", "LA/LL")
BESIDE = ("scar", "merl", "melp")
LOOKS = ("methods", "leads", "search", "measure", "quality", "compare", "print")
SPEEDS = (12.5, 25.0, 50.0)
GAINS = (5.0, 10.0, 20.0)
MAX_PROMPTS = 12
MAX_PROMPT_LENGTH = 120
UPLOAD = "upload:"
"""A record that exists only in this browser session; no link can carry it."""


@dataclass(frozen=True)
class Paper:
    """How the ECG is drawn.

    Attributes:
        layout: ``"12x1"`` or ``"3x4"`` (with lead II as rhythm strip).
        speed: Millimetres of paper per second.
        gain: Millimetres of paper per millivolt.
    """

    layout: str = "12x1"
    speed: float = 25.0
    gain: float = 10.0


@dataclass(frozen=True)
class View:
    """Everything that a link to the masking page carries.

    Attributes:
        record: ``gallery:NAME``, ``folder:NAME`` or ``""`` for the first one there is.
        scenario: What is hidden.
        prompts: Findings that the reader asked for, besides the usual ones.
        start_s: Where in a longer record the ten seconds begin.
        paper: How the ECG is drawn.
        swap: Limb electrodes whose cables are exchanged, one of ``SWAPS``; empty: none.
        beside: Methods whose answers stand side by side, of ``BESIDE`` or promoted here; empty:
            all of ``BESIDE``.
        compare: A second record under the same scenario, as ``record``; empty: none.
        look: What is open under the ECG, one of ``LOOKS``; empty: where the answer looked.
    """

    record: str = ""
    scenario: Scenario = field(default_factory=Scenario)
    prompts: tuple[str, ...] = ()
    start_s: float = 0.0
    paper: Paper = field(default_factory=Paper)
    swap: str = ""
    beside: tuple[str, ...] = ()
    compare: str = ""
    look: str = ""


def with_prompt(prompts: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Add a finding to the list: trimmed, shortened, once (case does not count)."""
    clean = " ".join(text.replace(";", ",").split())[:MAX_PROMPT_LENGTH].strip()
    if not clean or clean.lower() in {prompt.lower() for prompt in prompts}:
        return prompts
    return (*prompts, clean)[:MAX_PROMPTS]


def to_query(view: View) -> dict[str, str]:
    """Return URL parameters; what has its usual value is left out, and so are uploads."""
    usual = Paper()
    query = {
        "record": "" if view.record.startswith(UPLOAD) else view.record,
        **view.scenario.to_query(),
        "ask": ";".join(view.prompts),
        "start": f"{view.start_s:g}" if view.start_s else "",
        "layout": view.paper.layout if view.paper.layout != usual.layout else "",
        "speed": f"{view.paper.speed:g}" if view.paper.speed != usual.speed else "",
        "gain": f"{view.paper.gain:g}" if view.paper.gain != usual.gain else "",
        "swap": view.swap,
        "beside": ",".join(view.beside),
        "compare": "" if view.compare.startswith(UPLOAD) else view.compare,
        "look": view.look,
    }
    return {key: value for key, value in query.items() if value}


def from_query(query: Mapping[str, str]) -> tuple[View, tuple[str, ...]]:
    """Read URL parameters.

    Returns:
        The view, and one sentence per value that could not be used and was passed over.
    """
    problems: list[str] = []

    def read(key: str, parse: Callable[[str], Any], usual: Any) -> Any:  # noqa: ANN401 - by key
        text = query.get(key, "")
        if not text:
            return usual
        try:
            return parse(text)
        except (ConfigError, ValueError) as error:
            problems.append(words.passed_over(key, text, _reason(error)))
            return usual

    parts = {
        key: read(key, _part_of_scenario(key), Scenario())
        for key in ("hide", "off", "span", "recover")
    }
    prompts: tuple[str, ...] = ()
    for text in query.get("ask", "").split(";"):
        prompts = with_prompt(prompts, text)
    view = View(
        record=query.get("record", ""),
        scenario=Scenario(
            leads=parts["hide"].leads,
            electrodes=parts["off"].electrodes,
            spans=_per_lead(parts["span"].spans),
            recover=parts["recover"].recover,
        ),
        prompts=prompts,
        start_s=read("start", _seconds, 0.0),
        paper=Paper(
            layout=read("layout", _one_of(LAYOUTS), Paper.layout),
            speed=read("speed", _number_of(SPEEDS), Paper.speed),
            gain=read("gain", _number_of(GAINS), Paper.gain),
        ),
        swap=read("swap", _one_of(SWAPS), ""),
        beside=read("beside", _names, ()),
        compare=query.get("compare", ""),
        look=read("look", _one_of(LOOKS), ""),
    )
    return view, tuple(problems)


def encode_scene(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as the canvas keeps it: leads, electrodes, ``[lead, start, stop]``."""
    return {
        "leads": list(scenario.leads),
        "electrodes": list(scenario.electrodes),
        "spans": [[s.lead, s.start_s, s.stop_s] for s in _per_lead(scenario.spans)],
        "recover": scenario.recover,
    }


def decode_scene(scene: object) -> Scenario:
    """Read what the canvas sent.

    Raises:
        ConfigError: It is not a scene; the browser is not trusted to send only what we wrote.
    """
    try:
        if isinstance(scene, Mapping):
            return Scenario(
                leads=tuple(map(str, scene["leads"])),
                electrodes=tuple(map(str, scene["electrodes"])),
                spans=tuple(Span(str(a), float(b), float(c)) for a, b, c in scene["spans"]),
                recover=bool(scene["recover"]),
            )
    except (KeyError, TypeError, ValueError):
        pass
    raise ConfigError(words.no_scene(scene))


def decode_paper(paper: object, usual: Paper) -> Paper:
    """Read layout, speed and gain as the canvas sent them; what is unusable stays as it was."""
    if not isinstance(paper, Mapping):
        return usual
    layout, speed, gain = (paper.get(key) for key in ("layout", "speed", "gain"))
    return Paper(
        layout=layout if layout in LAYOUTS else usual.layout,
        speed=float(speed) if speed in SPEEDS else usual.speed,
        gain=float(gain) if gain in GAINS else usual.gain,
    )


def without_hidden(view: View) -> View:
    """Return the same view with nothing hidden."""
    return replace(view, scenario=Scenario())


def _per_lead(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Write spans on all leads as one span on each: the canvas draws leads."""
    return tuple(
        Span(lead, span.start_s, span.stop_s)
        for span in spans
        for lead in (LEADS if span.lead == ALL_LEADS else (span.lead,))
    )


def _reason(error: Exception) -> str:
    text = str(error)
    return text if text.endswith(".") else f"{text}."


def _part_of_scenario(key: str) -> Callable[[str], Scenario]:
    return lambda text: Scenario.from_query({key: text})


def _seconds(text: str) -> float:
    value = float(text)
    if not (isfinite(value) and value >= 0):
        raise ValueError(words.NO_TIME)
    return value


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(words.one_of(allowed))
        return text

    return parse


def _names(text: str) -> tuple[str, ...]:
    """Names of methods; which of them there are, the worker knows."""
    found = dict.fromkeys(part.strip() for part in text.split(",") if part.strip())
    if len(found) > MAX_PROMPTS or not all(re.fullmatch(r"[\w-]{1,60}", name) for name in found):
        raise ValueError(words.NAME_METHODS)
    return tuple(found)


def _number_of(allowed: tuple[float, ...]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        names = [f"{value:g}" for value in allowed]
        return allowed[names.index(_one_of(tuple(names))(text))]

    return parse
