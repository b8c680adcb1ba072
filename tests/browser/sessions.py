"""Sessions without a browser: what a page sends over the wire, for many readers at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 120.0
T = TypeVar("T")


@dataclass(frozen=True)
class Heard:
    """What one session was sent until its script had run.

    Attributes:
        html: Bodies of HTML elements, joined.
        query: What the page made of its link.
        bytes: Sent by the server.
        first_s: Until the page's first element.
        seconds: Until the end of the script.
        failed: Messages of exceptions on the page.
    """

    html: str
    query: str
    bytes: int
    first_s: float
    seconds: float
    failed: tuple[str, ...]


async def _listen(line: ClientConnection, page: str, query: Mapping[str, str]) -> Heard:
    asked = BackMsg()
    asked.rerun_script.query_string = urlencode(query)
    asked.rerun_script.page_name = page
    began = time.perf_counter()
    await line.send(asked.SerializeToString())
    bodies: list[str] = []
    failed: list[str] = []
    said, size, first = urlencode(query), 0, 0.0
    while True:
        raw = await asyncio.wait_for(line.recv(decode=False), PATIENCE_S)
        size += len(raw)
        message = ForwardMsg()
        message.ParseFromString(raw)
        kind = message.WhichOneof("type")
        if kind == "delta":
            first = first or time.perf_counter() - began
            element = message.delta.new_element
            if element.WhichOneof("type") == "html":
                bodies.append(element.html.body)
            if element.WhichOneof("type") == "exception":
                failed.append(element.exception.message)
        elif kind == "page_info_changed":
            said = message.page_info_changed.query_string
        elif kind == "script_finished":
            seconds = time.perf_counter() - began
            return Heard("\n".join(bodies), said, size, first, seconds, tuple(failed))


@asynccontextmanager
async def _line(address: str) -> AsyncIterator[ClientConnection]:
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    protocols: Any = ["streamlit"]
    origin: Any = address
    async with connect(url, subprotocols=protocols, max_size=None, origin=origin) as line:
        yield line


async def _open(address: str, pages: Sequence[tuple[str, Mapping[str, str]]]) -> list[Heard]:
    async def one(page: str, query: Mapping[str, str]) -> Heard:
        async with _line(address) as line:
            return await _listen(line, page, query)

    return list(await asyncio.gather(*(one(*what) for what in pages)))


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in a thread of its own: a browser's driver has an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def open_sessions(address: str, pages: Sequence[tuple[str, Mapping[str, str]]]) -> list[Heard]:
    """Open one session for each page at the same time and wait for all.

    Args:
        address: Of the server.
        pages: Name of each page as its link has it ("" for the first), and its parameters.

    Raises:
        TimeoutError: A page sent nothing for two minutes.
    """
    return _run(_open(address, pages))


def memory_grown(
    address: str,
    page: str,
    query: Mapping[str, str],
    counts: Sequence[int],
    weigh: Callable[[], float],
) -> dict[int, float]:
    """Return what the server grew by for each session, at several numbers of sessions.

    Args:
        address: Of the server.
        page: Name of the page.
        query: Its parameters.
        counts: Numbers of sessions, rising.
        weigh: Returns the server's memory now.

    Returns:
        Growth over what it had after a first visit, divided by the number of sessions.
    """

    async def grow() -> dict[int, float]:
        await _open(address, [(page, query)])
        empty, found = weigh(), {}
        async with AsyncExitStack() as stack:
            lines: list[ClientConnection] = []
            for count in counts:
                while len(lines) < count:
                    line = await stack.enter_async_context(_line(address))
                    await _listen(line, page, query)
                    lines.append(line)
                found[count] = (weigh() - empty) / count
        return found

    return _run(grow())
