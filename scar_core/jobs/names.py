"""Names that jobs and their files go by."""

import hashlib
import json
import math
import re
from collections.abc import Mapping

from scar_core.errors import ConfigError
from scar_core.jobs.base import Json

MAX_NAME = 200
MAX_DEPTH = 8
_JOB = re.compile(r"[a-z0-9_]+-[0-9a-f]{16}(-[0-9]+)*")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,+=@ ()-]*")


def job_id(kind: str, parameters: Mapping[str, Json]) -> str:
    """Return the identity of a job: the same for the same kind and parameters.

    Args:
        kind: Name of the kind.
        parameters: All of them, defaults too, so that a default that is spelled out changes
            nothing.
    """
    told = json.dumps([kind, parameters], sort_keys=True, separators=(",", ":"))
    return f"{kind}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def part_id(parent: str, number: int) -> str:
    """Return the identity of a part of a job, counted over all its parts from 0."""
    return f"{parent}-{number}"


def checked_job(job: str) -> str:
    """Return ``job`` if it can be a job's identity at all.

    Raises:
        ConfigError: If it cannot; it is used in paths.
    """
    if not _JOB.fullmatch(job) or len(job) > MAX_NAME:
        raise ConfigError(
            f"{job[:80]!r} is no job; take one from the list of `python -m scar_core jobs list`"
        )
    return job


def checked_name(name: str) -> str:
    """Return ``name`` if a file of a job may go by it.

    Raises:
        ConfigError: If it is absolute, leaves its folder, hides itself, or is no plain name.
    """
    parts = name.split("/")
    plain = all(_PART.fullmatch(part) for part in parts)
    if not plain or len(name) > MAX_NAME or len(parts) > MAX_DEPTH:
        raise ConfigError(
            f"a job's file cannot be called {name[:80]!r}; use letters, digits and -_.,"
            " with / between folders, relative and without .."
        )
    return name


def plain_json(value: Json) -> Json:
    """Return ``value`` as JSON proper: tuples as lists, what is not a finite number as null.

    Raises:
        ConfigError: If it holds anything that JSON has no word for.
    """
    try:
        return json.loads(json.dumps(_finite(value), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"a job handed over what JSON cannot hold ({error})") from error


def _finite(value: Json) -> Json:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
