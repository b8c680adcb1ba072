"""What the Masking page shows now, for everything that lies under the ECG."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.inputs import Case
from pages.ui.session import Session
from pages.ui.text import masking_looks as text
from pages.ui.worker import Status
from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord


@dataclass(frozen=True)
class Shown:
    """The record on the paper.

    Attributes:
        record: As on the paper, with the cables as the reader has them.
        record_id: Changes with the record.
        true: The same with the right cables.
        stored: The same stretch before anything was taken for not recorded.
        title: What people call it.
        case: Where it comes from; None for an upload.
    """

    record: ECGRecord
    record_id: str
    true: ECGRecord
    stored: ECGRecord
    title: str
    case: Case | None


Answers = tuple[Prediction, Prediction]


def told(s: Session, error: ScarError) -> None:
    """Say why there is no answer; a line that broke is taken up again at the next try."""
    if isinstance(error, WorkerUnavailable):
        s.client = None
        st.warning(str(error))
    else:
        st.error(str(error))


def ready(state: Status) -> bool:
    """Whether there can be answers; says so if not."""
    if not state.ready:
        st.info(text.NO_ANSWER)
    return state.ready
