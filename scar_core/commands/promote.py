"""Make a run the checkpoint that is shipped."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument(
        "--to", type=Path, help="checkpoint folder (default: the shipped one of its method)"
    )
    parser.add_argument("--root", type=Path, help="folder of the datasets")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.config import checkpoint_dir
    from scar_core.evaluation.card import promote
    from scar_core.methods.checkpoint import load_checkpoint

    folder = arguments.to or checkpoint_dir() / load_checkpoint(arguments.run).method
    print(promote(arguments.run, folder, arguments.root))
    return 0


COMMAND = Command("make a run the checkpoint that is shipped", _add, _run)
