"""The HTTP door of the worker: who may enter, what may be asked, what comes back.

GET /health says how the worker is; POST /records leaves a record, POST /predict asks about one that
was left; POST /stop ends the worker. All need the token; every error is JSON ``{error, kind}``.
"""

import asyncio
import contextlib
import hmac
import json
import logging
import math
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from scar_core import __version__
from scar_core.errors import ConfigError, ScarError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.batching import Batcher, Question
from scar_core.serving.wire import (
    MAX_QUESTION_BYTES,
    MAX_RECORD_BYTES,
    RequestTooLarge,
    UnknownRecord,
    decode_record,
    error_to_json,
)

log = logging.getLogger(__name__)

MAX_SCENARIOS = 512
MAX_PROMPTS = 512
MAX_PROMPT_LETTERS = 2000
MAX_DEADLINE_S = 300.0
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Answer(JSONResponse):
    """JSON in plain ASCII: whatever letters came in, lone surrogates too, can go back."""

    def render(self, content: object) -> bytes:
        """Return ``content`` as JSON."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class RecordCache:
    """Records by fingerprint; the longest unused leave when ``max_bytes`` are exceeded."""

    def __init__(self, max_bytes: int = 4 * MAX_RECORD_BYTES) -> None:
        """Start empty."""
        self._max_bytes = max_bytes
        self._records: OrderedDict[str, ECGRecord] = OrderedDict()
        self.n_bytes = 0

    def __len__(self) -> int:
        return len(self._records)

    def put(self, record: ECGRecord) -> str:
        """Keep ``record`` and return its fingerprint."""
        key = record.fingerprint()
        if key not in self._records:
            self._records[key] = record
            self.n_bytes += _n_bytes(record)
        self._records.move_to_end(key)
        while self.n_bytes > self._max_bytes and len(self._records) > 1:
            _, oldest = self._records.popitem(last=False)
            self.n_bytes -= _n_bytes(oldest)
        return key

    def get(self, key: str) -> ECGRecord:
        """Return the record with this fingerprint.

        Raises:
            UnknownRecord: If it was never left here, or has gone since.
        """
        if key not in self._records:
            raise UnknownRecord(f"The worker does not hold the record {key[:12]!r}; send it first.")
        self._records.move_to_end(key)
        return self._records[key]


def _n_bytes(record: ECGRecord) -> int:
    return record.signal.nbytes + record.present.nbytes


class Guard:
    """Lets in only who asks for a loopback name (against DNS rebinding) and shows the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        """Stand before ``app``."""
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 or 401 in the app's place, or step aside."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            raise ValueError(f"the door speaks HTTP only, not {scope['type']}")
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in _LOCAL_NAMES:
            return await _refusal(403, "This door is for loopback names only.")(
                scope, receive, send
            )
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            sentence = "The token is missing or wrong; it is in the worker's address file."
            return await _refusal(401, sentence)(scope, receive, send)
        return await self._app(scope, receive, send)


class Door:
    """The endpoints; ``make_app`` puts them behind the guard."""

    def __init__(
        self, batcher: Batcher, *, records: RecordCache | None = None, stop: Callable[[], None]
    ) -> None:
        """Answer from ``batcher``; call ``stop`` when asked to end."""
        self._batcher = batcher
        self._records = records or RecordCache()
        self._stop = stop

    def make_app(self, token: str) -> Starlette:
        """Return the ASGI application; its lifespan runs the batcher."""
        return Starlette(
            routes=[
                Route("/health", self._health, methods=["GET"]),
                Route("/records", self._leave, methods=["POST"]),
                Route("/predict", self._predict, methods=["POST"]),
                Route("/stop", self._end, methods=["POST"]),
            ],
            middleware=[Middleware(Guard, token=token)],
            exception_handlers={
                ScarError: _told,
                HTTPException: _strayed,
                Exception: _broken,
            },
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(self._batcher.run())
        running.add_done_callback(lambda _: self._stop())  # a door that cannot answer must go
        yield
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    async def _health(self, _request: Request) -> Response:
        models = self._batcher.models
        return Answer(
            {
                "status": models.status,
                "error": models.error,
                "methods": list(models.methods),
                "pid": os.getpid(),
                "version": __version__,
                "n_records": len(self._records),
                "n_waiting": self._batcher.n_waiting,
            }
        )

    async def _leave(self, request: Request) -> Response:
        record = decode_record(await _body(request, MAX_RECORD_BYTES))
        return Answer({"record": self._records.put(record)})

    async def _predict(self, request: Request) -> Response:
        asked = _parsed(await _body(request, MAX_QUESTION_BYTES))
        deadline_s = _deadline(asked.get("deadline_s", 30.0))
        question = Question(
            record=self._records.get(str(asked.get("record"))),
            scenarios=_scenarios(asked.get("scenarios")),
            prompts=_prompts(asked.get("prompts")),
            method=str(asked.get("method", "scar")),
        )
        predictions = await self._batcher.ask(question, deadline_s)
        return Answer({"predictions": [one.to_json() for one in predictions]})

    async def _end(self, _request: Request) -> Response:
        self._stop()
        return Answer({"stopping": True})


async def _body(request: Request, limit: int) -> bytes:
    """Read the body, but never more than ``limit`` bytes of it."""
    too_large = RequestTooLarge(
        f"The request is larger than the {limit // 2**10} KiB that are accepted."
    )
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large
        parts.append(part)
    return b"".join(parts)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The question is not JSON ({error}); send an object.") from error
    if not isinstance(asked, dict):
        raise ConfigError(f"The question is a {type(asked).__name__}; send a JSON object.")
    return asked


def _deadline(value: object) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not 0 < float(str(value)) <= MAX_DEADLINE_S:
        raise ConfigError(
            f"The deadline is {value!r}; give seconds above 0, up to {MAX_DEADLINE_S:g}."
        )
    return float(str(value))


def _scenarios(value: object) -> tuple[Scenario, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SCENARIOS:
        raise ConfigError(f"`scenarios` must be a list of 1 to {MAX_SCENARIOS} scenarios.")
    return tuple(Scenario.from_json(one) for one in value)


def _prompts(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_PROMPTS:
        raise ConfigError(f"`prompts` must be null or an object of 1 to {MAX_PROMPTS} texts.")
    for name, prompt in value.items():
        if not isinstance(prompt, str) or not 1 <= len(prompt.strip()) <= MAX_PROMPT_LETTERS:
            raise ConfigError(
                f"The prompt of {str(name)[:60]!r} must be a text"
                f" of 1 to {MAX_PROMPT_LETTERS} letters."
            )
    return value


def _refusal(status: int, sentence: str) -> Response:
    return Answer({"error": sentence, "kind": "WorkerUnavailable"}, status)


async def _told(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ScarError):
        raise error
    status, answer = error_to_json(error)
    return Answer(answer, status)


async def _strayed(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _refusal(status, f"The worker's door answers {status} {HTTPStatus(status).phrase}.")


async def _broken(_request: Request, error: Exception) -> Response:
    return _refusal(500, f"The worker failed on this request ({error!r}); its log says more.")
