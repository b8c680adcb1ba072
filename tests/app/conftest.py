"""Pages under test: a stand-in worker, a small gallery, a records folder."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui import inputs, worker
from tests.app.fake_worker import FakeClient
from tests.app.records import make_gallery

if TYPE_CHECKING:
    from tests.app.fake_jobs import FakeJobs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """The worker that pages connect to; tests may take it down."""
    fake = FakeClient()

    def connect() -> FakeClient:
        fake.health()
        return fake

    monkeypatch.setattr(worker, "connect", connect)
    monkeypatch.setattr(worker, "start", lambda anew=False: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    return fake


@pytest.fixture
def jobs(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> "FakeJobs":
    """The queue of jobs that pages connect to: empty, and down when the worker is."""
    from tests.app.fake_jobs import FakeJobs

    fake = FakeJobs()

    def connect() -> FakeJobs:
        client.health()
        return fake

    monkeypatch.setattr(worker, "jobs", connect)
    return fake


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
