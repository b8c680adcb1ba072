"""The process that answers inquiries: ``python -m scar_core.serving.asker [DEVICE]``.

It is a child of the worker with its own copy of the models and a lower priority, so that an inquiry
neither takes the interpreter nor the cores from a gesture, and can be ended at any moment. It reads
questions from standard input, one frame each, and writes one line of JSON for each answer. It ends
when its standard input does.
"""

import json
import logging
import os
import queue
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.jobs.priority import MODEST_NICENESS, step_back
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry, inquiry
from scar_core.serving.logs import log_as_json
from scar_core.serving.models import Factories, Models, shipped
from scar_core.serving.wire import decode_record, encode_record, error_to_json
from scar_core.settings import from_mapping

log = logging.getLogger(__name__)

_FRAME = struct.Struct("<II")
"""Bytes of the JSON header and of the record; 0 for no record."""
Json = Any


def frame(header: Mapping[str, Json], record: ECGRecord | None) -> bytes:
    """Return a question as ``read_frame`` reads it."""
    head = json.dumps(header).encode()
    body = b"" if record is None else encode_record(record)
    return _FRAME.pack(len(head), len(body)) + head + body


def read_frame(source: IO[bytes]) -> tuple[dict[str, Json], ECGRecord | None] | None:
    """Read one question; None at the end."""
    prefix = source.read(_FRAME.size)
    if len(prefix) < _FRAME.size:
        return None
    n_head, n_body = _FRAME.unpack(prefix)
    data = source.read(n_head + n_body)
    if len(data) < n_head + n_body:
        return None
    return json.loads(data[:n_head]), decode_record(data[n_head:]) if n_body else None


class Asker:
    """Answers one question after the other."""

    def __init__(self, models: Models, find: Callable[[str], Inquiry] = inquiry) -> None:
        """Ask ``models``; inquiries are found by name with ``find``."""
        self._models = models
        self._find = find

    def answer(self, header: Mapping[str, Json], record: ECGRecord | None) -> str:
        """Return the answer, or the error as it crosses, as one line of JSON."""
        try:
            asked = self._find(header["inquiry"])
            found = asked.answer(
                self._models.get(header["method"]),  # type: ignore[arg-type] # a Predictor
                record,
                Scenario.from_json(header["scenario"]),
                from_mapping(asked.options, header["options"]),
            )
            return json.dumps({"answer": found}, allow_nan=False, separators=(",", ":"))
        except ScarError as error:
            return _refused(error)
        except Exception as error:
            log.exception("an inquiry failed", extra={"inquiry": header.get("inquiry")})
            return _refused(
                WorkerUnavailable(
                    f"The worker failed on {header.get('inquiry')!r} ({type(error).__name__});"
                    " its log says more."
                )
            )


def _refused(error: ScarError) -> str:
    status, content = error_to_json(error)
    return json.dumps(content | {"status": status})


def run_asker(factories: Factories, find: Callable[[str], Inquiry] = inquiry) -> None:
    """Answer until standard input ends; says ``{"ready": true}`` when the models are warm."""
    # Whatever a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    log_as_json("inquiries")
    step_back(MODEST_NICENESS)
    models = Models(factories)
    asker = Asker(models, find)
    waiting: queue.SimpleQueue[tuple[dict[str, Json], ECGRecord | None]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(waiting,), daemon=True, name="questions").start()
    models.warm()
    answers.write('{"ready": true}\n')
    answers.flush()
    while True:
        answers.write(asker.answer(*waiting.get()) + "\n")
        answers.flush()


def _read(
    waiting: "queue.SimpleQueue[tuple[dict[str, Json], ECGRecord | None]]",
) -> None:
    """Take in questions; the end of them, or nonsense, is the end of this process."""
    try:
        with os.fdopen(0, "rb", closefd=False) as source:
            while (question := read_frame(source)) is not None:
                waiting.put(question)
    finally:
        os._exit(0)  # at once, whatever is being computed: nobody waits for it any more


if __name__ == "__main__":
    run_asker(shipped(sys.argv[1] if len(sys.argv) > 1 else "auto"))
