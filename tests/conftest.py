"""Fixtures that several rooms share, and what the default run says of itself."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A change is judged by what it changed: the same examples every time. Elsewhere they are new ones.
settings.register_profile("same-examples", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("same-examples")

# Small tensors: a second thread costs more than it brings. Read when torch is first imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

COSTLY = ("slow", "gpu", "browser")
_left_out = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_left_out] = Counter()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where several processes share the tests, a file stays together, and so do all browsers.

    Two browsers at once with a server each leave two processors no time for anything else.
    """
    from xdist.scheduler import LoadScopeScheduling

    def together(nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "browser" if file.startswith("tests/browser/") else file

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = together
    return scheduler


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count the tests that a run leaves out because of their marker."""
    for item in items:
        item.config.stash[_left_out].update(
            name for name in COSTLY if item.get_closest_marker(name)
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that writes the summary what this one counted; each collects all tests."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        counts = session.config.stash[_left_out]
        told["left out"] = {name: counts[name] for name in COSTLY}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process counted, where several share the tests."""
    counts = getattr(node, "workeroutput", {}).get("left out")
    if counts is not None:
        node.config.stash[_left_out] = Counter(counts)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests were left out, and how to run them."""
    counts = config.stash[_left_out]
    said = ", ".join(f"{counts[name]} {name}" for name in COSTLY)
    terminalreporter.write_line(f"left out: {said}; run them with: pytest -m MARKER")


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the run out of the user's state, and leave no worker behind.

    A page that looks for a worker may start a real one from a thread that outlives its test.
    """
    before = os.environ.get("SCAR_HOME")
    os.environ["SCAR_HOME"] = str(tmp_path_factory.mktemp("state"))
    yield
    from scar_core.serving.client import stop_worker

    stop_worker()
    if before is None:
        del os.environ["SCAR_HOME"]
    else:
        os.environ["SCAR_HOME"] = before


@pytest.fixture(scope="session")
def real_ecg() -> Path:
    """The folder of real records; set SCAR_REAL_ECG to name another one."""
    default = Path(__file__).parents[2] / "shared" / "ecg"
    folder = Path(os.environ.get("SCAR_REAL_ECG", default))
    if not folder.is_dir():
        pytest.skip(f"no real records: {folder} is not there (set SCAR_REAL_ECG)")
    return folder
