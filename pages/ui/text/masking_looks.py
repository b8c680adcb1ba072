"""English of what lies under the ECG on the Masking page."""

from collections.abc import Mapping, Sequence
from typing import Any

from pages.ui.words import in_text, joined, lead_names

LOOKS: Mapping[str, str] = {
    "": "Where it looked",
    "methods": "Methods",
    "leads": "Fewer leads",
    "search": "Worst loss",
    "measure": "Intervals",
    "quality": "Quality",
    "compare": "Second ECG",
    "print": "Print",
}
NO_ANSWER = "The worker is not there, so this cannot be computed now."

# Methods side by side
METHODS: Mapping[str, str] = {"scar": "SCAR", "merl": "MERL", "melp": "MELP"}
RULES: Mapping[str, str] = {
    "scar": "SCAR leaves hidden patches out: they get no token and no weight, and it was trained "
    "against an adversary that hides.",
    "merl": "MERL reads zeros where something is hidden, its published rule, and was trained on "
    "complete records only.",
    "melp": "MELP reads zeros where something is hidden, its published rule; in training each "
    "lead was hidden half of the time.",
}


def method_name(name: str) -> str:
    """Name a method; a checkpoint that was promoted here goes by its own name."""
    return METHODS.get(name, name)


def own_rule(name: str) -> str:
    """Say what a promoted checkpoint is."""
    return f"{name} was trained and promoted here; its card says what it reads where parts hide."


def no_method(name: str) -> str:
    """Say that a link names a method that is not here."""
    return f"The link names the method “{name}”, which this worker does not have."


WHICH_METHODS = "Methods"
SAME_MASKS = (
    "All of them see the same record with the same parts hidden. Each one's probabilities come "
    "from calibration curves of its own, so compare how far they move rather than how high they "
    "stand; ≈ marks one that is approximate."
)
METHODS_TABLE = "Findings of each method, before and now"

# Fewer leads
LEADS_QUESTION = "With these leads …"
LEADS_FINDING = "Judge by"
ALL_FINDINGS = "All findings"
TOLERANCE = "A probability is still known if it moves by at most"
LEADS_EXACT = (
    "Exact: SCAR reads each lead by itself before it puts them together, so one reading answers "
    "all {subsets:,} lead sets. MERL and MELP read all leads at once and would need a reading for "
    "each set, so this is not offered for them. Nothing counts as recomputed from other leads here."
)
LEADS_APPLY = "Hide the others on the paper"
LEADS_NONE = "Choose at least one lead."
ENOUGH = "Smallest sets that are enough"
SIZES = "Best and worst set of each size"
SIZES_X = "Number of leads"
SIZES_Y = "Largest change of a probability"
BEST, WORST = "Best set", "Worst set"
LEADS_WAIT = "Answering all lead sets …"
WORTH_NAMING = 0.2
"""Findings that are never this likely are not named."""
NAMED = 3

# Rate and intervals
MEASURE_NAMES: Mapping[str, str] = {
    "rate": "Heart rate",
    "PR": "PR",
    "QRS": "QRS",
    "QT": "QT",
    "QTc": "QTc (Fridericia)",
}
MEASURE_TABLE = "Rate and intervals"
MEASURING = "Measuring …"
MEASURE_HEAD = (
    "",
    "Nothing hidden",
    "Now",
    "Middle half of the beats",
    "Middle half of single leads",
    "Against cardiologists",
)
NOT_MEASURABLE = "not measurable"
MEASURE_ABOUT = (
    "Medians over the beats that can be seen whole, from all visible leads together. The middle "
    "half is the range from the first to the third quartile: over the beats, and over the same "
    "measurement in each visible lead by itself. Against cardiologists: mean ± standard deviation "
    "of our value minus theirs in 180 records of LUDB, read with {leads} leads drawn at random."
)

# Quality
QUALITY_NOISY = "Little of this is heart; press to hide it"
LOOKING = "Looking at the signal …"
LEAD, FIGURE = "Lead", "Figure"
QUALITY_FINE = "No second of any lead falls below the quality at which hiding would be proposed."
QUALITY_MISSING = "Not recorded, and not read:"
QUALITY_ABOUT = (
    "The figure of a lead and second is the share of it that is heart, from 0 to 1: measured, free "
    "of wander and of what is faster than 40 Hz, and with beats alike. Proposed is what lies below "
    "{below}; in LUDB and Georgia one lead-second in twenty-five does. A lead whose beats are "
    "small scores low, too."
)
QUALITY_TABLE = "Quality by lead"
UNDO_CABLES = "Read it with {swap} exchanged back"

# Second ECG
COMPARE_PICK = "Compare with"
COMPARE_NONE = "Nothing"
READING = "Reading the second ECG …"
COMPARE_HINT = (
    "Choose a second ECG: the same parts of it are hidden, and its findings stand beside."
)
COMPARE_TABLE = "Findings of both ECGs, before and now"
COMPARE_LONG = "Its first ten seconds are used."

# Print
PRINT_ABOUT = (
    "One A4 sheet, landscape, at 25 mm/s and 10 mm/mV: print it at 100 %, not “fit to page”, and "
    "check that the step at the left of each row is 10 mm high. It carries no name."
)
PRINT_BUTTON = "Print this sheet"
PRINT_TITLE = "ECG"
PRINT_PDF = "Save as PDF (A4)"
PRINT_SVG = "Save as drawing (SVG)"
PRINT_MISSING = "hidden"
PRINT_ABSENT = "not recorded"

