"""What the pages cost a reader and the server, in headless Chromium."""

import json
import subprocess
import sys
from pathlib import Path

from scar_core.benches import Bench, Figures
from scar_core.errors import ConfigError


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    del root, checkpoint
    script = Path(__file__).resolve().parents[2] / "tests" / "browser" / "measure.py"
    if not script.is_file():
        raise ConfigError(f"the pages are measured by {script}, which is not there; use a checkout")
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.measure"],
        cwd=script.parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ConfigError(f"the pages could not be measured ({reason}); is Chromium installed?")
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


BENCH = Bench(
    "Gesture to new diagnosis, start to first usable page, and every page's first paint, gesture, "
    "bytes, memory, barriers and keyboard, in headless Chromium",
    _run,
)
