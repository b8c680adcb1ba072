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
NO_GAIN = "Nothing was gained anywhere"
HATCHED = "not read (hidden or not recorded)"
SHARES = "Share of the importance per lead"
NOT_EINTHOVEN = "do not obey Einthoven"
"""Part of a record's note about limb leads that contradict each other."""


def paper(scenario: Scenario) -> str:
    """Describe a drawn ECG."""
    return f"Twelve-lead ECG on paper; {scenario.describe()}."
