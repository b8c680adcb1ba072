"""Print the project's figures again."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="*", help="some of them (default: all); see the list below")
    parser.add_argument("--root", type=Path, help="folder of the datasets")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: shipped)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.benches import run_benches

    return run_benches(arguments.what, arguments.root, arguments.checkpoint, as_json=arguments.json)


COMMAND = Command("print the project's figures again", _add, _run)
