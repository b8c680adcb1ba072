"""English of the list of records on the CMRS page."""

from pages.ui.text.cmrs import VIEWS, points

RECORDS = "The records that cost most"
NO_RECORDS = "This result does not say which records cost most; run the evaluation again."
RECORD = "Record"
OPEN_WHOLE = "Open the whole record in Masking"
ASK_MASKS = "Show the masks it was tested with"
ASKING = "Drawing the masks again …"
RECORDS_CAPTION = "The costliest records"


def no_data(title: str, how: str) -> str:
    """Say where records are to be had."""
    return f"The records of {title} are not on this machine, so none can be opened. {how}"


def mask_name(view: str, number: int, severity: float, impact: float) -> str:
    """Name of a mask in a list."""
    return (
        f"{VIEWS.get(view, view)}, mask {number + 1}: hides {100 * severity:.0f} %, moves the "
        f"reference by {impact:.3f}"
    )


def record_name(name: str, lost: float, score: float | None) -> str:
    """Name of a record in a list."""
    within = "" if score is None else f", CMRS {points(score)}"
    return f"{name} · costs {lost:.2f} points{within}"


def how_to_get(command: str, url: str) -> str:
    """Say how records come to this machine."""
    page = f" They are described at {url}." if url else ""
    return f"To get them: {command}. Or set SCAR_DATA to the folder that holds them.{page}"


def records_note(method: str, views: int) -> str:
    """Say whose records these are."""
    over = " over all kinds of masks together" if views > 1 else ""
    return (
        f"Records on which {method} loses most{over}: they weigh much, because hiding parts of "
        "them changes the reference's answer, and little of the reading is kept. Open one with "
        "exactly the masks that it was tested with; they follow from the evaluation's seed."
    )
