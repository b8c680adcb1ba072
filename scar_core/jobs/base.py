"""What a kind of job is, and what its parts may use.

A job has two halves. Its ``plan`` says which steps follow each other; it runs beside the queue, is
light and deterministic, and is replayed after a restart. Its ``steps`` do the work, each in a
process of its own that may be killed at any time: a step that has returned is never run again, one
that was interrupted is run again from its beginning, with what it had saved.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

from scar_core.catalog import names_in
from scar_core.errors import ConfigError, ScarError
from scar_core.settings import from_mapping

Json = Any
"""What JSON can hold: nothing else crosses between processes."""
Lane = Literal["interactive", "short", "long"]
LANES: tuple[Lane, ...] = ("interactive", "short", "long")
"""In order of priority."""
State = Literal["waiting", "running", "done", "failed", "cancelled"]
OWN_KINDS = "scar_core.jobs.kinds"
MORE_KINDS = "SCAR_JOB_KINDS"
"""Names further packages of kinds, with commas between; set by who starts the worker."""


class JobFailed(ScarError):  # noqa: N818 - a state of the world, not a mistake
    """A job, or a part of one, ended without a result; the sentence says why."""


class Work(Protocol):
    """What a step sees of its job; it runs in the step's own process.

    Attributes:
        job: Identity of the job.
        folder: Scratch on this machine; there again after a restart on it, gone when the job ends.
        device: Torch device of this worker, such as ``cpu`` or ``cuda:0``.
    """

    job: str
    folder: Path
    device: str

    def progress(self, done: float, total: float, unit: str = "") -> None:
        """Tell how far the step is; cheap enough for every iteration."""

    def log(self, sentence: str) -> None:
        """Add a line to the job's log, which people read; never a secret."""

    def publish(self, name: str, path: Path) -> None:
        """Make a complete file part of the job's result, in place of an earlier one of that name.

        Args:
            name: Relative, with ``/`` between folders.
            path: File on this machine.
        """

    def save(self, name: str, path: Path) -> None:
        """Keep a complete file for whoever goes on after a kill, on any machine; not a result."""

    def load(self, name: str) -> Path | None:
        """Bring a saved or published file to this machine; None if there is none of that name."""


class Plan(Protocol):
    """What a job's plan sees.

    Attributes:
        job: Identity of the job.
    """

    job: str

    def step(self, name: str, **arguments: Json) -> Json:
        """Run a step of this kind, or return what it returned before a restart."""

    def children(self, kind: str, parameters: Sequence[Mapping[str, Json]]) -> list[Json]:
        """Queue jobs that belong to this one and wait; return their summaries, in order.

        Raises:
            JobFailed: One of them failed; the others are cancelled.
        """

    def log(self, sentence: str) -> None:
        """Add a line to the job's log."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job; its name is that of its file.

    Attributes:
        title: For people, such as "Train a model".
        parameters: Frozen dataclass, every field with a default or named in the form; its
            ``__post_init__`` raises ``ConfigError`` before anything is queued. Its docstring has
            one sentence for each attribute, which forms show.
        plan: Called with the parameters; returns the job's summary, as JSON.
        steps: By name; called with the parameters, the ``Work`` and the plan's arguments; each
            returns JSON. Heavy imports belong inside.
        lane: Where it queues unless the submitter says otherwise.
        device: ``gpu`` if it makes no sense without one, ``any`` if it uses one where there is one.
        memory_mb: The most that a step needs, as measured; the module's docstring says of what.
        forms: True if people may submit it; False for parts of other jobs.
    """

    title: str
    parameters: type[Any]
    plan: Callable[[Any, Plan], Json]
    steps: Mapping[str, Callable[..., Json]]
    lane: Lane = "short"
    device: Literal["cpu", "gpu", "any"] = "cpu"
    memory_mb: int = 1000
    forms: bool = True
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Choices of a parameter, by its name, for forms."""


def kind_names() -> tuple[str, ...]:
    """Names of all kinds of jobs."""
    return tuple(sorted(_packages()))


def kind(name: str) -> JobKind:
    """Return the kind of job of this name.

    Raises:
        ConfigError: If there is none.
    """
    packages = _packages()
    if name not in packages:
        raise ConfigError(f"there is no kind of job {name!r}; choose one of {', '.join(packages)}")
    found: JobKind = import_module(f"{packages[name]}.{name}").KIND
    return found


def _packages() -> dict[str, str]:
    """Package of each kind; the project's own cannot be replaced by others."""
    more = [name.strip() for name in os.environ.get(MORE_KINDS, "").split(",") if name.strip()]
    return {name: package for package in [*more, OWN_KINDS] for name in names_in(package)}


def checked(name: str, parameters: Mapping[str, Json]) -> Any:  # noqa: ANN401 - each kind its own
    """Return the parameters of a job as its kind's dataclass.

    Raises:
        ConfigError: If the kind, a name or a value is not what it takes.
    """
    return from_mapping(kind(name).parameters, parameters)
