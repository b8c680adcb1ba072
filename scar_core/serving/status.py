"""What runs here, and with what: for people, scripts and health checks; imports nothing heavy."""

import os
import platform
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scar_core import __version__
from scar_core.config import checkpoint_dir
from scar_core.config import state_dir as default_state_dir
from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.serving.address import PAGE_FILE, live_address
from scar_core.serving.client import WorkerClient

PACKAGES = ("torch", "numpy", "streamlit", "starlette", "uvicorn", "dbos", "safetensors")
MAX_JOBS = 1000


def gather(state_dir: Path | None = None) -> dict[str, Any]:
    """Return the state of this installation, whether or not a worker runs.

    Returns:
        ``version``, ``packages``, ``machine``, ``checkpoints``, ``state`` (folder and disk),
        ``page``, ``worker`` (``running`` and what it says) and ``jobs``; sizes in MB.
    """
    folder = (state_dir or default_state_dir()).resolve()
    worker = worker_status(folder)
    return {
        "version": __version__,
        "packages": {name: _version(name) for name in PACKAGES},
        "machine": machine(),
        "checkpoints": {
            path.parent.name: round(path.stat().st_size / 2**20, 1)
            for path in sorted(checkpoint_dir().glob("*/model.safetensors"))
        },
        "state": {"folder": str(folder), "used_mb": _used_mb(folder), "free_mb": _free_mb(folder)},
        "page": page_address(folder),
        "worker": worker,
        "jobs": _jobs(folder, running=worker["running"]),
    }


def worker_status(folder: Path) -> dict[str, Any]:
    """Return what the worker of a folder says of itself.

    Returns:
        ``running``; if it is, ``url`` and what the door's ``/status`` tells; else ``says``.
    """
    try:
        address = live_address(folder)
        return {"running": True, "url": address.url} | WorkerClient(folder).status()
    except WorkerUnavailable as error:
        return {"running": False, "says": str(error)}


def machine() -> dict[str, Any]:
    """Return name, processors, memory and GPUs; None where it cannot be found out."""
    return {
        "name": platform.node(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "memory_mb": _memory_mb("MemTotal"),
        "memory_free_mb": _memory_mb("MemAvailable"),
        "gpus": _gpus(),
    }


def without_password(url: str) -> str:
    """Return a URL in which no password can be read, nor anything after ``?``."""
    parts = urlsplit(url)
    if not parts.scheme:
        return url
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    netloc = f"{name}{':***' if colon else ''}{at}{host}"
    return urlunsplit((parts.scheme, netloc, parts.path, "***" if parts.query else "", ""))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _memory_mb(name: str) -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) // 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _gpus() -> list[str]:
    """Ask the driver's own program, which is quicker than loading torch."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        told = subprocess.run(  # noqa: S603 - found in the user's own path
            [program, "--query-gpu=name,memory.total", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=10, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in told.splitlines() if line.strip()]


def _used_mb(folder: Path) -> float:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).lstat().st_size
            except OSError:  # gone meanwhile
                continue
    return round(total / 2**20, 1)


def _free_mb(folder: Path) -> int | None:
    there = next((path for path in (folder, *folder.parents) if path.is_dir()), None)
    return None if there is None else shutil.disk_usage(there).free // 2**20


def page_address(folder: Path) -> str | None:
    """Return the address of the page that ``up`` serves, if that process is alive."""
    try:
        pid, url = (folder / PAGE_FILE).read_text(encoding="utf-8").split(maxsplit=1)
        os.kill(int(pid), 0)
    except (OSError, ValueError):
        return None
    return url.strip()


def _jobs(folder: Path, *, running: bool) -> dict[str, Any]:
    known: dict[str, Any] = {
        "database": without_password(os.environ.get("SCAR_DATABASE_URL") or str(folder / "jobs")),
        "storage": without_password(os.environ.get("SCAR_STORAGE") or str(folder / "jobs")),
    }
    if not running:
        return known | {"says": "No worker runs that could be asked."}
    try:
        from scar_core.jobs.client import JobsClient

        client = JobsClient.connect(folder)
        jobs, living = client.list(limit=MAX_JOBS), client.executors()
    except (ScarError, ImportError) as error:
        return known | {"says": f"The queue cannot be read ({error})."}
    return known | {"counts": dict(Counter(job.state for job in jobs)), "executors": living}


def status_text(told: Mapping[str, Any]) -> str:
    """Write ``gather``'s answer as lines for people."""
    box, state, worker, jobs = (told[key] for key in ("machine", "state", "worker", "jobs"))
    packages = ", ".join(f"{name} {number or '-'}" for name, number in told["packages"].items())
    checkpoints = ", ".join(f"{name} {mb} MB" for name, mb in told["checkpoints"].items())
    gpus = "; ".join(box["gpus"]) or "no GPU"
    lines = [
        f"SCAR Explorer {told['version']}, Python {box['python']}, {packages}",
        f"machine      {box['name']}: {box['system']}, {box['cpus']} processors,"
        f" {box['memory_free_mb']} of {box['memory_mb']} MB memory free, {gpus}",
        f"state        {state['folder']}: {state['used_mb']} MB, {state['free_mb']} MB free",
        f"checkpoints  {checkpoints or 'none'}",
        f"page         {told['page'] or 'not served by `up` here'}",
        *_worker_lines(worker),
        f"jobs         {_counted(jobs)}; database {jobs['database']}, files {jobs['storage']}",
        *(
            f"executor     {one['executor']} on {one['host']}: {one['device']}, jobs up to"
            f" {one['memory_mb']} MB; {', '.join(one['jobs']) or 'no job'}"
            for one in jobs.get("executors", ())
        ),
    ]
    return "\n".join(lines)


def _worker_lines(worker: Mapping[str, Any]) -> list[str]:
    if not worker["running"]:
        return [f"worker       {worker['says']}"]
    problem = f" ({worker['error']})" if worker["error"] else ""
    models = ", ".join(f"{name} {mb} MB" for name, mb in worker["models_mb"].items())
    lines = [
        f"worker       {worker['status']}{problem} at {worker['url']},"
        f" up {worker['uptime_s']:.0f} s, device {worker['device']}",
        f"models       {models or 'none'} (limit {worker['models_limit_mb']:.0f} MB);"
        f" {worker['n_records']} records, {worker['records_mb']} MB",
        f"waiting      {worker['n_waiting']} gestures, {worker['n_asking']} inquiries",
    ]
    for name, one in worker["processes"].items():
        again = f", restarted {one['restarts']} times" if one["restarts"] else ""
        lines.append(f"process      {name}: pid {one['pid']}, {one['memory_mb']} MB{again}")
    return lines


def _counted(jobs: Mapping[str, Any]) -> str:
    if "counts" not in jobs:
        return str(jobs["says"])
    return ", ".join(f"{n} {name}" for name, n in sorted(jobs["counts"].items())) or "none"
