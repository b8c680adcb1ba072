"""The client over the door's routes, and the command on the database: the same jobs."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse

from scar_core.cli import main
from scar_core.errors import ConfigError, ScarError, WorkerUnavailable
from scar_core.jobs.client import JobsClient
from scar_core.jobs.routes import job_routes
from scar_core.locks import FileLock
from scar_core.serving.guard import Guard
from scar_core.serving.wire import error_to_json
from tests.jobs.rig import Rig, wait_for

TOKEN = "0123456789abcdef"  # noqa: S105 - a made one


async def told(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ScarError)
    status, answer = error_to_json(error)
    return JSONResponse(answer, status)


@pytest.fixture(scope="module")
def client(shared: Rig) -> Iterator[JobsClient]:
    """A client of a door in this process that has the job routes."""
    app = Starlette(
        routes=job_routes(lambda: shared.book),
        middleware=[Middleware(Guard, token=TOKEN)],
        exception_handlers={ScarError: told},
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    address = {"port": listener.getsockname()[1], "token": TOKEN, "pid": 1, "machine": ""}
    (shared.folder / "worker.json").write_text(json.dumps(address))
    with FileLock(shared.folder / "worker.lock", patience_s=1.0):
        yield JobsClient.connect(shared.folder)
    server.should_exit = True
    thread.join(10)


def test_a_client_submits_follows_and_fetches(client: JobsClient, shared: Rig) -> None:
    info = client.submit("count", {"steps": 1, "name": "by the client"})
    assert info == shared.book.show(info.id) or info.state in ("waiting", "running")
    done = wait_for(lambda: (one := client.show(info.id)).ended and one, "the job")
    assert done == shared.book.show(info.id)
    assert client.file(info.id, "numbers/0.txt") == b"by the client 0\n"
    assert client.log(info.id, 1) == shared.book.log(info.id, 1)
    assert info.id in {one.id for one in client.list(state="done", kind="count", limit=1000)}
    assert client.list(parent=info.id) == []


def test_a_client_cancels_and_retries(client: JobsClient) -> None:
    job = client.submit("count", {"pause_s": 300.0, "name": "cancelled"}).id
    assert client.cancel(job).state == "cancelled"
    assert client.retry(job).state in ("waiting", "running")
    assert client.cancel(job).state == "cancelled"


def test_refusals_come_as_they_were_raised(client: JobsClient, shared: Rig) -> None:
    job = shared.done("count", steps=1).id
    questions: list[Callable[[], object]] = [
        lambda: client.submit("count", {"steps": "many"}),
        lambda: client.submit("nothing", {}),
        lambda: client.show("count-0123456789abcdef"),
        lambda: client.show("../kinds"),
        lambda: client.list(state="odd"),
        lambda: client.retry(job),
        lambda: client.clean(keep_mb=-1.0),
        *[
            partial(client.file, job, name)
            for name in ("none.txt", "../summary.json", "/etc/passwd", ".hidden", "numbers")
        ],
    ]
    for question in questions:
        with pytest.raises(ConfigError):
            question()


def test_forms_learn_what_a_kind_takes(client: JobsClient) -> None:
    kinds = client.kinds()
    count = kinds["count"]
    assert (count["title"], count["lane"], count["forms"]) == ("Count", "short", True)
    by_name = {one["name"]: one for one in count["parameters"]}
    assert by_name["steps"] == {
        "name": "steps",
        "type": "int",
        "default": 3,
        "required": False,
        "help": "How many steps.",
        "choices": None,
    }
    assert by_name["mood"]["choices"] == ["calm", "wild"]
    assert by_name["pause_s"]["type"] == "float"


def test_without_a_worker_the_client_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkerUnavailable, match="start it"):
        JobsClient.connect(tmp_path).kinds()


def test_the_command_works_without_a_worker(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> str:
        code = main(["jobs", *words, "--state-dir", str(rig.folder)])
        out = capsys.readouterr()
        assert code == (2 if out.err else 0)
        return out.err or out.out

    assert run("list") == "no jobs\n"
    assert "error:" in run("submit", "count", "steps=many")
    job = json.loads(run("submit", "count", "steps=1", "--json", "--lane", "long"))["id"]
    assert job in run("list") and "waiting" in run("list", "--state", "waiting")
    assert "cancelled" in run("cancel", job)
    assert "waiting" in run("retry", job)
    shown = json.loads(run("show", job, "--json"))
    assert (shown["state"], shown["lane"], shown["parameters"]["steps"]) == ("waiting", "long", 1)
    assert "only what failed" in run("retry", job)
    assert "removed 0 jobs" in run("clean", "--keep-mb", "0")
    run("cancel", job)
    assert "removed 1 jobs" in run("clean", "--keep-mb", "0", "--older-days", "0")
    assert run("list") == "no jobs\n"


def test_old_results_go_when_they_take_too_much(shared: Rig) -> None:
    jobs = [shared.done("count", steps=1, name=f"old {number}").id for number in range(3)]
    for job in jobs[:2]:
        assert (shared.files / "results" / job).exists()
    stray = shared.files / "results" / "count-0000000000000000"
    stray.mkdir()
    newest = shared.book.show(jobs[2])
    kept_mb = sum(newest.files.values()) / 1e6
    told = shared.book.clean(keep_mb=kept_mb)
    assert told["jobs"] >= 2 and told["mb"] > 0
    assert shared.book.show(jobs[2]) == newest
    assert not stray.exists()
    for job in jobs[:2]:
        assert not (shared.files / "results" / job).exists()
        with pytest.raises(ConfigError):
            shared.book.show(job)
    again = shared.done("count", steps=1, name="old 0")
    assert again.id == jobs[0] and again.attempts == 1
