"""Starting Python children that find this package and this state folder; standard library only."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scar_core.errors import WorkerUnavailable
from scar_core.serving.address import LOG_FILE
from scar_core.serving.logs import event_of

MAX_LOG_BYTES = 2**20


def spawn_detached(folder: Path, command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start ``python *command`` so that it outlives this process, writing to the worker's log.

    Raises:
        WorkerUnavailable: If the log cannot be written.
    """
    log_path = folder / LOG_FILE
    fresh = log_path.exists() and log_path.stat().st_size > MAX_LOG_BYTES
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if fresh else 0)
    try:
        log = os.open(log_path, flags, 0o600)
    except OSError as error:
        raise WorkerUnavailable(
            f"The worker's log {log_path} cannot be written ({error.strerror}); set SCAR_HOME."
        ) from error
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.DETACHED_PROCESS}
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, *command],
            env=child_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **detached,
        )
    finally:
        os.close(log)
    threading.Thread(target=child.wait, daemon=True).start()  # or it stays as a zombie
    return child


def child_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a child that finds this package and this state folder."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "SCAR_HOME": str(folder),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
    }


def last_line(path: Path) -> str:
    """Return the last line of a log that says anything."""
    try:
        lines = path.read_text(errors="replace").split("\n")
    except OSError:
        lines = []
    return event_of(next((line.strip() for line in reversed(lines) if line.strip()), "(nothing)"))
