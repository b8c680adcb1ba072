"""The comparison of the simulator with real records as one figure (SVG)."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any
from xml.sax.saxutils import escape

from scar_core.analysis.realism import QUANTITIES, Quantity
from scar_core.analysis.realism_compare import FAR, SIMULATED
from scar_core.analysis.realism_report import by_lead, nearest

Row = dict[str, Any]

COLOURS = {SIMULATED: "#d55e00", "LUDB": "#0072b2", "PTB-XL": "#009e73"}
_WIDTH, _COLUMNS, _HEIGHT, _GAP, _TOP = 1200, 3, 190, 14, 96
_ALT = (
    "For each quantity, lead by lead where it has leads, a bar from the 5 % to the 95 % quantile "
    "with a tick at the median: simulated, LUDB and PTB-XL records side by side. The same numbers "
    "are in the tables of simulator.md."
)


def as_svg(rows: Sequence[Row], counts: dict[str, int]) -> str:
    """Draw the ranges of every quantity.

    Args:
        rows: Of one population, as of ``realism_compare.compare_tables``.
        counts: Records by source.

    Returns:
        An SVG document with title and description.
    """
    wide = [one for one in QUANTITIES if one.by_lead]
    small = [one for one in QUANTITIES if not one.by_lead]
    width = (_WIDTH - _GAP * (_COLUMNS + 1)) / _COLUMNS
    parts = []
    for at, quantity in enumerate(wide):
        x = _GAP + (at % _COLUMNS) * (width + _GAP)
        y = _TOP + (at // _COLUMNS) * (_HEIGHT + _GAP)
        parts.append(_panel(by_lead(rows, quantity), quantity, (x, y, width)))
    below = _TOP + -(-len(wide) // _COLUMNS) * (_HEIGHT + _GAP)
    columns = -(-len(small) // 2)
    width = (_WIDTH - _GAP * (columns + 1)) / columns
    for at, quantity in enumerate(small):
        x, y = _GAP + (at % columns) * (width + _GAP), below + (at // columns) * (_HEIGHT + _GAP)
        parts.append(_panel(by_lead(rows, quantity), quantity, (x, y, width)))
    height = below + 2 * (_HEIGHT + _GAP)
    title = "Simulated and real ECGs: ranges of what is measured"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-labelledby="title alt" font-family="Helvetica, Arial, sans-serif" fill="#222">\n'
        f'<title id="title">{title}</title>\n<desc id="alt">{_ALT}</desc>\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>\n'
        f'<text x="{_GAP}" y="30" font-size="21" font-weight="bold">{title}</text>\n'
        f'<text x="{_GAP}" y="52" font-size="13">Bars: 5–95 % of the records; tick: median. '
        f"Red dot: Kolmogorov–Smirnov distance above {FAR:g} to every real source.</text>\n"
    )
    legend, x = "", float(_GAP)
    for name, n in counts.items():
        label = f"{name} ({n} records)"
        legend += f'<rect x="{x}" y="66" width="14" height="12" fill="{COLOURS[name]}"/>'
        legend += f'<text x="{x + 20}" y="77" font-size="13">{escape(label)}</text>\n'
        x += 44 + 7.2 * len(label)
    return head + legend + "\n".join(parts) + "\n</svg>\n"


def _panel(rows: Sequence[Row], quantity: Quantity, place: tuple[float, float, float]) -> str:
    """Draw one quantity into (x, y, width)."""
    x, y, width = place
    left, top, bottom = x + 42, y + 32, y + _HEIGHT - 22
    some = [one for row in rows for one in row["sources"].values() if one["n"]]
    ticks = _ticks([one["low"] for one in some], [one["high"] for one in some])
    low, high = ticks[0], ticks[-1]

    def height_of(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    drawn = [
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_HEIGHT}" rx="4" fill="#f6f6f6"/>'
        f'<text x="{x + 8:.1f}" y="{y + 17}" font-size="13" font-weight="bold">'
        f"{escape(quantity.name)} [{quantity.unit}]</text>"
    ]
    for value in ticks:
        at = height_of(value)
        label = f"{value:.4g}".replace("-", "−")
        drawn.append(
            f'<line x1="{left:.1f}" x2="{x + width - 6:.1f}" y1="{at:.1f}" y2="{at:.1f}" '
            f'stroke="#ccc"/><text x="{left - 4:.1f}" y="{at + 4:.1f}" font-size="10" '
            f'text-anchor="end">{label}</text>'
        )
    step = (x + width - 8 - left) / len(rows)
    bar = min(12.0, step / 4.5)
    for number, row in enumerate(rows):
        middle = left + (number + 0.5) * step
        for place_at, (name, one) in enumerate(row["sources"].items()):
            if one["n"]:
                at = middle + (place_at - 1) * bar * 1.25
                drawn.append(
                    _bar(at, bar, [height_of(one[k]) for k in ("high", "median", "low")]).replace(
                        "COLOUR", COLOURS[name]
                    )
                )
        drawn.append(
            f'<text x="{middle:.1f}" y="{bottom + 15}" font-size="10" text-anchor="middle">'
            f"{row['lead']}</text>"
        )
        if nearest(row) > FAR:
            drawn.append(f'<circle cx="{middle:.1f}" cy="{top - 3}" r="3.5" fill="#c00"/>')
    return "\n".join(drawn)


def _bar(at: float, width: float, levels: Sequence[float]) -> str:
    high, median, low = levels
    return (
        f'<rect x="{at - width / 2:.1f}" y="{high:.1f}" width="{width:.1f}" '
        f'height="{max(low - high, 0.5):.1f}" fill="COLOUR" fill-opacity="0.45"/>'
        f'<rect x="{at - width / 2 - 0.8:.1f}" y="{median - 1.25:.1f}" '
        f'width="{width + 1.6:.1f}" height="2.5" fill="COLOUR"/>'
    )


def _ticks(lows: Sequence[float], highs: Sequence[float]) -> list[float]:
    """Round numbers around everything, 2 to 6 of them; from 0 where much lies near it."""
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    if 0 <= low < 0.4 * high:
        low = 0.0
    width = max(high - low, 1e-6)
    power = 10.0 ** floor(log10(width))
    step = next(k * power for k in (0.25, 0.5, 1.0, 2.5) if width <= 4 * k * power)
    return [k * step for k in range(floor(low / step), ceil(high / step - 1e-9) + 1)]
