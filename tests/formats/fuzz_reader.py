"""The other end of ``fuzz_worker``: sends files, keeps the time, and judges the answer."""

import json
import os
import select
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CPU_S = 2.0
"""Processor seconds that a file may take; they hardly depend on what else the machine does."""
HANGS_S = 120.0
"""Seconds by the clock after which the process is ended, on whatever busy machine."""
MOST_MB = 1000.0


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    ended: str
    said: str
    cpu_s: float
    before_mb: float
    peak_mb: float
    did: list[str]

    def problem(self, start_mb: float) -> str:
        """What is wrong with this outcome; empty if it is a record or one sentence, and cheap."""
        if self.ended == "crashed":
            lines = self.said.splitlines()
            ours = [line.strip() for line in lines if "scar_core" in line]
            return f"not a RecordError: {' '.join((lines or [''])[-1:])} ({(ours or [''])[-1]})"
        if self.did:
            return f"does more than read: {', '.join(self.did[:5])}"
        if self.cpu_s > CPU_S:
            return f"takes {self.cpu_s:.1f} s"
        # The peak never falls, so a file that raised it above the limit is the one.
        if self.peak_mb > max(self.before_mb, start_mb + MOST_MB):
            return f"takes {self.peak_mb - start_mb:.0f} MB"
        if self.ended == "refused":
            return self.wording()
        return "" if self.said.isprintable() else f"has unreadable notes: {self.said!r}"

    def wording(self) -> str:
        """What is wrong with the words of a refusal."""
        if not self.said.endswith(".") or not self.said.isprintable():
            return f"is refused in no plain sentence: {self.said!r}"
        if not 20 <= len(self.said) <= 1000:
            return f"is refused in {len(self.said)} characters: {self.said!r}"
        return ""


class Reader:
    """A process that reads many files; it starts anew after one that ended it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "empty"
        self.folder.mkdir()
        self._errors = (folder / "stderr.txt").open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        self.start_mb = 0.0

    def warm(self, tasks: list[tuple[str, Mapping[str, bytes], float | None]]) -> list[Outcome]:
        """Start the process, let it load what its readers need, then bound its memory."""
        self.close()
        environment = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment |= {"HOME": str(self.folder), "TMPDIR": str(self.folder)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.formats.fuzz_worker"],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        outcomes = [self.read(*task) for task in tasks]
        self.start_mb = self._ask("start")["peak_mb"]
        return outcomes

    def read(self, name: str, files: Mapping[str, bytes], rate_hz: float | None = None) -> Outcome:
        """Read an upload."""
        packed = {key: b64encode(content).decode() for key, content in files.items()}
        return Outcome(**self._ask({"name": name, "files": packed, "rate_hz": rate_hz}))

    def read_path(self, path: Path) -> Outcome:
        """Read a file on disk."""
        return Outcome(**self._ask({"path": str(path), "rate_hz": None}))

    def problem(self, outcome: Outcome) -> str:
        """See ``Outcome.problem``; also looks whether a file was left behind."""
        left = [path.name for path in self.folder.iterdir()]
        return f"leaves {left} behind" if left else outcome.problem(self.start_mb)

    def judge(
        self, name: str, files: Mapping[str, bytes], rate_hz: float | None = None
    ) -> tuple[Outcome | None, str]:
        """Read an upload: the outcome (None if it ended the process), and what is wrong with it."""
        try:
            outcome = self.read(name, files, rate_hz)
        except AssertionError as error:
            self.warm([])
            return None, str(error)
        return outcome, self.problem(outcome)

    def _ask(self, task: object) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(task).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], HANGS_S)
        line = process.stdout.readline() if ready else b""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        process.kill()
        code = process.wait()
        how = f"ends the process ({code})" if ready else f"hangs for {HANGS_S:.0f} s"
        raise AssertionError(f"reading {how}")

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=30)
