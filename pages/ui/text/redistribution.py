"""Words of the Redistribution page, and of choices that it shares with Attribution."""

from collections.abc import Sequence

from pages.ui.words import in_text, lead_names
from scar_core.findings import FINDINGS
from scar_core.missing import Scenario

PAGE = "Redistribution"
TITLE = "Where does the weight of an answer go when part of the ECG is hidden?"
METHOD = "Method"
METHODS = {"scar": "SCAR", "merl": "MERL", "melp": "MELP"}
HOW = "Importance by"
HOWS = {"selector": "Selector weights", "gradient-input": "Gradient × input"}
HOW_HELP = (
    "Selector weights are what SCAR pools its answer with; they are about the whole answer. "
    "Gradient × input is about one finding and exists for every method; its positive part is "
    "taken and scaled to sum to 1."
)
FINDING = "Finding"
FINDING_USUAL = "The most probable one"
CHOOSE = "Choose an ECG, or open a file, to begin."
READING = "Reading the ECG …"
AGAIN = "Try again"

NOTHING_HIDDEN = "Nothing is hidden yet, so nothing has moved. Hide something with one press:"
WEIGHTIEST = "Hide {lead}, the weightiest lead"
EVIDENCE = "Hide {leads}, where {finding} shows"
CHEST = "Hide the chest leads"
WORST = "Hide the worst part"
WORST_BUDGET = "Share of the recording to hide"
WORST_GO = "Search and hide"
SEARCHING = "Searching the worst part …"
OTHER = "Hide something else"
SHOW_ALL = "Show everything again"
EDIT = "Change it on the ECG"

MAPS = "Importance by lead and time"
BEFORE = "Before"
REMOVED = "Removed"
AFTER = "Now"
ONLY = "Nothing hidden"
SCALED = "Merely rescaled"
LEAD = "Lead"
SECONDS = "Time (s)"
PERCENT = "Importance (%)"
PERCENT_UNIT = "%"
POINTS_UNIT = "points"
SAME_SCALE = (
    "All three maps share one scale. A patch is one lead for 0.2 s; all patches together hold "
    "100 %. Pale blue is hidden."
)
OUTLINE = "Outline where this finding shows"

MOVED = "Where it went"
CHANGE = "Change, now minus before"
FLOW = "From what was removed to what gained"
FLOW_MEANS = (
    "Flow: what each lead gave (what was hidden of it, and what its visible parts lost) is divided "
    "among the leads that gained, in proportion to their gains. How much each gave and gained is "
    "measured; who gave to whom is not."
)
FLOW_UNIT = "% of importance"
LEADS = "By lead"
WAVES = "By wave"
RESCALED_MEANS = (
    "Merely rescaled: where the importance would be if the weights that remain had been scaled up "
    "to 100 %, which is the honest baseline: a model that compensates differs from it."
)
WAVE_NAMES = {"P": "P wave", "QRS": "QRS", "T": "T wave", "other": "Between waves"}
WAVES_MEAN = (
    "Waves are found by delineation of this record, all leads together; a patch that two kinds "
    "share is divided between them."
)
OTHERS = "other leads"

POINTING = "Does it point at the evidence?"
POINTING_CHART = "The 20 weightiest patches: how many on evidence"
POINTING_AXIS = "On evidence (%)"
CHANCE = "Patches at random"
POINTING_MEANS = (
    "This record is simulated, so where each finding shows is known. Pointing is a hit if the one "
    "weightiest patch lies on evidence; the bars count the 20 weightiest. A patch counts as "
    "evidence if the finding covers a quarter of it. Chance is the share of readable patches that "
    "do. Findings that show in more than half of the record cannot be pointed at and are left out."
)
SELECTOR_POINTS = (
    "Selector weights belong to the whole answer, not to one finding, so a miss is no error of "
    "diagnosis."
)

GROWTH = "While more and more is hidden"
ORDER = "What goes first"
ORDERS = {
    "weightiest": "Weightiest patches",
    "leads": "Weightiest leads, one by one",
    "random": "Patches at random",
}
GROWTH_MEANS = (
    "Each step hides what the step before hid and more (nested masks, one order, one seed), from "
    "nothing to 80 % of what was recorded. What you hid by hand plays no part here."
)
COMPUTING = "Hiding step by step …"
GROWTH_LEADS = "Share of each lead while more is hidden"
GROWTH_LINES = "What is left of the answer while more is hidden"
GROWTH_X = "Hidden (% of the recording)"
REMOVED_SO_FAR = "Earlier importance that is hidden"
ELSEWHERE = "Elsewhere than rescaling puts it"
AXIS_SHARE = "Per cent"
PLAYER = {
    "play": "Play",
    "pause": "Pause",
    "next": "Next step",
    "again": "From the start",
    "slider": "Step",
    "seconds": "seconds",
    "less": "0 %",
    "hidden": "hidden",
}


def passed_over(key: str, value: str, allowed: Sequence[str]) -> str:
    """Say that a value of the link could not be used."""
    return f"The link's {key}={value!r} was passed over: use one of {', '.join(allowed)}."


def hiding(scenario: Scenario) -> str:
    """Say what is hidden, for a line of its own."""
    return f"Hidden now: {scenario.describe()}."


def weightiest(lead: str) -> str:
    """Label of the button that hides a lead."""
    return WEIGHTIEST.format(lead=lead)


def evidence(leads: Sequence[str], finding: str) -> str:
    """Label of the button that hides where a finding shows."""
    return EVIDENCE.format(leads=lead_names(leads), finding=in_text(finding))


def evidence_map(code: str, hiding: bool) -> str:
    """Title of the map on which a finding's evidence is framed."""
    when = "now" if hiding else "with nothing hidden"
    return f"Importance {when}, and where {in_text(finding_name(code))} shows"


def finding_name(code: str) -> str:
    """Name of a finding's code."""
    return FINDINGS[code].name if code in FINDINGS else code


def worst_note(finding: str) -> str:
    """Say what the search is after; without a finding it is the largest change of all."""
    harm = "do most harm to the answer"
    if finding:
        harm = f"lower the probability of {in_text(finding)} most"
    return f"Searches which patches {harm} when they are hidden together. The search is SCAR's."
