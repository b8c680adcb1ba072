"""Files of jobs, in a folder or in any storage that fsspec knows.

A file appears under its name only when it is complete: in a folder because it is renamed, in S3
because an upload that was not finished leaves no object. When ``put`` returns, all machines see it.
What is there is compared with the sums in the database before it is believed: the last file before
a power cut may be short.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from scar_core.errors import ConfigError
from scar_core.jobs.names import checked_job, checked_name

Area = Literal["results", "saved"]
"""Results are for people; what is saved is for whoever goes on after a kill."""
BLOCK = 2**20
BEFORE = ".before"
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class Sum:
    """What a file is known by.

    Attributes:
        n_bytes: Its length.
        sha256: Its content, in hexadecimal digits.
    """

    n_bytes: int
    sha256: str


class Storage:
    """Files by area, job and name; see ``Area``."""

    def __init__(self, url: str) -> None:
        """Use a folder, or a URL such as ``s3://bucket/folder``.

        Raises:
            ConfigError: If there is no such kind of storage here.
        """
        self._local: Path | None = None
        self._remote: Any = None
        if "://" not in url or url.startswith("file://"):
            self._local = Path(url.removeprefix("file://")).expanduser().resolve()
            return
        import fsspec

        try:
            # Other machines write too: what was there a moment ago is not what is there.
            self._remote, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise ConfigError(
                f"SCAR_STORAGE names the storage {url.split(':')[0]!r}, which cannot be used"
                f" ({error}); give a folder or a URL that fsspec knows, for s3:// with s3fs"
                " installed."
            ) from error

    def put(self, area: Area, job: str, name: str, source: Path) -> None:
        """Copy a complete file in; under its name it is the old one or the whole new one."""
        if self._local is None:
            self._remote.put_file(str(source), self._path(area, job, name))
            return
        target = self._inside(area, job, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with _plain(source) as reading, beside.open("wb") as writing:
                shutil.copyfileobj(reading, writing, BLOCK)
                writing.flush()
                os.fsync(writing.fileno())
            if area == "saved" and target.exists():
                target.replace(target.with_name(f".{target.name}{BEFORE}"))
            beside.replace(target)
            _sync_folder(target.parent)
        finally:
            beside.unlink(missing_ok=True)

    def get(self, area: Area, job: str, name: str, target: Path, known: Collection[str]) -> bool:
        """Copy a file out if its content is one of those ``known`` (sha256).

        Of what is saved, the one before the last is taken where the last is damaged.

        Returns:
            Whether there was one that could be believed.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.part")
        for source in self._candidates(area, job, name):
            try:
                if self._local is None:
                    self._remote.get_file(str(source), str(beside))
                else:
                    with _plain(Path(source)) as reading, beside.open("wb") as writing:
                        shutil.copyfileobj(reading, writing, BLOCK)
            except FileNotFoundError:
                continue
            if sum_of(beside).sha256 in known:
                beside.replace(target)
                return True
        beside.unlink(missing_ok=True)
        return False

    def holds(self, area: Area, job: str, name: str, expected: Sum) -> bool:
        """Whether a file is there as it was written; in remote storage by its length only."""
        try:
            if self._local is None:
                return int(self._remote.size(self._path(area, job, name))) == expected.n_bytes
            return sum_of(self._inside(area, job, name)) == expected
        except FileNotFoundError:
            return False

    def length(self, area: Area, job: str, name: str) -> int | None:
        """Return the bytes of a file, None if it is not there."""
        try:
            if self._local is None:
                return int(self._remote.size(self._path(area, job, name)))
            return self._inside(area, job, name).lstat().st_size
        except FileNotFoundError:
            return None

    def open(self, job: str, name: str) -> BinaryIO:
        """Open a file of a job's result for reading.

        Raises:
            ConfigError: If it is not there.
        """
        try:
            if self._local is None:
                file: BinaryIO = self._remote.open(self._path("results", job, name), "rb")
                return file
            return _plain(self._inside("results", job, name))
        except FileNotFoundError:
            raise ConfigError(f"the job {job} has no file {name!r} (any more)") from None

    def remove(self, area: Area, job: str) -> None:
        """Remove all files of a job in one area; nothing happens if there are none."""
        if self._local is not None:
            shutil.rmtree(self._local / area / checked_job(job), ignore_errors=True)
            return
        folder = f"{self._root}/{area}/{checked_job(job)}"
        if self._remote.exists(folder):
            self._remote.rm(folder, recursive=True)

    def jobs(self) -> set[str]:
        """Return all jobs that have a file in any area."""
        found: set[str] = set()
        for area in ("results", "saved"):
            try:
                if self._local is not None:
                    found |= {path.name for path in (self._local / area).iterdir()}
                else:
                    paths = self._remote.ls(f"{self._root}/{area}", detail=False)
                    found |= {str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths}
            except FileNotFoundError:
                continue
        return found

    def _candidates(self, area: Area, job: str, name: str) -> list[str]:
        if self._local is None:
            return [self._path(area, job, name)]
        path = self._inside(area, job, name)
        return [str(path), str(path.with_name(f".{path.name}{BEFORE}"))]

    def _path(self, area: Area, job: str, name: str) -> str:
        return f"{self._root}/{area}/{checked_job(job)}/{checked_name(name)}"

    def _inside(self, area: Area, job: str, name: str) -> Path:
        """Path of a file; no link on the way to it leads out of the storage."""
        assert self._local is not None  # noqa: S101 - for the type checker
        path = self._local / area / checked_job(job) / checked_name(name)
        if not path.parent.resolve().is_relative_to(self._local):
            raise ConfigError(f"{path.parent} leads out of {self._local}; remove that link")
        return path


def sum_of(path: Path) -> Sum:
    """Return length and content's sum of a plain file.

    Raises:
        ConfigError: If it is a link or no file.
        FileNotFoundError: If it is not there.
    """
    digest, n_bytes = hashlib.sha256(), 0
    with _plain(path) as file:
        while block := file.read(BLOCK):
            digest.update(block)
            n_bytes += len(block)
    return Sum(n_bytes, digest.hexdigest())


def _plain(path: Path) -> BinaryIO:
    """Open a regular file for reading, and nothing else."""
    try:
        handle = os.open(path, os.O_RDONLY | _NO_FOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be read as a plain file ({error.strerror})") from error
    file = os.fdopen(handle, "rb")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        file.close()
        raise ConfigError(f"{path} is no plain file; publish files one by one")
    return file


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
