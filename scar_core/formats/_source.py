"""Where a record's files come from: a folder on disk, or an upload held in memory."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from scar_core.errors import RecordError

HEAD_BYTES = 4096


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
        """Say whether there is such a file."""
        if self.folder is None:
            return name in self.data
        try:
            return bool(name) and (self.folder / name).is_file()
        except OSError:  # a name too long for the file system
            return False

    def size(self, name: str) -> int:
        """Return the file's length in bytes."""
        if self.folder is None:
            return len(self.data[name])
        return (self.folder / name).stat().st_size

    def read(self, name: str, limit: int) -> bytes:
        """Return the file's content.

        Raises:
            RecordError: It is longer than ``limit`` bytes or cannot be read.
        """
        try:
            size = self.size(name)
            if size > limit:
                msg = (
                    f"{name} has {size / 1e6:.0f} MB, more than the {limit / 1e6:g} MB that are "
                    "read; cut it into shorter records."
                )
                raise RecordError(msg)
            return self.data[name] if self.folder is None else (self.folder / name).read_bytes()
        except OSError as error:
            raise RecordError(_unreadable(name, error)) from error

    def head(self) -> bytes:
        """Return the first bytes of the named file.

        Raises:
            RecordError: It cannot be read.
        """
        if self.folder is None:
            return self.data[self.name][:HEAD_BYTES]
        try:
            with (self.folder / self.name).open("rb") as file:
                return file.read(HEAD_BYTES)
        except OSError as error:
            raise RecordError(_unreadable(self.name, error)) from error

    def place(self, name: str, target: Path) -> None:
        """Make the file available at ``target``, as a link where that is possible.

        Raises:
            RecordError: It cannot be read.
        """
        try:
            if self.folder is None:
                target.write_bytes(self.data[name])
                return
            origin = (self.folder / name).resolve()
            with origin.open("rb"):
                pass
            try:
                target.symlink_to(origin)
            except OSError:  # links are a privilege on some platforms
                shutil.copyfile(origin, target)
        except OSError as error:
            raise RecordError(_unreadable(name, error)) from error


def is_plain_name(name: str) -> bool:
    """Say whether a name written in a file names a neighbour: no folder, drive or stream."""
    plain = PurePosixPath(name).name == name == PureWindowsPath(name).name
    return plain and name not in ("", ".", "..", "~") and not set(name) & set("\0:/\\")


def looks_like_text(head: bytes) -> bool:
    """Say whether the first bytes of a file are text: no control characters but white space."""
    return bool(head.strip()) and not any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)


def decoded(content: bytes) -> str:
    """Decode text: UTF-8, else the encoding of Western spreadsheets."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _unreadable(name: str, error: OSError) -> str:
    return f"{name} cannot be read ({error.strerror or error}); check the file and its permissions."
