"""Routes that are loaded when they are first asked for, or when there is time."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scar_core.serving.wire import MAX_QUESTION_BYTES, RequestTooLarge

log = logging.getLogger(__name__)


class LazyRoutes:
    """An ASGI application whose routes come from a function that is slow to import."""

    def __init__(self, load: Callable[[], Sequence[BaseRoute]]) -> None:
        """Call ``load`` once, in a thread; what it raises is told to whoever asks, then retried."""
        self._load = load
        self._router: ASGIApp | None = None
        self._lock = asyncio.Lock()

    async def prepare(self) -> ASGIApp:
        """Load the routes if they are not there yet."""
        async with self._lock:
            if self._router is None:
                self._router = Router(await asyncio.to_thread(self._load))
        return self._router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the route that fits; no body may be larger than a question."""
        app = self._router or await self.prepare()
        await app(scope, _limited(receive, MAX_QUESTION_BYTES), send)


def _limited(receive: Receive, limit: int) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise RequestTooLarge(
                f"The request is larger than the {limit // 2**10} KiB that are accepted."
            )
        return message

    return counted
