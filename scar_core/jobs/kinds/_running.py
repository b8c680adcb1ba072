"""A training as a job sees it: what is kept for whoever goes on, and what people see meanwhile."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.jobs.base import Work
from scar_core.jobs.kinds._checkpoints import FILES, FOLDER, copy_whole

if TYPE_CHECKING:
    from scar_core.training.config import TrainConfig

STATE, METRICS, VALIDATION = "state.pt", "metrics.jsonl", "validation.jsonl"
KEPT = (METRICS, VALIDATION, *FILES, STATE)
"""State last: whatever is of a later step than the state is made again from it, to the last bit."""
PAUSE_S = 2.0
"""Least time between two looks that people get at the figures."""


class Keeper:
    """Keeps a run's files, and shows its figures while it lasts.

    Args:
        work: Of the step.
        folder: Of the run.
        config: Its settings.
        validate: Simulated records by which saved weights are judged where PTB-XL's validation
            records are not at hand; 0: they are not judged.
        name: Of the run among the files that are kept.

    Attributes:
        only_progress: Nobody is to see the figures: the run is one of many.
    """

    def __init__(
        self, work: Work, folder: Path, config: "TrainConfig", validate: int = 0, name: str = "run"
    ) -> None:
        self.work, self.folder, self.config = work, folder, config
        self.validate, self.name = validate, name
        self.only_progress = False
        self._due_s = 0.0

    def bring(self) -> None:
        """Bring the files of the last saved state here, to go on from it."""
        if self.work.load(f"{self.name}/{STATE}") is not None:
            for name in KEPT:
                if (kept := self.work.load(f"{self.name}/{name}")) is not None:
                    copy_whole(kept, self.folder / name)
        config = self.folder / FILES[0]
        if self.config.init and config.is_file():
            # What it began with may lie elsewhere on this machine, and is not read again.
            began = json.loads(config.read_text(encoding="utf-8"))["origin"]["training"]["init"]
            self.config = replace(self.config, init=began)

    def keep(self) -> None:
        """Keep the state that was just saved; other processes may be saving the next."""
        self._rank()
        snapshot = self.folder / "snapshot"
        there = [name for name in reversed(KEPT) if (self.folder / name).is_file()]
        for name in there:  # the state first: nothing that is kept with it may be older
            copy_whole(self.folder / name, snapshot / name)
        for name in reversed(there):
            self.work.save(f"{self.name}/{name}", snapshot / name)

    def show(self, step: int) -> None:
        """Tell how far the run is, and let people see its figures."""
        config = self.config
        self.work.progress(step * config.batch, config.steps * config.batch, "records")
        if not self.only_progress and time.monotonic() >= self._due_s:
            self.show_figures()

    def show_figures(self) -> None:
        """Publish the figures so far."""
        began = time.monotonic()
        for name in (METRICS, VALIDATION):
            if (self.folder / name).is_file():
                copy_whole(self.folder / name, self.folder / "shown" / name)
                self.work.publish(name, self.folder / "shown" / name)
        now = time.monotonic()
        self._due_s = now + max(PAUSE_S, 20 * (now - began))

    def finish(self) -> dict[str, Any]:
        """Publish the checkpoint and all figures; returns what the job says of them."""
        from scar_core.methods.checkpoint import load_checkpoint

        checkpoint = load_checkpoint(self.folder)
        self.show_figures()
        for name in FILES:
            if (self.folder / name).is_file():
                self.work.publish(f"{FOLDER}/{name}", self.folder / name)
        rows = list(read_lines(self.folder / METRICS))
        speeds = sorted(row["records_per_s"] for row in rows)
        ranked = list(read_lines(self.folder / VALIDATION))
        return {
            "method": checkpoint.method,
            "checkpoint": checkpoint.digest,
            "steps": self.config.steps,
            "figures": rows[-1] if rows else {},
            "validation": ranked[-1] if ranked else {},
            "records_per_s": speeds[len(speeds) // 2] if speeds else None,
        }

    def _rank(self) -> None:
        if not self.validate:
            return
        from scar_core.jobs.kinds._validation import judge_saved
        from scar_core.methods.checkpoint import write_beside

        found = judge_saved(self.folder, self.validate, self.config.device)
        if not found:
            return
        path = self.folder / VALIDATION
        before = [row for row in read_lines(path) if row["step"] < found["step"]]
        text = "".join(json.dumps(row) + "\n" for row in [*before, found])
        write_beside(path, text.encode())


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file of JSON lines; a line that is still being written is left out."""
    if path.is_file():
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                if line.endswith("}\n"):
                    yield json.loads(line)


def run_here(keeper: Keeper) -> None:
    """Train in this process, or go on with it."""
    from scar_core.training.run import train

    config, last = keeper.config, 0
    steps = train(config, keeper.folder)
    for last in steps:
        if last % config.save_every == 0 or last == config.steps:
            keeper.keep()
        keeper.show(last)
    if not last:  # it was finished before
        keeper.keep()
