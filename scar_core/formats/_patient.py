"""What clinical files say of the patient, as a record's metadata has it; never a name."""

from datetime import date
from typing import Any

OLDEST_YEARS = 130


def patient(
    *,
    sex: str = "",
    age_years: float | None = None,
    born: date | None = None,
    recorded: date | None = None,
    report: str = "",
) -> dict[str, Any]:
    """Return ``age`` (years), ``sex`` and ``report`` where they are told and possible.

    Args:
        sex: Whatever a file writes; only its first letter counts.
        age_years: The age, if it is told.
        born: Else the day of birth,
        recorded: and the day of the record.
        report: Text of the interpretation.
    """
    known: dict[str, Any] = {}
    if age_years is None and born and recorded:
        age_years = (recorded - born).days // 365.25
    if age_years is not None and 0 <= age_years <= OLDEST_YEARS:
        known["age"] = float(age_years)
    if told := {"f": "female", "m": "male"}.get(sex.strip()[:1].lower()):
        known["sex"] = told
    if said := " ".join(report.split()):
        known["report"] = said
    return known


def day(digits: str) -> date | None:
    """Read ``YYYYMMDD``, whatever follows it; None if it is no day."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
