"""Several processes that take tasks by number, and end when the one that began them does."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from scar_core.errors import DatasetError

TOLD_EVERY_S = 0.5


class Stopped(BaseException):
    """Everybody is to stop; what is unfinished is thrown away."""


class Report(Protocol):
    """Called after each record."""

    def __call__(self, *, failed: bool) -> None:
        """Count one more; raises ``Stopped`` when work is to stop."""
        ...


Task = Callable[[int, Report], None]
Told = Callable[[int, int], None]
"""Called with what has been counted so far, and how many of that failed."""


def work(task: Task, numbers: Sequence[int], *, workers: int, told: Told) -> None:
    """Run ``task`` for every number.

    Args:
        task: Inherited by forked processes, so it may be a closure.
        numbers: What to run it for.
        workers: Processes; 1, or a system that cannot fork, runs everything in this one.
        told: Told how far it is.

    Raises:
        DatasetError: A process was ended from outside; and whatever a task raises.
    """
    told(0, 0)
    if min(workers, len(numbers)) < 2 or "fork" not in multiprocessing.get_all_start_methods():
        _alone(task, numbers, told)
        return
    context = multiprocessing.get_context("fork")
    counts = context.Value("q", 0), context.Value("q", 0), context.Value("b", 0)
    pool = ProcessPoolExecutor(
        min(workers, len(numbers)),
        mp_context=context,
        initializer=_begin,
        initargs=(task, counts, os.getpid()),
    )
    try:
        waiting = {pool.submit(_run, number) for number in numbers}
        while waiting:
            done, waiting = wait(waiting, TOLD_EVERY_S, FIRST_EXCEPTION)
            for one in done:
                one.result()
            told(counts[0].value, counts[1].value)
    except BrokenProcessPool as error:
        raise DatasetError(
            "a packing process was ended from outside, perhaps for want of memory; run the same "
            "command again, with fewer --workers: finished shards are kept"
        ) from error
    finally:
        counts[2].value = 1
        pool.shutdown(cancel_futures=True)


def _alone(task: Task, numbers: Sequence[int], told: Told) -> None:
    total, bad, last = 0, 0, time.monotonic()

    def report(*, failed: bool) -> None:
        nonlocal total, bad, last
        total, bad = total + 1, bad + failed
        if time.monotonic() - last > TOLD_EVERY_S:
            last = time.monotonic()
            told(total, bad)

    for number in numbers:
        task(number, report)
    told(total, bad)


_here: dict[str, Any] = {}
"""What a forked process works on."""


def _begin(task: Task, counts: Any, parent: int) -> None:  # noqa: ANN401 - shared integers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    done, bad, stop = counts

    def report(*, failed: bool) -> None:
        with done.get_lock():
            done.value += 1
            bad.value += failed
        if stop.value:
            raise Stopped

    _here.update(task=task, report=report)


def _end_with(parent: int) -> None:
    """End this process when its parent has: nobody else would wake it."""
    while os.getppid() == parent:
        time.sleep(0.1)
    os._exit(1)


def _run(number: int) -> None:
    _here["task"](number, _here["report"])
