"""``python -m tests.check``: format, lint, types and tests, all of them, whatever fails first."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

CHECKS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    # In the order of files, so that the long ones of the browser are not the last.
    "tests": (
        "pytest",
        "--numprocesses=logical",
        "--maxprocesses=4",
        "--dist=loadfile",
        "--no-loadscope-reorder",
    ),
}


def main() -> int:
    """Run every check; 0 if all of them passed."""
    failed = []
    times = []
    for name, arguments in CHECKS.items():
        print(f"== {name}: {' '.join(arguments)}", flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
        times.append(f"{name} {time.monotonic() - began:.0f} s")
    print(f"== {', '.join(times)}; {'failed: ' + ', '.join(failed) if failed else 'all passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
