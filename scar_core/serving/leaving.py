"""Work that is given up when nobody waits for it any more."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from starlette.requests import Request

from scar_core.serving.wire import DeadlinePassed

T = TypeVar("T")


async def unless_left(request: Request, answer: Coroutine[Any, Any, T]) -> T:
    """Return the answer; cancel it if the asker hangs up first. The body has been read."""
    answering = asyncio.create_task(answer)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise DeadlinePassed("The asker has hung up.")
        return answering.result()
    finally:
        await end_all(answering, leaving)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def end_all(*tasks: "asyncio.Task[Any]") -> Sequence[Any]:
    """Cancel tasks and wait until they have ended; return what they returned or raised."""
    for task in tasks:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)
