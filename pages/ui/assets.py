"""Code of the browser's components: scripts, styles and HTML of the assets folder."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def asset(*names: str) -> str:
    """Return the text of files, one after the other."""
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def worded(name: str, words: Mapping[str, str]) -> str:
    """Return HTML with words in the place of its ``$names``."""
    safe = {key: escape(word, quote=True) for key, word in words.items()}
    return Template(asset(name)).substitute(safe)
