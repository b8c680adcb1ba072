"""The line to the worker's door; standard library and foundation only."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from scar_core.config import state_dir as default_state_dir
from scar_core.errors import ConfigError, DatasetError, RecordError, ScarError, WorkerUnavailable
from scar_core.locks import is_held

ADDRESS = "worker.json"
LOCK = "worker.lock"
LOOPBACK = "127.0.0.1"
TIMEOUT_S = 30.0
_ERRORS = {error.__name__: error for error in (ConfigError, DatasetError, RecordError, ScarError)}


class Line:
    """Asks the worker of a state folder; a new connection each time, for jobs are rarely asked."""

    def __init__(self, state_dir: Path | None = None) -> None:
        """Name the state folder; None for this user's."""
        self._folder = (state_dir or default_state_dir()).resolve()

    def ask(self, method: str, path: str, question: Mapping[str, Any] | None = None) -> bytes:
        """Return the answer's body.

        Raises:
            ScarError: What the worker refuses, as the error that it raised.
            WorkerUnavailable: If none runs or it does not answer.
        """
        port, token = self._address()
        connection = HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_S)
        try:
            body = None if question is None else json.dumps(question).encode()
            connection.request(method, path, body, {"Authorization": f"Bearer {token}"})
            response = connection.getresponse()
            data = response.read()
        except (OSError, HTTPException) as error:
            raise WorkerUnavailable(
                f"The worker does not answer ({error}); if it has stopped, start it with"
                " `python -m scar_core worker`."
            ) from error
        finally:
            connection.close()
        if response.status != 200:
            raise _refusal(data)
        return data

    def _address(self) -> tuple[int, str]:
        try:
            if is_held(self._folder / LOCK):
                told = json.loads((self._folder / ADDRESS).read_bytes())
                return int(told["port"]), str(told["token"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise WorkerUnavailable("No worker is running; start it with `python -m scar_core worker`.")


def _refusal(data: bytes) -> ScarError:
    try:
        told = json.loads(data)
        return _ERRORS.get(told["kind"], WorkerUnavailable)(str(told["error"]))
    except (ValueError, KeyError, TypeError):
        return WorkerUnavailable("The worker refused without saying why; its log says more.")
