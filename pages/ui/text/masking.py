"""English of the Masking page: what it says beside the sentences of ``pages.ui.words``."""

from collections.abc import Collection, Mapping, Sequence

from pages.ui.words import NOTEWORTHY, changes, in_text, joined, lead_names
from scar_core.leads import LEADS
from scar_core.prediction import Prediction

TITLE = "What does an ECG still say when part of it is missing?"
EMPTY = "Choose an ECG, or open a file, to begin."
READING = "Reading the ECG …"
ASK = "Ask for any finding, in your own words"
ASK_HINT = "Type a finding and press Enter"
MAPS = "Importance by lead and time"
TABLES = "Every finding as a table"
SAVE_JSON = "Save answers (JSON)"
SAVE_CSV = "Save findings (CSV)"
UPLOADED = "Uploaded ECG"

# The report
FINDING, BEFORE, NOW = "Finding", "Probability before", "Probability now"
CURVE, OWN, APPROXIMATE = "Calibration", "own curve", "approximate"
PROBABILITIES = "Probability of every finding"

# What is shown
ECG = "ECG"
ANSWER = "Answer"
LOOKS = "Further looks at this record"
OPEN = "Open a file"
FILES = "One record: a file, or for WFDB the .hea together with its .dat or .mat"
RATE = "Samples per second, if the file does not say"
RATE_HELP = "0 means that the file says it; a CSV or NPY file often does not."
STAYS = "The file stays on this machine, and no link can show it to somebody else."
FOLDER = "Records folder"
FOLDER_HINT = "/path/to/records"
FOLDER_HELP = "Its records can be picked under ECG, whatever their format."
ABOUT = "About this ECG"
SIMULATED = "Simulated: no patient stands behind it."
NO_GALLERY = "The gallery of simulated cases is not there; open a file of your own instead."
GONE_UPLOAD = "The uploaded file is gone; open it again."

# Faults
FAULTS = "Try a fault"
LEAD_OFF = "A lead is lost"
ELECTRODE_OFF = "An electrode comes off"
ELECTRODE_HELP = (
    "RA, LA and LL take V1–V6 with them: the chest leads are measured against all three."
)
CABLES = "Two cables are exchanged"
CABLES_HELP = "Nothing is hidden: the signal itself is what a recorder would then write."
OTHERS = "Something else goes wrong"
MOTION = "Motion burst: all leads, 4–6 s"
FIRST = "First 5 s only"
LIMB_ONLY = "Limb leads only"
CHEST_ONLY = "Chest leads only"
WATCH = "Smartwatch: lead I only"
RHYTHM = "Rhythm strip: lead II only"
NOTHING = "Nothing"


def folder_title(title: str, source: str) -> str:
    """Say where a record comes from."""
    return f"{'Simulated' if source == 'gallery' else 'Folder'}: {title}"


def upload_title(name: str) -> str:
    """Name an upload."""
    return f"Your file: {name}"


def not_here(record: str) -> str:
    """Say that a link's record cannot be shown."""
    return (
        f"This link asks for the record {record[:80]!r}, which is not here; another one is shown."
    )


def read_are(formats: str) -> str:
    """Name the formats."""
    return f"Read are {formats}."


def window(seconds: float) -> str:
    """Label the slider over a long record."""
    return f"Ten seconds are shown, of {seconds:.0f} s, from second"


def shown_in(name: str, leads: Collection[str]) -> str:
    """Say where a finding of a simulated case can be seen."""
    where = "all leads" if len(leads) == 12 else lead_names(leads)
    return f"{name}, seen in {where}." if leads else f"{name}."


def report(words: str) -> str:
    """Quote the report."""
    return f"Report: “{words}”"


def recorded(n_leads: int, seconds: float, rate_hz: float, missing: Sequence[str]) -> str:
    """Say what was recorded."""
    said = f"{n_leads} leads, {seconds:g} s at {rate_hz:g} samples per second."
    return said + (f" Not recorded: {lead_names(missing)}." if missing else "")


def drawn(described: str) -> str:
    """Describe a drawing of an ECG."""
    return f"Twelve-lead ECG on paper; {described}."


def where_seen(name: str) -> str:
    """Name the preset that hides a finding's evidence."""
    return f"Where {in_text(name)} shows"


def swap_label(swap: str) -> str:
    """Name an exchange of cables."""
    return swap.replace("/", " ↔ ")


def swapped(swap: str, leads: Mapping[str, tuple[str, int]]) -> str:
    """Say what an exchange of two cables does to the leads that are shown."""
    said = []
    for lead, (source, sign) in leads.items():
        if source == lead and sign < 0:
            said.append(f"{lead} is inverted")
        elif LEADS.index(source) > LEADS.index(lead):
            said.append(
                f"{lead} and {source} have changed places{', both inverted' if sign < 0 else ''}"
            )
    same = [lead for lead, (source, sign) in leads.items() if source == lead and sign > 0]
    return (
        f"The cables of {joined(swap.split('/'))} are exchanged: {'; '.join(said)}; "
        f"{joined([*same, 'V1–V6'])} stay as they were. Nothing is hidden by it: the paper shows "
        "what a recorder would write, and “before” is the ECG with the right cables."
    )


def what_swapping_did(swap: str, before: Prediction, after: Prediction) -> str:
    """Say in a sentence what exchanged cables, and perhaps hiding, did to the findings."""
    start = f"With the cables of {joined(swap.split('/'))} exchanged"
    if after.visible_share <= 0:
        return "Nothing is left to read: there is no answer to give."
    big = [
        (new.name, old.probability, new.probability)
        for old, new in changes(before, after)
        if abs(new.probability - old.probability) >= NOTEWORTHY
    ]
    if not big:
        return f"{start}, no finding changed by {NOTEWORTHY:.2f} or more."
    told = [
        f"{in_text(name)} {'fell' if new < old else 'rose'} from {old:.2f} to {new:.2f}"
        for name, old, new in big[:3]
    ]
    return f"{start}, {joined(told)}."
