"""The process in which the steps of one job run: ``python -m scar_core.jobs.runner``.

Its parent is an executor. On standard input come JSON lines: steps to run, and answers; on what was
standard output go JSON lines: ``progress``, ``log``, ``expect`` (a file is about to take its name;
waits for an answer), and at last ``result`` or ``failed``. When the input ends, the executor is
gone: then this process ends at once with all that it started; see ``sweeper`` for who sees to it.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn, TextIO

from scar_core.errors import ScarError
from scar_core.jobs.base import Json, checked, kind
from scar_core.jobs.names import checked_name, plain_json
from scar_core.jobs.priority import step_back
from scar_core.jobs.reasons import reason_of
from scar_core.jobs.storage import Area, Storage, sum_of
from scar_core.jobs.sweeper import start_sweeper
from scar_core.locks import FileLock

QUIET_S = 0.2
PATIENCE_S = 20.0


class Line:
    """Both directions of the talk with the executor."""

    def __init__(self, heard: TextIO, out: TextIO) -> None:
        """Write to ``out``, read ``heard`` in the background."""
        self._in, self._out, self._lock = heard, out, threading.Lock()
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True, name="line").start()

    def say(self, **message: Json) -> None:
        """Send a message."""
        with self._lock:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()

    def hear(self) -> dict[str, Any]:
        """Wait for the next message."""
        return self._heard.get()

    def _listen(self) -> None:
        for text in self._in:
            self._heard.put(json.loads(text))
        end_all()


class RunnerWork:
    """``Work`` as the steps see it."""

    def __init__(self, line: Line, request: dict[str, Any]) -> None:
        """Take from the request what the step needs."""
        self.job = str(request["job"])
        self.folder = Path(request["folder"])
        self.device = str(request["device"])
        self._line, self._step = line, int(request["number"])
        self._storage = Storage(request["storage"])
        self._known: dict[tuple[str, str], list[str]] = {
            (area, name): [one for one in sums if one] for area, name, *sums in request["files"]
        }
        self._told_s = 0.0
        self._last: dict[str, Json] | None = None
        self._thread = threading.Lock()

    def progress(self, done: float, total: float, unit: str = "") -> None:
        """Tell how far the step is; cheap enough for every iteration."""
        self._last = {"done": float(done), "total": float(total), "unit": unit}
        if time.monotonic() - self._told_s > QUIET_S or done >= total:
            self.tell()

    def tell(self) -> None:
        """Send the progress that was held back."""
        if self._last is not None:
            self._line.say(progress=self._last)
        self._told_s, self._last = time.monotonic(), None

    def log(self, sentence: str) -> None:
        """Add a line to the job's log."""
        self._line.say(log=str(sentence))

    def publish(self, name: str, path: Path) -> None:
        """Make a complete file part of the job's result."""
        self._put("results", name, Path(path))

    def save(self, name: str, path: Path) -> None:
        """Keep a complete file for whoever goes on after a kill."""
        self._put("saved", name, Path(path))

    def load(self, name: str) -> Path | None:
        """Bring a saved or published file to this machine; None if there is none of that name."""
        target = self.folder / ".loaded" / checked_name(name)
        for area in ("saved", "results"):
            known = self._known.get((area, name))
            if not known:
                continue
            if self._storage.get(area, self.job, name, target, known):
                return target
            self.log(f"{name} is damaged and is made again")
        return None

    def _put(self, area: Area, name: str, path: Path) -> None:
        content = sum_of(path)
        with self._thread:
            self._line.say(
                expect=[area, checked_name(name), self._step, content.n_bytes, content.sha256]
            )
            self._line.hear()
            before = self._known.get((area, name), [])[:1]
            self._known[area, name] = [content.sha256, *before]
            self._storage.put(area, self.job, name, path)
            self._line.say(got_on=True)


def serve(line: Line) -> NoReturn:
    """Run the steps that come, for the job of the first one."""
    request = line.hear()
    step_back(int(request["nice"]), batch=True)
    folder = Path(request["folder"])
    lock = folder.parent / f".{folder.name}.lock"
    with FileLock(lock, patience_s=PATIENCE_S) as mine:
        if not mine.held:  # the job's last process still has its hands in the folder
            line.say(failed=f"another process still works in {folder}; retry", ours=True)
            end_all()
        while True:
            run_step(line, request)
            request = line.hear()


def run_step(line: Line, request: dict[str, Any]) -> None:
    """Run one step and send what came of it."""
    folder = Path(request["folder"])
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _output_to(folder / ".output")
        one = kind(request["kind"])
        parameters = checked(request["kind"], request["parameters"])
        work = RunnerWork(line, request)
        result = one.steps[request["step"]](parameters, work, **request["arguments"])
        work.tell()
        line.say(result=plain_json(result))
    except ScarError as error:
        line.say(failed=str(error), ours=True)
    except BaseException as error:
        traceback.print_exc()
        line.say(failed=reason_of(error, f"the step {request['step']}"), ours=False)


def end_all() -> NoReturn:
    """End this process and all that it started, at once."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _output_to(path: Path) -> None:
    """Let all that is printed go to a file."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def main() -> NoReturn:
    """Take standard input and output for the talk; what steps start shall not have a part in it."""
    start_sweeper()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the executor's to decide
    heard = os.fdopen(os.dup(0), "r", encoding="utf-8")
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    line = Line(heard, out)
    try:
        serve(line)
    except (BrokenPipeError, KeyboardInterrupt):
        end_all()


if __name__ == "__main__":
    main()
