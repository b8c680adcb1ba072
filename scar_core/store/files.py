"""Files that are whole or not there: written beside, forced to disk, then renamed."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scar_core.errors import DatasetError
from scar_core.locks import FileLock
from scar_core.store.layout import LOCK, MANIFEST, VERSION

PATIENCE_S = 10.0
"""How long a packer waits for the processes of one that was just killed."""


def force(path: Path) -> None:
    """Force a file or folder to disk."""
    if sys.platform == "win32" and path.is_dir():  # folders cannot be opened there
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON with a checksum of its own, whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(_text(value | {"checksum": _digest(value)}), encoding="utf-8")
    force(beside)
    beside.replace(path)
    force(path.parent)


def read_json(path: Path) -> dict[str, Any]:
    """Read what ``write_json`` wrote.

    Raises:
        DatasetError: The file is missing, damaged or was changed by hand.
    """
    try:
        text = path.read_bytes().decode()
        value = json.loads(text)
        checksum = value.pop("checksum")
        # Compared as text: what is cut off or added need not change what JSON says.
        sound = checksum == _digest(value) and text == _text(value | {"checksum": checksum})
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise DatasetError(
            f"{path} is damaged: its checksum does not fit; delete it and run the same `data pack` "
            "again: whole shards are kept"
        )
    return dict(value)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a store's manifest.

    Raises:
        DatasetError: There is none, or it is damaged or of a later version.
    """
    manifest = read_json(folder / MANIFEST)
    if manifest.get("format") != "scar-store" or manifest.get("version") != VERSION:
        raise DatasetError(
            f"{folder} is a store of version {manifest.get('version')}, and version {VERSION} is "
            "read here; pack it again, or update the program"
        )
    return manifest


def sha256_of(path: Path) -> str:
    """SHA-256 hex digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for packing; the system lets go when the last of our processes has ended.

    Raises:
        DatasetError: Another packer holds it.
    """
    with FileLock(folder / LOCK, patience_s=PATIENCE_S) as lock:
        if not lock.held:
            raise DatasetError(
                f"{folder} is being packed by another process; wait until it has finished"
            )
        yield
