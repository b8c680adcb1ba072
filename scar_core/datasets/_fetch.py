"""Fetching one file over HTTP: resumed where it broke off, and kept only if its checksum fits."""

import http.client
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO

from scar_core import __version__
from scar_core.datasets._journal import sha256_of
from scar_core.errors import DatasetError

_BLOCK = 1 << 16
_PATIENCE = (408, 425, 429, 500, 502, 503, 504)
"""Answers after which trying again can help."""

Told = Callable[[int], None]
"""Is told the bytes of each block that arrives."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes:
        timeout_s: Without a byte, or with fewer than ``slowest`` of them, for so long: stalled.
        tries: Tries in a row that bring nothing new.
        pause_s: Before the second try; doubled before each further one, a minute at most.
        lies: Whole files with a wrong checksum.
        slowest: Bytes in ``timeout_s``.
        largest: Bytes of a file; a server that sends more is not sending that file.
    """

    timeout_s: float = 30.0
    tries: int = 6
    pause_s: float = 1.0
    lies: int = 2
    slowest: int = 1024
    largest: int = 50_000_000_000


class _Again(Exception):  # noqa: N818 - not an error yet
    """The server failed in a way that may pass."""


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to something that anybody can change."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Check where to before following."""
        if not newurl.startswith(("https://", "http://")) or (
            req.full_url.startswith("https://") and not newurl.startswith("https://")
        ):
            raise DatasetError(
                f"the server sends {req.full_url} on to {newurl[:80]}, which is less safe; it is "
                "not followed"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS alone: no files, no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _NoDowngrade(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


@dataclass(frozen=True)
class Server:
    """A server of files.

    Attributes:
        base: Address that every name is appended to; ends with ``/``.
        patience: How long to wait for it.
        stop: When set, everything in progress ends at its next block.
    """

    base: str
    patience: Patience = field(default_factory=Patience)
    stop: Event = field(default_factory=Event)
    _opener: urllib.request.OpenerDirector = field(default_factory=_opener)

    def __post_init__(self) -> None:
        if not self.base.startswith(("https://", "http://")):
            raise DatasetError(
                f"the address {self.base!r} is none of https:// or http://; give --base-url so"
            )

    def fetch(self, name: str, target: Path, sha256: str | None, told: Told | None = None) -> None:
        """Bring a file to its place; what was there is replaced when the new one is whole.

        Until then it is ``NAME.part``, which the next call continues.

        Args:
            name: Its path on the server.
            target: Its place.
            sha256: Its checksum; None where nobody knows it.
            told: Progress.

        Raises:
            DatasetError: It cannot be had, or is not what the checksum says.
        """
        part = target.with_name(f"{target.name}.part")
        url = self.base + urllib.parse.quote(name)
        tries = lies = 0
        while True:
            had = _size(part)
            try:
                self._continue(url, part, told)
            except _Again as failure:
                tries = 0 if _size(part) > had else tries + 1
                if tries >= self.patience.tries:
                    raise DatasetError(
                        f"{url} could not be fetched: {failure}; what arrived is kept, so run the "
                        "same command again later"
                    ) from failure
                self._rest(tries)
                continue
            found = sha256_of(part)
            if sha256 is None or found == sha256:
                part.replace(target)
                return
            part.unlink()
            lies += 1
            if lies >= self.patience.lies:
                raise DatasetError(
                    f"{url} is not what the server's checksums promise ({found[:12]}… instead of "
                    f"{sha256[:12]}…, {lies} times); nothing of it was kept"
                )

    def _rest(self, tries: int) -> None:
        self.stop.wait(min(self.patience.pause_s * 2 ** max(tries - 1, 0), 60.0))
        self.heed()

    def heed(self) -> None:
        """Raise ``DatasetError`` if it was stopped."""
        if self.stop.is_set():
            raise DatasetError("the download was stopped; run the same command again to go on")

    def _continue(self, url: str, part: Path, told: Told | None) -> None:
        """Append to ``part`` what is missing.

        Raises:
            _Again: It ended too early, or said that it is busy.
            DatasetError: The file is not there for us, or cannot be written here.
        """
        had = _size(part)
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            url, headers={"User-Agent": f"scar-explorer/{__version__}"}
        )
        if had:
            request.add_header("Range", f"bytes={had}-")
        try:
            with self._opener.open(request, timeout=self.patience.timeout_s) as answer:
                promised = str(answer.headers.get("Content-Range", ""))
                goes_on = answer.status == 206 and promised.startswith(f"bytes {had}-")
                if answer.status == 206 and not goes_on:
                    part.unlink(missing_ok=True)
                    raise _Again(f"it sent the wrong part ({promised[:40]!r})")
                self._copy(answer, part, "ab" if goes_on else "wb", told)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416:  # nothing is missing, or what is here is no beginning of it
                self._begin_again_or_done(error, part, had)
            elif error.code in _PATIENCE:
                raise _Again(f"the server answers {error.code} {error.reason}") from error
            else:
                raise DatasetError(_refusal(url, error)) from error
        except (OSError, http.client.HTTPException) as error:
            if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
                raise DatasetError(
                    f"{url}: the server cannot prove who it is ({error}); it is not trusted"
                ) from error
            raise _Again(str(error) or type(error).__name__) from error

    def _begin_again_or_done(self, error: urllib.error.HTTPError, part: Path, had: int) -> None:
        whole = str(error.headers.get("Content-Range", "")).rpartition("/")[2]
        if whole != str(had):
            part.unlink(missing_ok=True)
            raise _Again(f"the server has {whole or 'fewer'} bytes, {had} are here")

    def _copy(
        self, answer: http.client.HTTPResponse, part: Path, mode: str, told: Told | None
    ) -> None:
        length = answer.headers.get("Content-Length", "")
        wanted = int(length) if length.isdigit() else None
        got, mark, since = 0, 0, time.monotonic()
        with _writable(part, mode) as stream:
            while block := answer.read1(_BLOCK):
                self.heed()
                try:
                    stream.write(block)
                except OSError as error:
                    raise _unwritable(part, error) from error
                got += len(block)
                if told is not None:
                    told(len(block))
                if part.stat().st_size > self.patience.largest:
                    raise DatasetError(
                        f"{part.name} grew beyond {self.patience.largest:,} bytes; that is no file "
                        "of the dataset, so nothing more is fetched"
                    )
                now = time.monotonic()
                if now - since > self.patience.timeout_s:
                    if got - mark < self.patience.slowest:
                        raise _Again(f"only {got - mark} bytes came in {now - since:.0f} s")
                    mark, since = got, now
        if wanted is not None and got < wanted:
            raise _Again(f"it broke off after {got} of {wanted} bytes")


def _writable(part: Path, mode: str) -> IO[bytes]:
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        return part.open(mode)
    except OSError as error:
        raise _unwritable(part, error) from error


def _unwritable(part: Path, error: OSError) -> DatasetError:
    return DatasetError(
        f"{part} cannot be written ({error.strerror or error}); free some space or choose another "
        "folder by --root"
    )


def _refusal(url: str, error: urllib.error.HTTPError) -> str:
    if error.code in (401, 403):
        return (
            f"the server does not give {url} to everybody ({error.code}); get access on the "
            "dataset's page and fetch it as that page says"
        )
    return f"{url} is not to be had ({error.code} {error.reason}); check --base-url"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
