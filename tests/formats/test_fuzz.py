"""Damaged and hostile files: each ends in a record or in one sentence, soon and in little memory.

Files are read in a process of its own, which reports processor time, memory and whatever it did
beyond reading. The long run has more than ten thousand cases: ``pytest -m slow -k fuzz -s``.
"""

import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.formats.fuzz_bombs import BOMBS
from tests.formats.fuzz_reader import Outcome, Reader
from tests.formats.fuzz_seeds import (
    ACTIONS,
    RECORD,
    Edit,
    Seed,
    damaged,
    made_seeds,
    random_edits,
    real_seeds,
)
from tests.formats.made_files import wfdb_files

MADE = made_seeds()
BY_KIND = {seed.kind: seed for seed in MADE}
QUICK, LONG = 6, 230
"""Cases of each seed in the default run, and in the long one (of a large file a third)."""
LARGE_BYTES = 300_000


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("fuzz"))
    outcomes = reader.warm([(seed.name, seed.files, seed.rate_hz) for seed in MADE])
    for seed, outcome in zip(MADE, outcomes, strict=True):
        assert outcome.ended == "record", f"{seed.kind}: {outcome.said}"
    yield reader
    reader.close()


def case(seed: Seed, number: int) -> tuple[dict[str, bytes], float | None]:
    """The files of one case, always the same for the same seed and number."""
    rng = np.random.default_rng([zlib.crc32(seed.kind.encode()), number])
    files = dict(seed.files)
    for _ in range(int(rng.choice((1, 1, 1, 2)))):
        # The main file tells the structure; it is hit as often as all others together.
        names = sorted(files)
        name = seed.name if rng.random() < 0.5 else str(rng.choice(names))
        files[name] = damaged(files[name], random_edits(rng))
    rates = (seed.rate_hz, seed.rate_hz, seed.rate_hz, None, 500.0, 99_999.0)
    return files, rates[int(rng.integers(len(rates)))]


def run(reader: Reader, seeds: list[Seed], share: int) -> Counter[tuple[str, str]]:
    """Read all cases; counts the outcomes by kind, and fails with every problem at once."""
    counts: Counter[tuple[str, str]] = Counter()
    slowest: dict[str, float] = {}
    problems: list[str] = []
    for seed in seeds:
        large = sum(map(len, seed.files.values())) > LARGE_BYTES
        for number in range(max(1, share // 3) if large else share):
            files, rate_hz = case(seed, number)
            outcome, problem = reader.judge(seed.name, files, rate_hz)
            if problem:
                problems.append(f"{seed.kind}, case {number}: {problem}")
            if outcome:
                counts[seed.kind, outcome.ended] += 1
                slowest[seed.kind] = max(slowest.get(seed.kind, 0.0), outcome.cpu_s)
    for seed in seeds if share >= LONG else ():
        told = ", ".join(f"{counts[seed.kind, end]} {end}" for end in ("record", "refused"))
        sys.stdout.write(f"{seed.kind:24} {told}, slowest {slowest.get(seed.kind, 0):.2f} s\n")
    sys.stdout.write(f"{counts.total()} cases, {len(problems)} problems\n")
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:40])
    return counts


def test_some_damage_to_every_made_file(reader: Reader) -> None:
    counts = run(reader, MADE, QUICK)
    ends = {end for _, end in counts}
    assert ends == {"record", "refused"}


def test_some_damage_to_real_files(reader: Reader, real_ecg: Path) -> None:
    seeds = real_seeds(real_ecg)
    small = [seed for seed in seeds if sum(map(len, seed.files.values())) <= LARGE_BYTES]
    assert len(small) >= 8
    run(reader, small, 3)


@pytest.mark.slow
def test_ten_thousand_damaged_files(reader: Reader, real_ecg: Path) -> None:
    counts = run(reader, [*MADE, *real_seeds(real_ecg)], LONG)
    assert counts.total() >= 10_000


EDITS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.floats(0, 1), st.integers(0, 10_000)), min_size=1,
    max_size=6,
)  # fmt: skip


def found(reader: Reader, seed: Seed, edits: list[Edit]) -> None:
    files = {**seed.files, seed.name: damaged(seed.files[seed.name], edits)}
    problem = reader.problem(reader.read(seed.name, files, seed.rate_hz))
    assert not problem, f"{seed.kind} {problem}"


HARSH = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)


