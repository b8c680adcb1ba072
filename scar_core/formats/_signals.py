"""The bytes of a WFDB signal file as integers, for every storage format.

Formats: https://wfdb.io/spec/signal-files.html (checked 2025). A block is the shortest run of
whole bytes that holds whole samples; multi-byte numbers are little-endian unless said otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger]


def _signed(values: NDArray[np.integer], bits: int) -> Ints:
    """Take unsigned numbers of so many bits for two's complement."""
    half = 1 << (bits - 1)
    return (values.astype(np.int16) ^ half) - half


def _unpack_24(blocks: NDArray[np.uint8]) -> Ints:
    widened = np.zeros((len(blocks), 4), np.uint8)
    widened[:, 1:] = blocks
    return np.asarray(widened.view("<i4")[:, 0] >> 8)


def _unpack_212(blocks: NDArray[np.uint8]) -> Ints:
    low, middle, high = blocks.T.astype(np.uint16)
    return _signed(np.stack([low | (middle & 15) << 8, high | (middle >> 4) << 8], axis=1), 12)


def _unpack_310(blocks: NDArray[np.uint8]) -> Ints:
    """Two words of 16 bits: eleven of a sample above a bit of nothing, five of the third."""
    one, two = blocks.view("<u2").T
    third = (one >> 11) | (two >> 11) << 5
    return _signed(np.stack([one >> 1 & 1023, two >> 1 & 1023, third], axis=1), 10)


def _unpack_311(blocks: NDArray[np.uint8]) -> Ints:
    """One word of 32 bits: three samples of ten from the lowest bit on."""
    word = blocks.view("<u4")
    return _signed(np.concatenate([word & 1023, word >> 10 & 1023, word >> 20 & 1023], axis=1), 10)


@dataclass(frozen=True)
class Storage:
    """How one format stores samples.

    Attributes:
        ends: Byte of a block by which each of its samples is complete; the last one is its length.
        missing: The value that stands for "no sample"; None if there is none.
        unpack: From blocks, uint8 (block, byte), to samples (block, sample) or (block,).
        differences: Whether what is stored are steps from one sample to the next.
    """

    ends: tuple[int, ...]
    missing: int | None
    unpack: Callable[[NDArray[np.uint8]], Ints]
    differences: bool = False

    def capacity(self, n_bytes: int) -> int:
        """Return how many samples so many bytes hold."""
        blocks, rest = divmod(max(0, n_bytes), self.ends[-1])
        return blocks * len(self.ends) + sum(end <= rest for end in self.ends)

    def n_bytes(self, n_samples: int) -> int:
        """Return how many bytes so many samples take."""
        blocks, rest = divmod(n_samples, len(self.ends))
        return blocks * self.ends[-1] + (self.ends[rest - 1] if rest else 0)

    def samples(self, content: bytes, n_samples: int) -> Ints:
        """Return (sample,) from a content that holds so many."""
        n_blocks = -(-n_samples // len(self.ends))
        padded = content.ljust(n_blocks * self.ends[-1], b"\0")
        blocks = np.frombuffer(padded, np.uint8, n_blocks * self.ends[-1])
        return self.unpack(blocks.reshape(n_blocks, self.ends[-1])).reshape(-1)[:n_samples]


PACKED = {
    8: Storage((1,), None, lambda b: b.view("i1"), differences=True),
    16: Storage((2,), -(2**15), lambda b: b.view("<i2")),
    24: Storage((3,), -(2**23), _unpack_24),
    32: Storage((4,), -(2**31), lambda b: b.view("<i4")),
    61: Storage((2,), -(2**15), lambda b: b.view(">i2")),
    80: Storage((1,), -(2**7), lambda b: (b ^ 0x80).view("i1")),  # offset binary
    160: Storage((2,), -(2**15), lambda b: (b.view("<u2") ^ 0x8000).view("<i2")),
    212: Storage((2, 3), -(2**11), _unpack_212),
    310: Storage((2, 4, 4), -(2**9), _unpack_310),
    311: Storage((2, 3, 4), -(2**9), _unpack_311),
}
FLAC = {508: -(2**7), 516: -(2**15), 524: -(2**23)}


def flac_samples(
    content: bytes, first: int, n_samples: int, n_channels: int, n_bits: int
) -> NDArray[np.int32]:
    """Return (sample, channel) of a FLAC file, from its sample ``first`` on.

    Raises:
        ValueError: It is none, is damaged, holds fewer samples, other channels or wider numbers.
    """
    import soundfile

    bits_of = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}
    try:
        with soundfile.SoundFile(BytesIO(content)) as file:
            bits = bits_of.get(file.subtype, 99)
            told = (file.format, file.channels, bits <= n_bits, file.frames >= first + n_samples)
            if told != ("FLAC", n_channels, True, True):
                msg = (
                    f"{file.format} of {file.channels} channels, {file.frames} samples, {bits} bit"
                )
                raise ValueError(msg)
            file.seek(first)
            samples = np.empty((n_samples, n_channels), np.int32)
            # A block of more than 2^24 numbers at once comes back damaged (libsndfile issue 431).
            read = [len(file.read(out=part)) for part in _parts(samples, 2**23 // n_channels)]
    except (RuntimeError, TypeError) as error:  # soundfile's own errors are RuntimeErrors
        raise ValueError(str(error)) from error
    if sum(read) != n_samples:
        msg = f"{sum(read)} samples could be read"
        raise ValueError(msg)
    samples >>= 32 - bits  # they come with their highest bit first
    return samples


def _parts(samples: NDArray[np.int32], step: int) -> list[NDArray[np.int32]]:
    return [samples[start : start + step] for start in range(0, len(samples), step)]
