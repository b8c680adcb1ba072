"""How much memory this machine has for jobs, and the classes by which they queue."""

import math
import os
from contextlib import suppress
from pathlib import Path

from scar_core.errors import ConfigError

MEMORY = "SCAR_JOB_MEMORY_MB"
"""What the steps of jobs may take here, in place of what the machine has."""
CLASSES_MB = (1000, 2500, 6500, 14_000, 30_000, 60_000, 120_000, 250_000)
"""What machines that are sold with 2, 4, 8, 16 GB and so on have left for jobs."""
PRODUCT_MB = 1000
"""Worker, inquiries, executor, a process that waits warm and the page; measured: 960 MB."""
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def class_of(memory_mb: float) -> int:
    """Return the smallest class that is enough, in MB.

    Raises:
        ConfigError: If none is.
    """
    for limit in CLASSES_MB:
        if memory_mb <= limit:
            return limit
    raise ConfigError(
        f"a step needs {memory_mb:g} MB of memory; the most that can be asked for is"
        f" {CLASSES_MB[-1]} MB, so divide it into parts"
    )


def classes_within(memory_mb: float) -> tuple[int, ...]:
    """Return the classes whose jobs fit into so much memory, in MB."""
    return tuple(limit for limit in CLASSES_MB if limit <= memory_mb)


def own_memory_mb() -> float:
    """Return the memory for all jobs together, as ``SCAR_JOB_MEMORY_MB`` says.

    Else it is the machine's or its container's, less what the product itself takes; infinite where
    the system does not tell.

    Raises:
        ConfigError: If the setting is no whole number.
    """
    told = os.environ.get(MEMORY)
    if told is not None:
        if not told.isdecimal():
            raise ConfigError(f"{MEMORY} is {told!r}; give the megabytes that jobs may take")
        return float(told)
    found = math.inf
    if hasattr(os, "sysconf"):
        try:
            found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6
        except (OSError, ValueError):  # a system that does not tell
            found = math.inf
    with suppress(OSError, ValueError):  # no container, or one without a limit
        found = min(found, int(_CGROUP.read_text()) / 1e6)
    return max(0.0, found - PRODUCT_MB)