@settings(HARSH, max_examples=60, phases=[Phase.explicit, Phase.generate])
@given(kind=st.sampled_from(list(BY_KIND)), edits=EDITS)
def test_some_chosen_damage(reader: Reader, kind: str, edits: list[Edit]) -> None:
    found(reader, BY_KIND[kind], edits)


@pytest.mark.slow
@settings(HARSH, max_examples=1500)
@given(kind=st.sampled_from(list(BY_KIND)), edits=EDITS)
def test_much_chosen_damage(reader: Reader, kind: str, edits: list[Edit]) -> None:
    found(reader, BY_KIND[kind], edits)


@settings(HARSH, max_examples=40)
@given(
    st.sampled_from(
        [".hea", ".dat", ".csv", ".mat", ".npy", ".npz", ".hdf5", ".edf", ".dcm", ".xml"]
    ),
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")),
    ),
)
def test_any_bytes_at_all(reader: Reader, suffix: str, content: bytes) -> None:
    problem = reader.problem(reader.read(f"a{suffix}", {f"a{suffix}": content}))
    assert not problem, f"{suffix} {problem}"


ROWS = b"0.1,0.2\n0.3,-0.1\n" * 200


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"I,II\n" + ROWS + b"9" * 400 + b",1\n"),
        ("a.csv", b"Name\n\n55,165\n" + b"9" * 400 + b"\n-44,475\n" * 200),
        ("a.csv", b"Name,I\xc2\xa0\x7f\n" + ROWS),
        ("a.csv", b"\x85,\x7f\n" + ROWS),
        ("a.npy", b"\x93NUMPY\x01\0\x16\0{'descr': '<f4', 'sh(\n" + ROWS),
        ("a.hea", b"b 1 250 500\nb.\x7fdat 16 200 16 0 0 0 0 I\n"),
        ("a.edf", b"0       " + b" " * 176 + b"512     " + b" " * 64),
    ],
)
def test_what_was_found_once(reader: Reader, name: str, content: bytes) -> None:
    outcome = reader.read(name, {name: content}, 100.0)
    assert outcome.ended in ("record", "refused")
    assert not reader.problem(outcome)


@pytest.mark.parametrize("kind", BOMBS)
def test_what_promises_too_much_is_refused(reader: Reader, kind: str) -> None:
    name, write_files = BOMBS[kind]
    outcome = reader.read(name, write_files(), 500.0)
    assert outcome.ended == "refused", outcome
    assert not reader.problem(outcome)


@pytest.mark.parametrize(
    "named", ["../../etc/passwd", "/etc/passwd", "..\\x.dat", "sub/x.dat", "..", "C:x", "\0", "~"]
)
def test_a_header_points_nowhere_else(reader: Reader, tmp_path: Path, named: str) -> None:
    """Neither in an upload nor on disk; what is opened outside the folder is a problem."""
    (tmp_path / "record" / "sub").mkdir(parents=True)
    files = wfdb_files(RECORD)
    for place in ("x.dat", "sub/x.dat"):
        (tmp_path / "record" / place).write_bytes(files["a.dat"])
    hostile = {**files, "a.hea": files["a.hea"].replace(b"a.dat", named.encode())}
    segments = {**files, "m.hea": f"m/1 12 250 500\n{named} 500\n".encode()}
    for name, these in (("a.hea", hostile), ("m.hea", segments)):
        write(tmp_path / "record", these)
        for outcome in (reader.read(name, these), reader.read_path(tmp_path / "record" / name)):
            assert outcome.ended == "refused", outcome
            assert not reader.problem(outcome)


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def test_the_judge_can_fail() -> None:
    cheap = {"cpu_s": 0.1, "before_mb": 100.0, "peak_mb": 100.0}
    fine: dict[str, Any] = {"ended": "refused", "said": "a.hea is no header; give one.", "did": []}
    fine |= cheap
    assert not Outcome(**fine).problem(100.0)
    for bad in (
        {"ended": "crashed"},
        {"said": "Traceback\nValueError."},
        {"said": "no sentence at the end of it"},
        {"cpu_s": 2.5},
        {"peak_mb": 1200.0},
        {"did": ["writes /tmp/x"]},
    ):
        assert Outcome(**{**fine, **bad}).problem(100.0), bad


def test_the_damage_is_damage() -> None:
    content = bytes(range(256)) * 4
    for action in ACTIONS:
        assert damaged(content, [(action, 0.3, 5)]) != content or action == "number"
    assert damaged(b"a 12", [("number", 0.0, 1)]) == b"a 10"
    assert damaged(b"", [(action, 0.5, 5) for action in ACTIONS]) is not None
