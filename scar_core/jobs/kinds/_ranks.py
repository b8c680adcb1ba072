"""A training of several processes: ``torchrun`` here and on other machines, again if it dies.

``torchrun`` stops all processes when one of them dies; here it is started again, and the run goes
on from its last saved state. ``python -m scar_core.jobs.kinds._ranks agent`` is ``torchrun`` that
ends with its parent; ``... rank FOLDER TOKEN`` is one process of the training.
"""

import json
import os
import secrets
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from scar_core.errors import ConfigError, ScarError
from scar_core.jobs.kinds._running import METRICS, STATE, Keeper

RUN, REFUSED = "run.json", "refused.json"
LOOK_S = 0.25
REFUSAL = 3
"""Exit status of a process that said why in ``REFUSED``."""
_MODULE = "scar_core.jobs.kinds._ranks"


def run_ranks(keeper: Keeper, processes: int, hosts: Sequence[str], relaunches: int) -> None:
    """Train with several processes, or go on with it.

    Args:
        keeper: Of the run; its folder has to be the same folder on all hosts.
        processes: On each host.
        hosts: Other hosts, besides this one.
        relaunches: How often it is started again without having come further.

    Raises:
        ConfigError: A process refused the settings, or they died too often.
    """
    from scar_core.settings import to_mapping

    folder = keeper.folder
    folder.mkdir(parents=True, exist_ok=True)
    deaths, reached = 0, _saved(folder)
    while True:
        token = secrets.token_hex(8)
        (folder / REFUSED).unlink(missing_ok=True)
        content = {"token": token, "config": to_mapping(keeper.config)}
        (folder / RUN).write_text(json.dumps(content), encoding="utf-8")
        agents = _launch(folder, token, processes, hosts)
        try:
            statuses = _follow(keeper, agents)
        finally:
            for agent in agents:
                _end(agent)
        if not any(statuses):
            keeper.keep()
            return
        if (folder / REFUSED).is_file():
            said = json.loads((folder / REFUSED).read_text(encoding="utf-8"))
            raise ConfigError(str(said["sentence"]))
        now = _saved(folder)
        deaths, reached = (1 if now != reached else deaths + 1), now
        if deaths > relaunches:
            raise ConfigError(
                f"the processes of the training died {deaths} times without coming further; see "
                "the job's log, then retry: the run goes on from its last saved state"
            )
        keeper.work.log(
            f"a process of the training died (status {statuses}); it goes on from its last saved "
            f"state, {deaths} of {relaunches} relaunches"
        )


def _saved(folder: Path) -> int:
    path = folder / STATE
    return path.stat().st_mtime_ns if path.is_file() else 0


def _launch(
    folder: Path, token: str, processes: int, hosts: Sequence[str]
) -> list["subprocess.Popen[bytes]"]:
    """Start ``torchrun`` here, and on every other host through ``SCAR_REMOTE``."""
    target = ["-m", _MODULE, "rank", str(folder), token]
    each = [f"--nproc-per-node={processes}", "--max-restarts=0"]
    if not hosts:
        commands = [[*each, "--standalone", *target]]
    else:
        address = os.environ.get("SCAR_ADDRESS") or socket.gethostname()
        meet = [
            f"--nnodes={1 + len(hosts)}",
            f"--master-addr={address}",
            f"--master-port={_port()}",
        ]
        commands = [[*each, *meet, f"--node-rank={k}", *target] for k in range(1 + len(hosts))]
    python = [sys.executable, "-m", _MODULE, "agent"]
    remote = shlex.split(os.environ.get("SCAR_REMOTE") or "ssh -o BatchMode=yes")
    started = []
    for host, command in zip(["", *hosts], commands, strict=True):
        whole = [*python, *command]
        if host:
            there = f"cd {shlex.quote(str(Path.cwd()))} && exec {shlex.join(whole)}"
            whole = [*remote, host, there]
        started.append(subprocess.Popen(whole, stdin=subprocess.PIPE))  # noqa: S603 - our own words
    return started


def _port() -> int:
    with socket.socket() as found:
        found.bind(("", 0))
        return int(found.getsockname()[1])


def _follow(keeper: Keeper, agents: Sequence["subprocess.Popen[bytes]"]) -> list[int]:
    """Show how the run goes until all agents have ended, or one has failed; their statuses."""
    metrics, kept = keeper.folder / METRICS, _saved(keeper.folder)
    while True:
        statuses = [agent.poll() for agent in agents]
        if (saved := _saved(keeper.folder)) != kept:
            keeper.keep()
            kept = saved
        if (step := _last_step(metrics)) is not None:
            keeper.show(min(step, keeper.config.steps))
        if all(status is not None for status in statuses) or any(statuses):
            return [status if status is not None else -1 for status in statuses]
        time.sleep(LOOK_S)


def _last_step(metrics: Path) -> int | None:
    """Step of the last whole line, read from the end."""
    if not metrics.is_file():
        return None
    with metrics.open("rb") as stream:
        stream.seek(max(0, metrics.stat().st_size - 8192))
        lines = stream.read().split(b"\n")[:-1]
    for line in reversed(lines):
        if line.startswith(b"{") and line.endswith(b"}"):
            return int(json.loads(line)["step"])
    return None


def _end(agent: "subprocess.Popen[bytes]") -> None:
    """Let an agent and its processes end: the end of its input is the word for that."""
    if agent.stdin is not None:
        agent.stdin.close()
    try:
        agent.wait(timeout=10)
    except subprocess.TimeoutExpired:
        agent.kill()
        agent.wait()


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)


def _in_background(what: object, *arguments: object) -> None:
    threading.Thread(target=what, args=arguments, daemon=True).start()  # type: ignore[arg-type]


def _agent(arguments: Sequence[str]) -> None:
    from torch.distributed.run import main

    _in_background(_end_with_input)
    main(list(arguments))


def _rank(folder: Path, token: str) -> int:
    from scar_core.settings import from_mapping
    from scar_core.training.config import TrainConfig
    from scar_core.training.run import train

    _in_background(_end_with_parent, os.getppid())
    try:
        told = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        told = {}
    if told.get("token") != token:
        sys.stderr.write(f"{folder} is not the run's folder on {socket.gethostname()}\n")
        return 1
    try:
        for _ in train(from_mapping(TrainConfig, told["config"]), folder):
            pass
    except ScarError as error:
        beside = folder / f".{REFUSED}.{os.getpid()}"
        beside.write_text(json.dumps({"sentence": str(error)}), encoding="utf-8")
        beside.replace(folder / REFUSED)
        return REFUSAL
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "agent":
        _agent(sys.argv[2:])
    else:
        sys.exit(_rank(Path(sys.argv[2]), sys.argv[3]))
