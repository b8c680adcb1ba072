"""Records that a link names by dataset: fetched from the worker when a page is opened with one."""

import base64
from typing import Any

import numpy as np

from pages.ui import worker
from pages.ui.session import Session
from pages.ui.text import inputs as text
from scar_core.errors import ConfigError, ScarError
from scar_core.record import ECGRecord

DATASET = "dataset:"
"""``dataset:NAME:RECORD``; the name may hold colons itself, as ``simulated:77`` does."""
KEPT = 20


def key_of(dataset: str, record: str) -> str:
    """What a link calls a record of a dataset."""
    return f"{DATASET}{dataset}:{record}"


def record_from(told: dict[str, Any]) -> ECGRecord:
    """Read a record as the worker tells it.

    Raises:
        ConfigError: It is none.
    """
    try:
        shape = tuple(map(int, told["shape"]))
        signal = np.frombuffer(base64.b64decode(told["signal"]), "<i2").reshape(shape) / 1000
        bits = np.frombuffer(base64.b64decode(told["present"]), np.uint8)
        present = np.unpackbits(bits, count=signal.size).reshape(shape).astype(bool)
        return ECGRecord(
            np.asarray(signal, np.float32),
            tuple(told["leads"]),
            float(told["rate_hz"]),
            present,
            name=str(told["title"]),
            unit=told["unit"],
            metadata={"report": str(told["report"])},
            notes=tuple(told["notes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(text.no_record(error)) from error


def bring(s: Session) -> str:
    """Fetch the session's record if a link names it by dataset; return why it cannot be had."""
    key = s.view.record
    if not key.startswith(DATASET) or key in s.uploads:
        return ""
    dataset, _, name = key.removeprefix(DATASET).rpartition(":")
    try:
        keep(s, key, record_from(worker.connect().ask("record", dataset=dataset, record_name=name)))
    except ScarError as error:
        return str(error)
    return ""


def keep(s: Session, key: str, record: ECGRecord) -> None:
    """Leave a record with the session; of those fetched, the oldest leave."""
    s.uploads[key] = record
    fetched = [one for one in s.uploads if one.startswith(DATASET)]
    for old in fetched[:-KEPT]:
        del s.uploads[old]
