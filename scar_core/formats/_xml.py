"""XML from strangers: no entities, nothing fetched, and no more elements than an ECG needs."""

import re
from math import isfinite
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from scar_core.errors import RecordError
from scar_core.formats._source import Source

FILE_LIMIT = 15_000_000
MAX_ELEMENTS = 200_000
MAX_DEPTH = 100

_PROLOG = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_ROOT = re.compile(r"\s*<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)[\s/>]")


def root_of(head: bytes) -> str:
    """Return the name of the root element in a file's first bytes; empty if there is none."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = head.decode(encoding, errors="replace")
    at = 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    root = _ROOT.match(text, at)
    return root[1] if root else ""


class _Bounded:
    """A tree builder that stops at files which only cost memory."""

    def __init__(self, name: str) -> None:
        self._builder = TreeBuilder()
        self._name = name
        self._elements = self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            msg = (
                f"{self._name} has more than {MAX_ELEMENTS} XML elements, or nests them deeper "
                f"than {MAX_DEPTH}, which no ECG does; export it anew."
            )
            raise RecordError(msg)
        self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        """End an element."""
        self._depth -= 1
        self._builder.end(tag)

    def data(self, text: str) -> None:
        """Add text."""
        self._builder.data(text)

    def close(self) -> Element:
        """Return the root."""
        return self._builder.close()


def read_xml(source: Source) -> Element:
    """Return the root element of the source's file; no name in it keeps its namespace.

    Raises:
        RecordError: It is too large, no well-formed XML, or XML that defines entities.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    name = source.name
    parser = DefusedXMLParser(target=_Bounded(name))
    try:
        # A DOCTYPE alone is harmless and stands in every file of MUSE: its DTD is never fetched.
        parser.feed(source.read(name, FILE_LIMIT))
        root: Element = parser.close()
    except DefusedXmlException as error:
        msg = f"{name} is XML that defines entities, which no ECG needs; export it without them."
        raise RecordError(msg) from error
    except (ParseError, ValueError, LookupError) as error:
        msg = f"{name} is damaged or truncated XML ({_where(error)}); get the complete file."
        raise RecordError(msg) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _where(error: Exception) -> str:
    return " ".join(str(error).split())[:80].rstrip(".")


def text_at(element: Element, path: str) -> str:
    """Return the stripped text at a path; empty if there is none."""
    return (element.findtext(path) or "").strip()


def attribute(element: Element, path: str, key: str) -> str:
    """Return the stripped attribute of the element at a path; empty if there is none."""
    found = element.find(path)
    return "" if found is None else found.get(key, "").strip()


def number(text: str, what: str, name: str) -> float:
    """Read a number.

    Raises:
        RecordError: It is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        msg = f"{name} states the {what} {text[:30]!r}; a number is needed."
        raise RecordError(msg)
    return value
