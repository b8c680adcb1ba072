"""The line from a client to the worker: connections that are kept alive, and found again."""

import contextlib
import json
from collections import deque
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from scar_core.errors import WorkerUnavailable
from scar_core.serving.address import HOW_TO_START, LOOPBACK, Address, live_address
from scar_core.serving.wire import error_from_json


class Line:
    """Asks the worker of a state folder; each connection is used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """Look up who serves ``folder``.

        Raises:
            WorkerUnavailable: If no worker is alive there.
        """
        self._folder = folder
        self._address = live_address(folder)
        self._idle: deque[tuple[Address, HTTPConnection]] = deque()

    def close(self) -> None:
        """Hang up; the line can still be used and connects anew."""
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop()[1].close()

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, timeout_s: float
    ) -> dict[str, Any]:
        """Ask, and once more if the worker has been replaced or hung up since; raise its errors."""
        try:
            status, answer = self._exchange(method, path, body, timeout_s)
            again = status == 401
        except (ConnectionError, HTTPException):
            again = True
        if again:
            self.close()
            self._address = live_address(self._folder)
            try:
                status, answer = self._exchange(method, path, body, timeout_s)
            except (ConnectionError, HTTPException) as error:
                raise WorkerUnavailable(
                    f"The worker at {self._address.url} does not answer ({error});"
                    f" if it has stopped, {HOW_TO_START}."
                ) from error
        if status != 200:
            raise error_from_json(answer)
        return answer

    def _exchange(
        self, method: str, path: str, body: bytes | None, timeout_s: float
    ) -> tuple[int, dict[str, Any]]:
        address, connection = self._free(timeout_s)
        try:
            headers = {"Authorization": f"Bearer {address.token}"}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read()
        except TimeoutError as error:
            connection.close()
            raise WorkerUnavailable(
                f"The worker did not answer within {timeout_s:g} s; try again, or restart it."
            ) from error
        except BaseException:
            connection.close()
            raise
        self._idle.append((address, connection))
        if (response.getheader("content-type") or "").startswith("text/plain"):
            return response.status, {"text": data.decode()}
        try:
            answer = json.loads(data)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise WorkerUnavailable(f"What answers at {address.url} is not the worker; restart it.")
        return response.status, answer

    def _free(self, timeout_s: float) -> tuple[Address, HTTPConnection]:
        """Return a connection of the present address, an idle one if there is any."""
        address = self._address
        with contextlib.suppress(IndexError):
            while True:
                known, connection = self._idle.pop()
                if known == address:
                    if connection.sock is not None:
                        connection.sock.settimeout(timeout_s)
                    connection.timeout = timeout_s
                    return known, connection
                connection.close()
        return address, HTTPConnection(LOOPBACK, address.port, timeout=timeout_s)
