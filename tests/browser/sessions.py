"""Sessions without a browser: what a page sends over the wire, for many readers at once."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 120.0


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


async def _open(
    address: str, pages: Sequence[tuple[str, Mapping[str, str]]], hold: asyncio.Event | None
) -> list[Heard]:
    url = address.replace("http", "ws", 1) + "/_stcore/stream"

    async def one(page: str, query: Mapping[str, str]) -> Heard:
        async with connect(url, subprotocols=["streamlit"], max_size=None, origin=address) as line:  # type: ignore[list-item,arg-type]
            heard = await _listen(line, page, query)
            if hold is not None:
                await hold.wait()
            return heard

    return list(await asyncio.gather(*(one(*what) for what in pages)))


def open_sessions(address: str, pages: Sequence[tuple[str, Mapping[str, str]]]) -> list[Heard]:
    """Open one session for each page at the same time and wait for all.

    Args:
        address: Of the server.
        pages: Name of each page as its link has it ("" for the first), and its parameters.

    Raises:
        TimeoutError: A page sent nothing for two minutes.
    """
    return asyncio.run(_open(address, pages, None))
