"""Damage to every real file at hand: each ends in a record or in one sentence, soon and cheaply.

The rules and the reading process are those of ``test_fuzz``. Every header and every signal file
of every record is cut once and has a few bits flipped; of a header, one token is wrong as well.
What is left of a signal file is never taken for the whole.
``pytest -m slow -k every_real_file -s``.
"""

import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.formats.fuzz_reader import Outcome, Reader
from tests.formats.fuzz_seeds import (
    TOKENS,
    Edit,
    Seed,
    damaged,
    made_seeds,
    real_record,
    real_records,
)

PROCESSES = 2
Cases = list[tuple[str, Outcome | None, str]]
"""Of each case: the file and its damage, what became of it, and what is wrong with that."""


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[list[Reader]]:
    warm = [(seed.name, seed.files, seed.rate_hz) for seed in made_seeds()]
    readers = []
    for number in range(PROCESSES):
        (tmp_path / str(number)).mkdir()
        readers.append(Reader(tmp_path / str(number)))
        readers[-1].warm(warm)
    yield readers
    for reader in readers:
        reader.close()


def flipped(content: bytes, rng: np.random.Generator) -> bytes:
    """One to four bits are wrong, half of the time near the start, where the structure is."""
    power = int(rng.choice((1, 6)))
    edits: list[Edit] = [
        ("flip", float(rng.random()) ** power, int(bit))
        for bit in rng.permutation(8)[: int(rng.integers(1, 5))]  # so none undoes another
    ]
    return damaged(content, edits)


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    """The end is missing: any part of the file, or its last few bytes."""
    kept = int(rng.integers(len(content)))
    return content[: max(kept, len(content) - 40) if rng.random() < 0.25 else kept]


def altered(content: bytes, rng: np.random.Generator) -> bytes:
    """Of a header, one digit is another one, or one token is something else."""
    if rng.random() < 0.5:
        at = int(rng.choice([match.start() for match in re.finditer(rb"\d", content)]))
        digit = (content[at] - ord("0") + int(rng.integers(1, 10))) % 10
        return content[:at] + str(digit).encode() + content[at + 1 :]
    tokens = list(re.finditer(rb"[^\s/():+,]+", content))
    token = tokens[int(rng.integers(len(tokens)))]
    others = [other for other in TOKENS if other != token.group()]
    other = others[int(rng.integers(len(others)))]
    return content[: token.start()] + other + content[token.end() :]


DAMAGE = {"flipped": flipped, "cut": cut, "altered": altered}


def cases_of(seed: Seed, reader: Reader) -> Cases:
    """Read a record as it is, then with every damage to every one of its files."""
    cases: Cases = [("whole", *reader.judge(seed.name, seed.files, seed.rate_hz))]
    for name, content in seed.files.items():
        for damage in DAMAGE if name.endswith(".hea") else ("flipped", "cut"):
            rng = np.random.default_rng([zlib.crc32(f"{seed.kind} {name} {damage}".encode())])
            files = {**seed.files, name: DAMAGE[damage](content, rng)}
            assert files[name] != content
            outcome, problem = reader.judge(seed.name, files, seed.rate_hz)
            cases.append((f"{name} {damage}", outcome, problem))
    return cases


def share_of(folder: Path, paths: list[Path], reader: Reader) -> dict[str, Cases]:
    """Read one process's share of the records; cases by record."""
    seeds = (real_record(folder, path) for path in paths)
    return {seed.kind: cases_of(seed, reader) for seed in seeds}


def told(record_cases: dict[str, Cases]) -> list[str]:
    """Write the counts of every collection; return every problem."""
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    slowest: dict[str, tuple[float, str]] = {}
    problems: list[str] = []
    for kind, cases in sorted(record_cases.items()):
        folder = kind.partition("/")[0]
        ends[folder]["real records"] += 1
        for what, outcome, problem in cases:
            ends[folder]["cases"] += 1
            ends[folder][outcome.ended if outcome else "ended the process"] += 1
            cpu_s = outcome.cpu_s if outcome else 0.0
            slowest[folder] = max(slowest.get(folder, (0.0, "")), (cpu_s, f"{kind}, {what}"))
            if what == "whole" and outcome and outcome.ended != "record":
                problem = problem or f"is refused: {outcome.said}"
            if what.endswith((".dat cut", ".mat cut")) and outcome and outcome.ended == "record":
                problem = problem or "is taken for a whole record"
            if problem:
                problems.append(f"{kind}, {what}: {problem}")
    ends["all"] = sum(ends.values(), Counter())
    slowest["all"] = max(slowest.values())
    for folder, counts in ends.items():
        said = ", ".join(f"{count} {end}" for end, count in counts.items())
        cpu_s, where = slowest[folder]
        sys.stdout.write(f"{folder:18} {said}; slowest {cpu_s:.2f} s ({where})\n")
    sys.stdout.write(f"{len(problems)} problems\n")
    return problems


def problems_of(readers: list[Reader], folder: Path, paths: list[Path]) -> list[str]:
    """Read these records in all processes at once, write the counts, return every problem."""
    with ThreadPoolExecutor(len(readers)) as pool:
        shares = [
            pool.submit(share_of, folder, paths[number :: len(readers)], reader)
            for number, reader in enumerate(readers)
        ]
        cases = {kind: these for share in shares for kind, these in share.result().items()}
    assert len(cases) == len(paths)
    return told(cases)


def test_a_few_real_files(readers: list[Reader], real_ecg: Path) -> None:
    problems = problems_of(readers, real_ecg, real_records(real_ecg)[::100])
    assert not problems, "\n".join(problems[:40])


@pytest.mark.slow
def test_every_real_file(readers: list[Reader], real_ecg: Path) -> None:
    problems = problems_of(readers, real_ecg, real_records(real_ecg))
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:40])
