"""Where things are kept on this machine."""

import os
import sys
from pathlib import Path

_APP = "scar-explorer"


def state_dir() -> Path:
    """Return the folder for what the program writes: worker file, logs, runs.

    ``SCAR_HOME`` if set, else the platform's user state folder. The folder need not exist yet.
    """
    home = os.environ.get("SCAR_HOME")
    if home:
        return Path(home).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / _APP
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / _APP
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / _APP


def checkpoint_dir() -> Path:
    """Return the folder of the checkpoints that are shipped with the program."""
    return Path(__file__).resolve().parents[1] / "assets" / "checkpoints"


def promoted_dir() -> Path:
    """Return the folder of the checkpoints that this user promoted."""
    return state_dir() / "checkpoints"
