"""A stand-in for the client of jobs: a queue in memory that tests fill and move by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scar_core.errors import ConfigError
from scar_core.jobs.client import JobInfo

KINDS: dict[str, dict[str, Any]] = {
    "cmrs": {
        "title": "Measure CMRS",
        "lane": "long",
        "device": "any",
        "forms": True,
        "parameters": [
            {
                "name": "task",
                "type": "str",
                "default": "ptbxl-super",
                "help": "Which labels.",
                "choices": ["ptbxl-super", "challenge"],
            },
            {
                "name": "seed",
                "type": "int",
                "default": 0,
                "help": "Of the random masks.",
                "choices": None,
            },
        ],
    },
}


TRAIN: dict[str, Any] = {
    "title": "Train a model",
    "lane": "long",
    "device": "any",
    "forms": True,
    "parameters": [
        {"name": "method", "type": "str", "default": "scar", "help": "h",
         "choices": ["scar", "merl"]},
        {"name": "data", "type": "str", "default": "simulated", "help": "h", "choices": None},
        {"name": "steps", "type": "int", "default": 3000, "help": "h", "choices": None},
        {"name": "seed", "type": "int", "default": 0, "help": "h", "choices": None},
    ],
}  # fmt: skip
"""A kind that only pages of trainings need."""


def info(identity: str = "job-1", **known: Any) -> JobInfo:
    """Return a job as the worker tells it; what is not named is that of one that waits."""
    usual: dict[str, Any] = {
        "id": identity,
        "kind": "cmrs",
        "title": "Measure CMRS",
        "state": "waiting",
        "lane": "long",
        "created_s": 1.7e9,
        "started_s": None,
        "ended_s": None,
        "progress": None,
        "error": None,
        "worker": None,
        "attempts": 0,
        "parameters": {},
        "summary": None,
        "parent": None,
        "files": {},
    }
    return JobInfo(**(usual | known))


Infos = list[JobInfo]
Texts = list[str]
"""Named here: within the class, ``list`` is the method."""


class FakeJobs:
    """Jobs in memory; tests change ``infos``, ``logs`` and ``contents`` as they like."""

    def __init__(self) -> None:
        self.known = dict(KINDS)
        self.infos: dict[str, JobInfo] = {}
        self.logs: dict[str, list[str]] = {}
        self.contents: dict[tuple[str, str], bytes] = {}
        self.submitted: list[tuple[str, dict[str, Any]]] = []

    def add(self, identity: str = "job-1", **known: Any) -> JobInfo:
        self.infos[identity] = info(identity, **known)
        return self.infos[identity]

    def kinds(self) -> dict[str, dict[str, Any]]:
        return self.known

    def submit(
        self,
        kind: str,
        parameters: Mapping[str, Any],
        *,
        lane: str | None = None,
        fresh: bool = False,
    ) -> JobInfo:
        if kind not in self.known:
            raise ConfigError(f"there is no kind of job {kind!r}")
        self.submitted.append((kind, dict(parameters)))
        for found in self.infos.values():
            if not fresh and (found.kind, found.parameters) == (kind, dict(parameters)):
                return found
        told = self.known[kind]
        return self.add(
            f"job-{len(self.infos) + 1}",
            kind=kind,
            title=told["title"],
            lane=lane or told["lane"],
            parameters=dict(parameters),
        )

    def list(
        self,
        *,
        limit: int = 50,
        state: str | None = None,
        kind: str | None = None,
        parent: str | None = None,
    ) -> Infos:
        found = [
            one
            for one in reversed(list(self.infos.values()))
            if state in (None, one.state) and kind in (None, one.kind) and one.parent == parent
        ]
        return found[:limit]

    def show(self, identity: str) -> JobInfo:
        if identity not in self.infos:
            raise ConfigError(f"there is no job {identity!r}")
        return self.infos[identity]

    def log(self, identity: str, tail: int = 200) -> Texts:
        return self.logs.get(self.show(identity).id, [])[-tail:]

    def cancel(self, identity: str) -> None:
        self.infos[identity] = replace(self.show(identity), state="cancelled")

    def retry(self, identity: str) -> JobInfo:
        self.infos[identity] = replace(self.show(identity), state="waiting", error=None)
        return self.infos[identity]

    def file(self, identity: str, name: str) -> bytes:
        self.show(identity)
        return self.contents[identity, name]

    def clean(self, keep_mb: float | None = None, older_days: float | None = None) -> Any:
        return {"jobs": 0, "bytes": 0, "keep_mb": keep_mb, "older_days": older_days}
