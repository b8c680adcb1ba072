"""The comparison of the simulator with real records as a page, in words and tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from scar_core.analysis.realism import QUANTITIES, Quantity
from scar_core.analysis.realism_compare import FAR, POPULATIONS, SIMULATED, chance_limit
from scar_core.leads import LEADS, lead_ranges

Figures = dict[str, Any]
Row = dict[str, Any]

TITLES = {"all": "All records, every mix of findings", "normal": "Normal sinus rhythm"}
_DIGITS = {one.name: one.digits for one in QUANTITIES}
_MEANINGS = {
    "R": "highest point of QRS over the PR level",
    "S": "depth of the lowest point of QRS (of Q where that is deeper)",
    "T": "largest departure with its sign, smoothed over 20 ms",
    "P": "the same",
    "RMS": "0.5–100 Hz",
    "RR variation": "standard deviation over mean",
    "QTc": "Fridericia",
    "P axis": "frontal, of the peaks in I and aVF",
    "QRS axis": "the same, of R − S",
    "T axis": "the same, of the peaks",
    "wander": "rms below 0.5 Hz, median over leads",
    "mains 50 Hz": "rms that exceeds the spectrum beside the line, median over leads",
    "mains 60 Hz": "the same; both real sources come from 50 Hz countries",
    "residual": "rms above 20 Hz between T and the next beat, median over leads",
}


def ours(row: Row) -> dict[str, dict[str, float]]:
    """Distances of the simulated records of a row, by real source."""
    start = f"{SIMULATED} – "
    return {key.removeprefix(start): one for key, one in row["distances"].items() if start in key}


def direction(row: Row) -> str:
    """Say how the simulated records of a row differ from all real ones together.

    Where all medians are negative, as of P in aVR, larger means farther from zero.
    """
    made = row["sources"][SIMULATED]
    real = [one for name, one in row["sources"].items() if name in ours(row)]
    medians = [one["median"] for one in (made, *real)]
    sign = -1 if max(medians) < 0 else 1
    words = ("higher", "lower") if min(medians) < 0 < max(medians) else ("larger", "smaller")
    middle, *others = (sign * median for median in medians)
    if middle > max(others):
        return words[0]
    if middle < min(others):
        return words[1]
    width = made["high"] - made["low"]
    widths = [one["high"] - one["low"] for one in real]
    if width > max(widths):
        return "more spread"
    return "less spread" if width < min(widths) else "otherwise distributed"


def nearest(row: Row) -> float:
    """Distance to the real source that the simulator is nearest to; 0 if there is none."""
    return min((one["value"] for one in ours(row).values()), default=0.0)


def differences(rows: Sequence[Row]) -> list[str]:
    """Sentences on what is farther than ``FAR`` from every real source, the farthest first."""
    found = []
    for quantity in QUANTITIES:
        far = [r for r in rows if r["quantity"] == quantity.name and nearest(r) > FAR]
        for how in dict.fromkeys(direction(row) for row in far):
            some = [row for row in far if direction(row) == how]
            worst = max(some, key=nearest)
            found.append((nearest(worst), _sentence(quantity, how, some, worst)))
    return [sentence for _, sentence in sorted(found, key=lambda one: -one[0])]


def _sentence(quantity: Quantity, how: str, rows: Sequence[Row], worst: Row) -> str:
    where = f" in {lead_ranges([row['lead'] for row in rows])}" if quantity.by_lead else ""
    example = f"in {worst['lead']}: " if len(rows) > 1 else ""
    medians = ", ".join(
        f"{name} {_number(one['median'], quantity)}"
        for name, one in worst["sources"].items()
        if one["n"]
    )
    return (
        f"**{quantity.name}** is {how}{where} ({example}median {medians} {quantity.unit}; "
        f"distance {nearest(worst):.2f} or more)."
    )


def as_markdown(figures: Figures) -> str:
    """Write the figures of ``realism_compare.compare`` as a page."""
    count = figures["records"]["all"]
    lines = [
        "# The simulator beside real recordings",
        "",
        "Written by `python -m scar_core simulate --compare"
        f" --records {count[SIMULATED]} --seed {figures['seed']}`. All sources are measured by the",
        "same code at 500 Hz: waves by our delineation, one for all leads; peaks and intervals are",
        "medians over the beats of a record, ranges go over records. Cells: median (5–95 %",
        "range). Distances: the largest difference of the distribution functions",
        "(Kolmogorov–Smirnov), with 95 % intervals from drawing records again (300 times);",
        f"**●** marks those above {FAR:g}. No test record is used: LUDB is training data, and the",
        "native PTB-XL records serve to calibrate the simulator (Kalyakulina et al., LUDB, 2020,",
        "ODC-By; Wagner et al., PTB-XL, 2020, CC-BY 4.0).",
        "",
        "Two samples of one population differ by chance, too: 95 % of their distances stay below",
        "the limit given with each population. Some 120 quantities are compared, so a few larger",
        "ones are nothing. How far the two real sources are from each other says what recorders",
        "and hospitals do; the mix of findings differs between all three.",
        "",
        "![Ranges of each quantity in simulated, LUDB and PTB-XL records](simulator.svg)",
    ]
    lines += [f"\nLeft out: {reason}" for reason in figures["missing"].values()]
    for population in POPULATIONS:
        lines += _population(figures, population)
    return "\n".join(lines) + "\n"


def _population(figures: Figures, population: str) -> list[str]:
    rows = figures["rows"][population]
    counts = figures["records"][population]
    lines = [
        "",
        f"## {TITLES[population]}",
        "",
        f"Records: {', '.join(f'{name} {n}' for name, n in counts.items())}.",
        *_explained(population),
        "",
        f"| sources | by chance below | median distance | above {FAR:g} "
        f"| interval wholly above {FAR:g} |",
        "|---|---|---|---|---|",
    ]
    for pair in dict.fromkeys(key for row in rows for key in row["distances"]):
        some = [row["distances"][pair] for row in rows if pair in row["distances"]]
        one, other = pair.split(" – ")
        lines.append(
            f"| {pair} | {chance_limit(counts[one], counts[other]):.2f} "
            f"| {np.median([d['value'] for d in some]):.2f} "
            f"| {sum(d['value'] > FAR for d in some)} of {len(some)} "
            f"| {sum(d['low'] > FAR for d in some)} |"
        )
    said = differences(rows) or [f"Nothing is farther than {FAR:g} from every real source."]
    lines += ["", "What differs most from every real source:", "", *(f"- {one}" for one in said)]
    for group in dict.fromkeys(one.group for one in QUANTITIES):
        lines += ["", f"### {group.capitalize()}", "", *_table(rows, group)]
    return lines


def _explained(population: str) -> list[str]:
    if population == "all":
        return ["The simulated records are the mixed population that training draws."]
    return [
        "Simulated: drawn as normal; LUDB: sinus rhythm or sinus arrhythmia and no other finding",
        "stated; PTB-XL: labelled NORM alone.",
    ]


def _table(rows: Sequence[Row], group: str) -> list[str]:
    sources = list(rows[0]["sources"])
    pairs = list(dict.fromkeys(key for row in rows for key in row["distances"]))
    lines = [
        f"| quantity | {' | '.join([*sources, *pairs])} |",
        f"|---|{'---|' * (len(sources) + len(pairs))}",
    ]
    for quantity in QUANTITIES:
        for row in (row for row in rows if row["quantity"] == quantity.name):
            if quantity.group != group:
                continue
            cells = [_range(row["sources"][name], quantity) for name in sources]
            cells += [_distance(row["distances"].get(pair)) for pair in pairs]
            name = f"{quantity.name} {row['lead']}".strip()
            lines.append(f"| {name}, {quantity.unit} | {' | '.join(cells)} |")
    means = [
        f"{one.name}: {_MEANINGS[one.name]}"
        for one in QUANTITIES
        if one.group == group and one.name in _MEANINGS
    ]
    return [*lines, "", "; ".join(means) + "."] if means else lines


def _number(value: float, quantity: Quantity) -> str:
    return f"{value:.{_DIGITS[quantity.name]}f}".replace("-", "−")


def _range(one: dict[str, float], quantity: Quantity) -> str:
    if not one["n"]:
        return "–"
    low, high = _number(one["low"], quantity), _number(one["high"], quantity)
    return f"{_number(one['median'], quantity)} ({low} to {high})"


def _distance(one: dict[str, float] | None) -> str:
    if one is None:
        return "–"
    mark = " **●**" if one["value"] > FAR else ""
    return f"{one['value']:.2f} ({one['low']:.2f}–{one['high']:.2f}){mark}"


def by_lead(rows: Sequence[Row], quantity: Quantity) -> list[Row]:
    """Rows of one quantity, in the order of ``LEADS``."""
    order = {lead: at for at, lead in enumerate(("", *LEADS))}
    some = [row for row in rows if row["quantity"] == quantity.name]
    return sorted(some, key=lambda row: order[row["lead"]])
