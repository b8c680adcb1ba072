"""An executor that only notes that it lives: python -m tests.serving.fake_executor --device cpu."""

import json
import os
import signal
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    notes = Path(os.environ["SCAR_HOME"])

    def end(_number: int, _frame: object) -> None:
        (notes / "ended").touch()
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    about = {
        "pid": os.getpid(),
        "arguments": sys.argv[1:],
        "niceness": os.nice(0),
        "threads": os.environ["OMP_NUM_THREADS"],
    }
    with (notes / "executors").open("a") as file:
        file.write(json.dumps(about) + "\n")
    sys.stdout.write("the executor speaks\n")
    sys.stdout.flush()
    if "--dying" in sys.argv:
        sys.exit(7)
    time.sleep(600)
