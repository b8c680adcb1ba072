"""Whether what a job says is of a checkpoint that has been replaced under its name since."""

from collections.abc import Iterator
from typing import Any

from scar_core.config import promoted_dir
from scar_core.jobs.info import JobInfo

OWN_NAME = "name"
"""Parameter by which a job names what it makes itself, so that it is there when the job ends."""


def is_outdated(info: JobInfo) -> bool:
    """Whether a checkpoint that an ended job names was promoted after the job had begun."""
    home = promoted_dir()
    for parameter, value in info.parameters.items():
        since_s = info.ended_s if parameter == OWN_NAME else info.started_s
        for name in _texts(value):
            try:
                if "/" not in name and (home / name).stat().st_mtime > (since_s or 0.0):
                    return True
            except (OSError, ValueError):  # no such checkpoint, or no name that one could have
                continue
    return False


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str) and value not in ("", ".", ".."):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
