"""The HTTP door of the worker: what may be asked, and what comes back.

GET /health says how the worker is, /status says more, /metrics the same for Prometheus. POST
/records leaves a record, /predict asks about one that was left, /ask/NAME asks an inquiry of the
catalogue; POST /stop ends the worker. What begins with /jobs is ``scar_core.jobs.routes``. All need
the token; every error is JSON ``{error, kind}``.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scar_core.errors import ConfigError, ScarError
from scar_core.missing import Scenario
from scar_core.serving.asking import Inquest
from scar_core.serving.batching import Question
from scar_core.serving.condition import Parts
from scar_core.serving.counting import Counting
from scar_core.serving.guard import LOCAL_NAMES, Answer, Guard, broken, strayed, told
from scar_core.serving.inquiries import inquiry
from scar_core.serving.lazy import LazyRoutes
from scar_core.serving.leaving import end_all, unless_left
from scar_core.serving.metrics import CONTENT_TYPE
from scar_core.serving.questions import (
    body_of,
    deadline_of,
    parsed,
    prompts_of,
    scenarios_of,
)
from scar_core.serving.wire import (
    MAX_QUESTION_BYTES,
    MAX_RECORD_BYTES,
    QueueFull,
    decode_record,
)
from scar_core.settings import from_mapping, to_mapping

log = logging.getLogger(__name__)

MAX_UPLOADS = 4
"""At a time; each may take as much memory as the largest record."""
JOBS_REST_S = 6.0


class Door:
    """The endpoints; ``make_app`` puts them behind the guard."""

    def __init__(self, parts: Parts, *, jobs: LazyRoutes, stop: Callable[[], None]) -> None:
        """Answer from ``parts`` and ``jobs``; ``stop`` ends the worker."""
        self._parts = parts
        self._jobs = jobs
        self._stop = stop
        self._uploads = 0

    def make_app(self, token: str, names: Collection[str] = LOCAL_NAMES) -> Starlette:
        """Return the ASGI application; its lifespan runs all parts.

        Args:
            token: What every request must show.
            names: Hosts that may be asked for; none: any.
        """
        return Starlette(
            routes=[
                Route("/health", self._health, methods=["GET"]),
                Route("/status", self._status, methods=["GET"]),
                Route("/metrics", self._metrics, methods=["GET"]),
                Route("/records", self._leave, methods=["POST"]),
                Route("/predict", self._predict, methods=["POST"]),
                Route("/ask/{name}", self._ask, methods=["POST"]),
                Route("/stop", self._end, methods=["POST"]),
                Route("/jobs{rest:path}", self._jobs),
            ],
            middleware=[
                Middleware(Counting, metrics=self._parts.metrics),
                Middleware(Guard, token=token, names=names),
            ],
            exception_handlers={
                ScarError: told,
                HTTPException: strayed,
                Exception: broken,
            },
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        batcher, executor = self._parts.batcher, self._parts.executor
        needed = [batcher.run(), self._parts.lane.run(batcher.warm)]
        if executor is not None:
            needed.append(executor.run(batcher.warm))
        tasks = [asyncio.create_task(one) for one in needed]
        for task in tasks:
            task.add_done_callback(self._ended)  # a door that cannot answer must go
        if executor is not None:
            tasks.append(asyncio.create_task(self._prepare_jobs()))
        yield
        await end_all(*tasks)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("a part of the worker failed", exc_info=task.exception())
        self._stop()

    async def _prepare_jobs(self) -> None:
        """Load the routes of jobs once the first gestures have been answered."""
        await self._parts.batcher.warm.wait()
        await asyncio.sleep(JOBS_REST_S)
        try:
            await self._jobs.prepare()
        except Exception as error:
            log.warning("jobs cannot be served yet", exc_info=error)

    async def _health(self, _request: Request) -> Response:
        return Answer(self._parts.health())

    async def _status(self, _request: Request) -> Response:
        return Answer(self._parts.status())

    async def _metrics(self, _request: Request) -> Response:
        return Response(self._parts.exposition(), headers={"content-type": CONTENT_TYPE})

    async def _leave(self, request: Request) -> Response:
        if self._uploads >= MAX_UPLOADS:
            raise QueueFull(
                f"{self._uploads} records are being sent to the worker already;"
                " try again in a moment."
            )
        self._uploads += 1
        try:
            record = decode_record(await body_of(request, MAX_RECORD_BYTES))
        finally:
            self._uploads -= 1
        return Answer({"record": self._parts.records.put(record)})

    async def _predict(self, request: Request) -> Response:
        asked = parsed(await body_of(request, MAX_QUESTION_BYTES))
        deadline_s = deadline_of(asked.get("deadline_s", 30.0))
        question = Question(
            record=self._parts.records.get(str(asked.get("record"))),
            scenarios=scenarios_of(asked.get("scenarios")),
            prompts=prompts_of(asked.get("prompts")),
            method=str(asked.get("method", "scar")),
        )
        answer = self._parts.batcher.ask(question, deadline_s)
        predictions = await unless_left(request, answer)
        return Answer({"predictions": [one.to_json() for one in predictions]})

    async def _ask(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = inquiry(name)
        asked = parsed(await body_of(request, MAX_QUESTION_BYTES))
        deadline_s = deadline_of(asked.get("deadline_s", 30.0))
        method = str(asked.get("method", "scar"))
        self._parts.batcher.models.check(method)
        options = from_mapping(found.options, asked.get("options") or {}, "options.")
        key = asked.get("record")
        if key is None and found.needs_record:
            raise ConfigError(f"The inquiry {name!r} is about a record; none was named.")
        inquest = Inquest(
            inquiry=name,
            record=None if key is None else self._parts.records.get(str(key)),
            scenario=Scenario.from_json(asked.get("scenario") or {}),
            options=to_mapping(options),
            method=method,
        )
        answer = await unless_left(request, self._parts.lane.ask(inquest, deadline_s))
        return Response(answer, media_type="application/json")

    async def _end(self, _request: Request) -> Response:
        self._stop()
        return Answer({"stopping": True})
