"""README's commands are the ones that continuous integration runs."""

import pytest

from tests.contracts.source import ROOT

TEST_COMMAND = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]


@pytest.fixture
def readme() -> str:
    path = ROOT / "README.md"
    if not path.is_file():
        pytest.skip("README.md is not written yet")
    return path.read_text(encoding="utf-8")


def test_ci_ends_with_the_test_command() -> None:
    assert TEST_COMMAND.endswith("-m tests.check")


def test_readme_has_the_same_test_command(readme: str) -> None:
    assert TEST_COMMAND in readme.splitlines()


def test_readme_starts_the_product_in_one_line(readme: str) -> None:
    start = TEST_COMMAND.replace("requirements-dev.txt", "requirements.txt")
    start = start.replace("-m tests.check", "-m scar_core up")
    assert start in readme.splitlines()
