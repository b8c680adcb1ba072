"""One executor that the harmless tests share, and rigs of their own for the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scar_core.jobs.base import MORE_KINDS
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
