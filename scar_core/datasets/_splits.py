"""Who is in which split: protocols that are shipped, a stated hash, and who is only tested on."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "splits"
_LETTERS = {"r": "train", "v": "val", "e": "test"}
_SHARES = (("test", 0.1), ("val", 0.2))  # cumulative; the rest is trained on


def hashed_split(dataset: str, patient: str) -> str:
    """Return the split of a patient where nobody published one: 80 % train, 10 % val, 10 % test.

    The first 32 bits of SHA-256 of ``DATASET/PATIENT``, read as a fraction: below 0.1 test, below
    0.2 validation. It depends on nothing else, so it is the same for everybody and for ever, and
    records that are added later do not move the others.
    """
    digest = hashlib.sha256(f"{dataset}/{patient}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return next((split for split, below in _SHARES if share < below), "train")


@cache
def protocol_split(name: str, form: str) -> Mapping[str, str]:
    """Return the split of each record in the community's protocol, by record name.

    Args:
        name: File in ``assets/splits``: one letter a record, by number from 1.
        form: The record's name from its number, such as ``"A{:04d}"``.
    """
    letters = "".join(_lines(name))
    return MappingProxyType(
        {form.format(n): _LETTERS[letter] for n, letter in enumerate(letters, 1) if letter != "."}
    )


@cache
def held_out() -> frozenset[str]:
    """Return the origins of the recordings that are only tested on, as ``Example.origin``."""
    return frozenset(_lines("held_out"))


def _lines(name: str) -> list[str]:
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
