"""Goes wrong in the way that is asked for."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scar_core.errors import RecordError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from tests.jobs.made.count import trace

How = Literal["refuse", "break", "die", "die_once", "end", "disk", "plan", "nan", "hang", "breed"]


@dataclass(frozen=True)
class Mishap:
    """What shall go wrong.

    Attributes:
        how: In which way.
        name: Tells jobs apart.
        trace: File to which steps add lines.
    """

    how: How = "refuse"
    name: str = ""
    trace: str = ""


def _plan(parameters: Mishap, plan: Plan) -> Json:
    plan.step("well")
    if parameters.how == "plan":
        raise ZeroDivisionError("nothing to divide by")
    return plan.step("badly")


def _well(parameters: Mishap, work: Work) -> Json:
    trace(parameters.trace, "well")
    return None


def _badly(parameters: Mishap, work: Work) -> Json:
    trace(parameters.trace, f"badly {os.getpid()}")
    os.write(1, b"about to do it\n")
    return globals()[f"_{parameters.how}"](work)


def _refuse(work: Work) -> Json:
    raise RecordError("the record is empty; give another")


def _break(work: Work) -> Json:
    raise KeyError("lead")


def _die(work: Work) -> Json:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_once(work: Work) -> Json:
    mark = work.folder / "died"
    if mark.exists():
        return "alive"
    mark.touch()
    return _die(work)


def _end(work: Work) -> Json:
    os._exit(7)


def _disk(work: Work) -> Json:
    """A disk without room, unless somebody has made some since."""
    path = work.folder / "large.bin"
    if not (work.folder.parent / "room").exists():
        if sys.platform == "linux":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        else:
            raise OSError(errno.ENOSPC, "no space")
    path.write_bytes(b"0" * 100_000)
    work.publish("large.bin", path)
    return "written"


def _nan(work: Work) -> Json:
    return {"score": float("nan"), "pair": (1, 2)}


def _hang(work: Work) -> Json:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (work.folder / "pids").write_text(f"{os.getpid()} {child.pid}")
    work.progress(0, 1)
    time.sleep(600)
    return None


def _breed(work: Work) -> Json:
    """Have a child, one that has left the family, one that is forked, and one of a child's."""
    sleeps = "import time; time.sleep(600)"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{sleeps}'])"
    pids = [
        subprocess.Popen([sys.executable, "-c", code], start_new_session=apart).pid
        for code, apart in ((sleeps, False), (sleeps, True), (nested, True))
    ]
    forked = os.fork()
    if not forked:
        time.sleep(600)
        os._exit(0)
    grandchildren = Path(f"/proc/{pids[-1]}/task/{pids[-1]}/children")
    while not grandchildren.read_text().split():
        time.sleep(0.01)
    pids += [forked, int(grandchildren.read_text().split()[0])]
    beside = work.folder / ".pids"
    beside.write_text(" ".join(map(str, [os.getpid(), *pids])))
    beside.rename(work.folder / "pids")
    time.sleep(600)
    return None


KIND = JobKind("Mishap", Mishap, _plan, {"well": _well, "badly": _badly})
