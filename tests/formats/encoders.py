"""Every WFDB storage format written the slow and obvious way, number by number, bit by bit."""

from collections.abc import Sequence

LIMITS = {8: (-500, 500), 16: (-(2**15), 2**15 - 1), 24: (-(2**23), 2**23 - 1),
          32: (-(2**31), 2**31 - 1), 61: (-(2**15), 2**15 - 1), 80: (-128, 127),
          160: (-(2**15), 2**15 - 1), 212: (-2048, 2047), 310: (-512, 511),
          311: (-512, 511)}  # fmt: skip
MISSING = {storage: low for storage, (low, _) in LIMITS.items() if storage != 8}


def bits(value: int, n: int) -> str:
    """The two's complement of a number, highest bit first."""
    return format(value % 2**n, f"0{n}b")


def from_bits(*groups: str) -> bytes:
    """One byte from each group of eight bits."""
    assert all(len(group) == 8 for group in groups)
    return bytes(int(group, 2) for group in groups)


def encoded(
    storage: int, samples: Sequence[int], width: int = 1, first: Sequence[int] = ()
) -> bytes:
    """The bytes of samples in the order in which they lie in a file.

    Args:
        storage: Number of the format.
        samples: Whole numbers, signal after signal within a frame.
        width: Samples in a frame, of which each has its own steps in format 8.
        first: In format 8, the value before the first one of each signal (default: 0).
    """
    samples = [int(sample) for sample in samples]
    if storage == 8:
        before = [*(first or [0] * width), *samples]
        return b"".join(
            (sample - before[at]).to_bytes(1, signed=True) for at, sample in enumerate(samples)
        )
    if storage in (16, 24, 32):
        n = {16: 2, 24: 3, 32: 4}[storage]
        return b"".join(sample.to_bytes(n, "little", signed=True) for sample in samples)
    if storage == 61:
        return b"".join(sample.to_bytes(2, "big", signed=True) for sample in samples)
    if storage in (80, 160):
        n = storage // 80
        return b"".join((sample + 2 ** (8 * n - 1)).to_bytes(n, "little") for sample in samples)
    if storage == 212:
        return _pairs(samples)
    return _triples_310(samples) if storage == 310 else _triples_311(samples)


def _pairs(samples: list[int]) -> bytes:
    out = b""
    for at in range(0, len(samples), 2):
        one = bits(samples[at], 12)
        two = bits(samples[at + 1], 12) if at + 1 < len(samples) else "0" * 12
        block = from_bits(one[4:], two[:4] + one[:4], two[4:])
        out += block if at + 1 < len(samples) else block[:2]
    return out


def _triples_310(samples: list[int]) -> bytes:
    """Sample 1 in the upper ten of the lower eleven bits of a word, sample 2 in the next word's,
    sample 3 in the five bits left over in each, its lower half first."""
    out = b""
    for at in range(0, len(samples), 3):
        some = samples[at : at + 3]
        one, two, three = (bits(sample, 10) for sample in [*some, 0, 0][:3])
        words = (three[5:] + one + "0", three[:5] + two + "0")
        block = b"".join(from_bits(word[8:], word[:8]) for word in words)
        out += block[: {1: 2, 2: 4, 3: 4}[len(some)]]
    return out


def _triples_311(samples: list[int]) -> bytes:
    """Three samples in a word of 32 bits, the first one lowest; two bits stay empty."""
    out = b""
    for at in range(0, len(samples), 3):
        some = samples[at : at + 3]
        one, two, three = (bits(sample, 10) for sample in [*some, 0, 0][:3])
        word = "00" + three + two + one
        block = from_bits(word[24:], word[16:24], word[8:16], word[:8])
        out += block[: {1: 2, 2: 3, 3: 4}[len(some)]]
    return out
