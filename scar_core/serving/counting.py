"""Counts and times every request, whoever answers it."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scar_core.serving.metrics import Metrics


class Counting:
    """Stands before an application and counts what it answers."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Stand before ``app``."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count when the answer has gone."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        status, begun = 500, time.perf_counter()

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            return await self._app(scope, receive, seen)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.answered(route, status, time.perf_counter() - begun)
