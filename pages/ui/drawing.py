"""A still ECG with hidden parts as SVG: for pages that show, and do not ask."""

from html import escape

import numpy as np
from numpy.typing import NDArray

from pages.ui.masks import runs
from pages.ui.text import figures as text
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

MM_PER_S = 25.0
MM_PER_MV = 10.0
ROW_MM = 30.0
LABEL_MM = 3.0
ROWS = (
    ("I", "aVR", "V1", "V4"),
    ("II", "aVL", "V2", "V5"),
    ("III", "aVF", "V3", "V6"),
)
_PATTERNS = (
    "<defs>"
    "<pattern id='minor' width='1' height='1' patternUnits='userSpaceOnUse'>"
    "<path d='M1 0H0V1' fill='none' stroke='#f5d6d0' stroke-width='.12'/></pattern>"
    "<pattern id='major' width='5' height='5' patternUnits='userSpaceOnUse'>"
    "<rect width='5' height='5' fill='url(#minor)'/>"
    "<path d='M5 0H0V5' fill='none' stroke='#e6a9a0' stroke-width='.22'/></pattern>"
    "<pattern id='hatch' width='2' height='2' patternUnits='userSpaceOnUse' "
    "patternTransform='rotate(45)'><path d='M0 0V2' stroke='#00538a' stroke-width='.35'/></pattern>"
    "</defs>"
)


def ecg_svg(record: ECGRecord, scenario: Scenario) -> str:
    """Draw 3 × 4 leads of 2.5 s on calibrated paper, one user unit per millimetre.

    Args:
        record: Millivolts; at least 10 s, else the end of the paper stays empty.
        scenario: What is hatched as hidden.

    Returns:
        A complete SVG document.
    """
    ordered = record.in_order()
    hidden = scenario.hidden(ordered.lead_names, ordered.n_samples, ordered.sampling_rate_hz)
    parts = []
    for row, leads in enumerate(ROWS):
        for column, lead in enumerate(leads):
            index = ordered.lead_names.index(lead)
            start, stop = (round((column + i) * 2.5 * ordered.sampling_rate_hz) for i in (0, 1))
            at = (column * 2.5 * MM_PER_S, row * ROW_MM)
            parts.append(
                _cell(
                    ordered.signal[index, start:stop],
                    hidden[index, start:stop],
                    ordered.sampling_rate_hz,
                    at,
                    lead,
                )
            )
    about = text.paper(scenario)
    return _sheet(4 * 2.5 * MM_PER_S, len(ROWS) * ROW_MM, "".join(parts), about)


def strip_svg(record: ECGRecord, lead: str, seconds: float = 4.0) -> str:
    """Draw the beginning of one lead on paper, as a picture to recognise a case by."""
    ordered = record.in_order()
    index = ordered.lead_names.index(lead)
    stop = round(seconds * ordered.sampling_rate_hz)
    nothing = np.zeros(min(stop, ordered.n_samples), np.bool_)
    drawn = _cell(ordered.signal[index, :stop], nothing, ordered.sampling_rate_hz, (0, 0), lead)
    return _sheet(seconds * MM_PER_S, ROW_MM, drawn, f"Lead {lead}, {seconds:g} s")


def _sheet(width: float, height: float, drawn: str, about: str) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}' role='img' "
        f"aria-label='{escape(about)}'>{_PATTERNS}<rect width='100%' height='100%' fill='#fffaf8'/>"
        f"<rect width='100%' height='100%' fill='url(#major)'/>{drawn}</svg>"
    )


def _cell(
    signal: NDArray[np.float32],
    hidden: NDArray[np.bool_],
    rate_hz: float,
    at: tuple[float, float],
    lead: str,
) -> str:
    x0, y0 = at
    base = y0 + ROW_MM * 0.6
    step = max(1, round(rate_hz / 250))
    points = " ".join(
        f"{x0 + i / rate_hz * MM_PER_S:.2f},{base - float(signal[i]) * MM_PER_MV:.2f}"
        for i in range(0, len(signal), step)
    )
    drawn = (
        f"<polyline points='{points}' fill='none' stroke='#12161c' stroke-width='.42' "
        "stroke-linejoin='round'/>"
    )
    for a, b in runs(hidden):
        x, w = x0 + a / rate_hz * MM_PER_S, (b - a) / rate_hz * MM_PER_S
        box = f"x='{x:.2f}' y='{y0 + 0.6:.2f}' width='{w:.2f}' height='{ROW_MM - 1.2:.2f}'"
        drawn += (
            f"<rect {box} fill='#00538a' fill-opacity='.26'/>"
            f"<rect {box} fill='url(#hatch)' stroke='#00538a' stroke-width='.7'/>"
            f"{_text('hidden', x + w / 2, y0 + ROW_MM / 2, middle=True) if w > 14 else ''}"
        )
    return drawn + _text(lead, x0 + LABEL_MM - 1.6, y0 + 5.2)


def _text(words: str, x: float, y: float, *, middle: bool = False) -> str:
    anchor = " text-anchor='middle'" if middle else ""
    return (
        f"<text x='{x:.2f}' y='{y:.2f}'{anchor} font-family='sans-serif' font-weight='600' "
        "font-size='3.8' fill='#12161c' stroke='#fffaf8' stroke-width='.9' "
        f"paint-order='stroke'>{escape(words)}</text>"
    )
