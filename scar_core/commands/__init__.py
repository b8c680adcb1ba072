"""The commands: ``commands/train.py`` exists, so ``python -m scar_core train`` exists.

A command's module imports what it needs when it runs, so that ``--help`` stays quick.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from scar_core.catalog import names_in


@dataclass(frozen=True)
class Command:
    """One word after ``python -m scar_core``.

    Attributes:
        help: One line for the list of commands.
        add_arguments: Adds the command's arguments to its parser.
        run: Does the work; the exit code. Raises ``ScarError`` to refuse with a sentence.
    """

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def commands() -> dict[str, Command]:
    """All commands by name; the underscore of a file's name is a hyphen on the command line."""
    return {
        name.replace("_", "-"): import_module(f"{__name__}.{name}").COMMAND
        for name in names_in(__name__)
    }
