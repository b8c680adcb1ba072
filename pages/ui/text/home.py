"""Words of the first page."""

from scar_core.missing import Scenario

TITLE = "What an ECG still says when part of it is missing"
WHAT = (
    "Electrodes fall off, leads are noisy, strips are torn: real ECGs are often incomplete. "
    "Here you hide any part of a twelve-lead ECG and see at once what a model that has learnt ECGs "
    "together with their reports still finds in it. "
    "You also see which leads and moments its answer rests on, before and after."
)
BEGIN = "Hide part of an ECG"
LEARN = "Learn by six guided cases"
CONTINUE = "Continue where you were"
CONTINUE_HELP = "Scenarios of this session, the latest first; nobody else sees them."
RUNNING = "Running and recent jobs"
NO_JOBS = "The worker is ready. No job has been started; trainings and evaluations appear here."
ALL_JOBS = "All jobs"
CASES = "Cases to begin with"
ABOUT_CASES = "Simulated ECGs whose findings, and where they show, are known."
NO_CASES = "The gallery of simulated cases is not there; the masking page opens your files."
OPEN_MASKING = "Open the masking page"
WAITING = "waiting"
STATES = {
    "waiting": WAITING,
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
OWN_FILE = "your file"


def picture(title: str, scenario: Scenario) -> str:
    """Describe the masked ECG for those who do not see it."""
    return f"{title}: twelve-lead ECG with {scenario.describe()}"


def place(title: str, scenario: Scenario) -> str:
    """Name where a reader was."""
    return title if scenario.is_empty else f"{title}, {scenario.describe()}"


def left(seconds: float) -> str:
    """Say how long something will still take."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min left"
    return f"about {minutes / 60:.1f} h left"


def state(name: str) -> str:
    """Name a job's state."""
    return STATES.get(name, name)
