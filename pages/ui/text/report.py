"""Words of the report that is one HTML file."""

ABOUT = "Where this comes from"
MADE = "Made"
RECORD = "Record"
FINGERPRINT = "Fingerprint of the record"
HIDDEN = "Hidden"
LINK = "Scenario in a link"
VERSION = "SCAR Explorer"
SOFTWARE = "Software"


def record(name: str, leads: int, seconds: float, rate_hz: float) -> str:
    """Describe a record in a line."""
    return f"{name or 'unnamed'}: {leads} leads, {seconds:g} s at {rate_hz:g} samples per second"


def checkpoint(method: str) -> str:
    """Name the line of a checkpoint's hash."""
    return f"Weights of {method.upper()}"
