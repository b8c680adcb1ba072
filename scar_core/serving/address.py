"""Where the worker listens: a private file, and the lock that proves a worker is alive.

The operating system drops the lock with the process, however it ended; the file proves nothing.
"""

import contextlib
import json
import os
import socket
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from scar_core.errors import ConfigError, WorkerUnavailable
from scar_core.locks import FileLock, is_held

ADDRESS_FILE = "worker.json"
LOCK_FILE = "worker.lock"
LOG_FILE = "worker.log"
PAGE_FILE = "page.txt"
LOOPBACK = "127.0.0.1"
ANY = "0.0.0.0"  # noqa: S104 - to recognise it
HOW_TO_START = "start it with `python -m scar_core worker`, or with the button on the page"

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class Address:
    """Everything that is needed to knock at the worker's door.

    Attributes:
        port: TCP port on the loopback interface.
        pid: Process id of the worker.
        token: Secret that every request must carry; never shown, hence not in ``repr``.
        machine: Name of the machine; a home folder may be shared by several.
    """

    port: int
    pid: int
    token: str = field(repr=False)
    machine: str

    @property
    def url(self) -> str:
        """The address as people write it."""
        return f"http://{LOOPBACK}:{self.port}"


def open_door(what: str) -> str:
    """Return the sentence for whoever opens something to other machines."""
    return (
        f"{what} can be reached from other machines, without encryption:"
        " a server that authenticates people and encrypts (TLS) is required in front of it."
    )


def this_machine() -> str:
    """Return the name under which this machine's worker signs."""
    return socket.gethostname()


def private_folder(state_dir: Path) -> Path:
    """Make the state folder if need be, for this user only, and return it as an absolute path.

    Raises:
        ConfigError: If it cannot be made.
    """
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(state_dir, error) from error
    return state_dir.resolve()


def write_address(state_dir: Path, address: Address) -> None:
    """Publish ``address``: private from its first byte, and never seen half-written.

    Raises:
        ConfigError: If the folder cannot be written, or cannot keep a file private.
    """
    target = state_dir / ADDRESS_FILE
    beside = state_dir / f"{ADDRESS_FILE}.{address.pid}"
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            leaky = os.name == "posix" and os.fstat(handle).st_mode & 0o077
            if not leaky:
                json.dump(asdict(address), file)
        if leaky:
            beside.unlink()
            raise ConfigError(
                f"{state_dir} lies on a file system that cannot keep a file private;"
                " set SCAR_HOME to a folder that can."
            )
        beside.replace(target)
    except OSError as error:
        raise _unusable(state_dir, error) from error


def read_address(state_dir: Path) -> Address | None:
    """Return what the last worker published, dead or alive; None if there is nothing.

    Raises:
        WorkerUnavailable: If the file is damaged, another user's, or another machine's.
    """
    path = state_dir / ADDRESS_FILE
    try:
        with path.open(encoding="utf-8") as file:
            owner = os.fstat(file.fileno()).st_uid
            data = json.load(file)
        address = Address(
            port=int(data["port"]),
            pid=int(data["pid"]),
            token=str(data["token"]),
            machine=str(data["machine"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkerUnavailable(
            f"{path} cannot be read as a worker's address ({error}); delete it and {HOW_TO_START}."
        ) from error
    if sys.platform != "win32" and owner != os.getuid():
        raise WorkerUnavailable(
            f"{path} belongs to another user, so it is not trusted;"
            " set SCAR_HOME to a folder of your own."
        )
    if address.machine != this_machine():
        raise WorkerUnavailable(
            f"The worker of {state_dir} runs on {address.machine}, this is {this_machine()};"
            " set SCAR_HOME to a folder that belongs to this machine alone."
        )
    return address


def live_address(state_dir: Path) -> Address:
    """Return the address of the worker that is alive in ``state_dir``.

    Raises:
        WorkerUnavailable: If none is; a dead worker's port may be anybody's by now, so what its
            file says is not used.
    """
    address = read_address(state_dir) if lock_is_held(state_dir) else None
    if address is None:
        raise WorkerUnavailable(f"No worker is running; {HOW_TO_START}.")
    return address


def forget_address(state_dir: Path, address: Address) -> None:
    """Remove the address file if it is still ``address``'s."""
    with contextlib.suppress(OSError, WorkerUnavailable):
        if read_address(state_dir) == address:
            (state_dir / ADDRESS_FILE).unlink()


class InstanceLock(FileLock):
    """At most one living worker of a state folder holds it; entered as a context manager."""

    def __init__(self, state_dir: Path, *, patience_s: float = 0.1) -> None:
        """Name the lock of ``state_dir``; entering tries for ``patience_s`` seconds.

        The patience is for ``lock_is_held``, which has to touch the lock for an instant.
        """
        super().__init__(state_dir / LOCK_FILE, patience_s=patience_s)
        self._state_dir = state_dir

    def __enter__(self) -> "InstanceLock":
        try:
            super().__enter__()
        except OSError as error:
            raise _unusable(self._state_dir, error) from error
        return self


def lock_is_held(state_dir: Path) -> bool:
    """Whether a living process holds the lock of ``state_dir``."""
    return is_held(state_dir / LOCK_FILE)


def _unusable(state_dir: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"The folder {state_dir} cannot be used for the worker's files"
        f" ({error.strerror or error}); set SCAR_HOME to a folder of your own."
    )
