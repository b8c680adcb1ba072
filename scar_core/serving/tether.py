"""Run a module that ends when its parent does, however the parent ended.

``python -m scar_core.serving.tether [--niceness N] MODULE ARGUMENTS...`` runs MODULE as
``python -m`` would, N steps behind what people wait for. The parent holds the other end of standard
input; when the system closes it, this process stops. That needs no signals from the system and
works on all platforms.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE_S = 5.0


def stop_with_parent() -> None:
    """Watch standard input in the background; at its end stop politely, then at once."""
    threading.Thread(target=_watch, daemon=True, name="tether").start()


def _watch() -> None:
    try:
        while os.read(0, 1024):  # not sys.stdin: its lock would hang the interpreter's end
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)


if __name__ == "__main__":
    stop_with_parent()
    del sys.argv[0]
    if sys.argv[0] == "--niceness":
        from scar_core.jobs.priority import step_back

        step_back(int(sys.argv[1]))
        del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
