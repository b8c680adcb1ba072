"""The worker process: one per state folder, from its first breath to its last."""

import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from scar_core.config import state_dir as default_state_dir
from scar_core.errors import ConfigError, WorkerUnavailable
from scar_core.serving.address import (
    ADDRESS_FILE,
    LOOPBACK,
    Address,
    InstanceLock,
    forget_address,
    private_folder,
    read_address,
    this_machine,
    write_address,
)
from scar_core.serving.asking import AskLane
from scar_core.serving.batching import Batcher
from scar_core.serving.door import Door
from scar_core.serving.models import Factories, Models, shipped

KEEP_ALIVE_S = 120
GRACE_S = 3
ASKER = ("scar_core.serving.asker",)


def run_worker(
    port: int = 0,
    state_dir: Path | None = None,
    *,
    device: str = "auto",
    factories: Factories | None = None,
    asker: Sequence[str] = ASKER,
    say: Callable[[str], None] | None = None,
) -> int:
    """Serve predictions until told to stop; return the exit status.

    Args:
        port: TCP port on the loopback interface, 0 for any free one.
        state_dir: Folder of address, lock and log; None for this user's.
        device: Where models run: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        factories: How to make the predictor of each method, the first one being warmed at start;
            None for the methods that are shipped.
        asker: Module and arguments of the process that answers inquiries.
        say: Receives the sentences meant for people; None for standard output.

    Returns:
        0, also when another worker serves this folder already: then this one has nothing to do.

    Raises:
        ConfigError: If the folder or the port cannot be used.
    """
    say = say or _to_stdout
    folder = private_folder(state_dir or default_state_dir())
    with InstanceLock(folder) as lock:
        if not lock.held:
            say(_already_running(folder))
            return 0
        (folder / ADDRESS_FILE).unlink(missing_ok=True)  # a killed worker leaves its own behind
        with _listen(port) as listener:
            address = Address(
                port=listener.getsockname()[1],
                pid=os.getpid(),
                token=secrets.token_hex(32),
                machine=this_machine(),
            )
            lane = AskLane(folder, ("-m", *asker, device))
            server = make_server(Models(factories or shipped(device)), lane, address.token)
            _stop_on_signals(server)
            write_address(folder, address)
            try:
                say(f"The worker is listening at {address.url} (pid {address.pid}).")
                server.run(sockets=[listener])
            finally:
                forget_address(folder, address)
            say("The worker has stopped.")
    return 0


def make_server(models: Models, lane: AskLane, token: str) -> uvicorn.Server:
    """Return the server, ready to run on a listening socket."""

    def stop() -> None:
        server.should_exit = True

    door = Door(Batcher(models), lane, stop=stop)
    server = uvicorn.Server(
        uvicorn.Config(
            door.make_app(token),
            http="h11",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    return server


def _listen(port: int) -> socket.socket:
    # asyncio turns off Nagle's algorithm, 40 ms per answer, only where the protocol is spelled out.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(
            f"The worker cannot listen on port {port} ({error}); take another, or 0 for a free one."
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


def _to_stdout(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
