"""One ECG on a sheet of A4, in millimetres: described once, written as SVG and as PDF.

Landscape, 25 mm/s and 10 mm/mV, three rows of four leads and a rhythm strip. It carries no name.
"""

import io
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from pages.ui.drawing import MM_PER_MV, MM_PER_S, ROWS
from pages.ui.masks import runs
from pages.ui.text import masking_looks as text
from scar_core.missing import Scenario, apply
from scar_core.record import ECGRecord

WIDTH_MM, HEIGHT_MM = 297.0, 210.0
LEFT_MM, TOP_MM = 26.0, 30.0
ROW_MM = 37.5
GRID_MM = (16.0, 25.0, 281.0, 185.0)
"""Left, top, right and bottom of the paper's grid; whole big squares."""
PULSE_MM = 5.0
MM_PER_SD = MM_PER_MV / 4
DRAWN_HZ = 250.0
INK, BLUE, GREY = "#12161c", "#00538a", "#5f646c"
MINOR, MAJOR = "#f5d6d0", "#e6a9a0"


@dataclass(frozen=True)
class Line:
    """A line through points, in millimetres from the sheet's upper left corner."""

    points: tuple[tuple[float, float], ...]
    colour: str = INK
    width: float = 0.25


@dataclass(frozen=True)
class Word:
    """Words that begin, or with ``middle`` are centred, at a point on their baseline."""

    words: str
    x: float
    y: float
    size: float = 3.5
    bold: bool = False
    middle: bool = False


Part = Line | Word


def sheet(record: ECGRecord, scenario: Scenario, title: str, about: str) -> list[Part]:
    """Describe the sheet.

    Args:
        record: Twelve leads; of a longer one the first ten seconds are drawn.
        scenario: What is hatched as hidden.
        title: First line; nothing that names a patient.
        about: Second line, such as the sentence of the page.
    """
    ordered = record.in_order()
    names, rate = ordered.lead_names, ordered.sampling_rate_hz
    hidden = scenario.hidden(names, ordered.n_samples, rate) & ~apply(ordered, scenario)[1]
    parts: list[Part] = [*_grid(), *_words(record, scenario, title, about)]
    places = [
        (lead, row, 2.5 * column, 2.5 * (column + 1))
        for row, leads in enumerate(ROWS)
        for column, lead in enumerate(leads)
    ]
    places.append(("II", len(ROWS), 0.0, 10.0))
    unit = MM_PER_MV if ordered.unit == "mV" else MM_PER_SD
    for lead, row, start_s, stop_s in places:
        index = names.index(lead)
        base = TOP_MM + ROW_MM * (row + 0.55)
        cut = slice(round(start_s * rate), round(stop_s * rate))
        there, gone = ordered.present[index, cut], hidden[index, cut]
        x0 = LEFT_MM + start_s * MM_PER_S
        trace = -ordered.signal[index, cut].astype(np.float64) * unit + base
        for mask, colour, word in (
            (gone & there, BLUE, text.PRINT_MISSING),
            (~there, GREY, text.PRINT_ABSENT),
        ):
            parts += _hatched(mask, rate, (x0, base - 0.5 * ROW_MM + 1), colour, word)
        parts += _trace(trace, there, rate, x0)
        parts.append(Word(lead, x0 + 1.0, base - 12.0, 4.0, bold=True))
        if not start_s:
            parts.append(_pulse(base))
    return parts


def _grid() -> list[Part]:
    left, top, right, bottom = GRID_MM
    lines: list[Part] = []
    for step, colour, width in ((1.0, MINOR, 0.1), (5.0, MAJOR, 0.2)):
        for x in np.arange(left, right + 0.1, step).tolist():
            lines.append(Line(((x, top), (x, bottom)), colour, width))
        for y in np.arange(top, bottom + 0.1, step).tolist():
            lines.append(Line(((left, y), (right, y)), colour, width))
    return lines


def _words(record: ECGRecord, scenario: Scenario, title: str, about: str) -> list[Part]:
    scale = text.print_scale(record.unit == "mV")
    return [
        Word(title, GRID_MM[0], 13.0, 4.5, bold=True),
        Word(about, GRID_MM[0], 19.5, 3.4),
        Word(scale, GRID_MM[0], 191.0, 3.4),
        Word(text.print_hidden(scenario.describe()), GRID_MM[0], 196.5, 3.4),
        Word(text.print_key(record.fingerprint()[:12]), GRID_MM[0], 202.0, 3.0),
    ]


