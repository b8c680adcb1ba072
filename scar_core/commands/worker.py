"""Start or stop the process that holds the models and works on jobs."""

import argparse
import os
import sys
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="port (default: any free one)")
    parser.add_argument(
        "--host", default="127.0.0.1",
        help="interface to listen on besides loopback; needs authentication in front",
    )  # fmt: skip
    parser.add_argument(
        "--device", default="auto", help="auto (default), cpu, cuda or cuda:N; one worker for each"
    )
    parser.add_argument("--no-jobs", action="store_true", help="answer only, work on no jobs")
    parser.add_argument("--state-dir", type=Path, help="folder of the worker's files")
    parser.add_argument("--stop", action="store_true", help="stop the running worker instead")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.stop:
        from scar_core.serving.client import stop_worker

        stopped = stop_worker(arguments.state_dir)
        print("the worker was stopped" if stopped else "no worker was running")
        return 0
    from scar_core.serving.logs import log_as_json
    from scar_core.serving.process import PRODUCT, Setup, run_worker

    log_as_json("worker")
    setup = Setup(
        port=arguments.port,
        host=arguments.host,
        device=arguments.device,
        executor=None if arguments.no_jobs else PRODUCT.executor,
    )
    status = run_worker(setup, arguments.state_dir)
    if "torch" in sys.modules:  # taking it apart takes seconds, and nothing is left to be saved
        sys.stdout.flush()
        os._exit(status)
    return status


COMMAND = Command("start the process that holds the models and works on jobs", _add, _run)
