"""The command line: every file of ``commands`` is one command.

Every error that the library raises on purpose is printed as one sentence, and the exit code is 2.
"""

import argparse
import sys
from collections.abc import Sequence

from scar_core import __version__
from scar_core.commands import commands
from scar_core.errors import ScarError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments; None: the process's own.

    Returns:
        Exit code: 0 done, 2 refused with a sentence on standard error, 130 interrupted.
    """
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.command.run(arguments))
    except ScarError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has left
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scar_core",
        description="What does an ECG still say when part of it is missing?",
    )
    parser.add_argument("--version", action="version", version=__version__)
    words = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, command in commands().items():
        one = words.add_parser(name, help=command.help)
        command.add_arguments(one)
        one.set_defaults(command=command)
    return parser
