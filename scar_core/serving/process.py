"""The worker process: one per state folder, from its first breath to its last."""

import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.routing import BaseRoute

from scar_core.config import state_dir as default_state_dir
from scar_core.errors import ConfigError, WorkerUnavailable
from scar_core.serving.address import (
    ADDRESS_FILE,
    ANY,
    LOOPBACK,
    Address,
    InstanceLock,
    forget_address,
    open_door,
    private_folder,
    read_address,
    this_machine,
    write_address,
)
from scar_core.serving.asking import AskLane
from scar_core.serving.batching import Batcher
from scar_core.serving.condition import Parts
from scar_core.serving.door import Door
from scar_core.serving.guard import LOCAL_NAMES
from scar_core.serving.lazy import LazyRoutes
from scar_core.serving.models import Factories, Models, shipped
from scar_core.serving.supervise import REST_S, Keeper

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 120
GRACE_S = 3
MAX_CONNECTIONS = 512
ASKER = ("scar_core.serving.asker",)
EXECUTOR = ("scar_core.jobs.executor",)


def _job_routes(folder: Path) -> Sequence[BaseRoute]:
    from scar_core.jobs.book import JobBook  # a second of imports, so not at start
    from scar_core.jobs.routes import job_routes

    book = JobBook(folder=folder)
    return job_routes(lambda: book)


@dataclass(frozen=True)
class Setup:
    """How a worker is made; the defaults are the product's.

    Attributes:
        port: TCP port, 0 for any free one.
        host: Interface to listen on besides loopback.
        device: Where models run: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        factories: How to make the predictor of each method, the first one being warmed at start;
            None for the methods that are shipped.
        asker: Module and arguments of the process that answers inquiries.
        executor: Module and arguments of the process that works on jobs; None for none.
        rest_s: Seconds between the first model's being ready and the executor's start; none after
            a worker that was killed.
        routes: State folder to the routes of jobs.
    """

    port: int = 0
    host: str = LOOPBACK
    device: str = "auto"
    factories: Factories | None = None
    asker: Sequence[str] = ASKER
    executor: Sequence[str] | None = EXECUTOR
    rest_s: float = REST_S
    routes: Callable[[Path], Sequence[BaseRoute]] = _job_routes


PRODUCT = Setup()


def run_worker(
    setup: Setup = PRODUCT,
    state_dir: Path | None = None,
    *,
    say: Callable[[str], None] | None = None,
) -> int:
    """Serve predictions, inquiries and jobs until told to stop; return the exit status.

    Args:
        setup: How the worker is made.
        state_dir: Folder of address, lock and log; None for this user's.
        say: Receives the sentences meant for people; None for terminal or log.

    Returns:
        0, also when another worker serves this folder already: then this one has nothing to do.

    Raises:
        ConfigError: If the folder, the host, the port or a setting cannot be used.
    """
    say = say or _say
    folder = private_folder(state_dir or default_state_dir())
    with InstanceLock(folder) as lock, contextlib.ExitStack() as open_sockets:
        if not lock.held:
            say(_already_running(folder))
            return 0
        if (folder / ADDRESS_FILE).exists():  # a killed worker leaves it behind, and perhaps jobs
            setup = replace(setup, rest_s=0.0)
            (folder / ADDRESS_FILE).unlink()
        listeners = [open_sockets.enter_context(one) for one in listen(setup.host, setup.port)]
        address = Address(
            port=listeners[0].getsockname()[1],
            pid=os.getpid(),
            token=secrets.token_hex(32),
            machine=this_machine(),
        )
        server = make_server(setup, folder, address.token)
        _stop_on_signals(server)
        write_address(folder, address)
        try:
            say(f"The worker is listening at {address.url} (pid {address.pid}).")
            if setup.host != LOOPBACK:
                say(open_door(f"The worker's door on {setup.host}"))
            server.run(sockets=listeners)
        finally:
            forget_address(folder, address)
        say("The worker has stopped.")
    return 0


def make_server(setup: Setup, folder: Path, token: str) -> uvicorn.Server:
    """Return the server, ready to run on listening sockets.

    Raises:
        ConfigError: A setting that cannot be used.
    """

    def stop() -> None:
        server.should_exit = True

    models = Models(setup.factories or shipped(setup.device))
    executor = setup.executor
    parts = Parts(
        Batcher(models),
        AskLane(folder, ("-m", *setup.asker, setup.device)),
        None
        if executor is None
        else Keeper(
            "executor",
            folder,
            lambda: (*executor, "--device", models.device or setup.device),
            rest_s=setup.rest_s,
        ),
    )
    door = Door(parts, jobs=LazyRoutes(lambda: setup.routes(folder)), stop=stop)
    names = () if setup.host == ANY else LOCAL_NAMES | {setup.host.lower()}
    server = uvicorn.Server(
        uvicorn.Config(
            door.make_app(token, names),
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    return server


def listen(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets on one port: of loopback, and of ``host`` if that is another.

    Raises:
        ConfigError: If the host or the port cannot be used.
    """
    first = _listen(host if host == ANY else LOOPBACK, port)
    if host in (ANY, LOOPBACK):
        return [first]
    try:
        return [first, _listen(host, first.getsockname()[1])]
    except ConfigError:
        first.close()
        raise


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns off Nagle's algorithm, 40 ms per answer, only where the protocol is spelled out.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(
            f"The worker cannot listen on {host}, port {port} ({error});"
            " take another port, or 0 for a free one, and a host name or address of this machine."
        ) from error
    return listener


def _stop_on_signals(server: uvicorn.Server) -> None:
    """Keep the handlers that uvicorn raises again after its own from killing us unclean."""
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _already_running(folder: Path) -> str:
    """Say who serves ``folder``; one that is just starting gets a moment to publish itself."""
    for _ in range(50):
        try:
            address = read_address(folder)
        except WorkerUnavailable as error:
            return str(error)
        if address is not None:
            return f"A worker is already running at {address.url} (pid {address.pid})."
        time.sleep(0.1)
    return f"A worker is already starting in {folder}."


def _say(sentence: str) -> None:
    """Tell people at a terminal, else the log."""
    if sys.stdout.isatty():
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()
    else:
        log.info(sentence)
