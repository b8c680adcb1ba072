"""One executor that the harmless tests share, rigs of their own for the others, databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scar_core.jobs.base import MORE_KINDS
from scar_core.jobs.book import JobBook
from tests.jobs.hosts import postgresql
from tests.jobs.rig import KINDS, Rig


@pytest.fixture(scope="package", autouse=True)
def more_kinds() -> Iterator[None]:
    """The kinds made for tests are known in this process too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MORE_KINDS, KINDS)
        yield


@pytest.fixture(scope="package")
def shared(more_kinds: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A rig whose executor runs; nobody kills it."""
    rig = Rig(tmp_path_factory.mktemp("jobs"))
    rig.start()
    yield rig
    rig.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A rig whose executor the test starts."""
    rig = Rig(tmp_path)
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Address of a PostgreSQL."""
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def book(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[JobBook]:
    """Jobs in either kind of database, and none left in it."""
    if request.param == "postgresql":
        monkeypatch.setenv("SCAR_DATABASE_URL", request.getfixturevalue("database"))
    one = JobBook(folder=tmp_path)
    yield one
    one.clean(keep_mb=0)
    one.close()
