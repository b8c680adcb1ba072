"""Inquiries about the record on the page, each answer kept for this browser session."""

import json
from collections import OrderedDict
from typing import Any

import streamlit as st

from pages.ui import worker
from pages.ui.session import Session
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

KEPT = 80
PLACE = "inquiries"
Key = tuple[str, str, Scenario, str, str]


def asked(
    s: Session,
    name: str,
    record: ECGRecord,
    scenario: Scenario,
    *,
    method: str = "scar",
    deadline_s: float = 30.0,
    **options: Any,  # noqa: ANN401 - each inquiry its own
) -> dict[str, Any]:
    """Return an inquiry's answer; the same question is asked once.

    Args:
        s: The session, whose line to the worker is used.
        name: Of the inquiry.
        record: As shown.
        scenario: What is hidden of it.
        method: Who answers.
        deadline_s: Seconds that the worker may take.
        options: Of the inquiry.

    Raises:
        WorkerUnavailable: The worker is down, too busy or too slow.
        ScarError: The question cannot be answered; the sentence says why.
    """
    key = _key(name, record, scenario, method, options)
    answers = _answers()
    if key not in answers:
        if s.client is None:
            s.client = worker.connect()
        client: Any = s.client
        usual = getattr(client, "deadline_s", None)
        if usual is not None:
            client.deadline_s = deadline_s
        try:
            answers[key] = client.ask(name, record, scenario, method=method, **options)
        finally:
            if usual is not None:
                client.deadline_s = usual
    answers.move_to_end(key)
    while len(answers) > KEPT:
        answers.popitem(last=False)
    return answers[key]


def known(
    name: str,
    record: ECGRecord,
    scenario: Scenario,
    *,
    method: str = "scar",
    **options: Any,  # noqa: ANN401 - each inquiry its own
) -> dict[str, Any] | None:
    """Return an answer that is kept already; None if it would have to be asked for."""
    return _answers().get(_key(name, record, scenario, method, options))


def _answers() -> OrderedDict[Key, dict[str, Any]]:
    found: OrderedDict[Key, dict[str, Any]] = st.session_state.setdefault(PLACE, OrderedDict())
    return found


def _key(
    name: str, record: ECGRecord, scenario: Scenario, method: str, options: dict[str, Any]
) -> Key:
    said = json.dumps(options, sort_keys=True)
    return name, record.fingerprint(), scenario, method, said
