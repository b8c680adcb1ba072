"""The page beside the results says what was measured, and of what was not that it was not."""

from pathlib import Path

from scar_core import cli
from scar_core.results import read_published, read_results
from scar_core.verdict import compare_with_paper, page


def test_every_verdict_and_every_file_is_named() -> None:
    results, published = read_results(), read_published()
    text = page(results, published)
    for verdict in compare_with_paper(results, published):
        assert f"- {verdict.sentence}\n" in text
    for one in results:
        assert f"`{one['name']}.json`" in text


def test_nothing_measured_is_said() -> None:
    assert page([], read_published()).count("Not measured yet.") == 6


def test_the_command_writes_it_beside_the_results(tmp_path: Path) -> None:
    assert cli.main(["evaluate", "paper", "--results", str(tmp_path)]) == 0
    assert (tmp_path / "README.md").read_text().startswith("# Measured here")
    assert len(list(tmp_path.iterdir())) == 1
