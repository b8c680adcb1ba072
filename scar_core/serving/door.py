"""The HTTP door of the worker: what may be asked, and what comes back.

GET /health says how the worker is; POST /records leaves a record, POST /predict asks about one that
was left, POST /ask/NAME asks an inquiry of the catalogue; POST /stop ends the worker. All need the
token; every error is JSON ``{error, kind}``.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scar_core import __version__
from scar_core.errors import ConfigError, ScarError
from scar_core.missing import Scenario
from scar_core.serving.asking import AskLane, Inquest
from scar_core.serving.batching import Batcher, Question
from scar_core.serving.guard import Answer, Guard, broken, strayed, told
from scar_core.serving.inquiries import inquiry
from scar_core.serving.questions import (
    body_of,
    deadline_of,
    parsed,
    prompts_of,
    scenarios_of,
)
from scar_core.serving.records import RecordCache
from scar_core.serving.wire import (
    MAX_QUESTION_BYTES,
    MAX_RECORD_BYTES,
    DeadlinePassed,
    decode_record,
)
from scar_core.settings import from_mapping, to_mapping

log = logging.getLogger(__name__)

T = TypeVar("T")


class Door:
    """The endpoints; ``make_app`` puts them behind the guard."""

    def __init__(
        self,
        batcher: Batcher,
        lane: AskLane,
        *,
        records: RecordCache | None = None,
        stop: Callable[[], None],
    ) -> None:
        """Answer gestures from ``batcher``, inquiries from ``lane``; ``stop`` ends the worker."""
        self._batcher = batcher
        self._lane = lane
        self._records = records or RecordCache()
        self._stop = stop

    def make_app(self, token: str) -> Starlette:
        """Return the ASGI application; its lifespan runs the batcher and the lane."""
        return Starlette(
            routes=[
                Route("/health", self._health, methods=["GET"]),
                Route("/records", self._leave, methods=["POST"]),
                Route("/predict", self._predict, methods=["POST"]),
                Route("/ask/{name}", self._ask, methods=["POST"]),
                Route("/stop", self._end, methods=["POST"]),
            ],
            middleware=[Middleware(Guard, token=token)],
            exception_handlers={
                ScarError: told,
                HTTPException: strayed,
                Exception: broken,
            },
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(self._batcher.run())
        running.add_done_callback(lambda _: self._stop())  # a door that cannot answer must go
        asking = asyncio.create_task(self._lane.run(self._batcher.warm))
        asking.add_done_callback(lambda _: self._stop())
        yield
        await _end_all(running, asking)

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
                "n_asking": self._lane.n_waiting,
            }
        )

    async def _leave(self, request: Request) -> Response:
        record = decode_record(await body_of(request, MAX_RECORD_BYTES))
        return Answer({"record": self._records.put(record)})

    async def _predict(self, request: Request) -> Response:
        asked = parsed(await body_of(request, MAX_QUESTION_BYTES))
        deadline_s = deadline_of(asked.get("deadline_s", 30.0))
        question = Question(
            record=self._records.get(str(asked.get("record"))),
            scenarios=scenarios_of(asked.get("scenarios")),
            prompts=prompts_of(asked.get("prompts")),
            method=str(asked.get("method", "scar")),
        )
        answer = self._batcher.ask(question, deadline_s)
        predictions = await _unless_left(request, answer)
        return Answer({"predictions": [one.to_json() for one in predictions]})

    async def _ask(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = inquiry(name)
        asked = parsed(await body_of(request, MAX_QUESTION_BYTES))
        deadline_s = deadline_of(asked.get("deadline_s", 30.0))
        method = str(asked.get("method", "scar"))
        self._batcher.models.check(method)
        options = from_mapping(found.options, asked.get("options") or {}, "options.")
        key = asked.get("record")
        if key is None and found.needs_record:
            raise ConfigError(f"The inquiry {name!r} is about a record; none was named.")
        inquest = Inquest(
            inquiry=name,
            record=None if key is None else self._records.get(str(key)),
            scenario=Scenario.from_json(asked.get("scenario") or {}),
            options=to_mapping(options),
            method=method,
        )
        answer = await _unless_left(request, self._lane.ask(inquest, deadline_s))
        return Answer({"answer": answer})

    async def _end(self, _request: Request) -> Response:
        self._stop()
        return Answer({"stopping": True})


async def _unless_left(request: Request, answer: Coroutine[Any, Any, T]) -> T:
    """Return the answer; cancel it if the asker hangs up first. The body has been read."""
    answering = asyncio.create_task(answer)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise DeadlinePassed("The asker has hung up.")
        return answering.result()
    finally:
        await _end_all(answering, leaving)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _end_all(*tasks: "asyncio.Task[Any]") -> Sequence[Any]:
    for task in tasks:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)
