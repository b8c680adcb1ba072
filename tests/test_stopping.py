"""Signals told while a loop waits are heard, whenever they come."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from scar_core.stopping import told_to_stop

LOOP = """
import sys
from scar_core.stopping import told_to_stop
with told_to_stop() as told:
    print("ready", flush=True)
    while not told(0.0):
        pass
print("stopped", flush=True)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_is_an_answer_and_the_handlers_come_back(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with told_to_stop() as told:
        assert not told(0.0)
        os.kill(os.getpid(), number)
        assert told(0.01)
    assert signal.getsignal(number) == before


def test_a_sleep_goes_on_and_then_says_so() -> None:
    with told_to_stop() as told:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        began = time.monotonic()
        assert told(0.3)
        assert time.monotonic() - began >= 0.29


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with told_to_stop() as told:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not told(0.01)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_at_any_moment_stops_a_loop() -> None:
    """With an event of ``threading`` in its place nine loops of twelve waited for ever."""
    for _ in range(5):
        loop = subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True)
        assert loop.stdout is not None and loop.stdout.readline() == "ready\n"
        time.sleep(0.01)
        loop.terminate()
        assert loop.communicate(timeout=20)[0] == "stopped\n"


def test_threads_are_told_nothing() -> None:
    said = []

    def ask() -> None:
        with told_to_stop() as told:
            said.append(told(0.0))

    one = threading.Thread(target=ask)
    one.start()
    one.join()
    assert said == [False]