def _pulse(base: float) -> Line:
    x = LEFT_MM - PULSE_MM - 3.0
    top = base - MM_PER_MV
    steps = ((-1.0, base), (0.0, base), (0.0, top), (PULSE_MM, top), (PULSE_MM, base), (6.0, base))
    return Line(tuple((x + dx, y) for dx, y in steps), INK, 0.3)


def _trace(
    heights: NDArray[np.float64], there: NDArray[np.bool_], rate: float, x0: float
) -> list[Part]:
    step = max(1, round(rate / DRAWN_HZ))
    return [
        Line(
            tuple((x0 + i / rate * MM_PER_S, float(heights[i])) for i in range(a, b, step)),
            INK,
            0.28,
        )
        for a, b in runs(there)
        if b - a > step
    ]


def _hatched(
    mask: NDArray[np.bool_], rate: float, at: tuple[float, float], colour: str, word: str
) -> list[Part]:
    parts: list[Part] = []
    high = ROW_MM - 2
    for a, b in runs(mask):
        x, y = at[0] + a / rate * MM_PER_S, at[1]
        wide = (b - a) / rate * MM_PER_S
        frame = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y))
        parts.append(Line(frame, colour, 0.5))
        for k in np.arange(-high, wide, 3.0).tolist():
            low, top = max(k, 0.0), min(k + high, wide)
            if top > low:
                parts.append(Line(((x + low, y + low - k), (x + top, y + top - k)), colour, 0.2))
        if wide > 2.2 * len(word):
            parts.append(Word(word, x + wide / 2, y + high - 2, 3.2, bold=True, middle=True))
    return parts


def sheet_svg(parts: list[Part]) -> str:
    """Write a sheet as an SVG document of A4's size, one user unit per millimetre."""
    drawn = []
    for part in parts:
        if isinstance(part, Line):
            points = " ".join(f"{x:.2f},{y:.2f}" for x, y in part.points)
            drawn.append(
                f"<polyline points='{points}' fill='none' stroke='{part.colour}' "
                f"stroke-width='{part.width}' stroke-linejoin='round'/>"
            )
        else:
            anchor = " text-anchor='middle'" if part.middle else ""
            drawn.append(
                f"<text x='{part.x:.2f}' y='{part.y:.2f}' font-size='{part.size}'{anchor} "
                f"font-weight='{600 if part.bold else 400}' fill='{INK}' stroke='#fff' "
                f"stroke-width='.8' paint-order='stroke'>{escape(part.words)}</text>"
            )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH_MM:g}mm' height='{HEIGHT_MM:g}mm' "
        f"viewBox='0 0 {WIDTH_MM:g} {HEIGHT_MM:g}' font-family='Helvetica, Arial, sans-serif' "
        f"role='img'><rect width='100%' height='100%' fill='#fff'/>{''.join(drawn)}</svg>"
    )


def sheet_pdf(parts: list[Part]) -> bytes:
    """Write a sheet as a PDF page of A4's size."""
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure
    from matplotlib.patheffects import withStroke

    figure = Figure(figsize=(WIDTH_MM / 25.4, HEIGHT_MM / 25.4))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH_MM), ylim=(HEIGHT_MM, 0))
    axes.axis("off")
    points = 72 / 25.4  # per millimetre
    lines = [part for part in parts if isinstance(part, Line)]
    axes.add_collection(
        LineCollection(
            [line.points for line in lines],
            colors=[line.colour for line in lines],
            linewidths=[line.width * points for line in lines],
            joinstyle="round",
        )
    )
    for part in parts:
        if isinstance(part, Word):
            axes.text(
                part.x, part.y, part.words.replace("$", r"\$"), fontsize=part.size * points,
                fontweight="bold" if part.bold else "normal", color=INK,
                ha="center" if part.middle else "left", va="baseline",
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip
    out = io.BytesIO()
    figure.savefig(out, format="pdf", metadata={"CreationDate": None})
    return out.getvalue()
