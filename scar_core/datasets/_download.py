"""Downloading a dataset from a PhysioNet-shaped server: ``SHA256SUMS.txt`` says what there is."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Lock

from scar_core.datasets._fetch import Patience, Server
from scar_core.datasets._journal import Journal, sha256_of
from scar_core.datasets._sums import NAME as SUMS
from scar_core.datasets._sums import parse_sums, write_sums
from scar_core.datasets.base import SUBSET, DatasetSpec, data_root
from scar_core.errors import DatasetError

Progress = Callable[[int, int, int], None]
"""Is told files that are there, files in all, and bytes that arrived."""


@dataclass(frozen=True)
class Plan:
    """What to fetch.

    Attributes:
        sums: Checksum of each file by its path in the folder.
        records: Records among them.
    """

    sums: dict[str, str]
    records: int


def plan(sums: dict[str, str], order: Sequence[str], records: int | None) -> Plan:
    """Choose files.

    Args:
        sums: Checksum of each file by path.
        order: Names of records in the order of ``RECORDS``; others follow by name.
        records: How many records; None: all files.

    Returns:
        All files, or the first records' files and all that belong to no record.
    """
    known = {name.removesuffix(".hea") for name in sums if name.endswith(".hea")}
    if records is None:
        return Plan(sums, len(known))
    listed = [name for name in dict.fromkeys(order) if name in known]
    unlisted = sorted(known.difference(listed))
    chosen = set([*listed, *unlisted][:records])
    # A record's files share its name up to a dot, or an underscore as in 00024_a.dat.
    kept = {}
    for name, sha in sums.items():
        stem = name.rpartition(".")[0] or name
        of = stem if stem in known else stem.rpartition("_")[0]
        if of not in known or of in chosen:
            kept[name] = sha
    return Plan(kept, len(chosen))


@dataclass(frozen=True)
class Wish:
    """What is wanted of a download.

    Attributes:
        root: Folder of the datasets; None: ``data_root()``.
        base_url: Another server's address of the same files; empty: the dataset's own.
        records: So many records and the tables; None: everything.
        jobs: Files at a time.
        patience: How long to wait for the server.
    """

    root: Path | None = None
    base_url: str = ""
    records: int | None = None
    jobs: int = 4
    patience: Patience = field(default_factory=Patience)


def download(spec: DatasetSpec, wish: Wish, progress: Progress | None = None) -> Path:
    """Download a dataset, or go on with it; what is there and whole is not fetched again.

    Returns:
        The folder.

    Raises:
        DatasetError: There is no such server, it fails or lies, or the folder cannot be written.
    """
    if not (wish.base_url or spec.files):
        raise DatasetError(f"{spec.title} is on no PhysioNet-shaped server; to get it: {spec.get}")
    if wish.jobs < 1 or (wish.records is not None and wish.records < 1):
        raise DatasetError(
            f"{wish.records} records by {wish.jobs} jobs were asked for; both are at least 1"
        )
    base = wish.base_url or spec.files
    server = Server(base if base.endswith("/") else f"{base}/", wish.patience)
    folder = (wish.root or data_root()) / spec.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        chosen = _ask(server, spec, wish.records)
        _announce(folder, chosen, whole=wish.records is None)
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be written ({error.strerror or error}); choose another folder by "
            "--root"
        ) from error
    _Errand(server, spec.part, folder, chosen.sums, progress).run(wish.jobs)
    return folder


def _ask(server: Server, spec: DatasetSpec, records: int | None) -> Plan:
    """Ask the server what there is, and choose."""
    with tempfile.TemporaryDirectory() as held:
        place = Path(held)
        server.fetch(SUMS, place / SUMS, None)
        said = parse_sums(_text(place / SUMS), server.base + SUMS)
        listed: list[str] = []
        if records is not None and "RECORDS" in said:
            server.fetch("RECORDS", place / "RECORDS", said["RECORDS"])
            listed = _text(place / "RECORDS").split()
    part = spec.part
    sums = {name.removeprefix(part): sha for name, sha in said.items() if name.startswith(part)}
    if not sums:
        raise DatasetError(
            f"{server.base}{SUMS} lists no file{f' below {part}' if part else ''}; check --base-url"
        )
    return plan(sums, [name.removeprefix(part) for name in listed], records)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _announce(folder: Path, chosen: Plan, *, whole: bool) -> None:
    """Say in the folder what it is to hold, so that half a download is not taken for a whole."""
    write_sums(folder / SUMS, chosen.sums)
    if whole:
        (folder / SUBSET).unlink(missing_ok=True)
        return
    beside = folder / f"{SUBSET}.part"
    beside.write_text(json.dumps({"records": chosen.records}) + "\n", encoding="utf-8")
    beside.replace(folder / SUBSET)


def _is(path: Path, sha: str) -> bool:
    try:
        return path.is_file() and sha256_of(path) == sha
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read ({error.strerror or error}); check its permissions"
        ) from error


class _Errand:
    """Fetches many files at a time, and stops all of them when one cannot be had."""

    def __init__(
        self,
        server: Server,
        part: str,
        folder: Path,
        sums: dict[str, str],
        progress: Progress | None,
    ) -> None:
        self._server, self._part, self._sums = server, part, sums
        self._folder, self._home = folder, folder.resolve()
        self._journal = Journal(folder)
        self._progress = progress
        self._lock = Lock()
        self._there = self._bytes = 0
        self._cause: BaseException | None = None

    def run(self, jobs: int) -> None:
        """Fetch all of them."""
        names: Iterator[str] = iter(self._sums)
        with ThreadPoolExecutor(jobs) as crew:
            try:
                # A few at a time: a million waiting tasks would take a gigabyte.
                while some := list(islice(names, 64 * jobs)):
                    for _ in crew.map(self._bring, some):
                        pass
            except DatasetError as error:
                raise self._cause or error from None  # the others were only stopped by it
            finally:
                # Also when all went well; then nobody is listening any more.
                self._server.stop.set()

    def _bring(self, name: str) -> None:
        self._server.heed()
        try:
            self._have(name)
        except BaseException as error:
            with self._lock:
                self._cause = self._cause or error
            self._server.stop.set()  # at once: the others would go on until this is noticed
            raise

    def _have(self, name: str) -> None:
        target, sha = self._folder / name, self._sums[name]
        if not target.parent.resolve().is_relative_to(self._home):
            raise DatasetError(
                f"{target.parent} leads out of {self._home}; remove that link, nothing is written "
                "through it"
            )
        if not self._journal.knows(name, sha):
            if not _is(target, sha):
                self._server.fetch(f"{self._part}{name}", target, sha, self._arrived)
            self._journal.note(name, sha)
        with self._lock:
            self._there += 1
            self._tell()

    def _arrived(self, n_bytes: int) -> None:
        with self._lock:
            self._bytes += n_bytes
            self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._there, len(self._sums), self._bytes)
