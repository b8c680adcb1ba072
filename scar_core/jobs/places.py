"""Where jobs are kept: the database, their files, and what is this machine's own."""

import os
import platform
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from scar_core.config import state_dir
from scar_core.errors import ConfigError

DATABASE = "SCAR_DATABASE_URL"
STORAGE = "SCAR_STORAGE"


@dataclass(frozen=True)
class Places:
    """What a process has to know to take part.

    Attributes:
        home: Folder of this machine for locks and scratch.
        database_url: ``sqlite:///...`` or ``postgresql://...``; may hold a password, hence not in
            ``repr``.
        storage_url: Folder or any URL that fsspec knows, for files of jobs.
    """

    home: Path
    database_url: str = field(repr=False)
    storage_url: str = field(repr=False)

    @property
    def scratch(self) -> Path:
        """Folder of the jobs' scratch folders."""
        return self.home / "scratch"


def places(folder: Path | None = None) -> Places:
    """Return the places that the environment names, and make those of this machine.

    Args:
        folder: The state folder; None for this user's.

    Raises:
        ConfigError: If a folder cannot be made or the database is none that can be used.
    """
    home = (folder or state_dir()).resolve() / "jobs"
    url = os.environ.get(DATABASE) or f"sqlite:///{home / 'jobs.sqlite'}"
    if not url.startswith(("sqlite:///", "postgresql://")):
        raise ConfigError(
            f"{DATABASE} starts with {url.split(':')[0]!r};"
            " give sqlite:///FILE or postgresql://USER@HOST/NAME"
        )
    try:
        (home / "scratch").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {home} cannot be made ({error.strerror}); set SCAR_HOME to another."
        ) from error
    return Places(home, url, os.environ.get(STORAGE) or str(home / "files"))


def executor_id(home: Path, device: str) -> str:
    """Return the name of the executor of this machine, state folder and device.

    The one that replaces it after its death goes by the same name, and thereby takes over.
    """
    folder = sha256(str(home).encode()).hexdigest()[:6]
    return f"{platform.node() or 'machine'}-{folder}-{device.replace(':', '')}"
