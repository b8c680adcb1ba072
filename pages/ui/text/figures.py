"""Words beside findings and maps of importance."""

from scar_core.missing import Scenario

APPROXIMATE = "approximate"
OWN_CURVE = "own curve"
ABOUT_APPROXIMATE = (
    "≈ approximate: the probability comes from a curve shared by all findings, because this one "
    "could not be fitted by itself."
)
KEY_BEFORE = "nothing hidden"
KEY_NOW = "as it is now"
FINDINGS = "Probability of each finding"
ALL_FINDINGS = "Probability of every finding"
TABLE_HEAD = (
    "Finding",
    "Probability before",
    "now",
    "Similarity before",
    "now",
    "Calibration",
)
IMPORTANCE_BEFORE = "Importance before"
IMPORTANCE_NOW = "Importance now"
CHANGE = "Change, now minus before"
TIME = "Time (s)"
PERCENT, POINTS = "% per patch", "points per patch"
NO_GAIN = "Change of importance by lead and time: nothing was gained anywhere."
SHARES = "Share of the importance per lead"
NOT_EINTHOVEN = "do not obey Einthoven"
"""Part of a record's note about limb leads that contradict each other."""


def paper(scenario: Scenario) -> str:
    """Describe a drawn ECG."""
    return f"Twelve-lead ECG on paper; {scenario.describe()}."


def mostly_on(title: str, leads: str, share: str) -> str:
    """Describe a lead × time map."""
    return f"{title} by lead and time: most on {leads} ({share})."


def nothing_read(title: str) -> str:
    """Describe a lead × time map of which nothing was read."""
    return f"{title} by lead and time: nothing was read."


def gained_mostly(leads: str) -> str:
    """Describe the map of changes."""
    return f"Change of importance by lead and time: gained mostly by {leads}."


def of_maps(patch_s: float) -> str:
    """Say what the maps' cells and their hatching are."""
    return (
        f"A patch is one lead for {patch_s:g} s; all patches together hold 100 %. Maps of "
        "importance share one scale. Hatched: not read (hidden or not recorded)."
    )
