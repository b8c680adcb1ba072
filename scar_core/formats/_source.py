"""Where a record's files come from: a folder on disk, or an upload held in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from scar_core.errors import RecordError

HEAD_BYTES = 4096
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Source:
    """The files of one record; every file is named without any folder.

    Attributes:
        name: The file (or WFDB record name) that was asked for.
        folder: Where the files lie on disk; None for an upload.
        data: The uploaded files by name; empty for files on disk.
        member: Which of the file's records was asked for, by ``FILE#MEMBER``; empty if not said.
    """

    name: str
    folder: Path | None
    data: Mapping[str, bytes]
    member: str = ""

    @classmethod
    def of(cls, path: Path | str, data: Mapping[str, bytes] | None) -> "Source":
        """Build the source for ``open_record``'s arguments.

        Raises:
            RecordError: Nothing of that name is there, or it is a folder.
        """
        if data is not None:
            files = {PureWindowsPath(name).name: content for name, content in data.items()}
            source = cls(PureWindowsPath(str(path)).name, None, files)
        else:
            if "\0" in str(path):
                msg = "The path of the record holds a NUL character; give the path of a file."
                raise RecordError(msg)
            path = Path(path).expanduser()
            source = cls(path.name, path.parent, {})
            try:
                is_folder = path.is_dir() and not source.has(f"{path.name}.hea")
            except OSError:  # a name too long for the file system
                is_folder = False
            if is_folder:
                msg = f"{path} is a folder; name one record in it, such as {path}/NAME.hea."
                raise RecordError(msg)
        return source._resolved()

    def _resolved(self) -> "Source":
        """Return the source of the file that is meant by the name: a header, or one of many."""
        suffix = Path(self.name).suffix.lower()
        header = f"{Path(self.name).stem}.hea"
        if self.has(self.name):
            # A signal file says nothing without its header, so it stands for it.
            beside = suffix in (".dat", ".mat") and self.has(header)
            return replace(self, name=header) if beside else self
        if self.has(f"{self.name}.hea"):
            return replace(self, name=f"{self.name}.hea")
        name, _, member = self.name.rpartition("#")
        if member and self.has(name):
            return replace(self, name=name, member=member)
        where = f"in {self.folder}" if self.folder else "among the uploaded files"
        msg = f"There is no record {self.name!r} {where}; check the name."
        raise RecordError(msg)

    @property
    def stem(self) -> str:
        """The name without its suffix, as it names the record."""
        return Path(self.name).stem

    def has(self, name: str) -> bool:
        """Say whether there is such a file, and not outside the record's folder."""
        if self.folder is None:
            return name in self.data
        try:
            path = self.folder / name
            return bool(name) and path.is_file() and (name == self.name or self._is_beside(path))
        except OSError:  # a name too long for the file system
            return False

    def _is_beside(self, path: Path) -> bool:
        """Say whether a file lies where the record does: links must not lead anywhere else."""
        real = path.resolve().parent
        return real in (self._main.parent.resolve(), self._main.resolve().parent)

    @property
    def _main(self) -> Path:
        return (self.folder or Path()) / self.name

    def size(self, name: str) -> int:
        """Return the file's length in bytes."""
        if self.folder is None:
            return len(self.data[name])
        return (self.folder / name).stat().st_size

    def open(self, name: str) -> BinaryIO:
        """Return the file, open for reading.

        Raises:
            RecordError: It cannot be read.
        """
        try:
            return (
                BytesIO(self.data[name]) if self.folder is None else (self.folder / name).open("rb")
            )
        except OSError as error:
            raise RecordError(_unreadable(name, error)) from error

    def read(self, name: str, limit: int) -> bytes:
        """Return the file's content.

        Raises:
            RecordError: It is longer than ``limit`` bytes or cannot be read.
        """
        content = self.part(name, 0, limit + 1)
        if len(content) > limit:
            msg = (
                f"{name} has {self.size(name) / 1e6:.0f} MB, more than the {limit / 1e6:g} MB that "
                "are read; cut it into shorter records."
            )
            raise RecordError(msg)
        return content

    def part(self, name: str, start: int, length: int) -> bytes:
        """Return so many bytes of the file from ``start``, or those that there are.

        Raises:
            RecordError: It cannot be read.
        """
        if self.folder is None:
            return self.data[name][start : start + length]
        with self.open(name) as file:
            try:
                file.seek(start)
                return file.read(max(0, min(length, self.size(name) - start)))
            except OSError as error:
                raise RecordError(_unreadable(name, error)) from error

    def head(self) -> bytes:
        """Return the first bytes of the named file.

        Raises:
            RecordError: It cannot be read.
        """
        return self.part(self.name, 0, HEAD_BYTES)


def is_plain_name(name: str) -> bool:
    """Say whether a name written in a file names a neighbour: no folder, drive or stream."""
    plain = PurePosixPath(name).name == name == PureWindowsPath(name).name
    return plain and name not in ("", ".", "..", "~") and not set(name) & set("\0:/\\")


def looks_like_text(head: bytes) -> bool:
    """Say whether the first bytes of a file are text: no control characters but white space."""
    if head.startswith(_UTF_16):
        head = decoded(head).encode()
    return bool(head.strip()) and not any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)


def decoded(content: bytes) -> str:
    """Decode text: UTF-8 or 16, else the encoding of Western spreadsheets."""
    if content.startswith(_UTF_16):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _unreadable(name: str, error: OSError) -> str:
    return f"{name} cannot be read ({error.strerror or error}); check the file and its permissions."
