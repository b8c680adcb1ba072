"""Fit a checkpoint's probabilities."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, help="checkpoint folder")
    parser.add_argument("--root", type=Path, help="folder of the datasets")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.evaluation.zero_shot import calibrate_checkpoint

    fitted = calibrate_checkpoint(arguments.checkpoint, root=arguments.root)
    print(
        f"{len(fitted.curves or {})} prompts have a curve of their own; expected calibration error "
        f"{fitted.error:.3f} (five-fold), fitted on {fitted.data}"
    )
    return 0


COMMAND = Command("fit a checkpoint's probabilities", _add, _run)
