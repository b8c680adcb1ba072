"""Which files of a folder were found to be sound, so that nothing is read twice for that."""

import hashlib
import os
from pathlib import Path
from threading import Lock

NAME = ".verified.tsv"
_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


class Journal:
    """What was found of the files below a folder; a changed size or time makes it void.

    One line a file is appended to ``.verified.tsv``; where that cannot be written, the journal
    lasts as long as the object.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._found: dict[tuple[str, str], str] = {}
        try:
            text = (folder / NAME).read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        self._torn = bool(text) and not text.endswith("\n")  # a line that was cut short
        for line in text.splitlines():
            stamp, _, rest = line.partition("\t")
            verdict, tab, name = rest.partition("\t")
            if tab:
                self._found[name, verdict] = stamp

    def knows(self, name: str, verdict: str) -> bool:
        """Whether this was found of the file as it is now.

        Args:
            name: Path below the folder, with ``/``.
            verdict: A checksum, or another word without tabs.
        """
        found = self._found.get((name, verdict))
        return found is not None and found == self._stamp(name)

    def note(self, name: str, verdict: str) -> None:
        """Remember what was found of a file."""
        stamp = self._stamp(name)
        line = f"{stamp}\t{verdict}\t{name}\n"
        with self._lock:
            self._found[name, verdict] = stamp
            try:
                with (self._folder / NAME).open("a", encoding="utf-8") as stream:
                    stream.write("\n" + line if self._torn else line)
                self._torn = False
            except OSError:
                return

    def _stamp(self, name: str) -> str:
        try:
            state = os.stat(self._folder / name)  # noqa: PTH116 - quicker, for a million files
        except OSError:
            return "none"
        return f"{state.st_size}.{state.st_mtime_ns}"
