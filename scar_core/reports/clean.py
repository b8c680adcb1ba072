"""From a stored report to the text that methods read."""

import re
from collections.abc import Mapping
from functools import lru_cache

from scar_core.reports.german import ABBREVIATIONS, FOREIGN, LONGEST, PHRASES

MAX_TOKENS = 128
"""Longest clean report, in words and punctuation marks; see ``count_tokens``."""

MIMIC_STATEMENTS = 18
"""``report_0`` … ``report_17`` in MIMIC-IV-ECG's table of machine measurements."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
# The machine's version and "unconfirmed report", which the source cuts at 255 characters.
_STAMP = re.compile(r"\s\d\.\d\d(?:\s+u(?:n(?:b\w*(?:\s+\w*)?)?)?)?\s*$")
_UNCONFIRMED = re.compile(r"\bunbestaetig\w*(?:\s+ber\w*)?")
# What was typed behind "Edit:" are the labels themselves, not the report.
_EDIT = re.compile(r"\bedit\s*:.*$", re.DOTALL)
_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ß": "ss"})
_BROKEN_UE = re.compile(r"(?<=[a-z])#(?=[a-z])|(?<![\w#])#(?=[a-z]{3})")
_WORD = re.compile(r"^([(]?)(.*?)([.,;:!?]*)$")
_UNWANTED = re.compile(r"(?:[^\w'\-/()+%.,<>]|_)+")


def count_tokens(text: str) -> int:
    """Count words and punctuation marks, as a word-level tokenizer splits them.

    A tokenizer that cuts words into pieces needs more of those, and keeps its own limit.
    """
    return len(_TOKEN.findall(text))


@lru_cache(maxsize=65536)
def clean_report(text: str) -> str:
    """Lower-case a report, clean it, translate it to English, and bound its length.

    What is not the report goes: the stamp of the machine that wrote it ("4.46 unbestätigter
    bericht") and the labels that annotators typed behind "Edit:". German and Swedish phrases of
    PTB-XL become English by the tables of ``reports.german``; a word that no table knows stays.
    Letters, digits and the signs ``' - / ( ) + % . , < >`` are kept.

    Args:
        text: A report in any case; may be empty.

    Returns:
        One line of at most ``MAX_TOKENS`` words and punctuation marks; cleaning it again changes
        nothing.
    """
    text = _once(text)
    for _ in range(4):  # removing signs can bring words together, hardly ever twice
        again = _once(text)
        if again == text:
            break
        text = again
    return text


def stored_report(text: str) -> str:
    """A report in its own language: lower-cased, without stamp and typed labels."""
    return " ".join(_STAMP.sub("", _EDIT.sub("", text.lower())).split())


def mimic_report(row: Mapping[str, str]) -> str:
    """Join the machine statements of a MIMIC-IV-ECG row into one clean report.

    Args:
        row: Columns of ``machine_measurements.csv``; ``report_0`` … ``report_17`` are read, in
            that order, empty ones and repetitions left out.
    """
    said = [
        (row.get(f"report_{number}") or "").strip().rstrip(".")
        for number in range(MIMIC_STATEMENTS)
    ]
    return clean_report(". ".join(dict.fromkeys(part for part in said if part)))


def words_of(text: str) -> list[str]:
    """Words of a report as the tables spell them: lower-case, folded, without punctuation."""
    return [_split(part)[1] for part in fold(text).split()]


def fold(text: str) -> str:
    """Lower-case a report without stamp and labels, and write umlauts as two letters."""
    text = re.sub(r",(?=[a-z])", ", ", _EDIT.sub("", text.lower()).translate(_FOLD))
    return _UNCONFIRMED.sub("", _STAMP.sub("", _BROKEN_UE.sub("ue", text)))


def is_foreign(words: list[str]) -> bool:
    """Whether words (of ``words_of``) hold one that no English report uses."""
    return not FOREIGN.isdisjoint(words)


def _once(text: str) -> str:
    lowered = _EDIT.sub("", text.lower())
    folded = fold(text)
    if is_foreign([_split(part)[1] for part in folded.split()]):
        lowered = _translate(folded)
    else:
        lowered = _STAMP.sub("", lowered)
    return _bounded(_tidy(_UNWANTED.sub(" ", lowered.replace("&", " and "))))


def _split(part: str) -> tuple[str, str, str]:
    """Take punctuation off a word: what stands before it, the word, what follows it."""
    found = _WORD.match(part)
    before, word, after = found.groups() if found else ("", part, "")
    if word.endswith(")") and "(" not in word:
        return before, word[:-1], ")" + after
    return before, word, after


def _translate(folded: str) -> str:
    """Replace the longest known phrase at each word; wide gaps become commas."""
    pieces = [_split(part) for part in re.sub(r"\s{3,}", " , ", folded.strip()).split()]
    words = [word for _, word, _ in pieces]
    said: list[str] = []
    at = 0
    while at < len(words):
        taken, english = _longest(words, at)
        if english is None:
            said.append("".join(pieces[at]))
        else:
            if english.startswith("|") and said[-1:] not in (["no"], ["without"]):
                said.append(".")
            word, after = pieces[at + taken - 1][1:]
            if word in ABBREVIATIONS:
                after = after.removeprefix(".")
            said.append(pieces[at][0] + english.lstrip("| ") + after)
        at += taken
    # The gap behind "probably" only indents what is probable.
    return " ".join(said).replace("probably ,", "probably")


def _longest(words: list[str], at: int) -> tuple[int, str | None]:
    """Match the longest phrase from a position on; returns words taken and its English."""
    used: list[str] = []
    best: tuple[int, str | None] = (1, None)
    for stop in range(at, min(len(words), at + 2 * LONGEST)):
        if words[stop]:  # an empty word was punctuation alone, which does not count
            used.append(words[stop])
            if len(used) > LONGEST:
                break
            english = PHRASES.get(tuple(used))
            if english is not None:
                best = (stop + 1 - at, english)
        elif stop == at:
            break
    return best


def _tidy(text: str) -> str:
    """Bring blanks and repeated punctuation in order."""
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([.,])", r"\1", text)
    text = re.sub(r"[.,]*\.[.,]*(?!\d)", ".", text)  # a full stop wins
    text = re.sub(r",{2,}", ",", text)
    text = re.sub(r"([.,])(?=[a-z(])", r"\1 ", text)
    core = text.strip(" .,")
    return f"{core}." if core and text.rstrip(" ,").endswith(".") else core


def _bounded(text: str) -> str:
    marks = list(_TOKEN.finditer(text))
    if len(marks) <= MAX_TOKENS:
        return text
    return text[: marks[MAX_TOKENS - 1].end()].rstrip(" ,")
