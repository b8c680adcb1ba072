"""From the bytes of a request to a question that may be asked; everything else is refused."""

import json
import math
from typing import Any

from starlette.requests import Request

from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.serving.wire import RequestTooLarge

MAX_SCENARIOS = 512
MAX_PROMPTS = 512
MAX_PROMPT_LETTERS = 2000
MAX_DEADLINE_S = 300.0


async def body_of(request: Request, limit: int) -> bytes:
    """Read the body, but never more than ``limit`` bytes of it.

    Raises:
        RequestTooLarge: If there are more.
    """
    too_large = RequestTooLarge(
        f"The request is larger than the {limit // 2**10} KiB that are accepted."
    )
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large
        parts.append(part)
    return b"".join(parts)


def parsed(body: bytes) -> dict[str, Any]:
    """Return the JSON object that the bytes are.

    Raises:
        ConfigError: If they are none.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The question is not JSON ({error}); send an object.") from error
    if not isinstance(asked, dict):
        raise ConfigError(f"The question is a {type(asked).__name__}; send a JSON object.")
    return asked


def deadline_of(value: object) -> float:
    """Return a deadline in seconds.

    Raises:
        ConfigError: If the value is none.
    """
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not 0 < float(str(value)) <= MAX_DEADLINE_S:
        raise ConfigError(
            f"The deadline is {value!r}; give seconds above 0, up to {MAX_DEADLINE_S:g}."
        )
    return float(str(value))


def scenarios_of(value: object) -> tuple[Scenario, ...]:
    """Return the scenarios of a JSON list.

    Raises:
        ConfigError: If there are none, too many, or others than scenarios.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SCENARIOS:
        raise ConfigError(f"`scenarios` must be a list of 1 to {MAX_SCENARIOS} scenarios.")
    return tuple(Scenario.from_json(one) for one in value)


def prompts_of(value: object) -> dict[str, str] | None:
    """Return prompts by name; None stands for the predictor's own.

    Raises:
        ConfigError: If there are none, too many, or too long ones.
    """
    if value is None:
        return None
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_PROMPTS:
        raise ConfigError(f"`prompts` must be null or an object of 1 to {MAX_PROMPTS} texts.")
    for name, prompt in value.items():
        if not isinstance(prompt, str) or not 1 <= len(prompt.strip()) <= MAX_PROMPT_LETTERS:
            raise ConfigError(
                f"The prompt of {str(name)[:60]!r} must be a text"
                f" of 1 to {MAX_PROMPT_LETTERS} letters."
            )
    return value
