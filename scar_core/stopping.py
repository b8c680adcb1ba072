"""Being told to stop, by Ctrl-C or a signal, as a question that a loop asks when it comes round."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def told_to_stop() -> Iterator[Callable[[float], bool]]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into an answer; the handlers of before come back.

    What it gives sleeps for so many seconds, then says whether one was told to stop.

    No event of ``threading``: a handler runs between any two steps of the main thread, and where
    these are in the event's own ``wait``, which holds the lock that ``set`` wants, both wait for
    ever. ``time.sleep`` goes on after any signal.

    A closed terminal that was to be ignored (``nohup``) still is. Outside the main thread, which
    alone may handle signals, the answer stays no.
    """
    told = False

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        told = True

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
            ignored = signal.getsignal(number) == signal.SIG_IGN
            if not (ignored and number == getattr(signal, "SIGHUP", None)):
                before[number] = signal.signal(number, hear)

    def told_after(seconds: float) -> bool:
        time.sleep(seconds)
        return told

    try:
        yield told_after
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
