"""The pages' English lies in one place: no sentence stands among the code that draws."""

import ast
import re
from pathlib import Path

import pytest

from tests.contracts.source import modules

TAG = re.compile(r"<[^<>]*(?:>|$)|^[^<>]*>")
SENTENCE = re.compile(r"(?:[A-Za-z][A-Za-z’'\-]*[,;:]? ){3,}[A-Za-z]{2,}")
PAGES = {
    name: file
    for name, file in modules("pages", "app.py").items()
    if not name.startswith("pages.ui.text")
}
OWN_WORDS = {
    "pages.ui.words",  # sentences about answers are all that it is
}


def literals(file: Path) -> list[tuple[int, str]]:
    """Strings of a file with their lines; docstrings and what is between braces left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documented
    ]


def sentences(file: Path) -> list[tuple[int, str]]:
    """Strings that read like a sentence: four words in a row, markup left out."""
    found = []
    for line, literal in literals(file):
        bare = TAG.sub(" ", literal)
        if "{" not in bare and SENTENCE.search(bare):
            found.append((line, literal))
    return found


def test_sentences_are_told_from_markup_and_names(tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text(
        '"""A page that says nothing."""\n'
        "A = 'one two three'\n"
        "B = f\"<p class='note wide tall deep'>{A}</p><div class='bar \"\n"
        "C = 'this is a sentence'\n"
        "D = f'the worker said {A} and went away again'\n"
    )
    assert [line for line, _ in sentences(file)] == [4, 5]


@pytest.mark.parametrize("name", sorted(set(PAGES) - OWN_WORDS))
def test_no_sentence_among_code(name: str) -> None:
    found = sentences(PAGES[name])
    assert not found, f"move to pages/ui/text: {found}"
