"""What is told of a job."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from scar_core.errors import WorkerUnavailable
from scar_core.jobs.base import Json, State


@dataclass(frozen=True)
class JobInfo:
    """A job as it stands.

    Attributes:
        id: Its identity.
        kind: Name of its kind.
        title: Of its kind, for people.
        state: Waiting, running, done, failed or cancelled.
        lane: Where it queues.
        created_s: When it was submitted, in seconds since 1970.
        started_s: When it first started, None if it has not.
        ended_s: When it ended, None if it has not.
        progress: ``done``, ``total``, ``unit``, ``rate`` (units a second or None), ``left_s``
            (seconds or None), ``step``; None if nothing has been told.
        error: Why it failed, one sentence.
        worker: Which executor has it, or had it last: machine, state folder, device.
        attempts: How often it was started.
        parameters: All of them.
        summary: What its plan returned, once it is done.
        parent: Job that it is a part of.
        files: Bytes of the files of its result, by name.
        waits_for: What it needs and cannot have now, one sentence: an executor that has it, or,
            where one has taken it, memory that others use; None if nothing is lacking.
    """

    id: str
    kind: str
    title: str
    state: State
    lane: str
    created_s: float
    started_s: float | None = None
    ended_s: float | None = None
    progress: dict[str, Json] | None = None
    error: str | None = None
    worker: str | None = None
    attempts: int = 0
    parameters: dict[str, Json] = field(default_factory=dict)
    summary: Json = None
    parent: str | None = None
    files: dict[str, int] = field(default_factory=dict)
    waits_for: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ("done", "failed", "cancelled")

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "JobInfo":
        """Return what ``to_json`` wrote; what a newer worker adds is left out.

        Raises:
            WorkerUnavailable: If it is something else.
        """
        names = {item.name for item in fields(cls)}
        try:
            return cls(**{name: value for name, value in told.items() if name in names})
        except TypeError as error:
            raise WorkerUnavailable(
                f"What the worker says of a job is incomplete ({error}); restart the worker."
            ) from error
