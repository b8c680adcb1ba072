"""A job that names a checkpoint is done again once another one goes by that name."""

import os
from pathlib import Path
from typing import Any

import pytest

from scar_core.config import promoted_dir
from scar_core.jobs.info import JobInfo
from scar_core.jobs.outdated import is_outdated
from tests.jobs.rig import Rig, lines


def promote(name: str, at_s: float | None = None) -> None:
    folder = promoted_dir() / name
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder, None if at_s is None else (at_s, at_s))


@pytest.mark.parametrize(
    ("parameters", "at_s", "outdated"),
    [
        ({"methods": ["scar", "mine"]}, 90.0, False),
        ({"methods": ["scar", "mine"]}, 110.0, True),  # while it ran, perhaps in the midst
        ({"method": "mine"}, 130.0, True),
        ({"method": "other", "folder": "/mine", "n": 3, "empty": ""}, 130.0, False),
        ({"name": "mine"}, 110.0, False),  # made it itself
        ({"name": "mine"}, 130.0, True),  # another one has taken the name since
        ({"report": "mine\0", "long": "mine" * 200}, 130.0, False),
    ],
)
def test_what_began_before_a_checkpoint_was_replaced_is_outdated(
    parameters: dict[str, Any],
    at_s: float,
    outdated: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCAR_HOME", str(tmp_path))
    promote("mine", at_s)
    info = JobInfo("count-1", "count", "Count", "done", "short", 95.0, 100.0, 120.0)
    assert is_outdated(JobInfo(**{**vars(info), "parameters": parameters})) is outdated


def test_it_is_done_again_once(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAR_HOME", str(tmp_path / "state"))
    trace = tmp_path / "trace"
    asked = {"name": "mine", "steps": 1, "trace": str(trace)}
    promote("mine")
    rig.start()
    rig.done("count", **asked)
    assert rig.submit("count", **asked).state == "done"
    promote("mine")
    rig.done("count", **asked)
    assert rig.submit("count", **asked).state == "done"
    assert len(lines(trace)) == 2
