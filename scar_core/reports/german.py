"""German and Swedish report phrases and what they say in English.

The reports of PTB-XL come from a machine that wrote German (a few Swedish), with cardiologists'
words between. Each line of ``german.txt`` and ``swedish.txt`` is one phrase and its English,
separated by ``=``. ``*`` stands for any ending of an adjective or noun (none, e, er, en, es, em,
n, s), ``ä ö ü å ß`` are written ``ae oe ue aa ss``, punctuation inside a phrase does not count,
and ``|`` begins a new statement.
"""

from pathlib import Path

_PLACES = {
    name: name.replace("hoch", "high ")
    for name in (
        "anterior", "inferior", "lateral", "posterior", "septal", "apikal", "hochlateral",
        "anteroseptal", "anterolateral", "inferolateral", "inferoseptal", "posterolateral",
        "inferoposterior", "inferoposterolateral",
    )
} | {"apikal": "apical"}  # fmt: skip

_ENDINGS = ("", "e", "er", "en", "es", "em", "n", "s")

# Words of the tables that are English as well, or stand in English reports: they show nothing.
_ENGLISH = frozenset(
    word
    for line in (
        "& a-v abnormal alter an anterior as atrial av-block block des ecg el-axel es extrem",
        "hemiblock hoch i ii iii in infarction inferior lateral low-voltage neg normal p posterior",
        "qrs(t) qt r-progression r-s repolarisation rhythmus septal sinus st st-t t terminal typ",
        "uniform v ventr",
    )
    for word in line.split()
)


def _expanded(phrase: str) -> list[tuple[str, ...]]:
    ways: list[tuple[str, ...]] = [()]
    for word in phrase.split():
        stem = word.removesuffix("*")
        forms = [stem + ending for ending in _ENDINGS] if stem != word else [word]
        ways = [(*way, form) for way in ways for form in forms]
    return ways


def _table() -> dict[tuple[str, ...], str]:
    here = Path(__file__)
    lines = [
        line
        for name in ("swedish.txt", "german.txt")
        for line in here.with_name(name).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    lines += [f"{name}{end} = {place}" for name, place in _PLACES.items() for end in _ENDINGS[1:6]]
    lines += [f"{name} = {place}" for name, place in _PLACES.items() if name != place]
    table: dict[tuple[str, ...], str] = {}
    for line in lines:
        phrase, _, english = line.partition("=")
        for way in _expanded(phrase):
            table.setdefault(way, english.strip())
    return table


PHRASES: dict[tuple[str, ...], str] = _table()
"""English of each phrase, by its words; ``|`` at the beginning opens a new statement."""

LONGEST = max(map(len, PHRASES))
"""Words of the longest phrase."""

FOREIGN: frozenset[str] = frozenset(word for way in PHRASES for word in way) - _ENGLISH
"""Words that show that a report is not in English."""

ABBREVIATIONS = frozenset({"biphas", "chron", "fragl", "kompl", "moegl", "neg", "path", "unbest"})
"""Words of the tables that are written with a full stop, which ends no statement."""
