"""Start or stop the process that holds the models."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="port (default: any free one)")
    parser.add_argument("--state-dir", type=Path, help="folder of the worker's files")
    parser.add_argument("--stop", action="store_true", help="stop the running worker instead")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.stop:
        from scar_core.serving.client import stop_worker

        stopped = stop_worker(arguments.state_dir)
        print("the worker was stopped" if stopped else "no worker was running")
        return 0
    from scar_core.serving.process import run_worker

    return run_worker(arguments.port, arguments.state_dir)


COMMAND = Command("start the process that holds the models", _add, _run)
