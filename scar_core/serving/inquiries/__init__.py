"""A catalogue of what can be asked of the worker's door besides a prediction.

A file here with ``INQUIRY`` is an inquiry; pages ask it by its file's name. An inquiry is an
interactive one: it takes seconds at most, and gestures are answered beside it. What takes longer is
a job.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from scar_core.catalog import names_in
from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

if TYPE_CHECKING:
    from scar_core.evaluation.zero_shot import Predictor

Json = Any


@dataclass(frozen=True)
class Inquiry:
    """Something to be asked of a model.

    Attributes:
        title: For people.
        options: Frozen dataclass of what may be chosen; every field has a default.
        answer: Called in a process beside the door with the model's predictor, the record (None if
            none was sent), what is hidden of it and the options; returns JSON without NaN. Raises
            ``ScarError`` with a sentence. Heavy imports belong inside.
        needs_record: False if it can be asked without a record.
    """

    title: str
    options: type[Any]
    answer: Callable[["Predictor", ECGRecord | None, Scenario, Any], Json]
    needs_record: bool = True


def inquiry_names() -> tuple[str, ...]:
    """Names of all inquiries."""
    return names_in("scar_core.serving.inquiries")


def inquiry(name: str) -> Inquiry:
    """Return the inquiry of this name.

    Raises:
        ConfigError: If there is none.
    """
    if name not in inquiry_names():
        raise ConfigError(
            f"the worker knows no inquiry {name!r}; ask one of {', '.join(inquiry_names())}"
        )
    found: Inquiry = import_module(f"scar_core.serving.inquiries.{name}").INQUIRY
    return found
