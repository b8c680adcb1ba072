"""A job without an engine: files in folders, steps in this process, kills where a test wants them.

``run_job`` does what the engine does: every argument and result passes through JSON, results of
steps are recorded, and a plan that is run again finds them.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scar_core.jobs.base import Json, checked, kind
from scar_core.settings import to_mapping


class Killed(BaseException):
    """The process ended here; nothing may catch it."""


def through_json(value: Json) -> Json:
    """What arrives on the other side of a pipe."""
    return json.loads(json.dumps(value, allow_nan=False))


@dataclass
class FakeWork:
    """A step's view of its job; kept files outlive the scratch folder.

    Attributes:
        home: Folder of everything.
        job: Identity.
        device: Torch device.
        kill: Called with ``progress``, ``save`` or ``publish`` before each of them.
    """

    home: Path
    job: str = "job-1"
    device: str = "cpu"
    kill: Callable[[str], None] = lambda what: None
    told: list[tuple[float, float, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    folder: Path = Path()

    def __post_init__(self) -> None:
        self.folder = self.home / "scratch"
        self.folder.mkdir(parents=True, exist_ok=True)

    def progress(self, done: float, total: float, unit: str = "") -> None:
        """Remember it."""
        assert 0 <= done <= total, (done, total)
        self.kill("progress")
        self.told.append((done, total, unit))

    def log(self, sentence: str) -> None:
        """Remember it."""
        self.lines.append(sentence)

    def publish(self, name: str, path: Path) -> None:
        """Copy a file to the results."""
        self.kill("publish")
        self.published.append(name)
        self._copy(path, self.home / "published" / name)

    def save(self, name: str, path: Path) -> None:
        """Copy a file to what is kept."""
        self.kill("save")
        self._copy(path, self.home / "saved" / name)

    def load(self, name: str) -> Path | None:
        """Find a kept file."""
        for folder in ("saved", "published"):
            if (found := self.home / folder / name).is_file():
                return found
        return None

    def lose_scratch(self) -> None:
        """Go to another machine."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def result(self, name: str) -> Path:
        """A published file."""
        return self.home / "published" / name

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        assert source.is_file(), source
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


@dataclass
class FakePlan:
    """A plan's view of its job; steps that have returned are not run again."""

    name: str
    parameters: Any
    work: FakeWork
    recorded: list[tuple[str, Json, Json]] = field(default_factory=list)
    _next: int = 0
    lines: list[str] = field(default_factory=list)
    job: str = ""

    def __post_init__(self) -> None:
        self.job = self.work.job

    def step(self, name: str, **arguments: Json) -> Json:
        """Run a step, or return what it returned."""
        call, self._next = self._next, self._next + 1
        given = through_json(arguments)
        if call < len(self.recorded):
            before, with_these, result = self.recorded[call]
            assert (before, with_these) == (name, given), "the plan is not deterministic"
            return through_json(result)
        result = through_json(kind(self.name).steps[name](self.parameters, self.work, **given))
        self.recorded.append((name, given, result))
        return through_json(result)

    def children(self, kind: str, parameters: Sequence[Mapping[str, Json]]) -> list[Json]:
        """Run other jobs one after the other."""
        call, self._next = self._next, self._next + 1
        if call < len(self.recorded):
            return list(through_json(self.recorded[call][2]))
        results = []
        for number, one in enumerate(parameters):
            home = self.work.home / f"child-{call}-{number}"
            child = FakeWork(home, f"{self.job}-{call}-{number}", kill=self.work.kill)
            results.append(run_job(kind, through_json(one), child))
        self.recorded.append((kind, through_json(list(parameters)), results))
        return results

    def log(self, sentence: str) -> None:
        """Remember it."""
        self.lines.append(sentence)


def parameters_of(name: str, parameters: Mapping[str, Json]) -> Any:
    """Parameters as they arrive in another process."""
    return checked(name, through_json(to_mapping(checked(name, parameters))))


def run_job(
    name: str,
    parameters: Mapping[str, Json],
    work: FakeWork,
    recorded: list[tuple[str, Json, Json]] | None = None,
) -> Json:
    """Run a job, or go on with one whose results of steps were recorded; returns its summary."""
    made = parameters_of(name, parameters)
    plan = FakePlan(name, made, work, [] if recorded is None else recorded)
    return through_json(kind(name).plan(made, plan))


def run_with_kills(
    name: str, parameters: Mapping[str, Json], work: FakeWork, every: int, *, move: bool = False
) -> tuple[Json, int]:
    """Run a job whose process is killed at every ``every``-th sign of life, until it ends.

    Args:
        name: Kind.
        parameters: As submitted.
        work: Of the job.
        every: Signs of life (progress, save, publish) that each attempt has, at first; one more
            with every attempt, as otherwise nothing that needs more would ever end.
        move: Lose the scratch folder at every kill, as on another machine.

    Returns:
        The summary, and the number of kills.
    """
    recorded: list[tuple[str, Json, Json]] = []
    kills = 0
    while True:
        left = every + kills

        def count(_what: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        work.kill = count
        try:
            summary = run_job(name, parameters, work, recorded)
        except Killed:
            kills += 1
            assert kills < 500
            if move:
                work.lose_scratch()
            continue
        finally:
            work.kill = lambda what: None
        return summary, kills
