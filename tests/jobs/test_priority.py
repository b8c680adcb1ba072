"""Real processes: priority cannot be raised again, so each step back is made in a child."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own ways")

CODE = """
import json, os, sys
from pathlib import Path
from scar_core.jobs.priority import step_back
step_back(int(sys.argv[1]), batch=len(sys.argv) > 2)
group = Path("/proc/self/autogroup")
told = group.read_text() if group.exists() else ""
print(json.dumps([os.nice(0), os.sched_getscheduler(0), told]))
"""


def stepped_back(*arguments: str) -> tuple[int, int, str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        capture_output=True, text=True, check=True, start_new_session=True,
    )  # fmt: skip
    niceness, policy, group = json.loads(done.stdout)
    return niceness, policy, group


def test_a_process_steps_back_with_its_session() -> None:
    niceness, policy, group = stepped_back("12")
    assert niceness == max(12, os.nice(0))
    assert policy == os.SCHED_OTHER
    switched_on = Path("/proc/sys/kernel/sched_autogroup_enabled")
    if switched_on.exists() and switched_on.read_text().strip() == "1" and group:
        assert group.rstrip().endswith(f"nice {niceness}")


def test_what_nobody_waits_for_says_so() -> None:
    assert stepped_back("3", "batch")[1] == os.SCHED_BATCH


def test_nobody_steps_forward_or_beyond_the_end() -> None:
    assert stepped_back("-5")[0] == max(0, os.nice(0))
    assert stepped_back("99")[0] == 19
