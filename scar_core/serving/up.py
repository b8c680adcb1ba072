"""Worker and page together: ``python -m scar_core up`` starts both at once and stops both.

Imports nothing heavy, so that the children start at once. Both are tethered (see ``tether``): if
this process is killed, they end by themselves.
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scar_core.config import state_dir as default_state_dir
from scar_core.errors import ConfigError
from scar_core.serving.address import (
    ANY,
    LOOPBACK,
    PAGE_FILE,
    open_door,
    private_folder,
)
from scar_core.serving.keeping import PageKeeper, WorkerKeeper, say
from scar_core.stopping import told_to_stop

POLL_S = 0.05
STOP_S = 12.0
PORTS_TRIED = 100
WORKER = ("scar_core", "worker")


def page_command(port: int, host: str = LOOPBACK) -> tuple[str, ...]:
    """Return module and arguments that serve the page on ``port`` of the interface ``host``.

    Raises:
        ConfigError: If the page is not beside the package.
    """
    app = Path(__file__).resolve().parents[2] / "app.py"
    if not app.is_file():
        raise ConfigError(f"The page {app} is not there; run this from a complete checkout.")
    return (
        *("streamlit", "run", str(app)),
        f"--server.port={port}",
        f"--server.address={host}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--logger.hideWelcomeMessage=true",
    )


def run_up(
    port: int = 8501,
    *,
    host: str = LOOPBACK,
    browser: bool = True,
    state_dir: Path | None = None,
    worker: Sequence[str] = WORKER,
    page: Callable[[int, str], Sequence[str]] = page_command,
) -> int:
    """Start worker and page, say where the page is, keep both alive, stop both at the end.

    Args:
        port: First port to try for the page; the next ones are tried if it is taken.
        host: Interface of the page; the worker stays on loopback.
        browser: Whether to open the page in the user's browser, where there is one.
        state_dir: Folder of the worker's files; None for this user's.
        worker: Module and arguments of the worker.
        page: Returns module and arguments of the page, given its port and host.

    Returns:
        0 after Ctrl-C or SIGTERM, 1 if the page ended by itself again and again.

    Raises:
        ConfigError: If the state folder, a port, or the page cannot be used.
    """
    folder = private_folder(state_dir or default_state_dir())
    free = _free_port(port, host)
    if free != port:
        say(f"Port {port} is taken; the page takes {free} instead.")
    if host != LOOPBACK:
        say(open_door(f"The page on {host}, port {free},"))
    page_module = page(free, host)
    keeper, pages = WorkerKeeper(folder, worker), PageKeeper(folder, page_module)
    with told_to_stop() as told, _published(folder, f"http://{_reached(host)}:{free}"):
        try:
            keeper.start()
            pages.start()
            return _watch(pages, (_reached(host), free), keeper, told, browser=browser)
        finally:
            _stop([*keeper.children(), *pages.children()])


def _watch(
    pages: PageKeeper,
    where: tuple[str, int],
    keeper: WorkerKeeper,
    told: Callable[[float], bool],
    *,
    browser: bool,
) -> int:
    url = f"http://{where[0]}:{where[1]}"
    while not told(POLL_S):
        keeper.look_after()
        if not pages.look_after():
            return 1
        if pages.unsaid and _answers(*where):
            pages.unsaid = False
            again = " again; open tabs go on by themselves" if pages.deaths else ""
            say(f"SCAR Explorer is open at {url}{again} (Ctrl-C stops it).")
            if browser and not again and _has_screen():
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    say("Stopping.")
    return 0


def _stop(children: "Sequence[subprocess.Popen[str]]") -> None:
    for child in children:
        child.terminate()
    until = time.monotonic() + STOP_S
    for child in children:
        try:
            child.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _reached(host: str) -> str:
    """Return the name under which this machine reaches what listens on ``host``."""
    return LOOPBACK if host == ANY else host


@contextlib.contextmanager
def _published(folder: Path, url: str) -> Iterator[None]:
    """Leave a note where the page is, for ``status``."""
    note = folder / PAGE_FILE
    with contextlib.suppress(OSError):
        note.write_text(f"{os.getpid()} {url}\n", encoding="utf-8")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)


def _free_port(first: int, host: str) -> int:
    if not 1 <= first <= 65535:
        raise ConfigError(f"Port {first} does not exist; choose one from 1024 to 65535.")
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            if os.name == "posix":  # or a port whose last connections linger would look taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):  # also a host that is not ours: said below
                probe.bind((host, port))
                return port
    raise ConfigError(
        f"No port from {first} on can be used on {host}; choose another with --port,"
        " and for --host an address of this machine."
    )


def _answers(host: str, port: int) -> bool:
    """Whether the page's server is up."""
    connection = http.client.HTTPConnection(host, port, timeout=0.5)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
