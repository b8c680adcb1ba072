"""What the worker's door answers about jobs.

The database is opened when the first one asks, and always asked on a thread: neither the door's
start nor a gesture waits for it.
"""

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from scar_core.errors import ConfigError

if TYPE_CHECKING:
    from scar_core.jobs.book import JobBook

MAX_BODY = 2**20
BLOCK = 2**20
MAX_TAIL = 5000


def job_routes(open_book: "Callable[[], JobBook] | None" = None) -> list[Route]:
    """Return the routes under ``/jobs``; the door guards them and turns errors into JSON.

    Args:
        open_book: Opens the book of jobs; None for the one that the environment names.
    """
    desk = Desk(open_book or _open)
    return [
        Route("/jobs", desk.list, methods=["GET"]),
        Route("/jobs", desk.submit, methods=["POST"]),
        Route("/jobs/kinds", desk.kinds, methods=["GET"]),
        Route("/jobs/executors", desk.executors, methods=["GET"]),
        Route("/jobs/clean", desk.clean, methods=["POST"]),
        Route("/jobs/{job}", desk.show, methods=["GET"]),
        Route("/jobs/{job}/log", desk.log, methods=["GET"]),
        Route("/jobs/{job}/cancel", desk.cancel, methods=["POST"]),
        Route("/jobs/{job}/retry", desk.retry, methods=["POST"]),
        Route("/jobs/{job}/files/{name:path}", desk.file, methods=["GET"]),
    ]


class Desk:
    """The endpoints."""

    def __init__(self, open_book: "Callable[[], JobBook]") -> None:
        """Open nothing yet."""
        self._open = open_book
        self._book: JobBook | None = None
        self._lock = threading.Lock()

    async def list(self, request: Request) -> Response:
        """Answer ``{"jobs": [...]}``; takes ``limit``, ``state``, ``kind``, ``parent``."""
        asked = request.query_params
        wanted = {name: asked[name] for name in ("state", "kind", "parent") if asked.get(name)}
        limit = _whole(asked.get("limit", "50"), "limit")
        infos = await self._ask(lambda book: book.list(limit=limit, **wanted))
        return _json({"jobs": [info.to_json() for info in infos]})

    async def submit(self, request: Request) -> Response:
        """Queue the job that the body describes: ``kind``, ``parameters``, ``lane``, ``fresh``."""
        asked = await _body(request)
        parameters = asked.get("parameters", {})
        if not isinstance(parameters, dict):
            raise ConfigError("`parameters` must be an object of settings by name.")
        kind, lane = str(asked.get("kind")), asked.get("lane")
        info = await self._ask(
            lambda book: book.submit(
                kind,
                parameters,
                lane=None if lane is None else str(lane),
                fresh=asked.get("fresh") is True,
            )
        )
        return _json(info.to_json())

    async def kinds(self, _request: Request) -> Response:
        """Answer what forms need of each kind."""
        from scar_core.jobs.forms import kinds_as_json

        return _json(await run_in_threadpool(kinds_as_json))

    async def executors(self, _request: Request) -> Response:
        """Answer ``{"executors": [...]}``, the living ones of all machines."""
        return _json({"executors": await self._ask(lambda book: book.executors())})

    async def show(self, request: Request) -> Response:
        """Answer one job."""
        job = str(request.path_params["job"])
        return _json((await self._ask(lambda book: book.show(job))).to_json())

    async def log(self, request: Request) -> Response:
        """Answer ``{"lines": [...]}``, the last ``tail`` of them."""
        job = str(request.path_params["job"])
        tail = min(_whole(request.query_params.get("tail", "200"), "tail"), MAX_TAIL)
        return _json({"lines": await self._ask(lambda book: book.log(job, tail))})

    async def cancel(self, request: Request) -> Response:
        """Cancel a job."""
        job = str(request.path_params["job"])
        return _json((await self._ask(lambda book: book.cancel(job))).to_json())

    async def retry(self, request: Request) -> Response:
        """Let a job go on that had failed."""
        job = str(request.path_params["job"])
        return _json((await self._ask(lambda book: book.retry(job))).to_json())

    async def file(self, request: Request) -> Response:
        """Answer the bytes of a file of a job's result."""
        job, name = str(request.path_params["job"]), str(request.path_params["name"])
        file = await self._ask(lambda book: book.open(job, name))
        return StreamingResponse(_blocks(file), media_type="application/octet-stream")

    async def clean(self, request: Request) -> Response:
        """Remove old jobs; takes ``keep_mb`` and ``older_days``."""
        asked = await _body(request)
        limits = [_number(asked.get(name), name) for name in ("keep_mb", "older_days")]
        return _json(await self._ask(lambda book: book.clean(*limits)))

    async def _ask(self, question: "Callable[[JobBook], Any]") -> Any:  # noqa: ANN401
        return await run_in_threadpool(partial(self._answer, question))

    def _answer(self, question: "Callable[[JobBook], Any]") -> Any:  # noqa: ANN401
        with self._lock:
            if self._book is None:
                self._book = self._open()
        return question(self._book)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def _open() -> "JobBook":
    from scar_core.jobs.book import JobBook

    return JobBook()


async def _body(request: Request) -> dict[str, Any]:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MAX_BODY:
            raise ConfigError(f"The request is larger than {MAX_BODY // 2**10} KiB; send less.")
    try:
        asked = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The request is not JSON ({error}); send an object.") from error
    if not isinstance(asked, dict):
        raise ConfigError(f"The request is a {type(asked).__name__}; send a JSON object.")
    return asked


def _whole(told: str, name: str) -> int:
    if not told.isdecimal():
        raise ConfigError(f"`{name}` is {told[:20]!r}; give a whole number.")
    return int(told)


def _number(told: object, name: str) -> float | None:
    if told is None or (isinstance(told, int | float) and not isinstance(told, bool)):
        return told
    raise ConfigError(f"`{name}` is {str(told)[:20]!r}; give a number or null.")


def _json(content: object) -> Response:
    """Return JSON in plain ASCII."""
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("ascii"), media_type="application/json")
