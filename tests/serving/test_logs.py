import json
import logging
import sys

import pytest

from scar_core.serving.logs import JsonLines, event_of


def line(level: int, text: str, *arguments: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("x", level, "file.py", 3, text, arguments, None)
    vars(record).update(extra)
    told: dict[str, object] = json.loads(JsonLines("worker").format(record))
    return told


def test_an_event_is_one_object_with_its_figures() -> None:
    told = line(logging.WARNING, "the %s ended\nbadly", "child", ms=3.5, path=sys)
    assert (told["level"], told["event"], told["from"]) == (
        "warning",
        "the child ended\nbadly",
        "worker",
    )
    assert told["ms"] == 3.5
    assert str(told["time"]).endswith("+00:00")


def test_a_defect_leaves_its_kind_and_place_and_not_its_words() -> None:
    try:
        {"Jane": 1}["John"]
    except KeyError:
        record = logging.LogRecord("x", logging.ERROR, "f", 3, "failed", (), sys.exc_info())
    text = JsonLines("worker").format(record)
    assert "\n" not in text
    told = json.loads(text)
    assert told["error"] == "KeyError"
    assert "test_logs.py" in told["at"][-1]
    assert "John" not in json.dumps(told["event"])


@pytest.mark.parametrize(
    ("text", "said"),
    [("plain", "plain"), ('{"event": "it ended"}', "it ended"), ("[1]", "[1]"), ("{}", "{}")],
)
def test_what_a_line_says_to_people(text: str, said: str) -> None:
    assert event_of(text) == said
