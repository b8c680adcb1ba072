"""A PostgreSQL and an S3 of the test's own, and executors that stand for machines."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.jobs.rig import Rig, wait_for

BUCKET = "jobs"


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL in a folder of its own; yield its URL. Skips where there is none."""
    if not (shutil.which("initdb") and shutil.which("postgres")):
        pytest.skip("PostgreSQL is not installed (no initdb and postgres in the path)")
    user = _other_user() if os.geteuid() == 0 else None  # None: as whoever runs the test
    folder = Path(tempfile.mkdtemp(prefix="scar-postgresql-"))
    if user is not None:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, out = folder / "data", subprocess.DEVNULL
    try:
        subprocess.run(
            ["initdb", "-D", str(data), "-U", "scar", "-A", "trust", "--no-sync", "-E", "UTF8"],
            check=True, stdout=out, cwd=folder, user=user,
        )  # fmt: skip
        server = subprocess.Popen(
            ["postgres", "-D", str(data), "-p", str(port), "-k", str(folder),
             "-h", "127.0.0.1", "-F"],
            stdout=out, stderr=out, cwd=folder, user=user,
        )  # fmt: skip
        url = f"postgresql+psycopg://scar@127.0.0.1:{port}/postgres"
        try:
            wait_for(lambda: _answers(url), "PostgreSQL")
            yield url.replace("+psycopg", "")
        finally:
            server.terminate()
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    engine = sa.create_engine(url)
    try:
        engine.connect().close()
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()
    return True


def _other_user() -> str:
    """A PostgreSQL does not run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no user postgres or nobody")


@contextmanager
def s3() -> Iterator[str]:
    """Run an imitation of S3; yield the URL of a folder in a bucket."""
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "scar")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        try:
            s3fs.S3FileSystem(skip_instance_cache=True).mkdir(BUCKET)
            yield f"s3://{BUCKET}/scar"
        finally:
            server.stop()


@contextmanager
def hosts(folder: Path, database: str, storage: str, n: int = 2) -> Iterator[list[Rig]]:
    """State folders of so many machines that share database and storage."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCAR_DATABASE_URL", database)
        patch.setenv("SCAR_STORAGE", storage)
        rigs = [Rig(folder / f"host-{number}") for number in range(n)]
        try:
            yield rigs
        finally:
            for rig in rigs:
                rig.close()
