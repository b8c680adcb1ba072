"""No English stands in the browser's code: words come from pages/ui/text with the data."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SCRIPTS = sorted(ASSETS.glob("*.js"))
PAGES = sorted(ASSETS.glob("*.html"))
PIECE = re.compile(
    r"//[^\n]*|/\*.*?\*/"  # comments
    r"|(?<=[(,=:\[!&|?;\n])\s*/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n*])+/[a-z]*"  # patterns
    r"|(?P<literal>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`)",
    re.DOTALL,
)
TAG = re.compile(r"<[^<>]*>")
WORDS = re.compile(r"[A-Za-z]{2,}[,;:.]? +[A-Za-z]{2,}")
CAPITAL = re.compile(r"^\s*[A-Z][a-z]+(?![A-Za-z\d])")
UNIT = re.compile(r"\{\} (?:m[Vms]|SD|mm/\w+|s)(?![\w-])")
KEYS = frozenset({"Arrow", "Enter", "Escape", "Backspace", "Control"})
"""Names of keys; ArrowLeft and PageUp are no words by their look."""
STYLE = re.compile(r"\d+px [\w-]+, sans-serif|\([\w-]+: \w+\)")
"""Fonts and media queries."""


def literals(code: str) -> list[tuple[int, str]]:
    """Return the strings of a script with their lines; values within templates left out."""
    found, at = [], 0
    while match := PIECE.search(code, at):
        at = match.end()
        if match["literal"] is None:
            continue
        line = code.count("\n", 0, match.start("literal")) + 1
        if match["literal"] != "`":
            found.append((line, match["literal"][1:-1]))
            continue
        words, inner, at = _template(code, at)
        found.append((line, words))
        for value in inner:
            found += [(line + extra - 1, one) for extra, one in literals(value)]
    return found


def _template(code: str, at: int) -> tuple[str, list[str], int]:
    """Read a template from behind its opening mark: its words, its values, where it ends."""
    words, inner = "", []
    while code[at] != "`":
        if code[at] == "\\":
            at += 2
        elif code.startswith("${", at):
            start, depth = at + 2, 1
            at = start
            while depth:
                if code[at] == "`":
                    at = _template(code, at + 1)[2]
                    continue
                depth += {"{": 1, "}": -1}.get(code[at], 0)
                at += 1
            inner.append(code[start : at - 1])
            words += "{}"
        else:
            words += code[at]
            at += 1
    return words, inner, at + 1


def english(code: str) -> list[tuple[int, str]]:
    """Return strings that people would read: two words in a row, a capitalised one, or a unit."""
    found = []
    for line, literal in literals(code):
        bare = STYLE.sub("", TAG.sub(" ", literal))
        capital = CAPITAL.match(bare)
        named = capital is not None and capital[0].strip() not in KEYS
        if named or WORDS.search(bare) or UNIT.search(bare):
            found.append((line, literal))
    return found


class Read(HTMLParser):
    """Collects what people see or hear of a page."""

    SAID = ("title", "aria-label", "aria-roledescription", "aria-description", "alt", "placeholder")

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [value for name, value in attrs if name in self.SAID and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> list[str]:
    """Return words of a page that do not come from elsewhere."""
    reader = Read()
    reader.feed(page)
    return [one for one in reader.words if re.search(r"[A-Za-z]", re.sub(r"\$\w+", "", one))]


def test_words_are_told_from_code() -> None:
    code = r"""
    // a comment that is a sentence
    const a = { key: "Enter", font: "600 12px system-ui, sans-serif", css: "position:fixed;top:0" };
    const word = /it's "quoted" here/.test(x);
    say(`${lead} is hidden.`);
    b.title = off ? "Reconnect" : "";
    x(`${f(`${a} was ${b}`)}px`); $("[data-do='undo']");
    c = `${v} mV`;  /* one more sentence here */
    say(tell("nothing_hidden"));
    """
    assert [line for line, _ in english(code)] == [5, 6, 8]
    nested = 'x(`${say("an inner sentence") ? 1 : 2}`)'
    assert [one for _, one in english(nested)] == ["an inner sentence"]
    assert read("<b title='$help'>$word</b><i aria-label='Undo'>12 ×</i>") == ["Undo"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_no_english_in_a_script(script: Path) -> None:
    found = english(script.read_text(encoding="utf-8"))
    assert not found, f"{script.name}: move to pages/ui/text: {found}"


@pytest.mark.parametrize("page", PAGES, ids=lambda file: file.name)
def test_no_english_in_a_page(page: Path) -> None:
    found = read(page.read_text(encoding="utf-8"))
    assert not found, f"{page.name}: move to pages/ui/text: {found}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_every_word_that_a_script_asks_for_is_there(script: Path) -> None:
    from pages.ui.text.canvas import SAYS as CANVAS
    from pages.ui.text.embedding_map import SAYS as MAP
    from pages.ui.text.redistribution import PLAYER

    code = script.read_text(encoding="utf-8")
    known = MAP if script.name.startswith("embedding") else CANVAS
    known = PLAYER if script.name.startswith("growth") else known
    asked = set(re.findall(r"\bwords\.(\w+)", code))
    for call in re.findall(r"\btell\(([^{]*?)(?:, \{|\)\)|\);)", code):
        asked |= set(re.findall(r'"(\w+)"', call))
    assert asked <= set(known) | {"replace"}, sorted(asked - set(known))
