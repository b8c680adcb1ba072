"""The real child for inquiries around a fake predictor: python -m tests.serving.fake_asker."""

import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from scar_core.errors import ConfigError, RecordError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.asker import run_asker
from scar_core.serving.inquiries import Inquiry
from tests.serving.fakes import FakePredictor

ASKER = ("tests.serving.fake_asker",)


@dataclass(frozen=True)
class Options:
    """What may be asked."""

    number: float = 1.0
    how: str = "echo"
    times: int = 1


def answer(predictor: Any, record: ECGRecord | None, scenario: Scenario, options: Options) -> Any:
    if options.how == "slow":
        time.sleep(options.number)
    if options.how == "die":
        os._exit(9)
    if options.how == "refuse":
        raise RecordError("This record came, another one was expected; open it.")
    if options.how == "defect":
        raise ZeroDivisionError("private text")
    if options.how == "nan":
        return float("nan")
    if options.how == "print":
        sys.stdout.write("noise on standard output\n")
    if options.how == "large":
        return "x" * int(options.number)
    return {
        "pid": os.getpid(),
        "number": options.number,
        "hidden": list(scenario.leads),
        "record": record.fingerprint() if record else None,
        "scores": [
            one.to_json()["classes"][0]["similarity"]
            for one in (predictor.predict([(record, scenario)]) if record else ())
        ],
    }


def find(name: str) -> Inquiry:
    if name not in ("about", "anything"):
        raise ConfigError(f"the worker knows no inquiry {name!r}; ask one of about, anything")
    return Inquiry("A fake", Options, answer, needs_record=name == "about")


if __name__ == "__main__":
    if "--broken" in sys.argv:
        sys.exit("the models do not exist")
    run_asker({"scar": FakePredictor, "merl": FakePredictor}, find)
