"""One sentence for what went wrong."""

import signal
from errno import EDQUOT, EFBIG, ENOSPC

_NO_ROOM = (ENOSPC, EDQUOT, EFBIG)


def reason_of(error: BaseException, what: str) -> str:
    """Return one sentence for an error that the library did not raise on purpose.

    Args:
        error: It.
        what: What broke, such as "the step train".
    """
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        where = f" while {error.filename} was written" if error.filename else ""
        return f"the disk is full{where}; free some space, then retry: the job goes on"
    told = " ".join(str(error).split())[:300]
    if "disk is full" in told:  # as SQLite says it
        return "the disk of the database is full; free some space, then retry: the job goes on"
    if isinstance(error, MemoryError) or "out of memory" in told.lower():
        return "the memory was not enough; free some, or ask for less, then retry"
    return f"{what} broke with {type(error).__name__} ({told}); the job's log says more"


def ending_of(status: int) -> str:
    """Return how a process ended, by its exit status as ``subprocess`` gives it."""
    if status == -signal.SIGKILL:
        return "its process was killed by signal 9, perhaps for lack of memory"
    if status < 0:
        return f"its process was killed by signal {-status}"
    return f"its process ended with status {status} before the step was done"