# Beside tables
FINDING = "Finding"


def waiting_for(method: str) -> str:
    """Say who is being asked."""
    return f"Asking {method} …"


def read_share(share: str) -> str:
    """Say how much a method was allowed to read."""
    return f"{share} of the recording visible"


def still_known(
    leads: Sequence[str],
    kept: Sequence[str],
    lost: Sequence[tuple[str, float, float]],
    *,
    top: bool,
) -> str:
    """Say what a few leads are good for.

    Args:
        leads: The leads.
        kept: Findings worth naming that are still known.
        lost: Those that are not, each with its probability from all leads and from these.
        top: Whether the likeliest finding stays the same.
    """
    parts = []
    if kept:
        more = len(kept) - NAMED
        names = [in_text(name) for name in kept[:NAMED]]
        parts.append(f"still know {joined([*names, f'{more} more'] if more > 0 else names)}")
    if lost:
        moved = [f"{in_text(name)} ({old:.2f} → {new:.2f})" for name, old, new in lost[:NAMED]]
        more = len(lost) - NAMED
        parts.append(f"no longer know {joined([*moved, f'{more} more'] if more > 0 else moved)}")
    said = ", but ".join(parts) or "know as much, or as little, as with all of them"
    first = "The likeliest finding stays" if top else "Another finding becomes the likeliest"
    return f"With {lead_names(leads)} you would {said}. {first}."


def a_set(leads: str, change: float) -> str:
    """Label a lead set."""
    return f"{leads} ({change:.2f})"


def sizes_alt(by_size: Mapping[str, Any]) -> str:
    """Say what the best and worst sets show."""
    n = str(min(3, len(by_size)))
    best, worst = by_size[n]["best"]["change"], by_size[n]["worst"]["change"]
    return (
        f"With {n} leads the best set moves a probability by at most {best:.2f}, the worst one "
        f"by {worst:.2f}; with all leads nothing moves."
    )


def rank_in_words(rank: int, of: int, add: Sequence[object] | None) -> str:
    """Say how good a lead set is among those of its size, and what would help."""
    place = (
        f"It is number {rank} of {of} sets of its size" if of > 1 else "There is no other such set"
    )
    if not add:
        return f"{place}."
    lead, rest = add[0], float(str(add[1]))
    return f"{place}; adding {lead} would help most (largest change then {rest:.2f})."


def enough_caption(shown: int, n: int, tolerance: float, finding: str) -> str:
    """Say how many sets are enough."""
    sets = "One set" if n == 1 else f"{n} sets"
    keeps = "keeps" if n == 1 else "keep"
    what = "its probability" if finding else "every probability, and the likeliest finding,"
    cut = "" if shown == n else f" {shown} of them are shown."
    return (
        f"{sets} of the smallest size {keeps} {what} within {tolerance:g}; in brackets stands the "
        f"largest change.{cut}"
    )


def noisy_chip(lead: str, start_s: float, stop_s: float, figure: float) -> str:
    """Label a stretch that is proposed."""
    return f"{lead} {start_s:.1f}–{stop_s:.1f} s ({figure:.2f})"


def absent_line(lead: str, start_s: float, stop_s: float, reason: str) -> str:
    """Say what was not recorded, and why."""
    return f"{lead} {start_s:.1f}–{stop_s:.1f} s: {reason}"


def number(value: float, unit: str) -> str:
    """Write a measurement."""
    return f"{value:.0f} {unit}"


def between(low: float, high: float, count: int, of: str) -> str:
    """Write a range and how many it rests on."""
    ends = f"{low:.0f}" if round(low) == round(high) else f"{low:.0f}–{high:.0f}"
    return f"{ends} ({count} {of}{'' if count == 1 else 's'})"


def error(mean: float, deviation: float) -> str:
    """Write bias and spread against cardiologists."""
    return f"{mean:+.0f} ± {deviation:.0f}".replace("-", "−")


def quality_all(n: int) -> str:
    """Label the button that hides every stretch that is proposed."""
    return f"Hide all {n}"


def paper_of(title: str, about: str) -> str:
    """Describe a drawing for those who do not see it."""
    return f"Twelve-lead ECG on paper: {title}. {about}".strip()


def sheet_title(title: str, swap: str) -> str:
    """Write the first line of a printed sheet."""
    said = f"12-lead ECG{f': {title} (simulated)' if title else ''}"
    return f"{said}, cables of {joined(swap.split('/'))} exchanged" if swap else said


def print_scale(millivolts: bool) -> str:
    """Write the scale."""
    if millivolts:
        return "25 mm/s · 10 mm/mV · the step is 1 mV and 0.2 s · rows of 2.5 s, lead II of 10 s"
    return "25 mm/s · 2.5 mm per standard deviation (no millivolts) · the step is 4 SD and 0.2 s"


def print_hidden(described: str) -> str:
    """Write what is hidden."""
    return f"Hatched: {described}." if described != "nothing hidden" else "Nothing is hidden."


def print_key(fingerprint: str) -> str:
    """Write what identifies the signal without naming anybody."""
    return f"SCAR Explorer · signal {fingerprint}"
