"""Pages under test: a stand-in worker, a small gallery, a records folder."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui import inputs, worker
from tests.app.fake_jobs import FakeJobs
from tests.app.fake_worker import FakeClient
from tests.app.records import make_gallery

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """A page that runs becomes ``__main__``, which a process spawned later would run as well."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """The worker that pages connect to; tests may take it down."""
    fake, queue = FakeClient(), FakeJobs()

    def connect() -> FakeClient:
        fake.health()
        return fake

    def jobs() -> FakeJobs:
        fake.health()
        return queue

    monkeypatch.setattr(worker, "connect", connect)
    monkeypatch.setattr(worker, "jobs", jobs)
    monkeypatch.setattr(worker, "start", lambda anew=False: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    return fake


@pytest.fixture
def jobs(client: FakeClient) -> FakeJobs:
    """The queue of jobs that pages connect to: empty, and down when the worker is."""
    return worker.jobs()  # type: ignore[return-value]


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gallery of two cases instead of the shipped one."""
    folder = tmp_path / "gallery"
    make_gallery(folder)
    monkeypatch.setattr(inputs.gallery_cases, "__defaults__", (folder,))
    monkeypatch.delenv("SCAR_RECORDS", raising=False)
    return folder


@pytest.fixture
def open_page(client: FakeClient, gallery: Path) -> Callable[..., AppTest]:
    """Return a function that runs a page under URL parameters and holds it to no exception."""

    def opened(page: str, **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20)
        if page != "app.py":
            at.switch_page(page)
        for key, value in query.items():
            at.query_params[key] = value
        at.run()
        assert not at.exception, at.exception
        return at

    return opened
