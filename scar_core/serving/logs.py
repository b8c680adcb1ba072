"""One line of JSON for each event: when, how grave, what, and figures beside it.

What people typed or opened never comes here: events say their own sentences, and of a defect only
its kind and place are kept, since messages of exceptions quote what they failed on.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """Writes an event as a JSON object: ``time``, ``level``, ``event``, ``from``, and extras."""

    def __init__(self, process: str) -> None:
        """Sign with the name of the process."""
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        content: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "from": self._process,
        }
        content |= {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info and record.exc_info[0] is not None:
            content["error"] = record.exc_info[0].__name__
            content["at"] = _places(record.exc_info[2])
        return json.dumps(content, default=str)


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)][-12:]


def log_as_json(process: str) -> None:
    """Send all events of this process to standard error, one line of JSON each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.INFO)
    for chatty in ("uvicorn", "asyncio", "dbos"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def event_of(line: str) -> str:
    """Return what a line of a log says to people: the event of a JSON line, else the line."""
    try:
        return str(json.loads(line)["event"])
    except (ValueError, KeyError, TypeError):
        return line
