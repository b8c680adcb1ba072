"""Following a training in a terminal: figures, speed, time left; Ctrl-C saves and leaves."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from scar_core.stopping import told_to_stop
from scar_core.training.config import TrainConfig
from scar_core.training.processes import first
from scar_core.training.run import train


def _show(line: str, *, last: bool = False) -> None:
    if not first():
        return
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{line}" + ("\n" if last else ""))
    elif last:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()


def losses_text(figures: Mapping[str, float]) -> str:
    """Each loss that the model minimises, by name; the adversary's are left out."""
    return "  ".join(
        f"{name.removesuffix('_loss')} {value:.3f}"
        for name, value in figures.items()
        if name.endswith("_loss") and not name.startswith("masker_")
    )


def follow(config: TrainConfig, folder: Path, root: Path | None) -> int:
    """Train and show how it goes.

    Args:
        config: Settings.
        folder: The run's folder.
        root: Folder of the datasets.

    Returns:
        0 when it is finished, 130 when Ctrl-C stopped it.
    """
    _show(f"preparing {config.data} ...", last=True)
    began, first = 0.0, 0

    def report(figures: dict[str, float]) -> None:
        nonlocal first, began
        step = int(figures["step"])
        if not first:
            first, began = step, time.monotonic()
        left = (config.steps - step) * (time.monotonic() - began) / max(1, step - first)
        _show(
            f"step {step}/{config.steps}  {losses_text(figures)}  "
            f"{figures['records_per_s']:.0f} records/s  {left / 60:.0f} min left",
            last=step % 100 == 0 or step == config.steps,
        )

    steps = train(config, folder, root, on_step=report)
    with told_to_stop() as told:
        for step in steps:  # one is finished before: half a step could not be resumed exactly
            if told(0.0) and step < config.steps:
                steps.close()
                _show(f"stopped after step {step}; the same command resumes {folder}", last=True)
                return 130
    _show(f"finished; the checkpoint is {folder}", last=True)
    return 0
