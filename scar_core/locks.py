"""Locks that the system drops with their process, however it ended."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


class FileLock:
    """At most one living process holds it; entered as a context manager.

    Attributes:
        held: Whether this object holds the lock.
    """

    def __init__(self, path: Path, *, patience_s: float) -> None:
        """Name the lock's file; entering tries for ``patience_s`` seconds."""
        self.held = False
        self._path, self._patience_s = path, patience_s
        self._handle: int | None = None

    def __enter__(self) -> "FileLock":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o600)
        until = time.monotonic() + self._patience_s
        self.held = _try_lock(self._handle)
        while not self.held and time.monotonic() < until:
            time.sleep(0.02)
            self.held = _try_lock(self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)  # drops the lock; the file stays, or two could hold "the" lock
        self._handle, self.held = None, False


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock of this file."""
    try:
        handle = os.open(path, os.O_RDWR | _NO_FOLLOW)
    except OSError:
        return False
    try:
        return not _try_lock(handle, shared=True)
    finally:
        os.close(handle)


def _try_lock(handle: int, *, shared: bool = False) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
