"""Say what runs, and with what."""

import argparse
import json
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state-dir", type=Path, help="folder of the worker's files")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument(
        "--metrics", action="store_true", help="print the worker's figures as Prometheus reads them"
    )


def _run(arguments: argparse.Namespace) -> int:
    if arguments.metrics:
        from scar_core.serving.client import WorkerClient

        print(WorkerClient(arguments.state_dir).metrics(), end="")
        return 0
    from scar_core.serving.status import gather, status_text

    told = gather(arguments.state_dir)
    print(json.dumps(told) if arguments.json else status_text(told))
    return 0 if told["worker"].get("status") in ("ready", "loading") else 1


COMMAND = Command("say what runs here, and with what; exit code 1 if no worker answers", _add, _run)
