"""Finished parts of an evaluation, kept on disk so that an interrupted one can go on.

A part's name is a hash of everything that decides its content, so a part is never wrong, only
absent. Deleting the folder costs time and nothing else.
"""

import hashlib
import io
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scar_core.config import state_dir
from scar_core.errors import ConfigError

VERSION = "1"
"""Goes into every name: raise it when the same inputs come to other answers."""


def key_of(pieces: Iterable[str | bytes]) -> str:
    """Hash pieces, each with its length, to 32 hex digits."""
    digest = hashlib.sha256(VERSION.encode())
    for piece in pieces:
        data = piece.encode() if isinstance(piece, str) else piece
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]


class Parts:
    """A folder of arrays by key.

    Args:
        folder: Where; None: ``evaluation`` in the user's state folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state_dir() / "evaluation"
        self.found = 0
        self.made = 0

    def get(self, key: str) -> NDArray[np.float32] | None:
        """Return a part, or None if it is not there or cannot be read."""
        try:
            array: NDArray[np.float32] = np.load(self._path(key), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        self.found += 1
        return array

    def put(self, key: str, array: NDArray[np.float32]) -> None:
        """Keep a part: whole or not at all.

        Raises:
            ConfigError: The folder cannot be written.
        """
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        path = self._path(key)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(buffer.getvalue())
            beside.replace(path)
        except OSError as error:
            raise ConfigError(
                f"a part of the evaluation cannot be kept in {self.folder} ({error.strerror}); "
                "make room there, or set SCAR_HOME to another folder"
            ) from error
        self.made += 1

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.npy"
