"""The protocol's tables, and a server of files that can be told to misbehave."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.datasets.server import FileServer


@pytest.fixture(scope="session")
def merl_splits() -> Path:
    """The folder of the protocol's split tables; set SCAR_MERL_SPLITS to name another one."""
    default = Path(__file__).parents[3] / "shared" / "reference" / "merl_splits"
    folder = Path(os.environ.get("SCAR_MERL_SPLITS", default))
    if not folder.is_dir():
        pytest.skip(f"no split tables: {folder} is not there (set SCAR_MERL_SPLITS)")
    return folder


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as running:
        yield running
