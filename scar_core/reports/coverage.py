"""How much of a set of reports the tables translate."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scar_core.reports.clean import MAX_TOKENS, clean_report, count_tokens, is_foreign, words_of
from scar_core.reports.german import PHRASES

_LEADS = re.compile(r"^[\W\d]*((i{1,3}|av[rlf]|v)[\d\W]*)*$")
_KNOWN = frozenset(word for phrase in PHRASES for word in phrase)


@dataclass(frozen=True)
class Coverage:
    """What became of a set of reports.

    Attributes:
        reports: How many.
        foreign: Reports with at least one word that is not English.
        translated: Foreign reports of which no word is left that is not English.
        words: Words of the foreign reports, names of leads and numbers left out.
        words_translated: Those among them that the tables know, or that English knows too.
        longest: Words and punctuation marks of the longest clean report.
        cut: Reports that reach the limit of ``MAX_TOKENS``.
        unknown: The commonest words that stay as they are, with their counts.
    """

    reports: int
    foreign: int
    translated: int
    words: int
    words_translated: int
    longest: int
    cut: int
    unknown: tuple[tuple[str, int], ...]


def measure_coverage(reports: Iterable[str], listed: int = 30) -> Coverage:
    """Count what the tables translate.

    English words are those of the English reports of the same set and those of the translations,
    so the figure needs reports in both languages.

    Args:
        reports: Texts as stored.
        listed: How many untranslated words to name.
    """
    rows = [(words_of(text), clean_report(text)) for text in reports]
    foreign = [(words, clean) for words, clean in rows if is_foreign(words)]
    english = {word for words, _ in rows if not is_foreign(words) for word in words}
    english |= {word for said in PHRASES.values() for word in said.split()}
    unknown: Counter[str] = Counter()
    n_words = translated = 0
    for words, clean in foreign:
        lettered = [word for word in words if not _LEADS.match(word)]
        n_words += len(lettered)
        unknown.update(word for word in lettered if word not in english and word not in _KNOWN)
        left = [word for word in words_of(clean) if not _LEADS.match(word)]
        translated += all(word in english for word in left)
    lengths = [count_tokens(clean) for _, clean in rows]
    return Coverage(
        reports=len(rows),
        foreign=len(foreign),
        translated=translated,
        words=n_words,
        words_translated=n_words - sum(unknown.values()),
        longest=max(lengths, default=0),
        cut=sum(length >= MAX_TOKENS for length in lengths),
        unknown=tuple(unknown.most_common(listed)),
    )
