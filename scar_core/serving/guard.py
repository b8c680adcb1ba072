"""Who may enter, and how everything that goes out is written."""

import hmac
import json
from collections.abc import Collection
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from scar_core.errors import ScarError
from scar_core.serving.wire import error_to_json

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Answer(JSONResponse):
    """JSON in plain ASCII: whatever letters came in, lone surrogates too, can go back."""

    def render(self, content: object) -> bytes:
        """Return ``content`` as JSON."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class Guard:
    """Lets in only who asks for a known name (against DNS rebinding) and shows the token."""

    def __init__(self, app: ASGIApp, token: str, names: Collection[str] = LOCAL_NAMES) -> None:
        """Stand before ``app``; no ``names`` means that it may be asked for by any."""
        self._app = app
        self._names = names
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
        if self._names and name not in self._names:
            return await refusal(403, "This door is not known by that name.")(scope, receive, send)
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            sentence = "The token is missing or wrong; it is in the worker's address file."
            return await refusal(401, sentence)(scope, receive, send)
        return await self._app(scope, receive, send)


def refusal(status: int, sentence: str) -> Response:
    """Return a refusal that clients show as a state of the worker."""
    return Answer({"error": sentence, "kind": "WorkerUnavailable"}, status)


async def told(_request: Request, error: Exception) -> Response:
    """Answer with an error that was raised on purpose."""
    if not isinstance(error, ScarError):
        raise error
    status, answer = error_to_json(error)
    return Answer(answer, status)


async def strayed(_request: Request, error: Exception) -> Response:
    """Answer who knocks where nothing is."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refusal(status, f"The worker's door answers {status} {HTTPStatus(status).phrase}.")


async def broken(_request: Request, error: Exception) -> Response:
    """Answer after a defect of ours."""
    return refusal(500, f"The worker failed on this request ({error!r}); its log says more.")
