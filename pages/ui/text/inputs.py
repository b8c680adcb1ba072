"""Words about where ECGs come from, and about links that could not be used."""

from collections.abc import Sequence
from pathlib import Path

TAKEN_AS_ABSENT = "Flat, saturated or disconnected: taken as not recorded."
NO_TIME = "it is no time in seconds"
NAME_METHODS = "name methods, with commas between"


def no_folder(folder: Path, reason: str | None) -> str:
    """Say that a records folder cannot be listed."""
    return f"The records folder {folder} cannot be listed ({reason}); name a folder with records."


def several(names: Sequence[str]) -> str:
    """Say that more than one record was uploaded."""
    return f"{len(names)} records came at once ({', '.join(names)}); upload one record at a time."


def no_header(names: Sequence[str]) -> str:
    """Say that only signals were uploaded."""
    return (
        f"{', '.join(names)} came without a header; for WFDB choose the .hea file together with "
        "its .dat or .mat file."
    )


def gone(name: str) -> str:
    """Say that a file is no longer there."""
    return f"{name} is no longer there; choose another record."


def passed_over(key: str, value: str, reason: str) -> str:
    """Say that a value of a link could not be used."""
    return f"The link's {key}={value[:60]!r} was passed over: {reason}"


def one_of(allowed: Sequence[str]) -> str:
    """Say what a value may be."""
    return f"use one of {', '.join(allowed)}"


def no_scene(told: object) -> str:
    """Say that the canvas sent something else."""
    return (
        "The ECG canvas sent something else than leads, electrodes and spans: "
        f"{str(told)[:80]}; make the gesture again."
    )


def no_record(error: Exception) -> str:
    """Say that the worker's record is damaged."""
    return f"The worker told a record that cannot be read ({error}); restart the worker."


def no_selection() -> str:
    """Say that the map sent something else."""
    return "The map sent a selection that cannot be read; select again."


def too_many(n: int) -> str:
    """Say that the map sent more than there is."""
    return f"The map sent a selection of more than its {n} records; select again."
