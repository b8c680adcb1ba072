"""Start worker and web page together."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, help="port of the page (default 8501)")
    parser.add_argument(
        "--host", default="127.0.0.1",
        help="interface of the page (default: this machine alone); needs authentication in front",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--state-dir", type=Path, help="folder of the worker's files")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.serving.up import run_up

    return run_up(
        arguments.port,
        host=arguments.host,
        browser=not arguments.no_browser,
        state_dir=arguments.state_dir,
    )


COMMAND = Command("start worker and web page; Ctrl-C stops both", _add, _run)
